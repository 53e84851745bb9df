"""Rows of a backup into empty tables: all or none, compared with its sums before they count."""

from collections.abc import Iterator, Sequence
from typing import Any

from django.apps.registry import Apps
from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db import DatabaseError, connection, models, transaction

from iamconsole.portions import portions

from . import place, tables
from .contents import Contents
from .errors import BackupError
from .snapshot import without_limits

BATCH_ROWS, BATCH_BYTES = 500, 4 * 1024 * 1024
STRANGE = "The backup has a table or column {name}, which its release does not have. Nothing was restored."
REFUSED = "The database refuses row {number} of {table}: {why} Nothing was restored."
DIFFERENT = "After loading, {table} is not as in the backup: {what}. Nothing was restored."
DANGLING = "Rows of the backup refer to rows that it does not have: {why} Nothing was restored."


def load(contents: Contents, models_then: Apps) -> None:
    """Everything in one transaction. Raises BackupError; then nothing is there."""
    by_label = {model._meta.label_lower: model for model in tables.tables(models_then)}
    with transaction.atomic():
        without_limits()
        place.empty(models_then)
        found: dict[str, Any] = {}
        for label, names, rows in contents.tables():
            model = by_label.get(label)
            fields = [field_of(model, name, label) for name in names]
            found[label] = (model, fields)
            fill(model, fields, rows)
        place.reset_sequences(models_then)
        check_references()
        for label, (model, fields) in found.items():
            compare(label, contents.sums[label], tables.sum_of(model, fields))


def field_of(model: Any, name: str, label: str) -> tables.Field:
    try:
        if model is None:
            raise FieldDoesNotExist
        return next(field for field in model._meta.concrete_fields if field.attname == name)
    except (FieldDoesNotExist, StopIteration) as error:
        raise BackupError(STRANGE.format(name=f"{label}.{name}")) from error


def fill(model: Any, fields: Sequence[tables.Field], rows: Iterator[list[Any]]) -> None:
    """Rows as they are: no field sets a time or a number of its own."""
    table: Any = models.QuerySet(model)
    number = 0
    for batch in batches(rows):
        try:
            objects = [model(**values_of(fields, row)) for row in batch]
            most = connection.ops.bulk_batch_size(fields, objects) or len(objects)
            for part in portions(objects, most):
                table._insert(part, fields=list(fields), using=connection.alias, raw=True)
        except (DatabaseError, ValueError, ValidationError) as error:
            why = " ".join(str(error).split())[:300]
            text = REFUSED.format(number=number + 1, table=model._meta.label_lower, why=why)
            raise BackupError(text) from error
        number += len(batch)


def values_of(fields: Sequence[tables.Field], row: list[Any]) -> dict[str, Any]:
    """A row's values by column. Raises ValueError, ValidationError."""
    return {field.attname: tables.value_of(field, value) for field, value in zip(fields, row, strict=True)}


def batches(rows: Iterator[list[Any]]) -> Iterator[list[list[Any]]]:
    """Rows together as long as they are few and small."""
    batch: list[list[Any]] = []
    weight = 0
    for row in rows:
        batch.append(row)
        weight += sum(len(value) if isinstance(value, str) else 50 for value in row)
        if len(batch) >= BATCH_ROWS or weight >= BATCH_BYTES:
            yield batch
            batch, weight = [], 0
    if batch:
        yield batch


def check_references() -> None:
    try:
        connection.check_constraints()
    except DatabaseError as error:
        raise BackupError(DANGLING.format(why=" ".join(str(error).split())[:300])) from error


def compare(label: str, wanted: dict[str, Any], found: tables.Sum) -> None:
    if found.rows != wanted["rows"]:
        raise BackupError(
            DIFFERENT.format(table=label, what=f"{found.rows} rows instead of {wanted['rows']}")
        )
    if found.as_json() != wanted:
        raise BackupError(DIFFERENT.format(table=label, what="its checksum is another one"))
