"""Policies that revoke the older sessions of a user, as AWS's console writes them (IAM-FACTS 2.14.2)."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from iamconsole.policy import MalformedPolicyDocument, Statement, parse
from iamconsole.policy.values import moment
from users.permissions import PermissionRow

NAME = "AWSRevokeOlderSessions"
KEY = "aws:tokenissuetime"
OPERATORS = ("datelessthan", "datelessthanequals")
EVERYTHING = {"*", "*:*"}


@dataclass(frozen=True, slots=True)
class Revocation:
    """A policy that denies everything to sessions that began before ``before``.

    ``removable``: it is an inline policy of the user's own, and says nothing else.
    """

    row: PermissionRow
    before: datetime
    removable: bool


def document(at: datetime) -> str:
    """The policy that denies everything to sessions that began before ``at``."""
    statement = {
        "Effect": "Deny",
        "Action": "*",
        "Resource": "*",
        "Condition": {"DateLessThan": {"aws:TokenIssueTime": f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"}},
    }
    return json.dumps({"Version": "2012-10-17", "Statement": statement}, separators=(",", ":"))


def in_force(rows: Iterable[PermissionRow]) -> list[Revocation]:
    """Those among the policies of a user, in whatever spelling; the latest first."""
    found = [revocation for row in rows if (revocation := _revocation(row))]
    return sorted(found, key=lambda one: one.before, reverse=True)


def _revocation(row: PermissionRow) -> Revocation | None:
    try:
        statements = parse(row.document).statements
    except MalformedPolicyDocument:
        return None
    times = [time for statement in statements if (time := _time(statement)) is not None]
    if not times:
        return None
    own = row.inline_pk is not None and not row.group
    return Revocation(row, max(times), removable=own and len(times) == len(statements))


def _time(statement: Statement) -> datetime | None:
    """Until when a session must have begun to be denied everything; None for any other statement."""
    negated = statement.not_action or statement.not_resource
    everything = EVERYTHING & set(statement.actions) and "*" in statement.resources
    if statement.allow or negated or not everything or len(statement.conditions) != 1:
        return None
    condition = statement.conditions[0]
    if condition.operator.lower() not in OPERATORS or condition.key.lower() != KEY:
        return None
    try:
        times = [moment(value) for value in condition.values]
        latest = max(time for time in times if time is not None)
        return datetime.fromtimestamp(latest / 1000, UTC) if None not in times else None
    except (ValueError, OverflowError):
        return None
