"""The switch "Require MFA" of the account and of a group."""

from django.http import HttpResponse
from django.views.decorators.http import require_POST

from iamconsole.addresses import redirect
from iamconsole.web import act, signed_in
from users.pages import group_of
from users.requests import ConsoleRequest

DONE = {
    True: "MFA is now required for {whom}. Those who signed in without it can only assign an MFA device and "
    "change their own password.",
    False: "MFA is no longer required for {whom}.",
}


@require_POST
@signed_in
def require_mfa_of_account(request: ConsoleRequest) -> HttpResponse:
    """For every IAM user of the account."""
    required = request.POST.get("required") == "yes"
    done = DONE[required].format(whom="every user of this account")
    act(request, "iamconsole:UpdateMFARequirement", done, Required=required)
    return redirect("credentials:account-settings")


@require_POST
@signed_in
def require_mfa_of_group(request: ConsoleRequest, group_id: str) -> HttpResponse:
    """For everybody in the group."""
    group, required = group_of(request, group_id), request.POST.get("required") == "yes"
    done = DONE[required].format(whom=f"the users of {group.group_name}")
    act(request, "iamconsole:UpdateMFARequirement", done, Required=required, GroupName=group.group_name)
    return redirect("users:group-permissions", group_id=group.group_id)
