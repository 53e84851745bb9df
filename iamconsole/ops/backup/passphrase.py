"""The passphrase of a backup: from a file, the environment or a prompt, never from the command line."""

import getpass
import sys
from pathlib import Path

from django.conf import settings

from .errors import BackupError

SHORTEST = 12
MISSING = (
    "A backup contains the keys, so it needs a passphrase. Set IAMCONSOLE_BACKUP_PASSPHRASE, name a file "
    "with --passphrase-file, or leave the keys out with --without-keys."
)
MISSING_FOR_RESTORE = (
    "This backup is sealed with a passphrase. Set IAMCONSOLE_BACKUP_PASSPHRASE, or name a file with "
    "--passphrase-file."
)
TOO_SHORT = f"The passphrase is shorter than {SHORTEST} characters. Choose a longer one."
DIFFERENT = "The two passphrases are different. Nothing was done."


def given(file: str) -> str:
    """The passphrase of the file, else of the environment, else "". Raises BackupError."""
    if not file:
        return settings.BACKUP_PASSPHRASE
    try:
        text = Path(file).read_text().rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "It is not text."
        raise BackupError(f"The passphrase cannot be read from {file}: {why}") from error
    if not text:
        raise BackupError(f"The file {file} is empty. It must contain the passphrase.")
    return text


def for_backup(file: str) -> str:
    """A passphrase long enough to seal with; a prompt asks twice. Raises BackupError."""
    passphrase = given(file)
    if not passphrase and sys.stdin.isatty():
        passphrase = asked("Passphrase for this backup: ")
        if passphrase != asked("The same passphrase again: "):
            raise BackupError(DIFFERENT)
    if not passphrase:
        raise BackupError(MISSING)
    if len(passphrase) < SHORTEST:
        raise BackupError(TOO_SHORT)
    return passphrase


def for_restore(file: str) -> str:
    passphrase = given(file)
    if not passphrase and sys.stdin.isatty():
        passphrase = asked("Passphrase of the backup: ")
    if not passphrase:
        raise BackupError(MISSING_FOR_RESTORE)
    return passphrase


def asked(prompt: str) -> str:
    try:
        return getpass.getpass(prompt)
    except (EOFError, KeyboardInterrupt) as error:
        raise BackupError("No passphrase was given. Nothing was done.") from error
