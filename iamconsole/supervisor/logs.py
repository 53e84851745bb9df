"""Log files of the children: rotated by size while the children go on writing, and few.

The children hold their file open, so it is copied and then cut, as logrotate's copytruncate does. They opened
it for appending, so each next line lands at the new end. Python's own RotatingFileHandler does not fit: it
renames a file that several processes write to, and the broker is no Python.
"""

import shutil
from pathlib import Path
from typing import BinaryIO

CHUNK = 1 << 20


def older(log: Path, number: int) -> Path:
    """The name of an older log: web.log.1 is the newest of them."""
    return log.with_name(f"{log.name}.{number}")


def rotate(log: Path, most_bytes: int, files: int) -> bool:
    """Move a log that has grown above ``most_bytes`` away; at most ``files`` older ones stay.

    Where the disk is full, the lines are lost rather than the service: the log is still cut.
    """
    if not log.exists() or log.stat().st_size <= most_bytes:
        return False
    for old in log.parent.glob(f"{log.name}.*"):
        number = old.name.removeprefix(f"{log.name}.")
        if number.isdecimal() and int(number) >= files:
            old.unlink()
    for place in range(files - 1, 0, -1):
        if (source := older(log, place)).exists():
            source.replace(older(log, place + 1))
    with log.open("r+b") as file:
        try:
            if files:
                keep(file, older(log, 1))
        except OSError:
            older(log, 1).unlink(missing_ok=True)
        file.truncate(0)
    return True


def keep(file: BinaryIO, copy: Path) -> None:
    """Copy to the very end. What is written between the last byte read and the cut is lost."""
    with copy.open("wb") as target:
        shutil.copyfileobj(file, target, CHUNK)
