"""What a backup says of itself, after all of it was read once and found whole."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import IO, Any

from . import passphrase as passphrases
from .container import BROKEN, Reader
from .errors import BackupError
from .keys import Keys


@dataclass
class Contents:
    """A backup that was read to its end: about it, its keys if it has any, and the sums of its tables."""

    reader: Reader
    about: dict[str, Any] = field(default_factory=dict)
    keys: Keys | None = None
    sums: dict[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def taken_at(self) -> datetime:
        return datetime.fromisoformat(self.about["taken_at"])

    @property
    def version(self) -> str:
        return str(self.about["version"])

    @property
    def migrations(self) -> set[tuple[str, str]]:
        return {(app, name) for app, name in self.about["migrations"]}

    @property
    def rows(self) -> int:
        return sum(table["rows"] for table in self.sums.values())

    def tables(self) -> Iterator[tuple[str, list[str], Iterator[list[Any]]]]:
        """Each table's name, its columns and its rows, which are read before one asks for the next."""
        lines = iter(self.reader.lines())
        head: Any = None

        def rows() -> Iterator[list[Any]]:
            nonlocal head
            for line in lines:
                if isinstance(line, dict):
                    head = line
                    return
                yield line

        for line in lines:
            head = line if isinstance(line, dict) else None
            while head and "table" in head:
                yield head["table"], head["columns"], rows()


def read(file: IO[bytes], name: str, passphrase_file: str) -> Contents:
    """Read all of it once. Raises BackupError unless it is whole and the passphrase opens it."""
    reader = Reader(file, name)
    if reader.sealed:
        reader.passphrase = passphrases.for_restore(passphrase_file)
    found, key_text, table = Contents(reader), "", ""
    counts: dict[str, int] = {}
    end: dict[str, Any] | None = None
    for line in reader.lines():
        if end is not None:
            raise BackupError(BROKEN.format(name=name))
        if isinstance(line, list):
            counts[table] += 1
        elif "table" in line:
            table = line["table"]
            counts[table] = 0
        elif "about" in line:
            found.about = line["about"]
        elif "keys" in line:
            key_text = line["keys"]
        else:
            end = line["end"]
    check(name, end, counts, key_text)
    found.sums = (end or {})["tables"]
    found.keys = Keys.from_text(key_text) if key_text else None
    return found


def check(name: str, end: dict[str, Any] | None, counts: dict[str, int], key_text: str) -> None:
    """Raises BackupError where the end does not say what was read."""
    whole = end is not None and counts == {table: of["rows"] for table, of in end["tables"].items()}
    digest = hashlib.sha256(key_text.encode()).hexdigest() if key_text else None
    if not whole or (end or {}).get("keys") != digest:
        raise BackupError(BROKEN.format(name=name))
