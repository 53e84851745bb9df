"""Rows to JSON and back; AWS's own policies, which are in each database already, go by their ARN."""

import json
from typing import Any

from django.apps import apps
from django.core import serializers
from django.db import transaction

from tests.census.surface import OURS

SHIPPED = "users.managedpolicy"
LEFT_OUT = {"iamconsole.keycheck", "credentials.unknownnames", "credentials.knownaddress", "users.syncrun"}


def dumped() -> list[dict[str, Any]]:
    """All rows of ours and the sessions of browsers."""
    found: list[dict[str, Any]] = []
    for model in apps.get_models():
        label = model._meta.label_lower
        if (model._meta.app_label in OURS or label == "sessions.session") and label not in LEFT_OUT:
            rows = model._default_manager.order_by("pk")
            if label == SHIPPED:
                rows = rows.filter(account__isnull=False)
            found += json.loads(serializers.serialize("json", rows))
    for row in found:
        if "policy" in row["fields"] and (arn := shipped().get(row["fields"]["policy"])):
            row["fields"]["policy"] = arn
    return found


def shipped() -> dict[int, str]:
    """Number -> ARN of AWS's own policies."""
    rows = apps.get_model(SHIPPED)._default_manager.filter(account=None)
    return dict(rows.values_list("pk", "arn"))


def load(rows: list[dict[str, Any]]) -> None:
    """Write recorded rows; columns that are gone since are left out."""
    numbers = {arn: number for number, arn in shipped().items()}
    for row in rows:
        if isinstance(arn := row["fields"].get("policy"), str):
            row["fields"]["policy"] = numbers[arn]
    with transaction.atomic():
        for row in serializers.deserialize("python", rows, ignorenonexistent=True):
            row.save()
