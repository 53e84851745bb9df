"""Accounts whose link AWS refuses for good: their syncs pause, and one notice says how to go on.

A failure every hour would hide the ones that matter. What is known of the account stays with its age. The
link is tried once a day, and whenever somebody tests or changes it or starts a sync; the first success
resumes the syncs.
"""

from datetime import datetime, timedelta

from django.db.models import Q
from django.utils import timezone

from iamconsole import gateway
from iamconsole.addresses import reverse
from iamconsole.errors import IamError, LinkRefused
from iamconsole.frame import Notice, Viewer
from iamconsole.models import Event
from iamconsole.operations import events
from iamconsole.ops import instances
from iamconsole.templatetags.console import absolute
from users.callers.build import system_caller
from users.models import Account, AccountLink

PAUSED, RESUMED = "iamconsole:PauseSyncs", "iamconsole:ResumeSyncs"
TRIED_EVERY = timedelta(days=1)
TRIED_AT_ONCE = 50
REFUSED_ROLE = (
    "AWS does not let this console assume the role of this link. The role or its trust policy was changed or "
    "removed, or the account was closed. AWS says: {message}"
)
REFUSED_KEY = (
    "AWS does not accept the access key of this link. It was deactivated or deleted, or the account was "
    "closed. AWS says: {message}"
)
REFUSED_IDENTITY = (
    "AWS does not accept the credentials that this console uses for this link. AWS says: {message}"
)
OWN_REFUSAL = frozenset({"AccessDenied", "AccessDeniedException", "RegionDisabledException"})


def reason_of(link: AccountLink, error: LinkRefused) -> str:
    """Why AWS does not let the link in, for a person."""
    if link.method == AccountLink.Method.ROLE and error.code in OWN_REFUSAL:
        return REFUSED_ROLE.format(message=error.message)
    if link.method == AccountLink.Method.KEY:
        return REFUSED_KEY.format(message=error.message)
    return REFUSED_IDENTITY.format(message=error.message)


def pause(account: Account, error: LinkRefused) -> str:
    """Pause the syncs of an account because AWS refuses its link. Returns the reason as a sentence."""
    reason = reason_of(account.link, error)
    pause_because(account, reason)
    return reason


def pause_because(account: Account, reason: str) -> None:
    """Pause the syncs of an account, with one Event; nothing where they are paused already."""
    now = timezone.now()
    links = AccountLink.objects.filter(account=account)
    links.update(tried_at=now)
    if links.filter(paused_at=None).update(paused_at=now, pause_reason=reason):
        note = {"Reason": reason}
        events.write(system_caller(account), PAUSED, account.arn, Event.Outcome.ALLOWED, detail=note)


def resume(account: Account) -> bool:
    """Sync an account by itself again, once AWS lets its link in. Returns whether it was paused."""
    paused = AccountLink.objects.filter(account=account, paused_at__isnull=False)
    if not paused.update(paused_at=None, pause_reason="", sync_error="", tried_at=timezone.now()):
        return False
    events.write(system_caller(account), RESUMED, account.arn, Event.Outcome.ALLOWED)
    return True


def try_paused(now: datetime | None = None) -> int:
    """Ask AWS whether it lets paused links in again, each once a day. Returns how many it does."""
    now = now or instances.database_time()
    due = Q(tried_at=None) | Q(tried_at__lt=now - TRIED_EVERY)
    links = AccountLink.objects.select_related("account").filter(due, paused_at__isnull=False)
    return sum(is_let_in(link, now) for link in links.order_by("tried_at")[:TRIED_AT_ONCE])


def is_let_in(link: AccountLink, now: datetime) -> bool:
    """Try one link: one or two calls, of which neither changes anything."""
    AccountLink.objects.filter(pk=link.pk).update(tried_at=now)
    spec = link.account.link_spec
    try:
        identity = gateway.identify(spec) if spec else {}
    except IamError:
        return False
    return identity.get("Account") == link.account.account_id and resume(link.account)


def notice(viewer: Viewer) -> Notice | None:
    """The one notice, on every page of the account."""
    account = viewer.acting_account
    link = getattr(account, "link", None) if account.kind == Account.Kind.LINKED else None
    if link is None or link.paused_at is None:
        return None
    age = f"You see it as of {absolute(link.synced_at)}." if link.synced_at else "It was never read."
    text = f"AWS no longer lets this console into this account, so its syncs are paused. {age}"
    if not viewer.own_caller.permits("iamconsole:ListAccounts"):
        return Notice("warning", text)
    return Notice("warning", text, reverse("users:account", args=[account.account_id]), "Show why")
