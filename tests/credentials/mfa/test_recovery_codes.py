"""Recovery codes: shown once, kept as hashes, offered with the first device, good for one sign-in."""

import re

import pytest
from django.urls import reverse
from django.utils import timezone

from credentials import recovery_codes
from credentials.models import RecoveryCode, RecoveryCodeSet, VirtualMFADevice
from iamconsole.errors import AccessDenied, IamError
from iamconsole.models import Event, OneTimeSecret
from iamconsole.operations import execute
from tests.cast import HOME_ID, PASSWORD, make_account
from tests.client import Client
from tests.credentials.authenticator import code, enrol, two_codes
from users.callers.build import ADMINISTRATOR, Origin, caller_for_role
from users.models import User

pytestmark = pytest.mark.django_db
ASSIGN, CODE, RECOVERY, ME = "/me/mfa/assign/", "/signin/mfa/", "/signin/recovery-code/", "/me/"
NEW, MAKE, DELETE = "/me/recovery-codes/", "iamconsole:CreateRecoveryCodes", "iamconsole:DeleteRecoveryCodes"


def make(user, caller):
    return execute(caller(user, mfa_at=timezone.now()), MAKE)["RecoveryCodes"]


def half(user):
    """A client between password and code."""
    client = Client()
    form = {"account": HOME_ID, "user_name": user.user_name, "password": PASSWORD}
    assert client.post("/signin/", form).url == CODE
    return client


def inside(user, device):
    """A client signed in with MFA."""
    client = half(user)
    assert client.post(CODE, {"code": code(device)}).status_code == 302
    return client


def assign_first(client, name):
    client.post(ASSIGN, {"name": name})
    first, second = two_codes(VirtualMFADevice.objects.get(name=name))
    return client.post(ASSIGN, {"code_1": first, "code_2": second})


def parts(answer):
    """The codes and the token of the page that shows them."""
    page = answer.content.decode()
    return re.findall(r"<code>([^<]+)</code>", page), re.search(r'name="token" value="([^"]+)"', page)[1]


# Made and shown


def test_codes_follow_the_first_device_and_not_the_second(client, bob, sign_in):
    page = assign_first(sign_in(client, bob), "bob").url
    assert page.startswith(NEW)
    codes, token = parts(client.get(page))
    assert len(set(codes)) == 10
    assert all(re.fullmatch(r"([0-9a-hjkmnp-tv-z]{4}-){3}[0-9a-hjkmnp-tv-z]{4}", code) for code in codes)
    assert client.post(page, {"token": token, "do": "done", "saved": "yes"}).url == ME
    assert assign_first(client, "bob-2").url == ME


def test_root_gets_codes_too(client, home, sign_in):
    root = User.objects.root_of(home)
    page = assign_first(sign_in(client, root), "root-account-mfa-device").url
    codes, _ = parts(client.get(page))
    half_in = Client()
    half_in.post("/signin/root/", {"email": root.email, "password": PASSWORD})
    assert half_in.post(RECOVERY, {"code": codes[0]}).status_code == 302
    assert half_in.get(ME).status_code == 200


def test_an_administrator_who_enrols_another_sees_no_codes(client, alice, bob, sign_in):
    sign_in(client, alice)
    page = reverse("credentials:assign-user-mfa-device", args=[bob.user_id])
    client.post(page, {"name": "bob"})
    first, second = two_codes(VirtualMFADevice.objects.get(name="bob"))
    answer = client.post(page, {"code_1": first, "code_2": second})
    assert answer.url == reverse("credentials:user-security-credentials", args=[bob.user_id])
    assert not RecoveryCodeSet.objects.exists()


def test_the_page_shows_them_once(client, bob, sign_in):
    page = assign_first(sign_in(client, bob), "bob").url
    codes, _ = parts(client.get(page))
    again = client.get(page)
    assert again.status_code == 410
    assert codes[0] not in again.content.decode()
    assert client.post(page, {"token": "forged", "do": "download"}).status_code == 410
    assert sign_in_with_mfa(bob).get(page).status_code == 404, "another session's"


