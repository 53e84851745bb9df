"""Giving a hardware token from the stock to oneself or to another user."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from credentials.mfa.forms.hardware_tokens import HardwareTokenForm
from credentials.mfa.operations.hardware_tokens import LOCAL_ONLY
from credentials.mfa.operations.mfa import check_own_mfa
from credentials.mfa.views.mfa import (
    Target,
    device_or_404,
    enabled,
    finished,
    replacing,
    target_of,
    wants_other_factor,
)
from credentials.models import HardwareMFADevice
from iamconsole.addresses import redirect
from iamconsole.errors import IamError
from iamconsole.operations import require, require_recent
from iamconsole.web import signed_in
from users.pages import own_caller
from users.requests import ConsoleRequest


@require_http_methods(["GET", "POST"])
@signed_in
def assign_hardware_mfa_device(request: ConsoleRequest) -> HttpResponse:
    """A token for oneself: whoever holds it and reads two codes off it may have it."""
    return assign(request, Target(request.user, own_caller(request), own=True))


@require_http_methods(["GET", "POST"])
@signed_in
def assign_user_hardware_mfa_device(request: ConsoleRequest, user_id: str) -> HttpResponse:
    """A token for another user of the account."""
    target = target_of(request, user_id)
    if not target.own:
        require(target.caller, "iam:EnableMFADevice", target.user.arn)
    return assign(request, target)


@require_http_methods(["GET", "POST"])
@signed_in
def replace_with_hardware_mfa_device(request: ConsoleRequest, user_id: str, device_id: UUID) -> HttpResponse:
    """A token in the place of a device, which goes when the token has proved itself."""
    target = target_of(request, user_id)
    if wants_other_factor(target, device_or_404(target.user, device_id)):
        return redirect("credentials:confirm-with-other-factor", device_id=device_id, then="replace")
    return assign(request, replacing(request, user_id, device_id))


def assign(request: ConsoleRequest, target: Target) -> HttpResponse:
    """The serial number and two codes, on one page. Raises IamError on an account of AWS."""
    check_own_mfa(target.caller, target.user, "iam:EnableMFADevice")
    require_recent(target.caller)
    if not target.hardware_page:
        raise IamError("InvalidInput", LOCAL_ONLY)
    form = HardwareTokenForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        serial = form.cleaned_data["serial_number"]
        in_stock = HardwareMFADevice.objects.filter(
            account=target.user.account, serial_number=serial, user=None
        )
        if not in_stock.exists():
            form.add_error("serial_number", form.NOT_IN_STOCK)
        elif enabled(request, target, serial, form):
            return finished(request, target)
    return render(
        request,
        "credentials/mfa/assign_hardware_mfa_device.html",
        {"form": form, "target": target},
        status=400 if form.errors else 200,
    )
