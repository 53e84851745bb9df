"""The accounts of AWS Organizations, read with the console's own identity."""

from dataclasses import dataclass
from typing import Any

from botocore.config import Config

from . import partitions, sessions
from .client import _client_options, translated

PAGE = 20  # the most that organizations:ListAccounts gives at once


@dataclass(frozen=True, slots=True)
class Member:
    """An account of the organization."""

    account_id: str
    name: str
    partition: str
    active: bool


def members(partition: str) -> list[Member]:
    """All accounts of the organization that the console's own identity belongs to in a partition: an
    organization never spans two. Raises IamError.
    """
    session = sessions.session(region=partitions.region_of(partition, "organizations"))
    options = _client_options(Config(retries={"mode": "standard", "total_max_attempts": 4}))
    with translated(changing=False):
        client = session.client("organizations", **options)
        pages = client.get_paginator("list_accounts").paginate(PaginationConfig={"PageSize": PAGE})
        rows: list[Any] = [row for page in pages for row in page["Accounts"]]
    found = [
        Member(row["Id"], row.get("Name", ""), row["Arn"].split(":")[1], row.get("Status") == "ACTIVE")
        for row in rows
    ]
    return sorted(found, key=lambda member: (member.name.lower(), member.account_id))
