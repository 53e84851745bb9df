"""The MFA devices of an account: who has which, the stock of hardware tokens, and what is left over."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from credentials import devices
from credentials.mfa import device_list
from credentials.mfa import makers as mfa_makers
from credentials.mfa.forms.hardware_tokens import MOST_CHARACTERS, RegisterTokensForm
from credentials.mfa.operations.hardware_tokens import LOCAL_ONLY
from credentials.models import HardwareMFADevice
from iamconsole import choices
from iamconsole.addresses import redirect, reverse
from iamconsole.arn import short_arn
from iamconsole.errors import IamError
from iamconsole.operations import Caller, May, Step, execute_all, require, require_recent
from iamconsole.uploads import takes_files
from iamconsole.web import signed_in
from iamconsole.words import plural
from users.models import Account
from users.pages import finished, paged
from users.requests import ConsoleRequest

CHOICE = "mfa-devices"
REGISTER = "iamconsole:RegisterHardwareMFADevice"
NOTHING = "No unassigned device is selected. Select at least one, then try again."


@require_GET
@signed_in
def mfa_devices(request: ConsoleRequest) -> HttpResponse:
    """All devices, or those without a user."""
    account = account_of(request)
    words, show = request.GET.get("q", "").strip(), request.GET.get("show", "")
    only_unassigned = show == "unassigned"
    page = paged(request, device_list.found(account, words, unassigned=only_unassigned))
    assigned, unassigned = devices.in_account(account)
    unread = account.not_known["mfa_devices"] or account.not_known["spare_mfa_devices"]
    context = {
        "unread": unread,
        "page": page,
        "rows": [row(request.caller, device) for device in device_list.rows(page.object_list)],
        "words": words,
        "show": "unassigned" if only_unassigned else "",
        "counts": {"all": assigned + unassigned, "unassigned": unassigned},
        "may": May(request.caller),
        "local_only": "" if account.kind == Account.Kind.LOCAL else LOCAL_ONLY,
    }
    context["selectable"] = any(entry["removable"] for entry in context["rows"])
    return render(request, "credentials/mfa/mfa_devices.html", context)


def row(caller: Caller, device: devices.MFADevice) -> dict[str, object]:
    """A device, its serial number without what is the same for all of the account, and whether the
    caller may remove it: with a user it may not be.
    """
    spare = device.user_id is None  # type: ignore[attr-defined]
    return {
        "device": device,
        "short": short_arn(device.serial_number, caller.account_id),
        "removable": spare and may_remove(caller, device),
        "depends": spare and depends_on_tags(caller, device),
    }


def may_remove(caller: Caller, device: devices.MFADevice) -> bool:
    """Whether it can be selected; where that hinges on tags that were not read, the operation decides."""
    name = device_list.removal(device).name
    if name.startswith("iamconsole:"):
        return caller.permits(name)
    about = f"iam:{name}", device.serial_number, mfa_makers.key_of(device)
    return caller.permits(*about) or caller.depends_on_unread_tags(*about)


def depends_on_tags(caller: Caller, device: devices.MFADevice) -> bool:
    """Whether its removal is allowed or denied by tags that AWS was not asked for yet."""
    name = device_list.removal(device).name
    about = f"iam:{name}", device.serial_number, mfa_makers.key_of(device)
    return not name.startswith("iamconsole:") and caller.depends_on_unread_tags(*about)


@require_POST
@signed_in
def clean_up_mfa_devices(request: ConsoleRequest) -> HttpResponse:
    """Keep which devices were selected, for the page that confirms."""
    chosen = device_list.unassigned(account_of(request), uuids(request.POST.getlist("device")))
    if not chosen:
        return nothing_selected(request)
    data = {"devices": [str(device.uuid) for device in chosen]}
    return redirect("credentials:confirm-clean-up", choice_id=choices.keep(request, CHOICE, data))


@require_http_methods(["GET", "POST"])
@signed_in
def confirm_clean_up(request: ConsoleRequest, choice_id: UUID) -> HttpResponse:
    """What would go; sent, it goes."""
    account, back = account_of(request), spare_devices()
    choice = choices.find(request, CHOICE, choice_id)
    if choice.done_url:
        return redirect(choice.done_url)
    chosen = device_list.unassigned(account, uuids(choice.data["devices"]))
    if not chosen:
        return nothing_selected(request)
    if request.method == "POST":
        steps = [device_list.removal(device) for device in chosen]
        done = f"{plural(len(steps), 'MFA device')} {'was' if len(steps) == 1 else 'were'} removed."
        with choice.carrying_out():
            if answer := finished(request, steps, "Remove MFA devices", done, back):
                choice.finish(request, answer.headers["Location"])
        return answer or redirect(back)
    return render(request, "credentials/mfa/clean_up_mfa_devices.html", {"devices": chosen, "back": back})


def spare_devices() -> str:
    """The list of devices without a user."""
    return reverse("credentials:mfa-devices") + "?show=unassigned"


def nothing_selected(request: ConsoleRequest) -> HttpResponse:
    messages.error(request, NOTHING)
    return redirect(spare_devices())


def uuids(texts: list[str]) -> list[UUID]:
    """The addresses among what was sent."""
    found = []
    for text in texts:
        try:
            found.append(UUID(text))
        except ValueError:
            continue
    return found


@sensitive_post_parameters("tokens")
@require_http_methods(["GET", "POST"])
@never_cache
@signed_in
@takes_files(2 * MOST_CHARACTERS)
def register_hardware_mfa_devices(request: ConsoleRequest) -> HttpResponse:
    """Put tokens into the stock, all of them or none."""
    account = account_of(request)
    require(request.caller, REGISTER)
    require_recent(request.caller)
    if account.kind != Account.Kind.LOCAL:
        raise IamError("InvalidInput", LOCAL_ONLY)
    sent = (request.POST, request.FILES) if request.method == "POST" else (None, None)
    taken = HardwareMFADevice.objects.filter(account=account).values_list("serial_number", flat=True)
    form = RegisterTokensForm(*sent, taken=list(taken) if request.method == "POST" else ())
    back = reverse("credentials:mfa-devices")
    if form.is_valid():
        pairs = form.cleaned_data["pairs"]
        try:
            execute_all(
                request.caller, [Step(REGISTER, {"SerialNumber": s, "Seed": seed}) for s, seed in pairs]
            )
        except IamError as error:
            form.add_error(None, error.message)
        else:
            messages.success(request, f"{plural(len(pairs), 'hardware token')} now in stock.")
            return redirect(f"{back}?show=unassigned")
    context = {"form": form, "back": back}
    return render(
        request,
        "credentials/mfa/register_hardware_mfa_devices.html",
        context,
        status=400 if form.errors else 200,
    )


def account_of(request: ConsoleRequest) -> Account:
    """The caller's account, for who may list all devices of it. Raises AccessDenied, with its Event."""
    for action, resource in device_list.needs(request.caller):
        require(request.caller, action, resource)
    return Account.objects.get(account_id=request.caller.account_id)
