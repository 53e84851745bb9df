"""Writing the mirror of access keys."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from credentials.mirror_rows import Rows
from credentials.models import AccessKey
from credentials.models.access_keys import KEYS_PER_USER
from credentials.slots import free_slot
from iamconsole.credential_report import Row
from iamconsole.sync import guard
from iamconsole.sync.known import Known
from iamconsole.sync.mirror_write import MirrorWrite
from iamconsole.sync.mirrors import Answers, Detail, Mirror, Question
from iamconsole.sync.plan import Listing
from iamconsole.sync.told import GIVEN, OURS, USE, Told
from users.models import User


class KnownKeys(defaultdict[str, dict[str, tuple[datetime, bool]]]):
    """When each key was made and whether it is active, by unique ID of the user and ID of the key."""

    def __init__(self) -> None:
        super().__init__(dict)

    @classmethod
    def of(cls, known: Known) -> "KnownKeys":
        found, keys = cls(), AccessKey.objects.filter(user__account=known.account).order_by()
        columns = "user__user_id", "access_key_id", "create_date", "status"
        for user_id, key_id, created, status in keys.values_list(*columns):
            active = status == AccessKey.Status.ACTIVE
            found[user_id][key_id or ""] = created.replace(microsecond=0), active
        return found

    def states(self, user_id: str) -> Counter[tuple[datetime, bool]]:
        """Counted: two keys may be of the same second."""
        return Counter(self.get(user_id, {}).values())

    def active(self, user_id: str) -> list[str]:
        return [key_id for key_id, (_, active) in self.get(user_id, {}).items() if active and key_id]


class ListKeys(Question):
    required = True

    def differs(self, known: Known, listing: Listing, user_id: str, row: Row) -> bool:
        return row.key_states() != known.part(KnownKeys).states(user_id)

    def changes_unseen(self, known: Known, user_id: str) -> bool:
        """A report knows no IDs: of two keys of the same second either may be the active one."""
        return bool(known.part(KnownKeys).get(user_id))

    def with_use(self, listed: Sequence[Detail], row: Row | None) -> Sequence[Detail]:
        """``Used`` is told of keys that were: somebody has their secrets."""
        used = {key.created for key in row.keys if key and key.last_used} if row else set()
        return [{**item, "Used": item["CreateDate"].replace(microsecond=0) in used} for item in listed]


class AccessKeys(Mirror):
    name = "access keys"
    after = ("users",)
    questions = (ListKeys("keys", "ListAccessKeys", "AccessKeyMetadata"),)
    known = (KnownKeys,)
    ids = ("AccessKeyId",)
    told = (
        Told(
            AccessKey,
            "AccessKey",
            {
                **dict.fromkeys(("user", "access_key_id"), GIVEN),
                **dict.fromkeys(
                    ("uuid", "slot", "sealed_secret", "secret_lost", "owner", "review_date"), OURS
                ),
                **dict.fromkeys(("last_used_date", "last_used_region", "last_used_service"), USE),
                "age_known": "AWS always tells when a key was made; only old report files do not",
            },
            thing=lambda row: row.user,
            label="Access key",
            name=lambda row: row.label,
        ),
    )

    def check(self, writing: MirrorWrite) -> None:
        guard.check_answers(writing, "keys", "AccessKeyId", AccessKey, "access_key_id")

    def write_user(self, writing: MirrorWrite, user: User, detail: Detail, answers: Answers) -> None:
        if "keys" in answers:
            write(writing, writing.part(Rows), user, answers["keys"])

    def forget_users(self, keys: Sequence[int]) -> None:
        AccessKey.objects.filter(user__in=keys).delete()


def write(writing: MirrorWrite, rows: Rows, user: User, listed: list[dict[str, Any]]) -> None:
    """Access keys by ID. Nobody has the secret of a lost one."""
    known = {key.label: key for key in rows.keys[user.pk]}
    listed = [item for item in listed if item["AccessKeyId"] not in writing.recent.ids]
    ids = {item["AccessKeyId"] for item in listed} | writing.recent.ids
    for key_id, key in list(known.items()):
        if key_id not in ids and not guard.too_fresh_to_remove(key.create_date, writing.snapshot.started):
            writing.remove(key)
            del known[key_id]
    for item in listed:
        write_key(writing, rows, user, item, known)
    rows.keys[user.pk] = list(known.values())
    rows.touched[user.pk] = user


def write_key(
    writing: MirrorWrite,
    rows: Rows,
    user: User,
    item: Mapping[str, Any],
    known: dict[str, AccessKey],
) -> None:
    """One listed key; left for the next sync while both slots are still taken here."""
    key_id, key = item["AccessKeyId"], known.get(item["AccessKeyId"])
    if key is not None:
        if writing.changes.put(key, {"status": item["Status"], "create_date": item["CreateDate"]}):
            rows.change(key)
        return
    slot = free_slot({key.slot for key in known.values()}, KEYS_PER_USER)
    if slot:
        known[key_id] = AccessKey(
            user=user,
            slot=slot,
            access_key_id=key_id,
            status=item["Status"],
            create_date=item["CreateDate"],
            secret_lost=key_id in writing.lost,
        )
        writing.changes.made(known[key_id])
        rows.new_keys.append(known[key_id])
