"""Metrics of mails."""

from datetime import timedelta

from django.db.models import Count
from django.utils import timezone

from credentials.models import Notice
from iamconsole.ops import metrics

DAY = timedelta(days=1)


def mails() -> metrics.Rows:
    """Those that wait, however long, and what became of those of the last day."""
    rows = Notice.objects.filter(due_at__gte=timezone.now() - DAY) | Notice.objects.filter(
        state=Notice.State.WAITING
    )
    found = dict.fromkeys(Notice.State.values, 0)
    found |= dict(rows.order_by().values_list("state").annotate(number=Count("pk")))
    return [((state,), number) for state, number in found.items()]


def register() -> None:
    metrics.gauge("iamconsole_mails", "Mails: waiting, and of the last day by state.", ("state",), mails)