def sign_in_with_mfa(user):
    return inside(user, enrol(user, "second"))


def test_leaving_without_the_tick_is_refused_with_the_codes_still_there(client, bob, sign_in):
    page = assign_first(sign_in(client, bob), "bob").url
    codes, token = parts(client.get(page))
    answer = client.post(page, {"token": token, "do": "done"})
    assert answer.status_code == 400
    assert "Save the codes first" in answer.content.decode()
    assert parts(answer)[0] == codes
    assert client.post(page, {"token": token, "do": "done", "saved": "yes"}).status_code == 302
    assert not OneTimeSecret.objects.filter(purpose="recovery-codes").exists()


def test_the_file_and_the_view_to_print_have_all_codes(client, bob, sign_in):
    page = assign_first(sign_in(client, bob), "bob").url
    codes, token = parts(client.get(page))
    file = client.post(page, {"token": token, "do": "download"})
    assert file["Content-Type"] == "text/plain; charset=utf-8"
    assert file["Content-Disposition"] == f'attachment; filename="recovery-codes-{HOME_ID}-bob.txt"'
    assert file.content.decode().split("\r\n")[3:13] == codes
    printed = client.post(page, {"token": token, "do": "print"})
    assert parts(printed)[0] == codes
    back = client.post(page, {"token": token, "do": "again"})
    assert back.status_code == 200
    assert parts(back)[0] == codes


def test_new_codes_end_the_old_ones(bob, caller):
    device = enrol(bob)
    old = make(bob, caller)
    client = inside(bob, device)
    assert "10 of 10 are left" in client.get(NEW).content.decode()
    codes, _ = parts(client.get(client.post(NEW).url))
    assert half(bob).post(RECOVERY, {"code": old[0]}).status_code == 400
    assert half(bob).post(RECOVERY, {"code": codes[0]}).status_code == 302


def test_there_is_no_trace_of_a_code(client, bob, sign_in):
    codes, _ = parts(client.get(assign_first(sign_in(client, bob), "bob").url))
    half(bob).post(RECOVERY, {"code": codes[0]})
    kept = str(list(RecoveryCode.objects.values())) + str(list(RecoveryCodeSet.objects.values()))
    for trace in (kept, str(list(Event.objects.values())), str(dict(client.session))):
        assert not any(code in trace or code.replace("-", "") in trace for code in codes)


def test_two_sets_of_the_same_code_have_other_hashes(alice, bob):
    for user in (alice, bob):
        recovery_codes.replace(user, ["0000-0000-0000-0000"])
    assert RecoveryCode.objects.values("mac").distinct().count() == 2


# Who may


def test_nobody_makes_codes_without_a_device_or_without_its_code(client, bob, caller, sign_in):
    with pytest.raises(IamError, match="Assign an MFA device first"):
        make(bob, caller)
    assert sign_in(client, bob).post(NEW).url == ME
    enrol(bob)
    with pytest.raises(AccessDenied, match="sign in with the code"):
        execute(caller(bob), MAKE)
    assert client.post(NEW).status_code == 403
    assert not RecoveryCodeSet.objects.exists()


def test_nobody_makes_codes_for_somebody_else(alice, bob, home, caller):
    enrol(alice, "alices")
    enrol(bob, "bobs")
    execute(caller(alice, mfa_at=timezone.now()), MAKE, UserName="bob")
    assert recovery_codes.left(bob) is None, "the name is not even a parameter"
    role = caller_for_role(
        alice,
        make_account("200000000002"),
        ADMINISTRATOR,
        Origin(source_ip="127.0.0.1", mfa_at=timezone.now(), authenticated_at=timezone.now()),
    )
    with pytest.raises(AccessDenied, match="only for yourself"):
        execute(role, MAKE)


