"""ContextEntries of a simulation: condition keys with values of a type (IAM-FACTS 8.7)."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from iamconsole.errors import IamError
from iamconsole.policy import values
from iamconsole.policy.context import Entry, folded

LIST = "List"
# What a value of each type must be, and what AWS calls it. Of strings and booleans any text is taken.
FORMATS: Mapping[str, tuple[Callable[[str], Any], str]] = {
    "numeric": (values.number, "numeric format"),
    "date": (values.moment, "DateTime format"),
    "ip": (values.address, "IP address"),
    "binary": (values.binary, "base-64 encoded binary format"),
}


def context_given(entries: Iterable[Mapping[str, Any]]) -> dict[str, str | Sequence[str]]:
    """The entries as condition keys. Raises InvalidInput for one that AWS does not take."""
    given: dict[str, str | Sequence[str]] = {}
    names: set[str] = set()
    for entry in entries:
        name, texts = _checked(entry)
        if folded(name) in names:
            raise _invalid(f"Duplicate context key: {name}.")
        names.add(folded(name))
        kind = entry["ContextKeyType"]
        typed = tuple(Entry.of(kind.removesuffix(LIST), text) for text in texts)
        given[name] = typed if kind.endswith(LIST) else typed[0]
    return given


def _checked(entry: Mapping[str, Any]) -> tuple[str, list[str]]:
    """Name and values of an entry. Raises InvalidInput."""
    name, kind, texts = (
        entry.get("ContextKeyName"),
        entry.get("ContextKeyType"),
        entry.get("ContextKeyValues"),
    )
    if not name:
        raise _invalid("ContextKeyName cannot be null or empty.")
    if not kind:
        raise _invalid(f"Context key {name} has invalid type null.")
    if not texts:
        raise _invalid(f"Context values for context key {name} cannot be null or empty.")
    if not kind.endswith(LIST) and len(texts) > 1:
        raise _invalid(f"Context key {kind} expected a single value, but received {len(texts)}.")
    reads, expected = FORMATS.get(kind.removesuffix(LIST), (str, ""))
    if any(reads(text) is None for text in texts):
        raise _invalid(f"Invalid context value for key {name}: expected {expected}.")
    return name, list(texts)


def _invalid(message: str) -> IamError:
    return IamError("InvalidInput", message)
