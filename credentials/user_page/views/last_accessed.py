"""When and where a user's credentials were last used, and what the user last did here."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Max, Q
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from credentials import devices
from credentials.models import AccessKey
from iamconsole.models import Event
from iamconsole.web import signed_in
from users.models import User
from users.pages import paged, user_context, user_of
from users.requests import ConsoleRequest
from users.user_tabs import require_tab


@dataclass(frozen=True, slots=True)
class Use:
    """The last use of one credential."""

    what: str
    which: str
    at: datetime | None
    service: str = ""
    region: str = ""


@require_GET
@signed_in
def user_last_accessed(request: ConsoleRequest, user_id: str) -> HttpResponse:
    """Credentials with their last use; operations with their last time, from the event history."""
    user = user_of(request, user_id)
    require_tab(request.caller, "last_accessed", user)
    operations = None
    if request.caller.permits("iamconsole:ListEvents", user.account.arn):
        operations = paged(request, last_operations(user))
    unread = next(filter(None, (user.not_known[fact] for fact in ("passwords", "access_keys", "mfa"))), None)
    context = {
        **user_context(request, user),
        "uses": last_uses(user),
        "unread": unread,
        "operations": operations,
    }
    return render(request, "credentials/user_page/user_last_accessed.html", context)


def last_uses(user: User) -> list[Use]:
    """Password, access keys and MFA devices, in this order."""
    uses = []
    if user.password_enabled:
        uses.append(Use("Console password", "", user.password_last_used, "Console"))
    uses += [
        Use("Access key", key.label, key.last_used_date, key.last_used_service, key.last_used_region)
        for key in AccessKey.objects.filter(user=user)
    ]
    uses += [
        Use(device.words, device.name, device.last_used_at, "Console") for device in devices.of_user(user)
    ]
    return uses


def last_operations(user: User):  # type: ignore[no-untyped-def]
    """Each operation that the user was allowed, with its last time and how often. What was done before the
    user was created was done by another one of its name.
    """
    mine = Q(principal_arn=user.arn) | Q(origin_arn=user.arn)
    events = Event.objects.filter(mine, at__gte=user.create_date, outcome=Event.Outcome.ALLOWED).order_by()
    return events.values("action").annotate(last=Max("at"), times=Count("id")).order_by("-last", "action")
