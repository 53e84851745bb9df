"""The second factor under attack: each test carries the number of its case in our list of advisories.

15-18 each code works once, however it is spelled and however many ask; guesses are counted over sessions.
19-21 the window stays where it is, half a sign-in is none, enrolment takes a real pair.
22-23 a stolen key or session does not change the factors. 25 a recovery code works once.
"""

import threading

import pytest
from django.db import connections
from django.urls import get_resolver, reverse
from django.utils import timezone

from credentials import recovery_codes
from credentials.models import RecoveryCode, Throttle, VirtualMFADevice
from iamconsole.errors import AccessDenied, IamError
from iamconsole.models import Event
from iamconsole.operations import execute
from tests.cast import HOME_ID, PASSWORD
from tests.client import Client
from tests.credentials.authenticator import code, enrol, two_codes
from users.callers.build import Origin, caller_for_user
from users.models import User

pytestmark = pytest.mark.django_db
SIGN_IN, CODE, RECOVERY = "/signin/", "/signin/mfa/", "/signin/recovery-code/"
ME, ASSIGN = "/me/", "/me/mfa/assign/"
REFUSED = "Authentication code for device is not valid."


def password(user, client=None):
    """A client between password and code."""
    client = client or Client()
    form = {"account": HOME_ID, "user_name": user.user_name, "password": PASSWORD}
    assert client.post(SIGN_IN, form).url == CODE
    return client


def begin(client, name="bob", page=ASSIGN):
    assert client.post(page, {"name": name}).status_code == 302
    return VirtualMFADevice.objects.get(name=name)


def at_once(sends):
    """Call all at the same moment, each in a thread of its own; their answers."""
    ready, answers = threading.Barrier(len(sends)), []

    def run(send):
        ready.wait()
        try:
            answers.append(send())
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(send,)) for send in sends]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def test_15_a_code_works_once(bob):
    device = enrol(bob)
    good = code(device)
    assert password(bob).post(CODE, {"code": good}).status_code == 302
    second = password(bob)
    assert second.post(CODE, {"code": good}).status_code == 400
    assert second.get(ME).url.startswith(SIGN_IN)


@pytest.mark.parametrize("spell", ["{0:.3} {0:.6}", " {0}", "+{0}", "0{0}", "{0}\n", "{0}_", "wide"])
def test_16_a_used_code_under_another_spelling(bob, spell):
    """The page says that it is no code; the device itself, whatever page or API asks it, refuses too."""
    device = enrol(bob)
    good = code(device)
    assert password(bob).post(CODE, {"code": good}).status_code == 302
    typed = "".join(chr(ord(c) + 0xFEE0) for c in good) if spell == "wide" else spell.format(good)
    answer = password(bob).post(CODE, {"code": typed})
    assert answer.status_code == 400
    assert "6 digits" in answer.content.decode()
    fresh = VirtualMFADevice.objects.get(pk=device.pk)
    fresh.last_t = -1  # as if it had not been used: the spelling alone must be enough
    assert not fresh.verify_token(typed)


@pytest.mark.django_db(transaction=True)
def test_17_one_code_in_eight_half_signed_in_sessions(bob):
    device = enrol(bob)
    clients = [password(bob) for _ in range(8)]
    good = code(device)
    results = at_once([lambda c=client: c.post(CODE, {"code": good}).status_code for client in clients])
    assert sorted(results) == [302] + [400] * 7
    assert sum(client.get(ME).status_code == 200 for client in clients) == 1


@pytest.mark.parametrize("page", [CODE, RECOVERY])
def test_18_thirty_wrong_codes_with_a_new_session_every_five(bob, caller, page):
    """The counter belongs to the person, counts on both pages and survives session and waiting."""
    device = enrol(bob)
    codes = execute(caller(bob, mfa_at=timezone.now()), "iamconsole:CreateRecoveryCodes")["RecoveryCodes"]
    for n in range(30):
        if n % 5 == 0:
            client = password(bob)
            Throttle.objects.filter(scope="mfa").delete()  # as if five minutes went by
        client.post(page, {"code": "000000" if page == CODE else "0000-0000-0000-0000"})
    assert password(bob).post(CODE, {"code": code(device)}).status_code == 400
    assert password(bob).post(RECOVERY, {"code": codes[0]}).status_code == 400
    assert not RecoveryCode.objects.exclude(used_at=None).exists(), "a held guess uses nothing up"
    assert Throttle.objects.get(scope="mfa-hour").count == 20


