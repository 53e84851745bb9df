"""The switch "Require MFA" of the account and of a group."""

from django.http import HttpResponse
from django.views.decorators.http import require_http_methods

from iamconsole.addresses import redirect, reverse
from iamconsole.operations import Step
from iamconsole.operations.door import admit
from iamconsole.web import act, signed_in
from users.callers.mfa_requirement import UNPROTECTED
from users.impact import review
from users.models import Group
from users.pages import group_of
from users.requests import ConsoleRequest

OPERATION = "iamconsole:UpdateMFARequirement"
DONE = {
    True: "MFA is now required for {whom}. Those who signed in without it can only assign an MFA device and "
    "change their own password.",
    False: "MFA is no longer required for {whom}.",
}
TITLES = {True: "Require MFA for {whom}", False: "Stop requiring MFA for {whom}"}
BUTTONS = {True: "Require MFA", False: "Stop requiring MFA"}


@require_http_methods(["GET", "POST"])
@signed_in
def require_mfa_of_account(request: ConsoleRequest) -> HttpResponse:
    """For every IAM user of the account; first it shows who loses what."""
    return _switch(request, "every user of this account", reverse("credentials:account-settings"))


@require_http_methods(["GET", "POST"])
@signed_in
def require_mfa_of_group(request: ConsoleRequest, group_id: str) -> HttpResponse:
    """For everybody in the group."""
    group = group_of(request, group_id)
    url = reverse("users:group-permissions", args=[group_id])
    return _switch(request, f"the users of {group.group_name}", url, group)


def _switch(request: ConsoleRequest, whom: str, url: str, group: Group | None = None) -> HttpResponse:
    sent = request.GET if request.method == "GET" else request.POST
    required = sent.get("required") == "yes"
    params = {"Required": required, **({"GroupName": group.group_name} if group else {})}
    if request.method == "POST":
        admit(request.caller, OPERATION, params)  # a page that is closed says so
        act(request, OPERATION, DONE[required].format(whom=whom), **params)
        return redirect(url)
    return review.page(
        request,
        [Step(OPERATION, params)],
        title=TITLES[required].format(whom=whom),
        button=BUTTONS[required],
        back=url,
        action=request.path,
        fields=[("required", "yes" if required else "no")],
        guard=UNPROTECTED,
    )
