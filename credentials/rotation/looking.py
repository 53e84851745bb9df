"""When a key was used last, and how old that fact is: from the mirror, or asked of AWS once a look.

A whole rotation asks AWS at most six times beside the sync. What its steps will need is set aside; the rest
is for looks. Once that is used up, only a sync tells more.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from credentials.models import AccessKey, Rotation
from credentials.models.rotations import State
from credentials.rotation.kinds import kind_of
from iamconsole import gateway
from iamconsole.credential_report import word
from iamconsole.errors import IamError
from iamconsole.operations import Caller
from users.models import Account

MOST_CALLS = 6
FRESH = timedelta(hours=4)
# How long until it is looked at again, by how often that was done; AWS itself tells a use minutes late.
PAUSES = (
    timedelta(minutes=15),
    timedelta(hours=1),
    timedelta(hours=4),
    timedelta(hours=12),
    timedelta(days=1),
)
CREATION, REMOVAL, OLD = 1, 2, 3  # OLD: the list before it is deactivated, that change, the deletion


@dataclass(frozen=True, slots=True)
class Use:
    """The last use of a key. ``at``: None where there was none; ``read_at``: None where it is not known."""

    at: datetime | None
    service: str
    region: str
    read_at: datetime | None


def pause(looks: int) -> timedelta:
    """How long to wait after so many looks."""
    return PAUSES[min(looks, len(PAUSES) - 1)]


def use_of(rotation: Rotation, key: AccessKey, caller: Caller, now: datetime) -> Use:
    """The last use of one of its keys. Asks AWS where the mirror is old and a call is left over."""
    told = known(rotation, key, now)
    is_old = told.read_at is None or told.read_at < now - FRESH
    if caller.link is None or not is_old or calls_left(rotation) <= 0:
        return told
    rotation.aws_calls += 1
    Rotation.objects.filter(pk=rotation.pk).update(aws_calls=rotation.aws_calls)
    try:
        client: Any = gateway.reader(caller.link, attempts=1)
        answer = gateway.read(client.get_access_key_last_used, AccessKeyId=key.access_key_id)
    except IamError:
        return told  # a later look, or a sync, tells
    used = answer.get("AccessKeyLastUsed", {})
    at = used.get("LastUsedDate")
    if at and (key.last_used_date is None or at > key.last_used_date):
        key.last_used_date = at
        key.last_used_service = word(used.get("ServiceName", ""))[:64]
        key.last_used_region = word(used.get("Region", ""))[:32]
        key.save(update_fields=["last_used_date", "last_used_service", "last_used_region"])
    return Use(key.last_used_date, key.last_used_service, key.last_used_region, now)


def known(rotation: Rotation, key: AccessKey, now: datetime) -> Use:
    """What is known here: of a linked account as of its last sync."""
    account = Account.objects.select_related("link").get(account_id=rotation.account_id)
    read_at = account.link.synced_at if account.kind == Account.Kind.LINKED else now
    if read_at and read_at < key.create_date:
        read_at = None  # no sync has seen it yet
    return Use(key.last_used_date, key.last_used_service, key.last_used_region, read_at)


def calls_left(rotation: Rotation) -> int:
    """How often AWS can be asked for looks: what is not set aside for the steps that are to come."""
    to_come = OLD
    if rotation.state == State.ROOM:
        to_come += REMOVAL
    if rotation.state in (State.ROOM, State.CREATE):
        to_come += CREATION
    return MOST_CALLS - to_come - rotation.aws_calls


def check_at_aws(rotation: Rotation, caller: Caller) -> dict[str, str]:
    """ID -> status of what the user has at AWS at this moment. Raises IamError."""
    if caller.link is None:
        return {}
    kind = kind_of(rotation)
    operation, member = kind.lists
    rotation.aws_calls += 1
    Rotation.objects.filter(pk=rotation.pk).update(aws_calls=rotation.aws_calls)
    client = gateway.reader(caller.link, attempts=1)
    params = {"UserName": rotation.user_name} if rotation.user_name else {}
    answer = gateway.read(getattr(client, gateway.method_name(client, operation)), **params)
    return {row[kind.parameter]: row["Status"] for row in answer[member]}
