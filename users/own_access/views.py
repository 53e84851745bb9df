"""What a person can do in its account, and what it did: for everybody, whatever the policies say."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from iamconsole.catalogue import LEVELS
from iamconsole.history import history_page
from iamconsole.web import signed_in
from users.pages import ROWS_PER_PAGE, own_caller, paged
from users.people.activity import BY, events_of
from users.permission_requests.reading import may_ask, own_requests
from users.permissions import permission_rows
from users.requests import ConsoleRequest
from users.simulator.effective import effective_access
from users.simulator.simulation import of_user


@require_GET
@signed_in
def own_permissions(request: ConsoleRequest) -> HttpResponse:
    """Service by access level as the policies of this moment allow, with the groups and policies behind it;
    what was asked for, and the way to ask, for who cannot do everything.

    Root has no policies, and a linked account's may not be read yet: then the page says so.
    """
    user = request.user
    context: dict[str, Any] = {
        "me": user,
        "account": user.account,
        "unread": user.not_known["policies"],
        "levels": LEVELS,
    }
    if not user.is_root:
        words = request.GET.get("q", "").strip()
        access = effective_access(of_user(user, in_browser=True))
        found = [row for row in access.rows if words.lower() in f"{row.prefix} {row.name}".lower()]
        context |= {
            "access": access,
            "page": paged(request, found),
            "words": words,
            "groups": user.groups.order_by("name_folded"),
            "groups_unread": user.not_known["groups"],
            "boundary_unread": user.not_known["boundaries"],
            "policies": permission_rows(user),
            **requests_of(request, has_everything=access.everything and not context["unread"]),
        }
    return render(request, "users/own_access/own_permissions.html", context)


def requests_of(request: ConsoleRequest, *, has_everything: bool) -> dict[str, Any]:
    """What the person asked for, and whether it can ask: with an open request, or with everything, not."""
    own = own_requests(request.user)
    waits = any(one.is_open for one in own)
    return {
        "own_requests": own,
        "asks": not has_everything and not waits and may_ask(own_caller(request)),
    }


@require_GET
@signed_in
def own_activity(request: ConsoleRequest) -> HttpResponse:
    """What the person did in this console, newest first: never what others did, nor from where."""
    context = {
        "me": request.user,
        "page": history_page(events_of(request.user, BY), request.GET, ROWS_PER_PAGE),
    }
    return render(request, "users/own_access/own_activity.html", context)
