"""Writing the mirror of access keys, and finding those whose secret never arrived."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from credentials.models import AccessKey
from credentials.models.access_keys import KEYS_PER_USER
from credentials.slots import free_slot
from iamconsole.credential_report import Row
from iamconsole.models import Intent
from iamconsole.sync import guard
from iamconsole.sync.mirror import Writing
from iamconsole.sync.rows import Rows
from users.models import User

# How far AWS's clock and ours may be apart.
CLOCK_SKEW = timedelta(minutes=1)


def write(writing: Writing, rows: Rows, user: User, listed: list[dict[str, Any]], row: Row | None) -> None:
    """Access keys by ID. What the report tells is matched by the time of creation."""
    known = {key.label: key for key in rows.keys[user.pk]}
    listed = [item for item in listed if item["AccessKeyId"] not in writing.recent.ids]
    ids = {item["AccessKeyId"] for item in listed} | writing.recent.ids
    for key_id, key in list(known.items()):
        if key_id not in ids and not guard.too_fresh_to_remove(key.create_date, writing.snapshot.started):
            writing.changes.note(user, key_id, key.status, "deleted")
            key.delete()
            del known[key_id]
    lost = lost_keys(writing, user, [item for item in listed if item["AccessKeyId"] not in known], row)
    for item in listed:
        write_key(writing, rows, user, item, known, item["AccessKeyId"] in lost)
    rows.keys[user.pk] = list(known.values())
    rows.touched[user.pk] = user


def write_key(
    writing: Writing, rows: Rows, user: User, item: Mapping[str, Any], known: dict[str, AccessKey], lost: bool
) -> None:
    """One listed key; left for the next sync while both slots are still taken here."""
    key_id, key = item["AccessKeyId"], known.get(item["AccessKeyId"])
    if key is not None:
        if key.status != item["Status"]:
            writing.changes.note(user, key_id, key.status, item["Status"])
        if (key.status, key.create_date) != (item["Status"], item["CreateDate"]):
            key.status, key.create_date = item["Status"], item["CreateDate"]
            rows.change(key)
        return
    slot = free_slot({key.slot for key in known.values()}, KEYS_PER_USER)
    if slot:
        writing.changes.note(user, key_id, "", item["Status"])
        known[key_id] = AccessKey(
            user=user,
            slot=slot,
            access_key_id=key_id,
            status=item["Status"],
            create_date=item["CreateDate"],
            secret_lost=lost,
        )
        rows.new_keys.append(known[key_id])


def lost_keys(writing: Writing, user: User, unknown: list[dict[str, Any]], row: Row | None) -> set[str]:
    """Keys that AWS made for us without our hearing of it: nobody has their secret.

    Only a key made while its Intent waited counts, and never one that was used: somebody has that.
    """
    used = {key.created for key in row.keys if key and key.last_used} if row else set()
    found: set[str] = set()
    for intent in sorted(writing.settling, key=lambda intent: intent.opened_at):
        if intent.operation != "CreateAccessKey" or intent.params["UserName"].lower() != user.name_folded:
            continue
        possible = [
            item
            for item in unknown
            if made_while_waiting(intent, item["CreateDate"])
            and item["CreateDate"] not in used
            and item["AccessKeyId"] not in found
        ]
        if possible:
            item = min(possible, key=lambda item: abs(item["CreateDate"] - intent.opened_at))
            writing.lost[intent.id] = item["AccessKeyId"]
            found.add(item["AccessKeyId"])
    return found


def made_while_waiting(intent: Intent, created: datetime) -> bool:
    return intent.opened_at - CLOCK_SKEW <= created <= intent.opened_at + guard.patience() + CLOCK_SKEW
