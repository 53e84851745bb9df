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
DISK_FULL = "The disk {disk} is full, so no backup was written. Free space there or choose another place."
NO_READER = "Whatever reads the backup has ended, so the backup is not complete."
CANNOT = "The backup cannot be written to {path}: {why}."
EXISTS = "{path} exists already. Choose another name, or add --force to replace it."


@contextlib.contextmanager
def opened(name: str, *, force: bool) -> Iterator[IO[bytes]]:
    """A file to write to. Raises BackupError; what was written until then is removed."""
    if name == STANDARD_OUTPUT:
        with told("standard output", "where standard output goes"):
            try:
                yield sys.stdout.buffer
                sys.stdout.buffer.flush()
            except OSError:
                # Python would try to write the rest once more at its end.
                os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
                raise
        return
    path = Path(name).resolve()  # where a link leads to
    refuse(path, force=force)
    beside = path.parent / f".{path.name[:200]}.{secrets.token_hex(4)}"
    with told(str(path), f"of {path.parent}"):
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
    if force or not linked(beside, path):
        beside.replace(path)
    descriptor = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def linked(beside: Path, path: Path) -> bool:
    """Whether the file got its name by a link, which refuses where another one has come since.

    Some disks have no links. Raises BackupError, FileExistsError.
    """
    try:
        os.link(beside, path)
        return True
    except FileExistsError:
        raise
    except OSError:
        refuse(path, force=False)
        return False


def refuse(path: Path, *, force: bool) -> None:
    """Raises BackupError where no file can be written, before the database is read."""
    if path.is_dir():
        raise BackupError(f"{path} is a folder. Name a file in it.")
    if not path.parent.is_dir():
        raise BackupError(f"There is no folder {path.parent}. Make it first.")
    if path.exists() and not path.is_file():
        raise BackupError(f"{path} is not a file. Choose another name, or - for standard output.")
    if path.exists() and not force:
        raise BackupError(EXISTS.format(path=path))


@contextlib.contextmanager
def told(name: str, disk: str) -> Iterator[None]:
    """What the system refuses, as a sentence."""
    try:
        yield
    except BrokenPipeError as error:
        raise BackupError(NO_READER) from error
    except FileExistsError as error:
        raise BackupError(EXISTS.format(path=name)) from error
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise BackupError(DISK_FULL.format(disk=disk)) from error
        raise BackupError(CANNOT.format(path=name, why=error.strerror or error)) from error
