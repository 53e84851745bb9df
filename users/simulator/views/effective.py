"""The access a user really has, service by service."""

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from iamconsole.catalogue import LEVELS
from iamconsole.operations import require
from iamconsole.review.alike import Shortened
from iamconsole.web import signed_in
from users.asking_who import may_read
from users.pages import user_context, user_of
from users.requests import ConsoleRequest
from users.simulator.effective import effective_access
from users.simulator.principal_policies import require_policies
from users.simulator.simulation import of_user

ROWS_PER_PAGE = 50


@require_GET
@signed_in
def user_access(request: ConsoleRequest, user_id: str) -> HttpResponse:
    """Service by access level, most in one row where they read the same, narrowed by name, paged; each cell
    leads to its decisions in the simulator.
    """
    user = user_of(request, user_id)
    require_policies(request.caller.account_id)
    require(request.caller, "iam:SimulatePrincipalPolicy", user.arn)
    access = effective_access(of_user(user, in_browser=True))
    words = request.GET.get("q", "").strip()
    wanted = words.lower()
    each = bool(words) or request.GET.get("services") == "all"
    short = Shortened(None, access.rows) if each else access.in_short
    rows = [row for row in short.rows if wanted in row.prefix or wanted in row.name.lower()]
    context = {
        "access": access,
        "most": short.most,
        "found": Paginator(rows, ROWS_PER_PAGE).get_page(request.GET.get("page")),
        "each": each,
        "words": words,
        "levels": LEVELS,
        "asks_who": may_read(request.caller),
    }
    return render(request, "users/simulator/user_access.html", {**user_context(request, user), **context})
