"""Mails to a user about what happened to its credentials.

The door announces every change after its commit; the operation says whether a person wants to hear of it.
A row per mail waits for a worker: a dead broker or mail server delays the mail and never the change. Links
are built from the settings' address alone, and nothing secret is in a mail.
"""

import logging
from datetime import timedelta
from typing import Any
from urllib.parse import urljoin

from django.conf import settings
from django.core.mail import EmailMessage
from django.db.models import F
from django.template.loader import render_to_string
from django.utils import timezone

from credentials.email_addresses import confirmation as email_confirmation
from credentials.models import Notice, Rotation
from credentials.rotation import handing
from credentials.rotation.kinds import kind_of
from credentials.sign_in_addresses import addresses_of_user, signs_in_here
from iamconsole.addresses import reverse
from iamconsole.models import Event
from iamconsole.operations import all_operations
from iamconsole.operations.listeners import listen
from iamconsole.operations.news import News, has_detail
from users.models import Account, User

log = logging.getLogger(__name__)

HAND_OVER = "iamconsole:HandOverRotation"
SEND_CONFIRMATION = "iamconsole:SendEmailConfirmation"
# What is told of a sign-in, which is no operation.
OF_SIGN_IN = {
    "iamconsole:SignIn": News("A sign-in from a new address", has_detail("NewAddress")),
    "iamconsole:UseRecoveryCode": News("A recovery code was used to sign in"),
}
# How long to wait after each failure; after the last one the notice is given up.
PAUSES = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=30), timedelta(hours=3))
TRYING = timedelta(minutes=5)  # nobody else tries meanwhile; a killed worker's mail goes out after it
SHOWN_DAYS = 7


@listen
def note(name: str, event: Event) -> None:
    """Make the notice of a change that its user wants to hear of, and wake a worker."""
    from credentials.notices.tasks import send_notice

    news = news_of(name)
    if news is None or settings.DEMO or not news.only_if(event):
        return
    user = user_of(event, event.principal_arn if news.of_caller else event.resource)
    if user is None:
        return
    address = event.detail[news.to] if news.to else user.email
    if not address:
        return
    Notice.objects.get_or_create(event=event, defaults={"user": user, "operation": name, "address": address})
    wake(send_notice, event)


def wake(task: Any, event: Event) -> None:
    """Send the task. Without a broker the notice waits for the sweep."""
    try:
        task.apply_async(args=(str(event.pk),), retry=False, ignore_result=True)
    except task.OperationalError as error:
        log.warning("The broker did not take the notice of event %s: %s", event.pk, error)


def news_of(name: str) -> News | None:
    """What is told of an operation, or of a sign-in; None where nobody wants to hear of it."""
    operation = all_operations().get(name)
    return operation.notice if operation else OF_SIGN_IN.get(name)


def words_of(name: str) -> str:
    """The words of the news; the name itself where it is told no longer."""
    news = news_of(name)
    return news.words if news else name


def user_of(event: Event, arn: str) -> User | None:
    """The user of an ARN that the Event names."""
    account = Account.objects.filter(account_id=event.account_id).first()
    _, _, place = arn.rpartition(":")
    users = User.objects.filter(account=account)
    if account is None:
        return None
    if place == "root":
        return users.roots().first()
    kind, _, path = place.partition("/")
    name = path.rpartition("/")[2].lower()
    return users.people().with_name(name).first() if kind == "user" else None


def deliver(event_id: str) -> None:
    """Send the mail of an Event once. A failure leaves the notice for a later try, or gives it up."""
    now = timezone.now()
    waiting = Notice.objects.filter(event_id=event_id, state=Notice.State.WAITING)
    if not waiting.filter(due_at__lte=now).update(due_at=now + TRYING, attempts=F("attempts") + 1):
        return
    notice = Notice.objects.select_related("event", "user__account").filter(event_id=event_id).first()
    if notice is None:  # it went with its user
        return
    try:
        mail_of(notice).send()
    except Exception as error:  # whatever the mail server, its name or its certificate has against it
        log.warning("The mail of event %s was not sent: %s", event_id, describe(error))
        put_off(notice, describe(error))
    else:
        state = Notice.State.SENT if settings.EMAIL_IS_SENT else Notice.State.PRINTED
        waiting.update(state=state, sent_at=timezone.now(), error="")


def put_off(notice: Notice, error: str) -> None:
    """Wait for the next try; after the last one the notice has failed."""
    gone = notice.attempts > len(PAUSES)
    Notice.objects.filter(pk=notice.pk, state=Notice.State.WAITING).update(
        state=Notice.State.FAILED if gone else Notice.State.WAITING,
        due_at=timezone.now() + (timedelta(0) if gone else PAUSES[notice.attempts - 1]),
        error=error,
    )


