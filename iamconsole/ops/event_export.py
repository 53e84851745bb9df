"""Removing old events: each goes only after a file has it, where a folder for files is set.

A file has up to ``IN_A_FILE`` events, the oldest first, one JSON object a line, compressed by gzip. It is
complete and on the disk before a row says so (``Removal``); then exactly the events that the file has are
removed, after its SHA-256 was compared. A run that is killed is ended by the next one: half a file is written
again, a whole one is read.
"""

import gzip
import hashlib
import json
import os
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db.models import F
from django.utils import timezone

from iamconsole.models import Event, Removal
from iamconsole.portions import portions

from . import append_only
from .pace import Pace

KIND = "events"
IN_A_FILE, AT_ONCE = 20_000, 500
SUMS = "SHA256SUMS"
# In this order in each line; ``authors`` are the calls by which AWS CloudTrail explains a change outside.
FIELDS = (
    "id",
    "at",
    "account_id",
    "principal_arn",
    "origin_arn",
    "action",
    "resource",
    "outcome",
    "error_code",
    "message",
    "channel",
    "source_ip",
    "user_agent",
    "mfa",
    "job_id",
    "detail",
)
NO_RIGHT = (
    "The database does not let this console remove events. Run manage.py prune with the DATABASE_URL of the "
    "role that owns the tables."
)
CHANGED = (
    "{file} is not as this console has written it, so its events were not removed. Put the file back as it "
    "was. If it is lost, delete its line in SHA256SUMS and run manage.py prune --export-again."
)
TAKEN = "Another process has begun to export the same events. Start it again."


class ExportProblem(Exception):
    """The file is not what it should be: nothing is removed."""


def remove(before: datetime, pace: Pace) -> int:
    """Remove the events of earlier moments, after what a run before has left. Returns how many."""
    forget_half_written()
    removed = 0
    for row in Removal.objects.filter(kind=KIND, state=Removal.State.REMOVING):
        removed += _remove_row(row, before, pace)
    while not pace.is_over and (found := _next(before)):
        number = _remove_row(found, before, pace)
        removed += number
        if not number:  # else the same events would be exported for ever
            break
    return removed


def forget_half_written() -> None:
    """Drop files that a killed run did not finish; none of their events was removed."""
    for row in Removal.objects.filter(kind=KIND, state=Removal.State.WRITING):
        for name in (row.file, part_of(row.file)):
            (folder() / name).unlink(missing_ok=True)
        row.delete()


def export_again() -> int:
    """Forget files whose events are still here, so that they are written anew. Returns how many."""
    rows = Removal.objects.filter(kind=KIND, state=Removal.State.REMOVING).exclude(file="")
    return rows.update(state=Removal.State.DONE, ended_at=timezone.now())


def folder() -> Path:
    return Path(settings.EVENTS_FOLDER)


def part_of(name: str) -> str:
    """The name of a file while it is written."""
    return f"{name}.part"


def _next(before: datetime) -> Removal | None:
    """A row that says which events go next, exported where that is wished; None: there are no more."""
    if not Event.objects.filter(at__lt=before).order_by().exists():
        return None
    row = Removal(kind=KIND, state=Removal.State.REMOVING, begun_at=timezone.now())
    if not settings.EVENTS_FOLDER:
        row.first_at = Event.objects.order_by("at").values_list("at", flat=True).first()
        row.last_at = before
        row.save(force_insert=True)
        return row
    return _export(row, before)


def _export(row: Removal, before: datetime) -> Removal:
    """Write the next file, and the row that says that it is complete."""
    folder().mkdir(parents=True, exist_ok=True)
    keys = list(_oldest(before).values_list("at", "pk")[:IN_A_FILE])
    row.first_at, row.last_at = keys[0][0], keys[-1][0]
    row.file = f"events-{row.first_at:%Y%m%dT%H%M%SZ}-{row.last_at:%Y%m%dT%H%M%SZ}-{row.id.hex[:8]}.jsonl.gz"
    row.state = Removal.State.WRITING
    row.save(force_insert=True)
    row.sha256 = write(folder() / row.file, [key for _, key in keys])
    row.exported = len(keys)
    ours = Removal.objects.filter(pk=row.pk, state=Removal.State.WRITING)
    known = {"state": Removal.State.REMOVING, "sha256": row.sha256, "exported": row.exported}
    if not ours.update(**known):
        raise ExportProblem(TAKEN)
    return row


