"""Mails on the System page: whether a server is set, what waits, what could not be delivered."""

from datetime import timedelta

from django.conf import settings
from django.db.models import Count, Q
from django.utils import timezone

from credentials.models import Notice
from iamconsole.ops.status import Line
from iamconsole.words import plural

DAY = timedelta(days=1)
NOT_SET = "Set EMAIL_URL to a mail server and restart this console (docs/operations.md)."
CORRECT = "Correct EMAIL_URL and restart this console."
READ = "The event history shows each mail, and the worker's log what the mail server said."


def mails() -> Line:
    """Mails about changes: waiting, and those of the last day that were not delivered."""
    failed_lately = Q(state=Notice.State.FAILED, due_at__gte=timezone.now() - DAY)
    waiting = Q(state=Notice.State.WAITING)
    found = Notice.objects.aggregate(
        waiting=Count("pk", waiting),
        retried=Count("pk", waiting & Q(attempts__gt=0)),
        failed=Count("pk", failed_lately),
    )
    if settings.EMAIL_PROBLEM:
        return Line("bad", "Not sent", settings.EMAIL_PROBLEM, CORRECT)
    if not settings.EMAIL_IS_SENT:
        return Line("warning", "Printed in the log", "No mail server is set, so nobody gets a mail.", NOT_SET)
    value = f"{found['waiting']:,} waiting"
    if found["failed"]:
        told = f"{plural(found['failed'], 'mail was', 'mails were')} not delivered in the last day."
        return Line("bad", value, told, READ)
    if found["retried"]:
        return Line("warning", value, f"{found['retried']:,} of them are tried again.", READ)
    return Line("ok", value)
