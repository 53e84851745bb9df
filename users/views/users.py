"""What a user may do, and what every page of one user shows."""

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from iamconsole.operations import Caller, require
from iamconsole.web import signed_in
from users import mfa_requirement, standing
from users.callers import self_service_of
from users.models import User
from users.permissions import PermissionRow, permission_rows
from users.requests import ConsoleRequest

ROWS_PER_PAGE = 25
# What the permissions of a user are read with, in AWS too.
READ_PERMISSIONS = ("iam:GetUser", "iam:ListAttachedUserPolicies", "iam:ListUserPolicies")


@require_GET
@signed_in
def user_permissions(request: ConsoleRequest, user_id: str) -> HttpResponse:
    """A user's policies, own and of groups, and the boundary."""
    user = user_of(request, user_id)
    for action in READ_PERMISSIONS:
        require(request.caller, action, user.arn)
    context = user_context(request, user)
    rows: list[PermissionRow] = context["rows"]
    may_simulate = request.caller.permits("iam:SimulatePrincipalPolicy", user.arn)
    context["may_simulate"] = may_simulate and not request.caller.read_only
    context["own"] = [row for row in rows if not row.group]
    context["detach"] = next((r for r in rows if r.attached and r.arn == request.GET.get("detach")), None)
    context["self_service"] = self_service_of(user)
    context["requirements"] = mfa_requirement.requirements(user)
    context["requirement_text"] = mfa_requirement.TEXT
    return render(request, "users/user.html", context)


def user_of(request: ConsoleRequest, user_id: str) -> User:
    """The IAM user of that unique ID in the caller's account; 404 for any other."""
    users = User.objects.select_related("account", "permissions_boundary")
    return get_object_or_404(users.people(request.caller.account_id), user_id=user_id)


def user_context(request: ConsoleRequest, user: User) -> dict[str, Any]:
    """What every page of one user shows on top: facts, tabs, and what may be done."""
    caller: Caller = request.caller
    lifetime = standing.password_lifetime(user.account.account_id)
    return {
        "user": user,
        "console_access": standing.console_access_with_mfa(user, lifetime),
        "access_keys": standing.access_keys(user),
        "oldest_key": standing.key_age(user.oldest_active_key),
        "activity_type": standing.last_activity_type(user),
        "rows": permission_rows(user),
        "read_only": caller.read_only,
        "may_update": caller.permits("iam:UpdateUser", user.arn)
        or caller.permits("iamconsole:UpdateUserProfile", user.arn, {"iamconsole:UserType": "person"}),
        "may_delete": caller.permits("iam:DeleteUser", user.arn),
        "may_put": caller.permits("iam:PutUserPolicy", user.arn),
        "may_delete_inline": caller.permits("iam:DeleteUserPolicy", user.arn),
        "may_bound": caller.might("iam:PutUserPermissionsBoundary", user.arn),
        "may_attach": caller.permits("iam:AttachUserPolicy", user.arn),
        "may_detach": caller.permits("iam:DetachUserPolicy", user.arn),
    }


def paged(request: ConsoleRequest, rows: Any) -> Any:
    """One page of rows of the address's ``page``."""
    return Paginator(rows, ROWS_PER_PAGE).get_page(request.GET.get("page"))