def test_an_administrator_sees_how_many_and_may_take_them_away(alice, bob, caller):
    enrol(bob)
    codes = make(bob, caller)
    client = inside(alice, enrol(alice, "alices"))
    page = client.get(reverse("credentials:user-security-credentials", args=[bob.user_id])).content.decode()
    assert "10 of 10 left" in page
    assert "Create new codes" not in page
    delete = reverse("credentials:delete-recovery-codes", args=[bob.user_id])
    assert client.get(delete).status_code == 200
    client.post(delete)
    assert half(bob).post(RECOVERY, {"code": codes[0]}).status_code == 400
    assert Event.objects.get(action=DELETE).resource == bob.arn


def test_bob_deletes_his_own_only_with_mfa(alice, bob, caller):
    enrol(bob)
    make(bob, caller)
    with pytest.raises(AccessDenied):
        execute(caller(bob), DELETE)
    execute(caller(bob, mfa_at=timezone.now()), DELETE)
    assert recovery_codes.left(bob) is None
    with pytest.raises(IamError, match="no recovery codes"):
        execute(caller(bob, mfa_at=timezone.now()), DELETE)


def test_codes_go_with_the_last_device(bob, caller):
    first, second = enrol(bob, "first"), enrol(bob, "second")
    make(bob, caller)
    admin = caller(User.objects.root_of(bob.account))
    execute(admin, "DeactivateMFADevice", UserName="bob", SerialNumber=first.serial_number)
    assert recovery_codes.left(bob)
    execute(admin, "DeactivateMFADevice", UserName="bob", SerialNumber=second.serial_number)
    assert recovery_codes.left(bob) is None


# Signing in


def test_a_code_signs_in_as_mfa_with_a_warning_and_an_event(bob, caller):
    enrol(bob)
    codes = make(bob, caller)
    client = half(bob)
    page = client.get(CODE).content.decode()
    assert page.index('name="code"') < page.index("Use a recovery code"), "last, always"
    assert "10 of 10 left" in page
    key = client.session.session_key
    answer = client.post(RECOVERY, {"code": codes[3]}, follow=True)
    assert "9 are left" in answer.content.decode()
    assert client.session["mfa_at"]
    assert client.session.session_key != key
    used = Event.objects.get(action="iamconsole:UseRecoveryCode")
    assert (used.resource, used.outcome, used.detail) == (bob.arn, "allowed", {"Left": 9})
    assert Event.objects.filter(action="iamconsole:SignIn", outcome="allowed").get().detail["MFAUsed"]


def test_after_the_last_code_new_ones_are_called_for(bob, caller):
    enrol(bob)
    codes = make(bob, caller)
    for used in codes[1:]:
        assert recovery_codes.use(bob, used)
    answer = half(bob).post(RECOVERY, {"code": codes[0]}, follow=True)
    assert "None is left. Create new ones" in answer.content.decode()


def test_hyphens_spaces_and_capitals_do_not_matter(bob, caller):
    enrol(bob)
    typed = make(bob, caller)[0]
    for form in (f" {typed} ", typed.upper(), typed.replace("-", " "), typed.replace("-", "")):
        RecoveryCode.objects.update(used_at=None)
        assert half(bob).post(RECOVERY, {"code": form}).status_code == 302


def test_look_alikes_are_read_as_the_digits():
    assert recovery_codes.plain("OoIi-lL00") == "00111100"


@pytest.mark.parametrize("typed", ["", "0000-0000-0000-0000", "x" * 400, "ключ", "0" * 15, "482013"])
def test_what_is_no_code_opens_nothing(bob, caller, typed):
    enrol(bob)
    make(bob, caller)
    client = half(bob)
    assert client.post(RECOVERY, {"code": typed}).status_code == 400
    assert client.get(ME).status_code == 302


def test_the_page_is_not_to_be_had_without_the_password(client, alice, bob, sign_in):
    assert client.get(RECOVERY).url == "/signin/"
    assert client.post(RECOVERY, {"code": "0000-0000-0000-0000"}).url == "/signin/"
    assert sign_in(client, alice).get(RECOVERY).url == "/"