@pytest.mark.parametrize("step", range(-4, 5))
def test_19_only_the_neighbouring_steps_are_accepted(bob, frozen, step):
    device = enrol(bob)
    accepted = password(bob).post(CODE, {"code": code(device, step)}).status_code == 302
    assert accepted == (abs(step) <= 1)


@pytest.fixture
def frozen(monkeypatch):
    """The clock in the middle of a step, standing: no step ends between making a code and checking it."""
    now = timezone.now().timestamp() // 30 * 30 + 15
    monkeypatch.setattr("time.time", lambda: now)


def test_19_the_window_cannot_be_walked(bob, frozen):
    """Codes of the edge are accepted one by one, but the edge stays where it is."""
    device = enrol(bob)
    assert password(bob).post(CODE, {"code": code(device, 1)}).status_code == 302
    for step in (2, 3, 2):
        assert password(bob).post(CODE, {"code": code(device, step)}).status_code == 400
    device.refresh_from_db()
    assert device.drift == 0


def plain_pages():
    """Every page that takes no argument, of every application."""
    for prefix in ("credentials", "users", "reports"):
        for name in get_resolver().namespace_dict[prefix][1].reverse_dict:
            if isinstance(name, str):
                try:
                    yield reverse(f"{prefix}:{name}")
                except Exception:  # noqa: S112  (it takes arguments)
                    continue


def test_20_after_the_password_only_there_is_no_page(alice):
    enrol(alice)
    client = password(alice)
    # The steps of signing in are for whoever is not signed in yet; a new password is not among them.
    signing_in = {page for page in plain_pages() if page.startswith("/signin/")} - {"/signin/new-password/"}
    pages = sorted({*plain_pages()} - signing_in - {"/signout/", "/api/", "/password-strength/"})
    assert len(pages) > 20
    for page in pages:
        answers = [client.get(page), client.post(page, {"name": "alice-2", "UserName": "dora"})]
        ends = [answer.url if answer.status_code == 302 else answer.status_code for answer in answers]
        assert all(str(end).startswith(SIGN_IN) or end == 405 for end in ends), (page, ends)
    assert VirtualMFADevice.objects.count() == 1
    assert not User.objects.filter(user_name="dora").exists()


@pytest.mark.parametrize("page", [CODE, RECOVERY])
def test_20_without_the_password_there_is_no_code_page(client, bob, page):
    device = enrol(bob)
    assert client.get(page).url == SIGN_IN
    assert client.post(page, {"code": code(device)}).url == SIGN_IN
    assert client.get(ME).url.startswith(SIGN_IN)


@pytest.mark.parametrize("pair", ["equal", "reversed", "apart", "old", "wrong"])
def test_21_only_two_consecutive_codes_in_order_enrol(client, bob, sign_in, pair):
    device = begin(sign_in(client, bob))
    first, second = two_codes(device)
    typed = {
        "equal": (second, second),
        "reversed": (second, first),
        "apart": (code(device, -2), second),
        "old": (code(device, -1200), code(device, -1199)),
        "wrong": ("000000", "000001"),
    }[pair]
    answer = client.post(ASSIGN, {"code_1": typed[0], "code_2": typed[1]})
    assert answer.status_code == 400
    assert REFUSED in answer.content.decode()
    bob.refresh_from_db()
    assert bob.mfa_count == 0
    form = {"account": HOME_ID, "user_name": "bob", "password": PASSWORD}
    assert Client().post(SIGN_IN, form).url == "/", "an unconfirmed device is no MFA"
    again = client.post(ASSIGN, {"code_1": first, "code_2": second})
    assert again.status_code == 302, "the set-up goes on after an error"


def test_21_the_pair_of_the_enrolment_does_not_sign_in(client, bob, sign_in):
    device = begin(sign_in(client, bob))
    first, second = two_codes(device)
    client.post(ASSIGN, {"code_1": first, "code_2": second})
    for used in (first, second):
        assert password(bob).post(CODE, {"code": used}).status_code == 400


