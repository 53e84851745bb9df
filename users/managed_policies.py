"""The AWS managed policies that ship with the console, as data (IAM-FACTS 10.1)."""

import json
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

from users.models import ManagedPolicy

DATA = Path(__file__).parent / "data" / "aws_managed_policies.json"
AWS_OWNED = "arn:aws:iam::aws:policy/"
CREATED_UNKNOWN = "2015-02-06T18:39:46+00:00"  # when AWS made the first of them (IAM-FACTS 10.1)

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
    return save(json.loads(DATA.read_text()))


def save(rows: Iterable[dict[str, Any]]) -> int:
    """Write AWS managed policies, replacing older versions. Returns how many there were."""
    policies = [_policy(row) for row in rows]
    ManagedPolicy.objects.bulk_create(
        policies, update_conflicts=True, unique_fields=["arn"], update_fields=COLUMNS, batch_size=200
    )
    return len(policies)


def in_file(text: str) -> list[dict[str, Any]]:
    """The AWS managed policies of a JSON file: a list of them, a mapping by name, or the answer of
    GetAccountAuthorizationDetails, with the default version's document. Raises ValueError.
    """
    content = json.loads(text)
    if isinstance(content, dict) and "Policies" in content:
        content = content["Policies"]
    if isinstance(content, dict):
        content = [{"PolicyName": name, **row} for name, row in content.items()]
    if not isinstance(content, list) or not all(isinstance(row, dict) for row in content):
        raise ValueError("it holds no list of policies")
    return [_of_file(row) for row in content if str(row.get("Arn", "")).startswith(AWS_OWNED)]


def _of_file(row: dict[str, Any]) -> dict[str, Any]:
    """One policy with its default version's document beside the other members."""
    versions = {version["VersionId"]: version for version in row.get("PolicyVersionList", ())}
    document = row.get("Document") or versions[row["DefaultVersionId"]]["Document"]
    if isinstance(document, str):
        document = json.loads(document)
    created = row.get("CreateDate") or CREATED_UNKNOWN
    return {
        "PolicyName": row["Arn"].rpartition("/")[2],
        "Path": "/",
        **row,
        "Document": document,
        "CreateDate": created,
    }


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
