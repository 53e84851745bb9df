"""Writing when passwords and access keys were used last: it only moves forward, whatever is told."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from credentials.access_keys.mirror import KnownKeys
from credentials.mirror_rows import Rows
from credentials.models import AccessKey
from iamconsole.credential_report import Row, word
from iamconsole.sync.ask import Asker
from iamconsole.sync.known import Known
from iamconsole.sync.mirror_write import MirrorWrite
from iamconsole.sync.mirrors import Answers, Detail, Mirror, Question
from users.models import User

# When, in which region, by which service.
Use = tuple[datetime, str, str]


class AskForLastUse(Question):
    """Asked only in a user's turn: the report tells it, if late."""

    of_new = False

    def is_told_late(self, known: Known, user_id: str) -> bool:
        return bool(known.part(KnownKeys).get(user_id))

    def calls(self, known: Known, user_id: str) -> int:
        return len(known.part(KnownKeys).active(user_id))

    def ask(self, asker: Asker, user: Detail, answers: Answers) -> dict[str, dict[str, Any]]:
        """When each active key was used last, by its ID."""
        if (listed := answers.get("keys")) is not None:
            ids = [row["AccessKeyId"] for row in listed if row["Status"] == "Active"]
        else:
            ids = asker.known.part(KnownKeys).active(user["UserId"])
        return {
            key_id: asker.read(self.action, AccessKeyId=key_id).get("AccessKeyLastUsed", {}) for key_id in ids
        }


class LastUse(Mirror):
    name = "last use"
    after = ("users", "access keys")
    questions = (AskForLastUse("last_used", "GetAccessKeyLastUsed"),)

    def write_user(self, writing: MirrorWrite, user: User, detail: Detail, answers: Answers) -> None:
        rows, row = writing.part(Rows), writing.snapshot.row(detail)
        write(rows, user, detail, row, answers.get("last_used", {}))


def write(
    rows: Rows, user: User, detail: Mapping[str, Any], row: Row | None, asked: Mapping[str, Mapping[str, Any]]
) -> None:
    """From the report, and from what AWS said of single keys. Use is no change, so it leaves no Event."""
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
    same = [told for told in row.keys if told and told.created == made] if row else []
    # Of two keys of the same second it does not say which was used.
    for told in same if len(same) == 1 else ():
        if told.last_used is not None:
            yield told.last_used, told.region, told.service
    answer = asked.get(key.access_key_id or "", {})
    if when := answer.get("LastUsedDate"):
        yield when, word(answer.get("Region", "")), word(answer.get("ServiceName", ""))
