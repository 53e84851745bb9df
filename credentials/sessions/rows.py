"""The rows of signed-in sessions: begun at sign-in, asked at every request, ended one or all.

A session lasts while its row does, whatever the session store still has: that makes ending one work
with sessions in the database, in a cache, and in a cache before the database.
"""

import uuid
from datetime import datetime, timedelta
from importlib import import_module

from django.conf import settings
from django.db import transaction
from django.db.models import F, QuerySet
from django.http import HttpRequest
from django.utils import timezone

from credentials.backends import READ_WITH_USER
from credentials.models import ConsoleSession
from iamconsole.compiled_queries import CompiledQuery
from iamconsole.models import OneTimeSecret, session_mac
from users.callers.middleware import MFA_AT, SESSION_ID, client_address, moment
from users.models import User

SEEN_GRAIN = timedelta(minutes=1)
KEPT_AFTER = timedelta(days=1)  # rows that are over stay a day beyond the absolute limit
SWEPT_AT_ONCE = 1000
Ended = ConsoleSession.Ended


def begin(request: HttpRequest, user: User, now: datetime) -> None:
    """Write the row of a session that has just got its key and its MFA time."""
    row = ConsoleSession.objects.create(
        user=user,
        session_mac=session_mac(request.session.session_key or ""),
        created_at=now,
        last_seen_at=now,
        address=client_address(request),
        user_agent=request.headers.get("User-Agent", "")[:400],
        mfa_at=moment(request, MFA_AT),
    )
    request.session[SESSION_ID] = str(row.id)


def _live_with_user(session_id: uuid.UUID) -> QuerySet[ConsoleSession]:
    with_user = ["user", *(f"user__{name}" for name in READ_WITH_USER)]
    return ConsoleSession.objects.filter(id=session_id, ended_at=None).select_related(*with_user).order_by()


LIVE = CompiledQuery(_live_with_user, uuid.UUID(int=1))


def read(request: HttpRequest) -> ConsoleSession | None:
    """The live row that the session names, with its user, in one query; None where there is none."""
    session_id = request.session.get(SESSION_ID)
    row: ConsoleSession | None = LIVE.first(uuid.UUID(session_id)) if session_id else None
    return row


def current(request: HttpRequest) -> ConsoleSession | None:
    """The live row behind a request of a signed-in user; None ends the session.

    It was read with the user. The key must be the session's newest: a store that still knows an older one is
    not believed.
    """
    user_id = request.user.pk  # reads both, but outside the middleware
    row: ConsoleSession | None = getattr(request, "session_row", None) or read(request)
    if row is None or row.user_id != user_id:
        return None
    return row if row.session_mac == session_mac(request.session.session_key or "") else None


def owner_of_cookie(request: HttpRequest) -> str:
    """The unique ID of the person whose session the browser had, which the store does not know any more; ""
    where no row remembers it.
    """
    key = request.COOKIES.get(settings.SESSION_COOKIE_NAME, "")
    rows = (
        ConsoleSession.objects.filter(session_mac=session_mac(key)) if key else ConsoleSession.objects.none()
    )
    return rows.values_list("user__user_id", flat=True).first() or ""


def follow(request: HttpRequest, row: ConsoleSession) -> None:
    """Let the row, and the one-time secrets of the session, follow a session key that has changed."""
    if request.session.get(SESSION_ID) != str(row.id):
        return
    mac, mfa_at = session_mac(request.session.session_key or ""), moment(request, MFA_AT)
    if (row.session_mac, row.mfa_at) == (mac, mfa_at):
        return
    with transaction.atomic():
        OneTimeSecret.objects.filter(session_mac=row.session_mac).update(session_mac=mac)
        row.session_mac, row.mfa_at = mac, mfa_at
        # Not ``save``: the user, and with it the row, may have been deleted while the page was made.
        ConsoleSession.objects.filter(pk=row.pk).update(session_mac=mac, mfa_at=mfa_at)


def touch(request: HttpRequest, row: ConsoleSession) -> None:
    """Note the activity, and the address it came from, at most once a minute."""
    now = timezone.now()
    if now - row.last_seen_at >= SEEN_GRAIN:
        row.last_seen_at, row.address = now, client_address(request)
        rows = ConsoleSession.objects.filter(pk=row.pk)
        rows.update(last_seen_at=row.last_seen_at, address=row.address)


def end_current(request: HttpRequest, how: str) -> None:
    """Close the row of this browser's session, if it has one."""
    if session_id := request.session.get(SESSION_ID):
        ConsoleSession.objects.filter(id=session_id, ended_at=None).update(
            ended_at=timezone.now(), ended_how=how
        )


def end_one(user: User, session_id: str) -> bool:
    """End that session of the user; False when there is none, or it is over."""
    rows = ConsoleSession.objects.filter(id=session_id, user=user, ended_at=None)
    return bool(rows.update(ended_at=timezone.now(), ended_how=Ended.REVOKED))


def end_all(user: User, *, keep: str = "") -> int:
    """End every session of the user but the one of the ID ``keep``, and its temporary credentials.
    Returns how many sessions.
    """
    end_temporary_credentials(user)
    rows = ConsoleSession.objects.filter(user=user, ended_at=None)
    if keep:
        rows = rows.exclude(id=keep)
    return rows.update(ended_at=timezone.now(), ended_how=Ended.REVOKED)


def end_temporary_credentials(user: User) -> None:
    """End what GetSessionToken and AssumeRole handed out to the user here, with whichever key."""
    User.objects.filter(pk=user.pk).update(token_epoch=F("token_epoch") + 1)


def live(user: User) -> QuerySet[ConsoleSession]:
    """The sessions that a request could still come from, the last used first."""
    now = timezone.now()
    return ConsoleSession.objects.filter(
        user=user,
        ended_at=None,
        created_at__gt=now - timedelta(seconds=settings.SESSION_COOKIE_AGE),
        last_seen_at__gt=now - timedelta(seconds=settings.SESSION_IDLE_SECONDS) - SEEN_GRAIN,
    )


def sweep() -> None:
    """Drop rows, sessions of the store and one-time secrets that are long over, so many at a time."""
    over = timezone.now() - timedelta(seconds=settings.SESSION_COOKIE_AGE) - KEPT_AFTER
    for rows in (
        ConsoleSession.objects.filter(created_at__lt=over),
        OneTimeSecret.objects.filter(expires_at__lt=timezone.now()),
    ):
        rows.model.objects.filter(pk__in=list(rows.values_list("pk", flat=True)[:SWEPT_AT_ONCE])).delete()
    import_module(settings.SESSION_ENGINE).SessionStore.clear_expired()
