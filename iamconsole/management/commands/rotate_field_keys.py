"""``manage.py rotate_field_keys``: seal stored secrets anew with the first key of the ring."""

from collections.abc import Iterator
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import models

from credentials.models import AccessKey, HardwareMFADevice, RecoveryCodeSet, VirtualMFADevice
from iamconsole import crypto
from iamconsole.models import OneTimeSecret

# Model and column of every sealed value; ``place`` of a row is what the value is bound to.
SEALED: list[tuple[type[models.Model], str]] = [
    (AccessKey, "sealed_secret"),
    (VirtualMFADevice, "sealed_seed"),
    (HardwareMFADevice, "sealed_seed"),
    (RecoveryCodeSet, "sealed_key"),
    (OneTimeSecret, "sealed"),
]


class Command(BaseCommand):
    help = (
        "Seals stored secrets with the first key of IAMCONSOLE_FIELD_KEYS. Put a new key in front, run "
        "this, and take the old key out when --check shows no row under it."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true", help="only count the rows under each key")

    def handle(self, *args: Any, **options: Any) -> None:
        newest = next(iter(crypto.key_ring()))
        if not options["check"]:
            changed = sum(reseal(row, column) for row, column in rows() if key_of(row, column) != newest)
            self.stdout.write(f"{changed} values were sealed with the key {newest}.")
        for key_id, number in sorted(count().items()):
            self.stdout.write(f"{key_id}: {number} values")


def rows() -> Iterator[tuple[Any, str]]:
    """Every row with a sealed value, and the value's column."""
    for model, column in SEALED:
        for row in model._default_manager.exclude(**{column: ""}).iterator():
            yield row, column


def key_of(row: Any, column: str) -> str:
    return crypto.key_id_of(getattr(row, column))


def reseal(row: Any, column: str) -> int:
    """Seal one value anew unless somebody changed it meanwhile; 1 when it was written."""
    old = getattr(row, column)
    new = crypto.seal(crypto.unseal(old, row.place), row.place)
    unchanged = type(row)._default_manager.filter(pk=row.pk, **{column: old})
    return int(unchanged.update(**{column: new}))


def count() -> dict[str, int]:
    """Key id -> number of values under it."""
    found: dict[str, int] = {}
    for row, column in rows():
        found[key_of(row, column)] = found.get(key_of(row, column), 0) + 1
    return found
