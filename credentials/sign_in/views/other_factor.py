"""Confirming with another factor before one's own MFA device is replaced or removed."""

from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from credentials import devices, recovery_codes
from credentials.mfa.last_device import RECOVERY_CODE
from credentials.models.devices import MFADevice
from credentials.sign_in import steps as signin
from credentials.sign_in.forms.identity import OtherFactorForm
from credentials.sign_in.reauthentication import ACTION, confirm, password_proved
from iamconsole.addresses import redirect
from iamconsole.web import signed_in
from users.requests import ConsoleRequest

SAME_DEVICE = "This is the code of {name} itself. Use another device, or a recovery code."
WRONG = (
    "This is neither a code that one of your other devices shows now, nor a recovery code that was not used."
)
THEN = {"replace": "credentials:replace-mfa-device", "remove": "credentials:deactivate-mfa-device"}


@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
@signed_in
def confirm_with_other_factor(request: ConsoleRequest, device_id: UUID, then: str) -> HttpResponse:
    """The password and another factor; then on to the page that replaces or removes the device."""
    device = devices.find(request.user, device_id)
    if device is None or then not in THEN:
        raise Http404("You have no such MFA device.")
    usable = devices.usable(request.user)
    others = [other for other in usable if other.serial_number != device.serial_number]
    form = OtherFactorForm(request.POST if request.method == "POST" else None)
    if form.is_valid() and password_proved(request, form) and (factor := proved_by(request, form, device)):
        confirm(request, with_mfa=True, factor=factor)
        return redirect(THEN[then], user_id=request.user.user_id, device_id=device.uuid)
    context = {
        "form": form,
        "device": device,
        "then": then,
        "others": [other for other in others if other.takes_codes],
        "passkeys": [other for other in others if not other.takes_codes],
        "codes": recovery_codes.left(request.user),
    }
    status = 400 if form.errors else 200
    return render(request, "credentials/sign_in/confirm_with_other_factor.html", context, status=status)


def proved_by(request: ConsoleRequest, form: OtherFactorForm, device: MFADevice) -> str:
    """What proved it, as the factor of a caller; "" with the reason in the form. Guesses are counted."""
    if form.digits:
        shown = signin.code_step(request, request.user, form.digits, ACTION)
        if shown and shown.serial_number != device.serial_number:
            return shown.serial_number
        form.add_error("code", SAME_DEVICE.format(name=device.name) if shown else WRONG)
    elif signin.recovery_step(request, request.user, form.cleaned_data["code"]):
        return RECOVERY_CODE
    else:
        form.add_error("code", WRONG)
    return ""
