"""People replace and remove their own MFA devices after confirming with another factor."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from credentials import devices
from credentials.models import VirtualMFADevice
from iamconsole.errors import AccessDenied, IamError
from iamconsole.models import Event
from iamconsole.operations import execute
from tests.cast import PASSWORD
from tests.client import Client
from tests.credentials.authenticator import code, enrol, two_codes
from tests.sessions import sign_in
from users.models import Account

pytestmark = pytest.mark.django_db


@pytest.fixture
def phone(bob):
    return enrol(bob, "phone")


@pytest.fixture
def inside(client, bob, phone):
    """Bob, signed in by the code of his phone."""
    sign_in(client, bob, PASSWORD)
    assert client.post("/signin/mfa/", {"code": code(phone)}).status_code == 302
    return client


def recovery_codes(bob, caller):
    return execute(caller(bob, mfa_at=timezone.now()), "iamconsole:CreateRecoveryCodes")["RecoveryCodes"]


def address(name, user, device):
    return reverse(f"credentials:{name}", args=[user.user_id, device.uuid])


def confirm(inside, device, typed, then="replace", password=PASSWORD):
    page = reverse("credentials:confirm-with-other-factor", args=[device.uuid, then])
    return inside.post(page, {"password": password, "code": typed})


def names(bob):
    return sorted(device.name for device in devices.of_user(bob))


def test_a_recovery_code_lets_one_replace_the_only_device_where_mfa_is_required(inside, bob, phone, caller):
    Account.objects.filter(pk=bob.account_id).update(require_mfa=True)
    codes = recovery_codes(bob, caller)
    replace = address("replace-mfa-device", bob, phone)
    assert replace in inside.get("/me/").content.decode()
    asked = inside.get(replace)
    assert asked["Location"] == reverse("credentials:confirm-with-other-factor", args=[phone.uuid, "replace"])
    # The device itself is no other factor, and a wrong password or code proves nothing.
    for typed, password in (
        (code(phone, 1), PASSWORD),
        ("000000", PASSWORD),
        (codes[0], "wrong-Horse-7-battery"),
        ("aaaa-bbbb-cccc-dddd", PASSWORD),
    ):
        assert confirm(inside, phone, typed, password=password).status_code == 400
        assert inside.get(replace).status_code == 302, "still asked"
    assert confirm(inside, phone, codes[1])["Location"] == replace
    inside.post(replace, {"name": "bob-new", "kind": "app"})
    made = VirtualMFADevice.objects.get(name="bob-new")
    given = dict(zip(("code_1", "code_2"), two_codes(made), strict=True))
    assert inside.post(replace, given).status_code == 302
    assert names(bob) == ["bob-new"]
    assert Event.objects.filter(action="iam:DeactivateMFADevice", outcome="allowed").count() == 1


def test_the_code_of_another_device_lets_one_remove_a_device_but_never_the_last(inside, bob, phone):
    lost = enrol(bob, "lost")
    remove = address("deactivate-mfa-device", bob, lost)
    assert inside.get(remove).status_code == 200, "signed in a moment ago with the other one"
    session = inside.session
    session["factor"] = lost.serial_number
    session.save()
    assert inside.get(remove)["Location"].endswith("/confirm/remove/")
    assert confirm(inside, lost, code(phone, 1), then="remove")["Location"] == remove
    inside.post(remove)
    assert names(bob) == ["phone"]
    # The factor that was proved is the phone itself now: it cannot take itself off.
    last = address("deactivate-mfa-device", bob, phone)
    assert inside.get(last).status_code == 302
    session = inside.session
    session["factor"] = "recovery code"
    session.save()
    inside.post(last)
    assert names(bob) == ["phone"]
    assert "This is your only MFA device" in inside.get("/me/").content.decode()


def test_programs_strangers_and_old_proofs_get_nothing(inside, bob, charlie, phone, caller):
    enrol(bob, "second")
    serial = {"UserName": "bob", "SerialNumber": phone.serial_number}
    now, old = timezone.now(), timezone.now() - timedelta(days=1)
    for proof in (
        {},
        {"factor": phone.serial_number},
        {"factor": "recovery code", "channel": "access-key"},
    ):
        with pytest.raises(AccessDenied):
            execute(caller(bob, mfa_at=now, **proof), "DeactivateMFADevice", **serial)
    with pytest.raises(IamError):  # asked to sign in again first
        execute(caller(bob, mfa_at=now, factor="x", authenticated_at=old), "DeactivateMFADevice", **serial)
    theirs = enrol(charlie, "theirs")
    stranger = reverse("credentials:confirm-with-other-factor", args=[theirs.uuid, "remove"])
    assert inside.get(stranger).status_code == 404
    assert inside.get(address("replace-mfa-device", charlie, theirs)).status_code == 403
    execute(caller(bob, mfa_at=now, factor="recovery code"), "DeactivateMFADevice", **serial)


def test_without_another_factor_the_page_says_what_to_do(inside, phone):
    page = inside.get(reverse("credentials:confirm-with-other-factor", args=[phone.uuid, "replace"]))
    assert "You have no other factor that shows a code." in page.content.decode()
    assert reverse("credentials:assign-mfa-device") in page.content.decode()


def test_guesses_are_those_of_the_sign_in(inside, bob, phone, caller):
    """Five wrong codes of either kind hold all of them, here and at the next sign-in; a code works once."""
    codes = recovery_codes(bob, caller)
    assert confirm(inside, phone, codes[0]).status_code == 302
    assert confirm(inside, phone, codes[0]).status_code == 400, "used up"
    for typed in ("000000", "aaaa-bbbb-cccc-dddd", "000001", "aaaa-bbbb-cccc-ddde", "000002"):
        assert confirm(inside, phone, typed).status_code == 400
    assert confirm(inside, phone, codes[1]).status_code == 400, "held"
    again = Client()
    sign_in(again, bob, PASSWORD)
    assert again.post("/signin/mfa/", {"code": code(phone, 1)}).status_code != 302
    assert again.post("/signin/recovery-code/", {"code": codes[2]}).status_code != 302
