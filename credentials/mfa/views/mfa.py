"""Choosing an MFA device, assigning an authenticator app, and taking any device off: one's own or
another user's."""

import itertools
import time
from dataclasses import dataclass, replace
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from credentials import devices
from credentials.mfa import assignment, qr
from credentials.mfa import makers as mfa_makers
from credentials.mfa.forms.mfa import DESCRIPTIONS, DeviceForm, TwoCodesForm
from credentials.mfa.last_device import is_last_while_required, other_factor
from credentials.mfa.operations.mfa import check_own_mfa, check_quota, text_of
from credentials.mfa.operations.passkeys import ONLY_OWN, check_name, why_not_for
from credentials.mfa.views.recovery_codes import after_enrolment
from credentials.models import VirtualMFADevice
from credentials.models.devices import MFADevice
from credentials.models.totp import TOTPDevice
from iamconsole.addresses import redirect, reverse
from iamconsole.errors import AccessDenied, IamError
from iamconsole.models import OneTimeSecret
from iamconsole.operations import Caller, execute, locked_by, require, require_recent
from iamconsole.web import signed_in
from users.callers.build import OTHER_FACTOR
from users.callers.middleware import MFA_AT
from users.models import Account, User
from users.pages import own_caller
from users.requests import ConsoleRequest

PURPOSE = "mfa-seed"
SEED_MINUTES = 30
ENABLE = "iam:EnableMFADevice"
# In the session between the choice and the browser's question.
PASSKEY_NAME, PASSKEY_REPLACES = "passkey_name", "passkey_replaces"
IN_SESSION = "mfa_setup"  # {"user", "serial", "secret"} between the name and the codes
OWN_NAMES = "The names of your own devices are {name} or start with {name}-. Choose such a name."
TAKEN = "A device named {name} already exists. Choose another name."
ADDED = "The MFA device was added. You need it the next time you sign in."
REPLACED = "The new MFA device was added and the old one was removed."
CLOCK_OFF = "The clock of {name} is {off}. Its codes work here, because this console allows for that. {later}"
CLOCK_RESYNC = "After you set the clock, resync the device."
CLOCK_REPLACE = "After you set the clock, replace the device."


@dataclass(frozen=True, slots=True)
class Target:
    """Whose device it is, by whom, and where the page belongs."""

    user: User
    caller: Caller
    own: bool
    replaces: MFADevice | None = None  # the device that goes when the new one is assigned

    @property
    def page(self) -> str:
        if self.replaces:
            return reverse("credentials:replace-mfa-device", args=[self.user.user_id, self.replaces.uuid])
        if self.own:
            return reverse("credentials:assign-mfa-device")
        return reverse("credentials:assign-user-mfa-device", args=[self.user.user_id])

    @property
    def hardware_page(self) -> str:
        """Where a hardware token is assigned instead; "" on an account of AWS, which takes no seeds."""
        if self.user.account.kind != Account.Kind.LOCAL:
            return ""
        if self.replaces:
            ids = [self.user.user_id, self.replaces.uuid]
            return reverse("credentials:replace-with-hardware-mfa-device", args=ids)
        if self.own:
            return reverse("credentials:assign-hardware-mfa-device")
        return reverse("credentials:assign-user-hardware-mfa-device", args=[self.user.user_id])

    @property
    def back(self) -> str:
        if self.own:
            return reverse("credentials:my-security-credentials")
        return reverse("credentials:user-security-credentials", args=[self.user.user_id])

    @property
    def first_name(self) -> str:
        return "root-account-mfa-device" if self.user.is_root else self.user.user_name

    @property
    def default_name(self) -> str:
        """The first name that is free or of a device the caller began: the user's, then with a number."""
        in_use = VirtualMFADevice.objects.filter(account=self.user.account)
        in_use = in_use.exclude(user=None, maker_id=self.caller.person_id)
        used = {*in_use.values_list("name", flat=True), *(d.name for d in devices.of_user(self.user))}
        names = (self.first_name if n == 1 else f"{self.first_name}-{n}" for n in itertools.count(1))
        return next(name for name in names if name not in used)

    def may_create(self, name: str) -> bool:
        return self.caller.permits("iam:CreateVirtualMFADevice", self.serial(name))

    def serial(self, name: str) -> str:
        return self.user.account.arns.mfa("/", name)


