"""The keys of this place: what a backup takes along, and where a restore puts them."""

import json
import os
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from .errors import BackupError

OTHER_KEYS = (
    "This place has other field keys than the backup, which are now in {path}. Restore where there are no "
    "keys yet, or {way}. Nothing was restored."
)
FILE_OF_PLACE = "move {path} away"
ENVIRONMENT = "set IAMCONSOLE_FIELD_KEYS to what that file contains"


@dataclass(frozen=True)
class Keys:
    """What seals and signs. Never printed."""

    secret_key: str
    fallbacks: list[str]
    field_keys: list[str]

    def as_text(self) -> str:
        return json.dumps({"secret": self.secret_key, "fallbacks": self.fallbacks, "fields": self.field_keys})

    @classmethod
    def from_text(cls, text: str) -> "Keys":
        value = json.loads(text)
        return cls(value["secret"], value["fallbacks"], value["fields"])


def at_hand() -> Keys:
    """The keys that the settings have; empty where there are none."""
    try:
        secret = settings.SECRET_KEY
    except ImproperlyConfigured:
        secret = ""
    return Keys(secret, list(settings.SECRET_KEY_FALLBACKS), list(settings.FIELD_KEYS))


def refuse_others(keys: Keys) -> None:
    """Raises BackupError where this place has field keys that lack one of the backup's.

    Its own file stays as it is; the backup's keys are written beside it, so that the sentence can name them.
    """
    own = at_hand()
    if not own.field_keys or set(keys.field_keys) <= set(own.field_keys):
        return
    file = folder() / "field.keys"
    path = write("restored.field.keys", "\n".join(keys.field_keys))
    way = FILE_OF_PLACE.format(path=file) if file.exists() else ENVIRONMENT
    raise BackupError(OTHER_KEYS.format(way=way, path=path))


def put(keys: Keys) -> list[str]:
    """Write what this place lacks into its data folder, and use it. Returns sentences on what else to set."""
    own, notes = at_hand(), []
    if not own.field_keys:
        write("field.keys", "\n".join(keys.field_keys))
        settings.FIELD_KEYS = keys.field_keys
    if not own.secret_key:
        write("secret.key", keys.secret_key)
        settings.SECRET_KEY = keys.secret_key
    elif own.secret_key != keys.secret_key:
        path = write("restored.secret.key", keys.secret_key)
        notes.append(
            f"SECRET_KEY of this place stays. To use that of the backup, set it to what {path} contains."
        )
    if set(keys.fallbacks) - set(own.fallbacks):
        path = write("restored.secret.fallbacks", ",".join(keys.fallbacks))
        notes.append(f"Set SECRET_KEY_FALLBACKS to what {path} contains.")
    return notes


def folder() -> Path:
    return Path(settings.DATA_DIR) / "keys"


def write(name: str, text: str) -> Path:
    """A file that only its owner can read; one that is there already stays. Raises BackupError."""
    path = folder() / name
    try:
        folder().mkdir(mode=0o700, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path
    except OSError as error:
        raise BackupError(f"The keys cannot be written to {path}: {error.strerror}.") from error
    with os.fdopen(descriptor, "w") as file:
        file.write(text + "\n")
        file.flush()
        os.fsync(file.fileno())
    return path
