"""Where a backup is written: a file that is complete or not there, or standard output."""

import contextlib
import errno
import os
import secrets
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from .errors import BackupError

STANDARD_OUTPUT = "-"
DISK_FULL = (
    "The disk of {folder} is full, so no backup was written. Free space there or choose another folder."
)
NO_READER = "Whatever reads the backup has ended, so the backup is not complete."
CANNOT = "The backup cannot be written to {path}: {why}."
EXISTS = "{path} exists already. Choose another name, or add --force to replace it."


@contextlib.contextmanager
def opened(name: str, *, force: bool) -> Iterator[IO[bytes]]:
    """A file to write to. Raises BackupError; what was written until then is removed."""
    if name == STANDARD_OUTPUT:
        with told(Path("standard output")):
            yield sys.stdout.buffer
            sys.stdout.buffer.flush()
        return
    path = Path(name).absolute()
    refuse(path, force=force)
    beside = path.parent / f".{path.name[:200]}.{secrets.token_hex(4)}"
    with told(path):
        try:
            with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            place(beside, path, force=force)
        finally:
            beside.unlink(missing_ok=True)


def place(beside: Path, path: Path, *, force: bool) -> None:
    """Give the complete file its name, for good."""
    if force:
        beside.replace(path)
    else:
        os.link(beside, path)  # refuses where another one has come meanwhile
    descriptor = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def refuse(path: Path, *, force: bool) -> None:
    """Raises BackupError where no file can be written, before the database is read."""
    if path.is_dir():
        raise BackupError(f"{path} is a folder. Name a file in it.")
    if not path.parent.is_dir():
        raise BackupError(f"There is no folder {path.parent}. Make it first.")
    if path.exists() and not force:
        raise BackupError(EXISTS.format(path=path))


@contextlib.contextmanager
def told(path: Path) -> Iterator[None]:
    """What the system refuses, as a sentence."""
    try:
        yield
    except BrokenPipeError as error:
        # Python would try to write the rest once more at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise BackupError(NO_READER) from error
    except FileExistsError as error:
        raise BackupError(EXISTS.format(path=path)) from error
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise BackupError(DISK_FULL.format(folder=path.parent)) from error
        raise BackupError(CANNOT.format(path=path, why=error.strerror or error)) from error
