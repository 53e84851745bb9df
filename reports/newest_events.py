"""The newest events of each operation, found by looks into an index: no row is read that does not answer.

A history has a million rows and a few dozen operations: GROUP BY would read thousands of rows for each.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection
from django.db.models.expressions import RawSQL

from iamconsole.distinct_values import distinct_values, walk
from iamconsole.models import Event

NEWEST = """
    SELECT id FROM {table} event WHERE {whose} AND event.action = {action} AND at > %s AND at <= %s
    ORDER BY at DESC LIMIT {most}
"""
EACH, ALL = "SELECT * FROM ({}) newest", " UNION ALL "
OF_ACCOUNT = "account_id = %s"
OF_PRINCIPAL = "account_id = %s AND principal_arn = %s"


class Use(NamedTuple):
    """An operation that somebody used, or tried to."""

    action: str
    arn: str
    at: datetime


def actions_of(account_id: str) -> list[str]:
    """The operations that the account's history has, in order."""
    return distinct_values(Event, "action", OF_ACCOUNT, account_id)


def by_principals(account_id: str, arns: Sequence[str], after: datetime, until: datetime) -> list[Use]:
    """The newest use of each operation by each of some principals, at most about a hundred."""
    newest = NEWEST.format(table=Event._meta.db_table, whose=OF_PRINCIPAL, action="found.value", most=1)
    part = EACH.format(walk(Event, "action", OF_PRINCIPAL, f"({newest})"))
    params: list[Any] = []
    for arn in arns:
        params += [account_id, arn] * 3 + _moments(after, until)
    return _uses(ALL.join([part] * len(arns)), params)


def by_action(
    account_id: str, actions: Sequence[str], after: datetime, until: datetime, most: int
) -> list[Use]:
    """The newest uses of each of some operations by anybody, at most ``most`` of each."""
    newest = NEWEST.format(table=Event._meta.db_table, whose=OF_ACCOUNT, action="%s", most=most)
    params: list[Any] = []
    for action in actions:
        params += [account_id, action, *_moments(after, until)]
    return _uses(ALL.join([EACH.format(newest)] * len(actions)), params)


def _moments(*moments: datetime) -> list[Any]:
    """As the database keeps them."""
    return [connection.ops.adapt_datetimefield_value(moment) for moment in moments]


def _uses(ids: str, params: Iterable[Any]) -> list[Use]:
    """The events whose IDs the statement finds, the newest first."""
    if not ids:
        return []
    rows = Event.objects.filter(pk__in=RawSQL(ids, list(params)))  # noqa: S611
    found = rows.order_by().values_list("action", "principal_arn", "at")
    return sorted((Use(*row) for row in found), key=lambda use: use.at, reverse=True)
