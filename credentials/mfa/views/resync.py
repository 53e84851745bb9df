"""Setting the clock of an authenticator app right, by two codes in a row (IAM-FACTS 5.2)."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from credentials.mfa.forms.mfa import TwoCodesForm
from credentials.mfa.views.mfa import device_or_404, target_of, tell_clock
from iamconsole.addresses import redirect
from iamconsole.operations import require
from iamconsole.web import signed_in, submit
from users.requests import ConsoleRequest

FIELDS = {
    "InvalidAuthenticationCode": "code_2",
    "AuthenticationCode1": "code_1",
    "AuthenticationCode2": "code_2",
}


@require_http_methods(["GET", "POST"])
@signed_in
def resync_mfa_device(request: ConsoleRequest, user_id: str, device_id: UUID) -> HttpResponse:
    """For a device whose codes are refused because its clock is wrong."""
    target = target_of(request, user_id)
    device = device_or_404(target.user, device_id)
    if not device.resync_page:
        raise Http404("This device cannot be resynced here.")
    require(target.caller, "iam:ResyncMFADevice", target.user.arn)
    form = TwoCodesForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        params = {
            "UserName": target.user.user_name,
            "SerialNumber": device.serial_number,
            "AuthenticationCode1": form.cleaned_data["code_1"],
            "AuthenticationCode2": form.cleaned_data["code_2"],
        }
        request.caller = target.caller
        if submit(request, form, "ResyncMFADevice", FIELDS, **params) is not None:
            messages.success(request, f"{device.name} was resynced.")
            tell_clock(request, target, device.serial_number)
            return redirect(target.back)
    context = {"form": form, "target": target, "device": device}
    return render(
        request, "credentials/mfa/resync_mfa_device.html", context, status=400 if form.errors else 200
    )
