"""What a user may do, and what every page of one user shows."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from iamconsole.addresses import reverse
from iamconsole.operations import Step
from iamconsole.web import signed_in
from users.callers import mfa_requirement
from users.callers.build import self_service_of
from users.impact import review
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
    if row := next((row for row in rows if row.attached and row.arn == request.GET.get("detach")), None):
        return review.page(
            request,
            [Step("DetachUserPolicy", {"UserName": user.user_name, "PolicyArn": row.arn})],
            title=f"Detach {row.name} from {user.user_name}",
            button="Detach policy",
            back=reverse("users:user", args=[user.user_id]),
            action=reverse("users:detach-user-policy", args=[user.user_id]),
            fields=[("policy_arn", row.arn)],
        )
    context["self_service"] = self_service_of(user)
    context["requirements"] = mfa_requirement.requirements(user)
    context["requirement_text"] = mfa_requirement.TEXT
    return render(request, "users/people/user.html", context)
