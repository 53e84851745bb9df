"""The Celery task of rotations: what the clock takes on."""

import logging
import time

from celery import shared_task
from django.db.models import Q
from django.utils import timezone

from credentials.models import Rotation
from credentials.rotation import steps
from iamconsole.schedule import ByTheClock
from iamconsole.transient import reason_of

log = logging.getLogger(__name__)

EVERY = 60  # seconds
AT_ONCE = 500
LONGEST = 45.0  # seconds of one run; the next one goes on


@shared_task(name="credentials.tasks.sweep_rotations", base=ByTheClock)
def sweep_rotations() -> None:
    sweep()


def sweep() -> int:
    """Take the steps that are due, each rotation for itself. Returns how many were looked at. Where nothing
    is due, nothing is written.
    """
    began, looked_at = time.monotonic(), 0
    for rotation_id in due():
        if time.monotonic() - began > LONGEST:
            break
        looked_at += 1
        try:
            steps.take(str(rotation_id))
        except Exception as error:  # the others go on; this one is looked at again
            if reason_of(error):
                log.warning("Rotation %s waits: %s", rotation_id, error)
                break
            log.exception("Rotation %s failed", rotation_id)
            put_off(str(rotation_id))
    return looked_at


def due() -> list[object]:
    """The rotations that are due, longest waiting first."""
    now = timezone.now()
    free = Q(claimed_until=None) | Q(claimed_until__lt=now)
    rows = Rotation.objects.filter(free, ended_at=None, paused_at=None, due_at__lte=now)
    return list(rows.order_by("due_at").values_list("pk", flat=True)[:AT_ONCE])


def put_off(rotation_id: str) -> None:
    """After an error of ours: not at once again, so that others have their turn."""
    later = timezone.now() + steps.PASSES
    Rotation.objects.filter(pk=rotation_id, ended_at=None).update(due_at=later)