@require_http_methods(["GET", "POST"])
@never_cache
@signed_in
def assign_mfa_device(request: ConsoleRequest) -> HttpResponse:
    """A device for oneself."""
    return assign(request, own_target(request))


@require_http_methods(["GET", "POST"])
@never_cache
@signed_in
def assign_user_mfa_device(request: ConsoleRequest, user_id: str) -> HttpResponse:
    """A device for another user of the account."""
    target = target_of(request, user_id)
    if not target.own:
        require(target.caller, ENABLE, target.user.arn)
    return assign(request, target)


def own_target(request: ConsoleRequest) -> Target:
    return Target(request.user, own_caller(request), own=True)


def user_of_account(caller: Caller, user_id: str) -> User:
    users = User.objects.select_related("account").filter(account__account_id=caller.account_id, kind="user")
    return get_object_or_404(users, user_id=user_id)


def assign(request: ConsoleRequest, target: Target) -> HttpResponse:
    """First the name, then the QR code and two codes; the set-up survives a reload of the page."""
    check_own_mfa(target.caller, target.user, ENABLE)
    require_recent(target.caller)
    setup = request.session.get(IN_SESSION)
    if request.POST.get("do") == "start-over":
        start_over(request, target)
        return redirect(target.page)
    if setup and setup["user"] == target.user.pk:
        page = set_up(request, target, setup)
        if page:
            return page
    return choose_name(request, target)


def choose_name(request: ConsoleRequest, target: Target) -> HttpResponse:
    posted = request.method == "POST" and "name" in request.POST
    no_passkey = "" if target.own else ONLY_OWN
    no_passkey = no_passkey or why_not_for(target.user)
    form = DeviceForm(
        request.POST if posted else None, initial={"name": target.default_name}, passkey=not no_passkey
    )
    leftover = ""
    if posted and form.is_valid() and form.cleaned_data["kind"] == "passkey":
        if begin_passkey(request, target, form):
            return redirect("credentials:register-passkey")
    elif posted and form.is_valid():
        name = form.cleaned_data["name"]
        try:
            begin(request, target, name)
            return redirect(target.page)
        except IamError as error:
            form.add_error("name", name_refused(target, name, error))
            leftover = unassigned(target, name) if error.code == "EntityAlreadyExists" else ""
    context = {
        "form": form,
        "descriptions": DESCRIPTIONS,
        "no_passkey": no_passkey,
        "target": target,
        "leftover": leftover,
        "skip": offers_skip(request, target),
    }
    return render(
        request, "credentials/mfa/assign_mfa_device.html", context, status=400 if form.errors else 200
    )


def begin_passkey(request: ConsoleRequest, target: Target, form: DeviceForm) -> bool:
    """Keep the name for the page where the browser asks the person."""
    try:
        check_quota(target.user)
        check_name(target.user, form.cleaned_data["name"])
    except IamError as error:
        form.add_error("name", error.message)
        return False
    request.session[PASSKEY_NAME] = form.cleaned_data["name"]
    request.session[PASSKEY_REPLACES] = str(target.replaces.uuid) if target.replaces else ""
    return True


def name_refused(target: Target, name: str, error: IamError) -> str:
    """Why a name is not to be had, and which one is."""
    if error.code == "EntityAlreadyExists":
        return TAKEN.format(name=name)
    if isinstance(error, AccessDenied) and target.own and target.may_create(target.first_name):
        return OWN_NAMES.format(name=target.first_name)
    return error.message