def _oldest(before: datetime) -> Any:
    return Event.objects.filter(at__lt=before).order_by("at", "pk")


def write(path: Path, keys: list[Any]) -> str:
    """Write events into a file, in the order of their keys. It is on the disk afterwards, and its SHA-256,
    which is returned, is in ``SHA256SUMS`` beside it.
    """
    part = path.with_name(part_of(path.name))
    with part.open("wb") as file:
        # Without a name and a time in it: the same events make the same file.
        with gzip.GzipFile(fileobj=file, mode="wb", filename="", mtime=0) as packed:
            for line in lines(keys):
                packed.write(line)
        file.flush()
        os.fsync(file.fileno())
    sha256 = digest(part)
    part.replace(path)
    with path.with_name(SUMS).open("a") as sums:
        sums.write(f"{sha256}  {path.name}\n")
        sums.flush()
        os.fsync(sums.fileno())
    sync_folder(path.parent)
    return sha256


def lines(keys: list[Any]) -> Iterator[bytes]:
    """Events as JSON, one a line."""
    for some in portions(keys, AT_ONCE):
        found = {event.pk: event for event in Event.objects.filter(pk__in=some).select_related("authors")}
        for key in some:
            yield json.dumps(as_json(found[key]), ensure_ascii=False).encode() + b"\n"


def as_json(event: Event) -> dict[str, Any]:
    """One event with all its fields; times in UTC, to the microsecond."""
    facts = {name: getattr(event, name) for name in FIELDS}
    authors = event.by_authors
    return {
        **facts,
        "id": str(event.pk),
        "at": event.at.astimezone(UTC).isoformat(),
        "job_id": str(event.job_id) if event.job_id else None,
        "authors": authors.calls if authors else [],
    }


def digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def sync_folder(path: Path) -> None:
    """The names in a folder, on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _remove_row(row: Removal, before: datetime, pace: Pace) -> int:
    """Remove the events of one row: those that its file has, else all older ones."""
    groups = _exported(row, pace) if row.file else _older(before, pace)
    removed = 0
    for keys in groups:
        removed += pace.step(lambda keys=keys: _remove_some(row, keys))  # type: ignore[misc]
        if pace.is_over:
            break
    else:
        done = {"state": Removal.State.DONE, "ended_at": timezone.now()}
        Removal.objects.filter(pk=row.pk).update(**done)
    return removed


def _older(before: datetime, pace: Pace) -> Iterator[list[Any]]:
    while keys := list(_oldest(before).values_list("pk", flat=True)[: pace.rows]):
        yield keys


def _exported(row: Removal, pace: Pace) -> Iterator[list[Any]]:
    """The events of a file that are still here, after the file was compared with what is known of it."""
    path = folder() / row.file
    if not path.is_file() or digest(path) != row.sha256:
        raise ExportProblem(CHANGED.format(file=row.file))
    with gzip.open(path) as file:
        keys = [json.loads(line)["id"] for line in file]
    yield from _still_here(keys, pace)


def _still_here(keys: list[str], pace: Pace) -> Iterator[list[Any]]:
    done = 0
    while done < len(keys):
        some = keys[done : done + pace.rows]
        done += len(some)
        if here := list(Event.objects.filter(pk__in=some).order_by().values_list("pk", flat=True)):
            yield here


def _remove_some(row: Removal, keys: Iterable[Any]) -> int:
    """In one transaction: events, with what belongs to them, and their number in the row."""
    with append_only.permitted(row):
        _, gone = Event.objects.filter(pk__in=list(keys)).delete()
        number = gone.get(Event._meta.label, 0)
        Removal.objects.filter(pk=row.pk).update(removed=F("removed") + number)
    return number
