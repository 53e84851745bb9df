"""What the database keeps, as canonical JSON: rows by what they say, not by their numbers or their order."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.apps import apps
from django.contrib.auth.hashers import is_password_usable
from django.db import models

from tests.census.surface import OURS
from tests.snapshots.masks import Masks

# What stands for a row where another one points at it; the first that it has.
NAMES = ("account_id", "arn", "user_id", "group_id", "serial_number", "access_key_id", "user_name")
# What differs from run to run and says nothing: each is told as being there, or not.
HIDDEN = ("password", "seed", "session_mac", "view_mac", "lease", "digest", "token_hash", "key_hash")
# Tables that no sync fills, or that hold what ships.
LEFT_OUT = ("KeyCheck", "OneTimeSecret", "ConsoleSession", "KnownAddress", "UnknownNames")


def kept() -> dict[str, list[dict[str, Any]]]:
    """All rows of ours, by model."""
    found = {}
    for model in apps.get_models():
        if model._meta.app_label in OURS and model.__name__ not in LEFT_OUT:
            told = sorted((facts(row) for row in shown(model)), key=canonical)
            if told:
                found[model.__name__] = told
    return found


def shown(model: type[models.Model]) -> Iterator[Any]:
    """Rows without AWS's own policies, which ship with the console."""
    for row in model._default_manager.all():
        if not (model.__name__ == "ManagedPolicy" and row.account_id is None):
            yield row


def facts(row: models.Model) -> dict[str, Any]:
    """Column -> value, without the row's own number."""
    return {
        field.name: value_of(row, field)
        for field in row._meta.concrete_fields
        if not field.primary_key or field.is_relation
    }


def value_of(row: models.Model, field: models.Field) -> Any:
    if field.is_relation:
        other = getattr(row, field.name)
        return None if other is None else label(other)
    value = getattr(row, field.attname)
    if field.name == "password" and value:
        return "<usable>" if is_password_usable(value) else "<unusable>"
    if field.name.startswith("sealed") or field.name in HIDDEN:
        return "<there>" if value else ""
    return value


def label(row: models.Model) -> str:
    """What a row is called by those that point at it."""
    columns = {field.attname: field for field in row._meta.concrete_fields}
    for name in NAMES:
        if name in columns and not columns[name].is_relation and getattr(row, name):
            return str(getattr(row, name))
    owners = [field for field in columns.values() if field.is_relation]
    return f"{row._meta.model_name} of {' and '.join(str(value_of(row, owner)) for owner in owners)}"


def canonical(value: Any) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False, default=str)


def write(file: Path, value: Any, masks: Masks) -> None:
    """As JSON that a diff can be read of; lists of rows are sorted once their IDs have names."""
    file.parent.mkdir(parents=True, exist_ok=True)
    value = json.loads(masks.masked(canonical(value), numbered=False))
    if isinstance(value, dict):
        for model, told in value.items():
            if isinstance(told, list) and model != "calls":
                value[model] = sorted(told, key=canonical)
    file.write_text(json.dumps(value, sort_keys=True, ensure_ascii=False, indent=1) + "\n")