def begin(request: ConsoleRequest, target: Target, name: str) -> None:
    """Create the device and keep its seed for this session's page."""
    made = execute(target.caller, "CreateVirtualMFADevice", VirtualMFADeviceName=name)["VirtualMFADevice"]
    secret = OneTimeSecret.keep(
        PURPOSE,
        request.session.session_key or "",
        text_of(made["Base32StringSeed"]),
        minutes=SEED_MINUTES,
        owner=request.user.user_id,
    )
    request.session[IN_SESSION] = {
        "user": target.user.pk,
        "serial": made["SerialNumber"],
        "secret": str(secret.id),
    }


def set_up(request: ConsoleRequest, target: Target, setup: dict[str, str]) -> HttpResponse | None:
    """The QR code and the two codes; None when the set-up has expired."""
    secret = OneTimeSecret.find(setup["secret"], PURPOSE, request.session.session_key or "")
    device = VirtualMFADevice.objects.select_related("account").filter(serial_number=setup["serial"]).first()
    mine = device is not None and device.maker_id == target.caller.person_id
    if secret is None or device is None or device.user_id or not mine:
        del request.session[IN_SESSION]
        return None
    form = TwoCodesForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid() and enabled(request, target, device.serial_number, form):
        secret.delete()
        del request.session[IN_SESSION]
        return finished(request, target)
    seed = secret.reveal()
    context = {
        "form": form,
        "target": target,
        "device": device,
        "svg": qr.svg(qr.otpauth_uri(device.account, device.name, seed)),
        "seed": seed,
        "seed_in_fours": " ".join(seed[i : i + 4] for i in range(0, len(seed), 4)),
        "now": int(time.time()),
        "skip": offers_skip(request, target),
    }
    return render(
        request, "credentials/mfa/set_up_mfa_device.html", context, status=400 if form.errors else 200
    )


def enabled(request: ConsoleRequest, target: Target, serial: str, form: TwoCodesForm) -> bool:
    """Assign the device by the two codes of the form, which says why not."""
    codes = form.cleaned_data["code_1"], form.cleaned_data["code_2"]
    try:
        kept = assignment.assign(target.caller, target.user, serial, codes, target.replaces)
    except IamError as error:
        wrong = error.code == "InvalidAuthenticationCode"
        form.add_error("code_2" if wrong else None, error.for_people)
        return False
    if kept:
        messages.warning(request, f"The old device was not removed. {kept}")
    tell_clock(request, target, serial)
    return True


def tell_clock(request: ConsoleRequest, target: Target, serial: str) -> None:
    """Say what the two codes have shown, where the device's clock is far off."""
    device = next((d for d in devices.showing_codes(target.user) if d.serial_number == serial), None)
    if isinstance(device, TOTPDevice) and device.clock_off:
        later = CLOCK_RESYNC if device.resync_page else CLOCK_REPLACE
        messages.warning(request, CLOCK_OFF.format(name=device.name, off=device.clock_off, later=later))


def finished(request: ConsoleRequest, target: Target) -> HttpResponse:
    """A person who just proved their own device is signed in with MFA; then to recovery codes."""
    messages.success(request, REPLACED if target.replaces else ADDED)
    if not target.own:
        return redirect(target.back)
    request.session[MFA_AT] = timezone.now().isoformat()
    request.session.cycle_key()
    return after_enrolment(request, target.back)


def unassigned(target: Target, name: str) -> str:
    """The serial number of a leftover device of that name which may be removed here, "" for none."""
    serial = target.serial(name)
    device = VirtualMFADevice.objects.filter(serial_number=serial, user=None).first()
    whose = mfa_makers.owner_key(target.caller.account_id, serial)
    return serial if device and target.caller.permits("iam:DeleteVirtualMFADevice", serial, whose) else ""


