"""What a user may do, and what every page of one user shows."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from iamconsole.web import signed_in
from users.callers import mfa_requirement
from users.callers.build import self_service_of
from users.pages import user_context, user_of
from users.permissions import PermissionRow
from users.requests import ConsoleRequest
from users.user_tabs import require_tab


@require_GET
@signed_in
def user_permissions(request: ConsoleRequest, user_id: str) -> HttpResponse:
    """A user's policies, own and of groups, and the boundary."""
    user = user_of(request, user_id)
    require_tab(request.caller, "permissions", user)
    context = user_context(request, user)
    rows: list[PermissionRow] = context["rows"]
    may_simulate = request.caller.permits("iam:SimulatePrincipalPolicy", user.arn)
    context["may_simulate"] = may_simulate and not request.caller.read_only
    context["own"] = [row for row in rows if not row.group]
    context["detach"] = next((r for r in rows if r.attached and r.arn == request.GET.get("detach")), None)
    context["self_service"] = self_service_of(user)
    context["requirements"] = mfa_requirement.requirements(user)
    context["requirement_text"] = mfa_requirement.TEXT
    return render(request, "users/people/user.html", context)
