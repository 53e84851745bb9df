"""Restoring: the steps in their order, each of which can be killed.

Until the end the place has a mark (``unfinished``): every start refuses it, and a restore begins anew.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from django.conf import settings
from django.core.management import call_command
from django.utils import timezone

from iamconsole import sealed
from iamconsole.models import Job
from iamconsole.supervisor import data_folder
from iamconsole.supervisor.errors import StartError

from . import contents, keys, load, place, unfinished
from .contents import Contents
from .errors import BackupError

NOT_CONTINUED = (
    "This console was restored from a backup, so the job was stopped. See what was done, then start it again."
)


@dataclass(frozen=True)
class Restored:
    """What became of a restore: sentences on what else to do, and how many secrets open."""

    contents: Contents
    notes: list[str]
    opened: int
    unreadable: int
    keys_missing: str


def restore(
    name: str, passphrase_file: str, finish: Callable[[Contents], None], say: Callable[[str], None]
) -> Restored:
    """Bring the backup into this empty place. ``finish`` runs on the restored console before the mark goes.

    Raises BackupError, DatabaseError.
    """
    path = Path(name)
    if path.is_dir():
        raise BackupError(f"{path} is a folder. Name the file of a backup.")
    try:
        file = path.open("rb")
    except OSError as error:
        raise BackupError(f"The backup {path} cannot be read: {error.strerror}.") from error
    with file:
        backup = contents.read(file, path.name, passphrase_file)
        goals = place.targets(backup.migrations, backup.version, settings.VERSION)
        say(f"The backup is whole: {backup.rows:,} rows, taken at {backup.taken_at:%Y-%m-%d %H:%M:%S} UTC.")
        with only_here():
            place.refuse_full()
            if backup.keys:
                keys.refuse_others(backup.keys)
            unfinished.mark()
            notes = keys.put(backup.keys) if backup.keys else []
            load.load(backup, place.prepare(goals))
            say("All rows are loaded, and their sums are those of the backup.")
            call_command("migrate", verbosity=0, interactive=False)
            return end(backup, notes, finish)


def end(backup: Contents, notes: list[str], finish: Callable[[Contents], None]) -> Restored:
    """Open what is sealed, leave the Event, take the mark off."""
    missing = ""
    try:
        sealed.verify_keys()
    except sealed.WrongKey as error:
        missing = str(error)
    values = sealed.count() if not missing else {}
    unreadable = sum(number for (key, _), number in values.items() if key == sealed.UNREADABLE)
    stop_jobs()
    finish(backup)
    unfinished.unmark()
    return Restored(backup, notes, sum(values.values()) - unreadable, unreadable, missing)


def stop_jobs() -> None:
    """End what people had started and was not done: since the backup it was, or it is no longer wanted.

    Their sessions, on which it hangs, are not restored either. What the schedule has started goes on.
    """
    for job in Job.objects.filter(state__in=Job.OPEN_STATES):
        if job.starter:
            job.state, job.error, job.finished_at = Job.State.FAILED, NOT_CONTINUED, timezone.now()
            job.save(update_fields=["state", "error", "finished_at"])


def only_here() -> IO[str]:
    """The data folder for this process: no start and no other restore meanwhile. Raises BackupError."""
    folder = Path(settings.DATA_DIR)
    os.umask(0o077)  # the database is nobody else's business
    try:
        (folder / "run").mkdir(mode=0o700, parents=True, exist_ok=True)
        return data_folder.lock(folder)
    except OSError as error:
        raise BackupError(f"The data folder {folder} cannot be used: {error.strerror}.") from error
    except StartError as error:
        raise BackupError(str(error)) from error