@pytest.mark.parametrize("operation", ["EnableMFADevice", "DeactivateMFADevice"])
def test_22_an_access_key_alone_changes_no_second_factor(alice, operation):
    """Her policies allow everything; the device she has is what stands in the way (AWS-2023-001)."""
    device = enrol(alice)
    stolen = caller_for_user(alice, Origin(channel="access-key"))
    params = {"UserName": "alice", "SerialNumber": device.serial_number}
    if operation == "EnableMFADevice":
        made = execute(stolen, "CreateVirtualMFADevice", VirtualMFADeviceName="thief")["VirtualMFADevice"]
        extra = VirtualMFADevice.objects.get(serial_number=made["SerialNumber"])
        first, second = two_codes(extra)
        codes = {"AuthenticationCode1": first, "AuthenticationCode2": second}
        params = {"UserName": "alice", "SerialNumber": extra.serial_number, **codes}
    with pytest.raises(AccessDenied, match="sign in with the code"):
        execute(stolen, operation, **params)
    assert list(alice.mfa_devices.all()) == [device]
    assert Event.objects.filter(action=f"iam:{operation}", outcome="failed").exists()
    proved = caller_for_user(alice, Origin(channel="access-key", mfa_at=timezone.now()))
    execute(proved, operation, **params)


def test_23_a_session_of_before_does_not_add_a_device(client, bob, sign_in):
    """Stolen before the owner enrolled, it must not make the thief a factor of its own."""
    device = begin(sign_in(client, bob))
    enrol(bob, "phone")
    first, second = two_codes(device)
    for answer in (client.get(ASSIGN), client.post(ASSIGN, {"code_1": first, "code_2": second})):
        assert answer.status_code == 403
        assert "sign in with the code" in answer.content.decode()
    device.refresh_from_db()
    assert device.user is None


def test_23_a_session_of_before_does_not_take_the_device_off(client, alice, sign_in):
    sign_in(client, alice)
    device = enrol(alice)
    answer = client.post(reverse("credentials:deactivate-mfa-device", args=[alice.user_id, device.uuid]))
    assert answer.status_code == 403
    device.refresh_from_db()
    assert device.user == alice
    assert Event.objects.filter(action="iam:DeactivateMFADevice", outcome="failed").exists()


def test_23_a_session_of_before_makes_and_deletes_no_recovery_codes(client, alice, sign_in, caller):
    sign_in(client, alice)
    enrol(alice)
    execute(caller(alice, mfa_at=timezone.now()), "iamconsole:CreateRecoveryCodes")
    assert client.post("/me/recovery-codes/").status_code == 403
    client.post(reverse("credentials:delete-recovery-codes", args=[alice.user_id]))
    assert recovery_codes.left(alice).left == 10


@pytest.mark.django_db(transaction=True)
def test_25_a_recovery_code_in_eight_half_signed_in_sessions(bob, caller):
    enrol(bob)
    codes = execute(caller(bob, mfa_at=timezone.now()), "iamconsole:CreateRecoveryCodes")["RecoveryCodes"]
    assert not any(code[:4] in row.mac for code in codes for row in RecoveryCode.objects.all()), "hashed"
    clients = [password(bob) for _ in range(8)]
    Throttle.objects.all().delete()
    results = at_once(
        [lambda c=client: c.post(RECOVERY, {"code": codes[0]}).status_code for client in clients]
    )
    assert sorted(results) == [302] + [400] * 7
    assert sum(client.get(ME).status_code == 200 for client in clients) == 1
    assert recovery_codes.left(bob).left == 9
    assert password(bob).post(RECOVERY, {"code": codes[0]}).status_code == 400


@pytest.mark.django_db(transaction=True)
def test_25_parallel_new_sets_leave_one(bob, caller):
    """No code of a set that lost may work beside those of the winner."""
    enrol(bob)

    def make():
        try:
            return execute(caller(bob, mfa_at=timezone.now()), "iamconsole:CreateRecoveryCodes")
        except IamError as error:
            return error.code

    made = at_once([make] * 4)
    assert any(isinstance(answer, dict) for answer in made)
    assert RecoveryCode.objects.count() == 10


def test_14_a_recovery_code_of_another_person(alice, bob, caller):
    enrol(alice, "alices")
    enrol(bob, "bobs")
    codes = execute(caller(alice, mfa_at=timezone.now()), "iamconsole:CreateRecoveryCodes")["RecoveryCodes"]
    execute(caller(bob, mfa_at=timezone.now()), "iamconsole:CreateRecoveryCodes")
    assert password(bob).post(RECOVERY, {"code": codes[0]}).status_code == 400
    assert recovery_codes.left(alice).left == 10
