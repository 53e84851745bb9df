"""The AWS managed policies that ship with the console, as data (IAM-FACTS 10.1)."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

from users.models import ManagedPolicy

DATA = Path(__file__).parent / "data" / "aws_managed_policies.json"


COLUMNS = [
    "policy_name",
    "policy_id",
    "path",
    "description",
    "default_version_id",
    "document",
    "create_date",
    "update_date",
]


def load() -> int:
    """Write the shipped policies, replacing older versions. Returns how many there are."""
    policies = [_policy(row) for row in json.loads(DATA.read_text())]
    ManagedPolicy.objects.bulk_create(
        policies, update_conflicts=True, unique_fields=["arn"], update_fields=COLUMNS
    )
    return len(policies)


def _policy(row: dict[str, Any]) -> ManagedPolicy:
    created = datetime.fromisoformat(row["CreateDate"])
    updated = row.get("UpdateDate")
    return ManagedPolicy(
        arn=row["Arn"],
        policy_name=row["PolicyName"],
        policy_id=row.get("PolicyId", ""),
        path=row["Path"],
        description=row.get("Description", ""),
        default_version_id=row["DefaultVersionId"],
        document=json.dumps(row["Document"]),
        create_date=created,
        update_date=datetime.fromisoformat(updated) if updated else created,
    )