def start_over(request: ConsoleRequest, target: Target) -> None:
    """Remove the unfinished device and begin again."""
    setup = request.session.pop(IN_SESSION, None)
    serial = request.POST.get("serial") or (setup["serial"] if setup else "")
    if not serial:
        return
    try:
        execute(target.caller, "DeleteVirtualMFADevice", SerialNumber=serial)
        messages.info(request, "The unfinished device was removed.")
    except IamError as error:
        messages.error(request, error.for_people)


def offers_skip(request: ConsoleRequest, target: Target) -> bool:
    """Root may put MFA off after the first sign-in; it is offered, not forced."""
    return target.own and target.user.is_root and not target.user.mfa_count


@require_http_methods(["GET", "POST"])
@signed_in
def deactivate_mfa_device(request: ConsoleRequest, user_id: str, device_id: UUID) -> HttpResponse:
    """Take a device off a user, or off oneself; a virtual device is deleted with it."""
    target = target_of(request, user_id)
    device = device_or_404(target.user, device_id)
    if wants_other_factor(target, device):
        return redirect("credentials:confirm-with-other-factor", device_id=device.uuid, then="remove")
    if not target.user.is_root:
        proof = other_factor(target.caller, device.serial_number)
        require(target.caller, "iam:DeactivateMFADevice", target.user.arn, proof)
    require_recent(target.caller)
    if request.method == "POST":
        try:
            for step in assignment.off_steps(target.caller, target.user, device):
                execute(target.caller, step.name, **step.params)
            messages.success(request, f"The MFA device {device.name} was removed.")
        except AccessDenied:
            raise
        except IamError as error:
            messages.error(request, error.for_people)
        return redirect(target.back)
    context = {
        "target": target,
        "device": device,
        "last": target.user.mfa_count <= 1,
        "required": is_last_while_required(target.user),
        "locked": "" if target.user.is_root else locked_by(target.caller, ENABLE, target.user.arn),
    }
    return render(request, "credentials/mfa/deactivate_mfa_device.html", context)


@require_http_methods(["GET", "POST"])
@never_cache
@signed_in
def replace_mfa_device(request: ConsoleRequest, user_id: str, device_id: UUID) -> HttpResponse:
    """Another device in the place of one, which goes when the new one has proved itself."""
    target = target_of(request, user_id)
    if wants_other_factor(target, device_or_404(target.user, device_id)):
        return redirect("credentials:confirm-with-other-factor", device_id=device_id, then="replace")
    return assign(request, replacing(request, user_id, device_id))


def wants_other_factor(target: Target, device: MFADevice) -> bool:
    """Whether people may take the device off themselves as soon as they confirm with another factor."""
    if not target.own or target.user.is_root:
        return False
    action, whose = "iam:DeactivateMFADevice", target.user.arn
    now = target.caller.permits(action, whose, other_factor(target.caller, device.serial_number))
    return not now and target.caller.permits(action, whose, {OTHER_FACTOR: "true"})


def replacing(request: ConsoleRequest, user_id: str, device_id: UUID) -> Target:
    """Whose device is replaced, by somebody who may do both. Raises AccessDenied, with its Event."""
    target = target_of(request, user_id)
    device = device_or_404(target.user, device_id)
    if not target.user.is_root:
        require(target.caller, ENABLE, target.user.arn)
        proof = other_factor(target.caller, device.serial_number)
        require(target.caller, "iam:DeactivateMFADevice", target.user.arn, proof)
    return replace(target, replaces=device)


def target_of(request: ConsoleRequest, user_id: str) -> Target:
    caller = request.caller
    if user_id == request.user.user_id:
        return own_target(request)
    require(caller, "iam:ListUsers")
    return Target(user_of_account(caller, user_id), caller, own=False)


def device_or_404(user: User, device_id: UUID) -> MFADevice:
    """A device of any kind, by its address."""
    device = devices.find(user, device_id)
    if device is None:
        raise Http404("This user has no such MFA device.")
    return device
