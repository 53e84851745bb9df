"""All sealed values of the database, and whether they open with the key ring at hand.

A column of sealed values is one whose name begins with ``sealed``; its model has ``place``, which
names the row for ``iamconsole.crypto``. Nothing has to be listed: what is found by its name cannot be
forgotten when keys are changed.

A check row per key holds a text that is known. A ring that lacks the key of a check row, or has other
bytes under its id, is the ring of another installation: nothing is started with it.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import models, transaction

from . import crypto
from .models import KeyCheck
from .ops.backup import unfinished

BATCH = 200
KNOWN = "IAM Console"
WRONG_KEY = (
    "The field keys do not fit this database. {why} Restore the keys it was used with "
    "(DATA/keys/field.keys or IAMCONSOLE_FIELD_KEYS). Nothing was changed."
)
NO_KEY = "Its keys are missing: it was used with the key {key_id!r}, which is not in the key ring."
OTHER_KEY = "Its keys are missing: it was used with another key {key_id!r} than the one in the key ring."
UNREADABLE = "unreadable"  # where a key id would stand
MISSING = "key missing: "  # before the id of a key that is not at hand


class WrongKey(Exception):
    """The key ring is not the one of this database; the text is for the terminal."""

    def __init__(self, why: object) -> None:
        super().__init__(WRONG_KEY.format(why=why))


class Unfinished(WrongKey):
    """A restore has not come to its end, so whatever is in the database is not to be used."""

    def __init__(self) -> None:
        Exception.__init__(self, unfinished.SENTENCE)


def columns() -> Iterator[tuple[type[models.Model], str]]:
    """Every model and column of sealed values."""
    for model in apps.get_models():
        for field in model._meta.concrete_fields:
            if field.name.startswith("sealed"):
                yield model, field.name


def verify() -> None:
    """Raises WrongKey unless this database is whole and the ring is the one that it was used with."""
    if unfinished.is_marked():
        raise Unfinished
    verify_keys()


def verify_keys() -> None:
    """Raises WrongKey unless the ring opens every check row; without one yet, a value of each column."""
    checks = list(KeyCheck.objects.all())
    if absent := missing_keys(checks):
        raise WrongKey(next(iter(absent.values())))
    try:
        if not checks:
            for row, column in samples():
                crypto.unseal(getattr(row, column), row.place)
        crypto.key_ring()
    except crypto.KeyRingError as error:
        raise WrongKey(error) from error


def missing_keys(checks: Iterable[KeyCheck]) -> dict[str, str]:
    """Key id -> why, for each key of the database that is not at hand."""
    ring = {entry.partition(":")[0] for entry in settings.FIELD_KEYS}
    absent: dict[str, str] = {}
    for check in checks:
        try:
            known = crypto.unseal(check.sealed, check.place) == KNOWN
        except crypto.KeyRingError:
            known = False
        if not known:
            absent[check.key_id] = (OTHER_KEY if check.key_id in ring else NO_KEY).format(key_id=check.key_id)
    return absent


def samples() -> Iterator[tuple[Any, str]]:
    """One value of each column, for an installation from before the check rows."""
    for model, column in columns():
        if row := model._default_manager.exclude(**{column: ""}).order_by("pk").first():
            yield row, column


def ensure() -> None:
    """Verify, then have a check row for the key that seals from now on. Raises WrongKey."""
    verify()
    key_id = next(iter(crypto.key_ring()))
    if not KeyCheck.objects.filter(key_id=key_id).exists():
        check = KeyCheck(key_id=key_id)
        check.sealed = crypto.seal(KNOWN, check.place)
        # Two starts at once: one of them is enough.
        KeyCheck.objects.bulk_create([check], ignore_conflicts=True)


def reseal_all() -> Iterator[tuple[int, int]]:
    """Seal everything anew that is not under the newest key, a batch per transaction.

    Yields (sealed, unreadable) after each batch. What is done drops out of the search, so a run that
    was killed is simply started again. Check rows are not sealed anew: one belongs to each key.
    """
    newest = f"{crypto.VERSION}.{next(iter(crypto.key_ring()))}."
    for model, column in columns():
        if model is KeyCheck:
            continue
        old = model._default_manager.exclude(**{column: ""}).exclude(**{f"{column}__startswith": newest})
        last: Any = None
        while batch := list((old if last is None else old.filter(pk__gt=last)).order_by("pk")[:BATCH]):
            with transaction.atomic():
                done = [reseal(row, column) for row in batch]
            yield done.count(True), done.count(None)
            last = batch[-1].pk


def reseal(row: Any, column: str) -> bool | None:
    """Seal one value anew unless somebody changed it meanwhile; None when it does not open."""
    old = getattr(row, column)
    try:
        new = crypto.seal(crypto.unseal(old, row.place), row.place)
    except crypto.KeyRingError:
        return None
    unchanged = type(row)._default_manager.filter(pk=row.pk, **{column: old})
    return bool(unchanged.update(**{column: new}))


def count() -> Counter[tuple[str, str]]:
    """(key id, column) -> values, each of them opened; those that do not open are under UNREADABLE or
    MISSING with the id of the key.
    """
    found: Counter[tuple[str, str]] = Counter()
    absent = missing_keys(KeyCheck.objects.all())
    for model, column in columns():
        if model is KeyCheck:
            continue
        name = f"{model._meta.model_name}.{column}"
        for row in model._default_manager.exclude(**{column: ""}).iterator(chunk_size=BATCH):
            found[key_or_why_not(row, column, absent), name] += 1
    return found


def key_or_why_not(row: Any, column: str, absent: Collection[str]) -> str:
    """The id of the key that opens a value; else that its key is missing, or that it was changed."""
    value = getattr(row, column)
    try:
        crypto.unseal(value, row.place)
    except crypto.KeyRingError:
        key_id = value.split(".")[1] if value.count(".") == 3 else ""
        return MISSING + key_id if key_id in absent else UNREADABLE
    return crypto.key_id_of(value)


def forget_unused_keys(found: Counter[tuple[str, str]]) -> None:
    """Drop the check rows of keys under which nothing is sealed any more, so that they may be taken out."""
    if any(key_id == UNREADABLE or key_id.startswith(MISSING) for key_id, _ in found):
        return
    used = {key_id for key_id, _ in found} | {next(iter(crypto.key_ring()))}
    KeyCheck.objects.exclude(key_id__in=used).delete()
