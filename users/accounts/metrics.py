"""Metrics of linked accounts: how old what is shown of each is."""

from collections.abc import Iterator

from django.utils import timezone

from iamconsole.ops import metrics
from users.models import Account, AccountLink


def linked() -> Iterator[AccountLink]:
    """The links that syncs of the schedule keep up to date."""
    links = AccountLink.objects.filter(account__kind=Account.Kind.LINKED, sync_every__gt=0)
    return links.select_related("account").iterator()


def ages() -> metrics.Rows:
    """Seconds since the last sync; of one that was never read since it was linked."""
    now = timezone.now()
    for link in linked():
        since = link.synced_at or link.account.created_at
        yield (link.account.account_id,), max(0.0, (now - since).total_seconds())


def intervals() -> metrics.Rows:
    return [((link.account.account_id,), link.sync_every * 3600) for link in linked()]


def paused() -> metrics.Rows:
    return [((link.account.account_id,), 1) for link in linked() if link.paused_at]


def register() -> None:
    gauge, account = metrics.gauge, ("account",)
    gauge("iamconsole_account_sync_age_seconds", "Since a linked account was last read.", account, ages)
    gauge("iamconsole_account_sync_every_seconds", "How often it is read by the clock.", account, intervals)
    gauge("iamconsole_account_link_paused", "1 while AWS does not let the link in.", account, paused)
