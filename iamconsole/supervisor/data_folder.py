"""The data folder (0700), its keys (0600), and the lock that keeps a second start away."""

import fcntl
import os
import secrets
import stat
import tempfile
from pathlib import Path
from typing import IO

from iamconsole.crypto import new_key_entry

from .errors import StartError

FOLDERS = ("keys", "run", "logs", "valkey", "static")


def make_folders(folder: Path) -> None:
    """Make the folders that are missing."""
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    for name in FOLDERS:
        (folder / name).mkdir(exist_ok=True)
        (folder / name).chmod(0o700)


def prepare(folder: Path) -> bool:
    """Make what is missing. Returns whether keys were made, so that settings must be read again.

    Raises StartError when the folder cannot be used.
    """
    try:
        make_folders(folder)
        made_secret = _make_key(folder / "keys" / "secret.key", secrets.token_urlsafe(60))
        made_field = _make_key(folder / "keys" / "field.keys", new_key_entry("k1"))
    except OSError as error:
        raise StartError(
            f"The data folder {folder} cannot be used: {error.strerror}. Choose another one, for example: "
            "make run DATA=some/folder"
        ) from error
    return made_secret or made_field


def _make_key(path: Path, text: str) -> bool:
    """Write a key once, readable by its owner only; an existing one is never overwritten."""
    if path.exists():
        if stat.S_IMODE(path.stat().st_mode) & 0o077:
            path.chmod(0o600)
        return False
    # Complete before it has its name: two starts at once make one key, and nobody reads half of it.
    descriptor, draft = tempfile.mkstemp(dir=path.parent, prefix=path.name)
    try:
        with os.fdopen(descriptor, "w") as file:
            file.write(text + "\n")
            file.flush()
            os.fsync(file.fileno())
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        os.unlink(draft)
    return True


def lock(folder: Path) -> IO[str]:
    """Hold the folder for this process. Raises StartError when another start holds it."""
    file = (folder / "run" / "up.lock").open("w")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        file.close()
        raise StartError(f"This console is already running with the data folder {folder}.") from error
    return file
