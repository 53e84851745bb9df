"""The AWS managed policies that ship with the console, as data (IAM-FACTS 10.1)."""

import json
from pathlib import Path

from django.utils.dateparse import parse_datetime

from users.models import ManagedPolicy

DATA = Path(__file__).parent / "data" / "aws_managed_policies.json"


def load() -> int:
    """Write the shipped policies, replacing older versions. Returns how many there are."""
    rows = json.loads(DATA.read_text())
    for row in rows:
        ManagedPolicy.objects.update_or_create(
            arn=row["Arn"],
            defaults={
                "policy_name": row["PolicyName"],
                "policy_id": row.get("PolicyId", ""),
                "path": row["Path"],
                "description": row.get("Description", ""),
                "default_version_id": row["DefaultVersionId"],
                "document": json.dumps(row["Document"]),
                "create_date": parse_datetime(row["CreateDate"]),
                "update_date": parse_datetime(row.get("UpdateDate") or row["CreateDate"]),
            },
        )
    return len(rows)
