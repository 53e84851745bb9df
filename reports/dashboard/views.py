"""The first page: first steps until there is a user, then the dashboard."""

from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from credentials.sign_in_addresses import addresses_of
from iamconsole.addresses import redirect
from iamconsole.jobs import stuck
from iamconsole.models import Event, Job
from iamconsole.web import signed_in
from reports.dashboard.figures import dashboard
from users import credential_status
from users.callers.administrators import somebody_administers
from users.models import Account, ManagedPolicy, User
from users.requests import ConsoleRequest


@require_GET
@signed_in
def home(request: ConsoleRequest) -> HttpResponse:
    """First steps until there is a user, then the dashboard; own access for whoever may see no users."""
    caller = request.caller
    if not caller.permits("iam:ListUsers"):
        return redirect("credentials:my-security-credentials")
    account = Account.objects.select_related("link").get(account_id=caller.account_id)
    waits = account.kind == Account.Kind.IMPORTED or account.not_known["users"]
    if not waits and not User.objects.people(account).exists():
        return welcome(request, account)
    context = {
        **dashboard(caller, account),
        "may_create": not caller.read_only and caller.permits("iam:CreateUser", account.arns.any_user),
        "may_sync": caller.link and caller.permits("iamconsole:SyncAccount", account.arn),
        "may_alias": not caller.read_only and caller.permits("iam:CreateAccountAlias"),
        "addresses": addresses_of(account),
        "mfa": caller.mfa_at is not None,
    }
    return render(request, "reports/dashboard/dashboard.html", context)


def welcome(request: ConsoleRequest, account: Account) -> HttpResponse:
    """What to do in an empty account."""
    caller, steps = request.caller, first_steps(request, account)
    context: dict[str, Any] = {"steps": steps, "health": health(), "account": account}
    context["done"] = sum(bool(step["done"]) for step in steps)
    context["next"] = next((step["key"] for step in steps if not step["done"]), "")
    may_list = caller.permits("iamconsole:ListEvents", account.arn)
    events = Event.objects.select_related("notice", "authors").filter(account_id=account.account_id)
    context["recent"] = events[:8] if may_list else []
    return render(request, "reports/dashboard/first_steps.html", context)


def first_steps(request: ConsoleRequest, account: Account) -> list[dict[str, object]]:
    """What to do after the first start, each with whether it is done."""
    root = User.objects.select_related("login_profile").roots(account).first()
    steps: list[dict[str, object]] = []
    profile = getattr(root, "login_profile", None)
    if profile and account.kind == Account.Kind.LOCAL:  # elsewhere root's password is not ours
        steps.append({"key": "root-password", "done": not profile.password_reset_required})
    if root and (account.kind == Account.Kind.LOCAL or credential_status.can_act(root)):
        steps.append({"key": "root-mfa", "done": root.mfa_count > 0})
    steps.append({"key": "administrator", "done": somebody_administers(account)})
    if account.is_home:
        steps.append({"key": "link", "done": Account.objects.filter(kind=Account.Kind.LINKED).exists()})
    if not account.not_known["password_policy"]:
        steps.append({"key": "password-policy", "done": hasattr(account, "password_policy")})
    return steps


def health() -> dict[str, object]:
    """How the parts of the installation are, for the home page."""
    finished = Job.objects.filter(finished_at__isnull=False).order_by("-finished_at").first()
    return {
        "database": settings.DATABASES["default"]["ENGINE"].rpartition(".")[2],
        "queue": "Redis" if settings.REDIS_URL else "Embedded Valkey",
        "last_job": finished,
        "waiting": Job.objects.filter(state=Job.State.WAITING).count(),
        "stuck": stuck().exists(),
        "version": settings.VERSION,
        "policies": ManagedPolicy.objects.catalogue().count(),
    }
