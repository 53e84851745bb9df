"""Asking for a permission, and what administrators make of it."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from iamconsole.addresses import redirect, reverse
from iamconsole.counting import counted
from iamconsole.errors import AccessDenied, IamError
from iamconsole.history import history_page
from iamconsole.operations import May, execute, require
from iamconsole.policy import TooManySteps
from iamconsole.web import add_refusal, signed_in
from users.callers.account_rows import acting_account
from users.models import PermissionRequest
from users.pages import ROWS_PER_PAGE, own_caller
from users.permission_requests.forms import ClosePermissionRequestForm, RequestPermissionForm
from users.permission_requests.operations import ONLY_USERS, OPEN_ALREADY
from users.permission_requests.reading import ASK, open_in, own_requests, requests_in, require_reading
from users.requests import ConsoleRequest
from users.simulator.results import Answer, Readers, answers
from users.simulator.simulation import Trial, of_user
from users.user_tabs import can_open

SENT = (
    "You asked for a permission. Administrators see it on the dashboard of {account}. "
    "The answer appears here."
)
WITHDRAWN = "You withdrew your request."
# Button -> the operation, and what is said when it is done.
DECISIONS = {
    "answer": (
        "iamconsole:AnswerPermissionRequest",
        "You answered the request of {user}, who sees it on My permissions.",
    ),
    "decline": (
        "iamconsole:DeclinePermissionRequest",
        "You declined the request of {user}, who sees it on My permissions.",
    ),
}


@require_http_methods(["GET", "POST"])
@signed_in
def request_permission(request: ConsoleRequest) -> HttpResponse:
    """The form, with an action and a resource filled in where a refusal led here."""
    user, own = request.user, own_caller(request)
    if user.is_root:
        raise IamError("InvalidUserType", ONLY_USERS)
    require(own, ASK, own.arn)
    if request.method == "GET" and any(one.is_open for one in own_requests(user)):
        messages.info(request, OPEN_ALREADY)
        return redirect("users:own-permissions")
    asked = {name: request.GET.get(name, "") for name in ("action", "resource")}
    form = RequestPermissionForm(request.POST if request.method == "POST" else None, initial=asked)
    if form.is_valid():
        typed = form.cleaned_data
        params = {"Text": typed["text"], "Action": typed["action"], "Resource": typed["resource"]}
        try:
            execute(own, ASK, **params)
        except IamError as error:
            fields = {"Text": "text", "Action": "action", "Resource": "resource", "InvalidInput": "resource"}
            add_refusal(form, error, fields)
        else:
            messages.success(request, SENT.format(account=user.account.label))
            return redirect("users:own-permissions")
    context = {"form": form, "account": user.account}
    return render(request, "users/permission_requests/request_permission.html", context)


@require_POST
@signed_in
def withdraw_permission_request(request: ConsoleRequest) -> HttpResponse:
    """The one that is open."""
    try:
        execute(own_caller(request), "iamconsole:WithdrawPermissionRequest")
    except IamError as error:
        messages.error(request, error.for_people)
    else:
        messages.success(request, WITHDRAWN)
    return redirect("users:own-permissions")


@require_GET
@signed_in
def permission_requests(request: ConsoleRequest) -> HttpResponse:
    """The open ones of the account, or all, newest first."""
    require_reading(request.caller)
    account = acting_account(request)
    every = request.GET.get("show") == "all"
    rows = requests_in(account)
    waiting = counted(open_in(account.account_id))
    shown = rows if every else rows.filter(state=PermissionRequest.State.OPEN)
    context = {
        "page": history_page([shown], request.GET, ROWS_PER_PAGE, ("-created_at", "-id")),
        "every": every,
        "waiting": waiting,
        "account": account,
    }
    return render(request, "users/permission_requests/permission_requests.html", context)


@require_http_methods(["GET", "POST"])
@signed_in
def permission_request(request: ConsoleRequest, request_id: Any) -> HttpResponse:
    """One of them, with what the user can do now, where permissions are given, and the answer."""
    caller = request.caller
    require_reading(caller)
    asked = get_object_or_404(requests_in(acting_account(request)), pk=request_id)
    form = ClosePermissionRequestForm(request.POST if request.method == "POST" else None)
    if request.POST.get("decision") in DECISIONS and form.is_valid():
        return closed(request, asked, form.cleaned_data["note"])
    user = asked.user
    may = May(caller, user.arn)
    unread = user.not_known["policies"]
    simulates = may["SimulatePrincipalPolicy"] and not caller.read_only and not unread
    context = {
        "asked": asked,
        "user": user,
        "form": form,
        "may": may,
        "read_only": caller.read_only,
        "unread": unread,
        "simulates": simulates,
        "opens_user": can_open(caller, "permissions", user),
        "simulator_url": simulator_url(asked),
        "now": answer_of_now(request, asked) if simulates and asked.action else None,
    }
    return render(request, "users/permission_requests/permission_request.html", context)


def closed(request: ConsoleRequest, asked: PermissionRequest, note: str) -> HttpResponse:
    """Do what the button said. Raises AccessDenied; any other refusal is a message on the request's page."""
    operation, done = DECISIONS[request.POST["decision"]]
    try:
        execute(request.caller, operation, RequestId=str(asked.pk), Note=note)
    except AccessDenied:
        raise
    except IamError as error:
        messages.error(request, error.for_people)
        return redirect("users:permission-request", request_id=asked.pk)
    messages.success(request, done.format(user=asked.user.label))
    return redirect("users:permission-requests")


def simulator_url(asked: PermissionRequest) -> str:
    """The simulator with the user, and with what was asked for."""
    question = {"principal": asked.user.arn, "actions": asked.action, "resources": asked.resource}
    filled = {name: value for name, value in question.items() if value}
    return f"{reverse('users:simulator')}?{urlencode(filled)}"


def answer_of_now(request: ConsoleRequest, asked: PermissionRequest) -> Answer | None:
    """Whether the user can do by now what was asked for; None where that is too much to work out here."""
    caller = request.caller
    trial = Trial(of_user(asked.user, in_browser=True), arns=caller.arns)
    try:
        return answers(Readers(caller), [trial.run(asked.action, asked.resource or "*")])[0]
    except TooManySteps:
        return None
