"""The census as text: a heading for each kind of thing, one thing to a line, sorted."""

from collections.abc import Callable, Iterable
from pathlib import Path

from tests.census import source, surface

FILE = Path(__file__).parent.parent / "census.txt"
HEAD = """\
# What this program offers and keeps, one thing to a line; tests/test_census.py compares it with the program.
# Written by `make census`. A line that goes or changes is a promise that is broken, or meant: say which.
"""
KINDS: dict[str, Callable[[], Iterable[str]]] = {
    "Operations: name, action, what it does": surface.operations,
    "URL names: parts of the address, methods": surface.urls,
    "Celery tasks: name and arguments (names and arguments wait in queues)": surface.tasks,
    "Beat entries: name, task": surface.beat_entries,
    "Job kinds (kept in Job.kind)": source.job_kinds,
    "Purposes of one-time secrets (kept in OneTimeSecret.purpose)": source.purposes,
    "Session keys": source.session_keys,
    "Cookies": source.cookies,
    "Salts of signed and keyed values": source.salts,
    "Sealed values: model.field, the place each is bound to": surface.sealed_values,
    "Sealed values: places as the source spells them": source.sealed_places,
    "Paths into modules that rows keep: where, path": surface.kept_paths,
    "Tables: table.column, type": surface.columns,
    "Constraints: table, name": surface.constraints,
    "Management commands: name, arguments": surface.commands,
    "Settings read from the environment": source.environment,
}


def census() -> str:
    """All of it, as it belongs into ``FILE``."""
    parts = [HEAD]
    for heading, things in KINDS.items():
        parts.append(f"\n## {heading}\n" + "".join(f"{row}\n" for row in sorted(set(things()))))
    return "".join(parts)
