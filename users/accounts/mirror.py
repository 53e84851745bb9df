"""A linked account and its people, as the sync sees them (``iamconsole.sync.accounts``)."""

import uuid
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from iamconsole.errors import LinkRefused
from iamconsole.gateway import Calls
from iamconsole.sync.accounts import LinkedAccount
from users.accounts import link_permissions, pauses, readings
from users.callers.build import account_of_job
from users.models import Account, AccountLink, SyncRun, User

KEPT = timedelta(days=90)
STOPPED = "The worker stopped before the sync had ended."


class AccountOfSync(LinkedAccount):
    """An Account with its AccountLink, its users and its SyncRuns."""

    def __init__(self, row: Account) -> None:
        self.row, self.account_id, self.arn = row, row.account_id, row.arn
        self.link = row.link_spec

    @property
    def is_new(self) -> bool:
        return self.row.link.synced_at is None

    @property
    def synced_at(self) -> datetime | None:
        synced_at: datetime | None = self.row.link.synced_at
        return synced_at

    @property
    def unknown(self) -> frozenset[str]:
        return frozenset(self.row.link.sync_counts.get("unknown", ()))

    def lock(self) -> None:
        Account.objects.select_for_update().get(pk=self.row.pk)

    def asked(self) -> dict[str, datetime | None]:
        users = User.objects.people(self.row).order_by()
        return dict(users.values_list("user_id", "asked_at"))

    def people(self, user_ids: Iterable[str]) -> dict[str, User]:
        users = {user.user_id: user for user in User.objects.filter(user_id__in=user_ids)}
        for user in users.values():
            user.account = self.row
        return users

    def note_asked(self, people: Collection[User], at: datetime) -> None:
        User.objects.filter(pk__in=[user.pk for user in people]).update(asked_at=at)

    def turns(self) -> dict[str, datetime | None]:
        users = User.objects.people(self.row).order_by()
        return dict(users.values_list("user_id", "turn_at"))

    def note_turn(self, people: Collection[User], at: datetime) -> None:
        User.objects.filter(pk__in=[user.pk for user in people]).update(turn_at=at)

    def synced(self, counts: Mapping[str, Any]) -> None:
        links = AccountLink.objects.filter(account=self.row)
        links.update(synced_at=timezone.now(), sync_error="", sync_counts=counts)
        pauses.resume(self.row)
        link_permissions.answered(self.row, counts["unknown"])
        readings.tell(self.row)

    def failed(self, message: str, gone: int) -> None:
        counts = self.row.link.sync_counts | {"gone": gone}
        AccountLink.objects.filter(account=self.row).update(sync_error=message, sync_counts=counts)

    def pause(self, error: LinkRefused) -> str:
        return pauses.pause(self.row, error)

    def link_calls(self) -> Mapping[str, int]:
        return link_permissions.calls_due(self.row)

    def look_at_link(self, calls: Calls) -> None:
        link_permissions.look(self.row, calls)

    def run(self, job_id: uuid.UUID) -> SyncRun:
        defaults = {"account": self.row, "state": SyncRun.State.RUNNING, "started_at": timezone.now()}
        close_left_open(self.row, job_id)
        run, _ = SyncRun.objects.update_or_create(job_id=job_id, defaults=defaults)
        return run


def find(account_id: str) -> AccountOfSync:
    """The account that a sync is for. Raises IamError where it was deleted meanwhile."""
    return AccountOfSync(account_of_job(account_id))


def close_left_open(account: Account, job_id: uuid.UUID) -> None:
    """Runs whose worker died for good, and old ones."""
    runs = SyncRun.objects.filter(account=account).exclude(job_id=job_id)
    if left := list(runs.filter(state=SyncRun.State.RUNNING).values_list("pk", flat=True)):
        runs.filter(pk__in=left).update(state=SyncRun.State.FAILED, error=STOPPED, finished_at=timezone.now())
    if old := list(runs.filter(started_at__lt=timezone.now() - KEPT).values_list("pk", flat=True)):
        runs.filter(pk__in=old).delete()
