"""What this console keeps for how long; settings change it."""

from datetime import datetime, timedelta

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from iamconsole.operations.sufficing import Suffices, page_read
from iamconsole.ops import prune, space
from iamconsole.ops.ages import LEAP
from iamconsole.web import signed_in
from reports.retention.nightly import last_run
from users.pages import at_home
from users.requests import ConsoleRequest

LIST_KEPT_DATA = page_read(
    "iamconsole:ListKeptData",
    Suffices("", "AWS has no list of what this console keeps."),
)


class Today:
    """Ages by the clock alone, without asking events, which a run does."""

    def __init__(self) -> None:
        self.now = timezone.now()

    def before(self, days: int) -> datetime:
        return self.now - timedelta(days=days) - LEAP


@require_GET
@signed_in
def kept_data(request: ConsoleRequest) -> HttpResponse:
    """Each kind: for how long, how many rows, the oldest, what the next run removes, and the last run."""
    at_home(request, LIST_KEPT_DATA)
    last = last_run(request.user.account)
    context = {
        "states": prune.states(Today()),
        "most": prune.MOST_COUNTED,
        "last": last,
        "problems": last.detail.get("Problems", {}) if last else {},
        "folder": settings.EVENTS_FOLDER,
        "hour": settings.PRUNE_HOUR,
        "free": space.free_bytes(),
    }
    return render(request, "reports/retention/kept_data.html", context)