def describe(error: Exception) -> str:
    """What a failed delivery shows: the kind, and the system's or server's code. Not its text, in which
    a server may repeat what it was sent, a password of the settings among it."""
    code = getattr(error, "smtp_code", None) or getattr(error, "strerror", None) or ""
    return f"{type(error).__name__} {code}".strip()[:200]


def sweep() -> int:
    """Try again what waits and is due. Returns how many were tried."""
    due = Notice.objects.filter(state=Notice.State.WAITING, due_at__lte=timezone.now())
    events = [str(pk) for pk in due.order_by("due_at").values_list("event_id", flat=True)[:100]]
    for event_id in events:
        deliver(event_id)
    return len(events)


def mail_of(notice: Notice) -> EmailMessage:
    """The mail about one Event."""
    if notice.operation == SEND_CONFIRMATION:
        return confirmation_of(notice)
    if notice.operation == HAND_OVER and (rotation := rotation_of(notice.event)):
        return new_key_of(notice, rotation)
    event, user = notice.event, notice.user
    what = words_of(notice.operation)
    context = {
        "what": what,
        "account": user.account,
        "user": user,
        "event": event,
        "by_oneself": event.principal_arn == user.arn,
        "sign_in_at": _sign_in_at(user),
        "read_at": _read_at(notice.operation, user),
    }
    body = render_to_string("credentials/notices/notice.txt", context)
    subject = f"[IAM Console] {what}: {user.label} in {user.account.label}"
    return EmailMessage(" ".join(subject.split()), body, to=[notice.address])


def _read_at(operation: str, user: User) -> str:
    """The page that says more, "" where there is none or the user cannot open it."""
    news = news_of(operation)
    return _own_page(news.read_at) if news and news.read_at and signs_in_here(user) else ""


def _own_page(name: str) -> str:
    return urljoin(settings.BASE_URL + "/", reverse(name).lstrip("/"))


def _sign_in_at(user: User) -> str:
    """Where the user changes its password: its page here, or AWS; "" where it can sign in to neither."""
    if signs_in_here(user):
        return _own_page("credentials:my-security-credentials")
    return next((address.url for address in addresses_of_user(user)), "")


def confirmation_of(notice: Notice) -> EmailMessage:
    """The mail with the link that confirms an address."""
    user = notice.user
    context = {
        "account": user.account,
        "user": user,
        "address": notice.address,
        "link": email_confirmation.link_for(user, notice.address),
    }
    body = render_to_string("credentials/notices/confirm_email_address.txt", context)
    subject = f"[IAM Console] {words_of(SEND_CONFIRMATION)}: {user.label} in {user.account.label}"
    return EmailMessage(" ".join(subject.split()), body, to=[notice.address])


def rotation_of(event: Event) -> Rotation | None:
    """The rotation of an Event, while its secret waits to be taken."""
    rotation = Rotation.objects.filter(pk=event.detail["RotationId"]).first()
    return rotation if rotation and handing.waits(rotation) else None


def new_key_of(notice: Notice, rotation: Rotation) -> EmailMessage:
    """The mail that leads to the secret of a new key: to one's own page, or with a link to who cannot sign in
    here. The link is made now and is kept nowhere.
    """
    user = notice.user
    signs_in = signs_in_here(user)
    context = {
        "account": user.account,
        "user": user,
        "event": notice.event,
        "rotation": rotation,
        "noun": kind_of(rotation).noun,
        "own_page": _own_page("credentials:my-security-credentials") if signs_in else "",
        "link": "" if signs_in else handing.link_for(rotation),
    }
    body = render_to_string("credentials/notices/new_key_waits.txt", context)
    subject = f"[IAM Console] {words_of(HAND_OVER)}: {user.label} in {user.account.label}"
    return EmailMessage(" ".join(subject.split()), body, to=[notice.address])


def trouble(account: Account) -> dict[str, Any]:
    """Mails of the last days that were given up, and the last of them, for the account's pages."""
    since = timezone.now() - timedelta(days=SHOWN_DAYS)
    of_account = Notice.objects.filter(user__account=account)
    failed = of_account.filter(state=Notice.State.FAILED, due_at__gte=since)
    last_sent = of_account.filter(state=Notice.State.SENT).order_by("-sent_at").first()
    last_failed = failed.select_related("user", "event").order_by("-due_at").first()
    # A mail that went out afterwards tells that the way is open again.
    sent_at = last_sent.sent_at if last_sent else None
    over = last_failed is not None and sent_at is not None and sent_at > last_failed.due_at
    return {
        "failed": failed.count(),
        "last_failed": last_failed,
        "last_sent": last_sent,
        "is_broken": last_failed is not None and not over,
        "printed_only": not settings.EMAIL_IS_SENT,
        "sender": settings.DEFAULT_FROM_EMAIL,
    }
