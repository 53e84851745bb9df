"""Writing when passwords and access keys were used last: it only moves forward, whatever is told."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from credentials.models import AccessKey
from iamconsole.credential_report import Row, word
from iamconsole.sync.rows import Rows
from users.models import User

# When, in which region, by which service.
Use = tuple[datetime, str, str]


def write(
    rows: Rows, user: User, detail: Mapping[str, Any], row: Row | None, asked: Mapping[str, Mapping[str, Any]]
) -> None:
    """From the report, and from what AWS said of single keys. Use is no change, so no Event tells of it."""
    used = max(filter(None, (detail.get("PasswordLastUsed"), row and row.password_last_used)), default=None)
    if used and (user.password_last_used is None or used > user.password_last_used):
        user.password_last_used = used
        rows.used.add(user.pk)
        rows.touched[user.pk] = user
    for key in rows.keys.get(user.pk, []):
        for when, region, service in uses(key, row, asked):
            if key.last_used_date is None or when > key.last_used_date:
                key.last_used_date = when
                key.last_used_region, key.last_used_service = region[:32], service[:64]
                rows.change(key)
                rows.touched[user.pk] = user


def uses(key: AccessKey, row: Row | None, asked: Mapping[str, Mapping[str, Any]]) -> Iterator[Use]:
    """What is told of one key; the report knows it by the second in which it was made."""
    made = key.create_date.replace(microsecond=0)
    for told in row.keys if row else ():
        if told and told.created == made and told.last_used is not None:
            yield told.last_used, told.region, told.service
    answer = asked.get(key.access_key_id or "", {})
    if when := answer.get("LastUsedDate"):
        yield when, word(answer.get("Region", "")), word(answer.get("ServiceName", ""))
