"""When old data is removed by itself: once a day, after ``IAMCONSOLE_PRUNE_HOUR``."""

import logging
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.utils import timezone

from iamconsole.errors import IamError
from iamconsole.models import Event
from iamconsole.operations import execute
from reports.retention.operations import PRUNE
from users.callers.build import system_caller
from users.models import Account

log = logging.getLogger(__name__)

SECONDS = 480  # of one run: the next one goes on two minutes later


def prune_when_due() -> bool:
    """Remove what can go, unless it was done since the hour of today. Two schedulers do it once."""
    home = Account.objects.filter(is_home=True).first()
    if home is None or not is_due(home, timezone.now()):
        return False
    try:
        execute(system_caller(home), PRUNE, Seconds=SECONDS)
    except IamError as error:
        log.info("Old data was not removed: %s", error)
        return False
    return True


def is_due(home: Account, now: datetime) -> bool:
    """Whether the hour has passed since the last run of all kinds, or that one had no time for all."""
    hour = now.astimezone(UTC).replace(hour=settings.PRUNE_HOUR, minute=0, second=0, microsecond=0)
    last_hour = hour if hour <= now else hour - timedelta(days=1)
    last = last_run(home)
    if last is None:
        return home.created_at < now - timedelta(days=1)
    return last.at < last_hour or not last.detail.get("Complete")


def last_run(home: Account) -> Event | None:
    """The Event of the last run of all kinds, whether all went well or not."""
    mine = Event.objects.filter(account_id=home.account_id, action=PRUNE, at__lte=timezone.now())
    runs = mine.exclude(outcome=Event.Outcome.DENIED)[:20]
    return next((event for event in runs if "Kind" not in event.detail and "Complete" in event.detail), None)
