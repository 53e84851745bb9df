"""When an organization is read by itself: since accounts were linked from it, as often as its page says."""

from datetime import datetime, timedelta

from django.utils import timezone

from iamconsole.errors import IamError
from iamconsole.ops import instances
from users.callers.build import system_caller
from users.models import Account, Organization
from users.organization import reading


def next_reading(organization: Organization) -> datetime | None:
    """When the schedule reads it next, after the last reading or try; None where it never does."""
    if not organization.read_every:
        return None
    last = max(filter(None, (organization.read_at, organization.scheduled_at)), default=None)
    return last + timedelta(hours=organization.read_every) if last else timezone.now()


def start_due(now: datetime | None = None) -> int:
    """Start the readings that are due. Returns how many were started."""
    now = now or instances.database_time()
    due = [
        one for one in Organization.objects.exclude(read_every=0) if (at := next_reading(one)) and at <= now
    ]
    return sum(start(organization, now) for organization in due)


def start(organization: Organization, now: datetime) -> bool:
    """Start one reading, unless another beat has done it."""
    ours = Organization.objects.filter(pk=organization.pk, scheduled_at=organization.scheduled_at)
    home = Account.objects.filter(is_home=True).first()
    if home is None or not ours.update(scheduled_at=now):
        return False
    try:
        reading.start(system_caller(home), organization, scheduled=True)
    except IamError:
        return False  # it is being read right now
    return True
