"""Which linked accounts are synced by themselves, and when.

Time is cut into slots of an account's interval; each account's slots are shifted by a number that its ID
decides, so that a thousand accounts with the same interval are spread over it, the same way every day.
A beat task starts what is due, never more at a time than ``SYNCS_AT_ONCE``; what finds no room is due
again a minute later, and those that waited longest come first.
"""

import hashlib
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.db.models import QuerySet

from iamconsole import database_clock
from iamconsole.errors import IamError
from iamconsole.models import Job
from iamconsole.operations import execute
from iamconsole.sync.accounts import SYNC
from users.callers.build import system_caller
from users.models import Account, AccountLink

EPOCH = datetime(2020, 1, 1, tzinfo=UTC)


def shift_of(account_id: str, hours: int) -> timedelta:
    """How far the slots of an account are shifted: at least nothing, less than the interval."""
    number = int.from_bytes(hashlib.sha256(account_id.encode()).digest()[:8])
    return timedelta(seconds=number % (hours * 3600))


def slot_of(account_id: str, hours: int, moment: datetime) -> datetime:
    """The beginning of the account's slot that a moment is in."""
    interval, start = timedelta(hours=hours), EPOCH + shift_of(account_id, hours)
    return start + (moment - start) // interval * interval


def last_try(link: AccountLink) -> datetime | None:
    """When the account was last synced, or the schedule last started it; None: never."""
    return max(filter(None, (link.synced_at, link.scheduled_at)), default=None)


def next_sync(link: AccountLink) -> datetime | None:
    """When the schedule starts the account next; now or earlier: it is due. None: it never does, or not while
    the link is refused (``pauses``).
    """
    if not link.sync_every or link.paused_at:
        return None
    last = last_try(link)
    if last is None:
        return link.account.created_at
    return slot_of(link.account.account_id, link.sync_every, last) + timedelta(hours=link.sync_every)


def scheduled() -> QuerySet[AccountLink]:
    return AccountLink.objects.select_related("account").filter(
        account__kind=Account.Kind.LINKED, sync_every__gt=0, paused_at=None
    )


def start_due(now: datetime | None = None) -> int:
    """Start the syncs that are due, as far as there is room. Returns how many were started."""
    now = now or database_clock.now()
    open_syncs = Job.objects.filter(kind=SYNC, state__in=Job.OPEN_STATES)
    busy = set(open_syncs.values_list("account_id", flat=True))
    room = max(settings.SYNCS_AT_ONCE - len(busy), 0)
    due = [
        (due_at, link)
        for link in scheduled()
        if (due_at := next_sync(link)) and due_at <= now and link.account.account_id not in busy
    ]
    due.sort(key=lambda pair: (pair[0], pair[1].pk))
    return sum(start(link, now) for _, link in due[:room])


def start(link: AccountLink, now: datetime) -> bool:
    """Start one sync, unless another beat has started it for this slot, or somebody by hand."""
    ours = AccountLink.objects.filter(pk=link.pk, scheduled_at=link.scheduled_at)
    if not ours.update(scheduled_at=now):
        return False
    try:
        execute(system_caller(link.account), "iamconsole:SyncAccount", Scheduled=True)
    except IamError:
        return False  # it runs already, or was unlinked at this moment
    return True
