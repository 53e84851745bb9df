"""Taking a backup: a line about it, the keys, each table with its rows, and at the end the sums of all."""

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from typing import IO, Any

from django.apps import apps
from django.apps.registry import Apps
from django.conf import settings
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone

from . import keys, place, tables
from .container import Writer
from .errors import BackupError
from .snapshot import snapshot

NEWER = (
    "This database is of a newer release, with the migrations {missing}. Back it up with that release: this "
    "one would leave something out."
)
OLDER = (
    "This database is of an older release. Back it up with that release, or start this one first, which "
    "brings it up to date."
)


@dataclass(frozen=True)
class Taken:
    """What became of a backup."""

    at: datetime
    tables: int
    rows: int
    size: int


def take(file: IO[bytes], passphrase: str, models: Apps = apps) -> Taken:
    """Write a backup of the tables of these models to the file; with the keys where there is a passphrase.

    Raises OSError of the file, DatabaseError.
    """
    writer = Writer(file, passphrase, settings.VERSION)
    at = timezone.now()
    with snapshot():
        writer.line(json.dumps({"about": about(at)}))
        end: dict[str, Any] = {"tables": {}}
        if passphrase:
            text = keys.at_hand().as_text()
            writer.line(json.dumps({"keys": text}))
            end["keys"] = hashlib.sha256(text.encode()).hexdigest()
        for model in tables.tables(models):
            end["tables"][model._meta.label_lower] = write_table(writer, model).as_json()
    writer.line(json.dumps({"end": end}))
    writer.finish()
    total = sum(table["rows"] for table in end["tables"].values())
    return Taken(at, len(end["tables"]), total, writer.size)


def refuse_other_release() -> None:
    """Raises BackupError where the tables are not those of this release: some of them would be left out."""
    loader = MigrationLoader(None)
    applied = set(MigrationRecorder(connection).applied_migrations())
    if missing := place.unknown(loader, applied):
        raise BackupError(NEWER.format(missing=", ".join(missing)))
    if set(loader.graph.leaf_nodes()) - applied:
        raise BackupError(OLDER)


def about(at: datetime) -> dict[str, Any]:
    """What a restore must know before the first row."""
    return {
        "version": settings.VERSION,
        "taken_at": at.isoformat(),
        "database": connection.vendor,
        "migrations": sorted(MigrationRecorder(connection).applied_migrations()),
    }


def write_table(writer: Writer, model: tables.Model) -> tables.Sum:
    fields = tables.columns(model)
    names = [field.attname for field in fields]
    writer.line(json.dumps({"table": model._meta.label_lower, "columns": names}))
    found, json_at = tables.Sum(), tables.json_columns(fields)
    for line in tables.rows(model, fields):
        writer.line(line)
        found.add(line, json_at)
    return found
