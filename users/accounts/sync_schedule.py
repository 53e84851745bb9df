"""Which linked accounts are synced by themselves, and when.

Time is cut into slots of an account's interval; each account's slots are shifted by a number that its ID
decides, so that a thousand accounts with the same interval are spread over it, the same way every day.
What is due is started while fewer than ``SYNCS_AT_ONCE`` wait or run: by a beat task each minute, and by each
sync that ends, so that the workers bound how many there are in an hour and not the beat. Those that waited
longest come first. Accounts whose last sync was slow or failed come after the others, and hold half of the
places at most: AWS being slow for some keeps no others waiting.
"""

import hashlib
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.db.models import F, OuterRef, Q, QuerySet, Subquery

from iamconsole.errors import IamError
from iamconsole.models import Job
from iamconsole.operations import execute
from iamconsole.ops import instances
from iamconsole.sync.accounts import SYNC
from users.callers.build import system_caller
from users.models import Account, AccountLink, SyncRun

# A sync that took longer, or failed, makes its account a slow one until the next.
SLOW = timedelta(minutes=5)
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
    now = now or instances.database_time()
    open_syncs = Job.objects.filter(kind=SYNC, state__in=Job.OPEN_STATES)
    busy = set(open_syncs.values_list("account_id", flat=True))
    room = max(settings.SYNCS_AT_ONCE - len(busy), 0)
    if not room:
        return 0
    due = [
        (due_at, link)
        for link in scheduled()
        if (due_at := next_sync(link)) and due_at <= now and link.account.account_id not in busy
    ]
    due.sort(key=lambda pair: (pair[0], pair[1].pk))
    slow = slow_accounts(now)
    quick = [link for _, link in due if link.account.account_id not in slow]
    others = [link for _, link in due if link.account.account_id in slow]
    room_of_slow = max(settings.SYNCS_AT_ONCE // 2, 1) - len(busy & slow)
    started = sum(start(link, now) for link in quick[:room])
    return started + sum(start(link, now) for link in others[: max(min(room - started, room_of_slow), 0)])


def slow_accounts(now: datetime) -> set[str]:
    """IDs of the accounts whose sync takes long now, or whose last one took long or failed."""
    running = Job.objects.filter(kind=SYNC, state=Job.State.RUNNING, started_at__lt=now - SLOW)
    last = SyncRun.objects.filter(account=OuterRef("account"), finished_at__isnull=False).order_by(
        "-started_at"
    )
    links = AccountLink.objects.annotate(
        ended=Subquery(last.values("state")[:1]),
        took=Subquery(last.annotate(took=F("finished_at") - F("started_at")).values("took")[:1]),
    )
    were = links.filter(Q(ended=SyncRun.State.FAILED) | Q(took__gt=SLOW))
    return {
        *running.values_list("account_id", flat=True),
        *were.values_list("account__account_id", flat=True),
    }


def go_on(job: Job, now: datetime | None = None) -> None:
    """After a sync that the schedule had started: what is due next takes its place."""
    if job.args.get("scheduled"):
        start_due(now)


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
