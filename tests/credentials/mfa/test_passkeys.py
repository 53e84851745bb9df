"""Passkeys and security keys: registering, both ways to sign in, and every lie a browser could tell."""

import json
import threading
from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test import override_settings
from django.urls import reverse
from django.utils import timezone

from credentials import devices
from credentials.deletion.deletion import stages, steps
from credentials.guesses import throttle
from credentials.mfa import passkeys
from credentials.mfa.operations.mfa import check_own_mfa, check_quota
from credentials.mfa.operations.passkeys import KNOWN, LINKED
from credentials.models import Passkey
from iamconsole.errors import AccessDenied, IamError
from iamconsole.models import Event, OneTimeSecret
from iamconsole.operations import execute, execute_all
from tests.cast import PASSWORD, give_password, make_user
from tests.client import Client
from tests.credentials.authenticator import code, enrol
from tests.credentials.security_key import BACKUP_ELIGIBLE, PRESENT, VERIFIED, SecurityKey
from users.models import Account, AccountLink, InlinePolicy, User

pytestmark = pytest.mark.django_db

ASSIGN = reverse("credentials:assign-mfa-device")
REGISTER = reverse("credentials:register-passkey")
REGISTER_OPTIONS = reverse("credentials:registration-options")
CODE = reverse("credentials:mfa-code")
CODE_OPTIONS = reverse("credentials:second-factor-options")
ALONE = reverse("credentials:passkey-sign-in")
ALONE_OPTIONS = reverse("credentials:passkey-options")
ME = reverse("credentials:my-security-credentials")


def answered(client: Client, page: str, sent: dict, credential: str):
    return client.post(page, {"challenge": sent["challenge"], "credential": credential})


def register(client: Client, key: SecurityKey, name: str = "yubikey"):
    """Both steps of assigning a passkey, as browser and person take them."""
    client.post(ASSIGN, {"name": name, "kind": "passkey"})
    sent = client.post(REGISTER_OPTIONS).json()
    if "error" in sent:
        return sent["error"]
    return answered(client, REGISTER, sent, key.create(sent["publicKey"]))


@pytest.fixture
def key(bob, sign_in) -> SecurityKey:
    """Bob's security key, registered."""
    made = SecurityKey()
    answer = register(sign_in(Client(), bob), made)
    assert answer.status_code == 302, answer.content
    return made


def passkey() -> Passkey:
    return Passkey.objects.get()


def after_password(user=None, password: str = PASSWORD) -> Client:
    """A client between the right password and the second factor."""
    client = Client()
    user = user or User.objects.get(user_name="bob")
    typed = {"account": user.account.account_id, "user_name": user.user_name, "password": password}
    answer = client.post(reverse("credentials:sign-in"), typed)
    assert answer.url == CODE
    return client


def second_factor(client: Client, key: SecurityKey, **lies: object):
    sent = client.post(CODE_OPTIONS).json()
    told(key, lies)
    return answered(client, CODE, sent, key.get(sent["publicKey"]))


def alone(client: Client, key: SecurityKey, **lies: object):
    sent = client.post(ALONE_OPTIONS).json()
    told(key, lies)
    return answered(client, ALONE, sent, key.get(sent["publicKey"]))


def told(key: SecurityKey, lies: dict[str, object]) -> None:
    for name, value in lies.items():
        setattr(key, name, value)


def in_session(client: Client) -> bool:
    return client.get(ME).status_code == 200


# Registering.


def test_a_passkey_is_registered_and_counts_as_mfa(client, bob, sign_in):
    sign_in(client, bob)
    before = client.session.session_key
    answer = register(client, SecurityKey(), "yubikey")
    assert answer.url.startswith("/me/recovery-codes/"), "the first device is followed by recovery codes"
    device, page = passkey(), client.get(ME).content.decode()
    assert device.serial_number.startswith(f"arn:aws:iam::{bob.account.account_id}:u2f/user/bob/yubikey-")
    assert len(device.serial_number.rpartition("-")[2]) == 26
    assert "yubikey" in page
    assert "Security key" in page
    bob.refresh_from_db()
    assert (bob.mfa_count, bob.mfa_kind) == (1, "u2f")
    assert client.session.session_key != before
    assert client.session["mfa_at"]
    event = Event.objects.get(action="iam:EnableMFADevice", outcome="allowed")
    assert event.detail == {
        "DeviceName": "yubikey",
        "SerialNumber": device.serial_number,
        "Kind": "Security key",
    }


def test_root_has_a_serial_number_of_its_own(client, home, sign_in):
    root = User.objects.root_of(home)
    register(sign_in(client, root), SecurityKey(), "safe")
    assert passkey().serial_number.startswith(f"arn:aws:iam::{home.account_id}:u2f/root/safe-")
    page = client.get(passkey().remove_page)
    assert page.status_code == 200
    client.post(passkey().remove_page)
    assert not Passkey.objects.exists()


def test_what_is_synced_is_a_passkey_and_what_is_plugged_in_a_security_key(client, bob, sign_in):
    sign_in(client, bob)
    register(client, SecurityKey(flags=PRESENT | VERIFIED | BACKUP_ELIGIBLE, transports=[]), "cloud")
    register(client, SecurityKey(transports=["internal"]), "laptop")
    register(client, SecurityKey(transports=["usb", "nfc"]), "stick")
    words = {device.name: device.words for device in devices.of_user(bob)}
    assert words == {"cloud": "Passkey", "laptop": "Passkey", "stick": "Security key"}


def test_the_options_ask_for_what_the_console_needs(client, bob, sign_in):
    sign_in(client, bob)
    client.post(ASSIGN, {"name": "yubikey", "kind": "passkey"})
    options = client.post(REGISTER_OPTIONS).json()["publicKey"]
    assert options["rp"] == {"id": "localhost", "name": "IAM Console"}
    assert options["authenticatorSelection"]["userVerification"] == "required"
    assert options["authenticatorSelection"]["residentKey"] == "preferred"
    assert options["attestation"] == "none"
    assert len(options["challenge"]) == 43, "32 bytes"
    assert "bob" in options["user"]["name"]
    assert bob.user_id not in json.dumps(options)


def test_the_host_header_decides_nothing(client, bob, sign_in, settings):
    settings.ALLOWED_HOSTS = ["*"]
    sign_in(client, bob)
    client.post(ASSIGN, {"name": "yubikey", "kind": "passkey"})
    sent = client.post(REGISTER_OPTIONS, headers={"host": "evil.example"}).json()
    assert sent["publicKey"]["rp"]["id"] == "localhost"
    evil = SecurityKey(origin="http://evil.example", rp_id="evil.example")
    credential = evil.create(sent["publicKey"])
    form = {"challenge": sent["challenge"], "credential": credential}
    assert client.post(REGISTER, form, headers={"host": "evil.example"}).status_code == 400
    assert not Passkey.objects.exists()


@pytest.mark.parametrize(
    "lie",
    [
        {"origin": "http://localhost:8001"},
        {"origin": "https://localhost:8000"},
        {"rp_id": "example.com"},
        {"flags": PRESENT},
        {"flags": VERIFIED},
    ],
    ids=["other port", "other scheme", "other rp id", "not verified", "not present"],
)
def test_a_lying_browser_registers_nothing(client, bob, sign_in, lie):
    answer = register(sign_in(client, bob), SecurityKey(**lie))
    assert answer.status_code == 400
    assert "was not accepted" in answer.content.decode()
    assert not Passkey.objects.exists()
    event = Event.objects.filter(action="iam:EnableMFADevice").latest("at")
    assert (event.outcome, event.error_code) == ("failed", "InvalidInput")


@pytest.mark.parametrize(
    "credential", ["", "{}", "[]", "null", "{", '{"id": 3}', "x" * 30_000, "[" * 15_000, '{"a":"\u0000"}']
)
def test_what_is_no_credential_is_refused_with_a_sentence(client, bob, sign_in, credential):
    sign_in(client, bob)
    client.post(ASSIGN, {"name": "yubikey", "kind": "passkey"})
    sent = client.post(REGISTER_OPTIONS).json()
    answer = answered(client, REGISTER, sent, credential)
    assert answer.status_code == 400
    assert not Passkey.objects.exists()


@pytest.mark.parametrize("told", [None, 3, {"credProps": None}])
def test_what_is_not_signed_is_not_trusted_to_have_a_form(client, bob, sign_in, told):
    sign_in(client, bob)
    client.post(ASSIGN, {"name": "yubikey", "kind": "passkey"})
    sent = client.post(REGISTER_OPTIONS).json()
    credential = json.loads(SecurityKey().create(sent["publicKey"]))
    credential["clientExtensionResults"] = told
    assert answered(client, REGISTER, sent, json.dumps(credential)).status_code == 400


def test_a_challenge_counts_once_and_not_in_another_session(client, alice, bob, sign_in):
    sign_in(client, bob)
    client.post(ASSIGN, {"name": "yubikey", "kind": "passkey"})
    sent = client.post(REGISTER_OPTIONS).json()
    credential = SecurityKey().create(sent["publicKey"])
    other = sign_in(Client(), alice)
    other.post(ASSIGN, {"name": "hers", "kind": "passkey"})
    assert answered(other, REGISTER, sent, credential).status_code == 400
    assert answered(client, REGISTER, sent, credential).status_code == 302
    client.post(ASSIGN, {"name": "second", "kind": "passkey"})
    assert answered(client, REGISTER, sent, SecurityKey().create(sent["publicKey"])).status_code == 400
    assert Passkey.objects.count() == 1


def test_a_challenge_lives_for_minutes(client, bob, sign_in):
    sign_in(client, bob)
    client.post(ASSIGN, {"name": "yubikey", "kind": "passkey"})
    sent = client.post(REGISTER_OPTIONS).json()
    row = OneTimeSecret.objects.get(pk=sent["challenge"])
    assert row.expires_at <= timezone.now() + timedelta(minutes=5)
    OneTimeSecret.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert answered(client, REGISTER, sent, SecurityKey().create(sent["publicKey"])).status_code == 400


def test_one_credential_belongs_to_one_user(client, alice, bob, key, sign_in):
    sign_in(client, alice)
    answer = register(client, key)
    assert answer.status_code == 400
    assert KNOWN in answer.content.decode()
    assert passkey().user == bob


def test_names_and_the_quota_are_refused_before_the_browser_asks(client, bob, sign_in):
    sign_in(client, bob)
    register(client, SecurityKey(), "key")
    again = client.post(ASSIGN, {"name": "key", "kind": "passkey"})
    assert again.status_code == 400
    assert "Choose another name" in again.content.decode()
    for number in range(devices.PER_USER - 1):
        register(client, SecurityKey(), f"key{number}")
    assert devices.count(bob) == devices.PER_USER
    ninth = client.post(ASSIGN, {"name": "ninth", "kind": "passkey"})
    assert "Cannot exceed quota for MFADevicesPerUser: 8" in ninth.content.decode()


def test_virtual_devices_and_passkeys_share_the_quota(bob, key):
    for number in range(devices.PER_USER - 1):
        enrol(bob, f"app{number}")
    with pytest.raises(IamError, match="MFADevicesPerUser"):
        check_quota(bob)


def test_who_has_a_device_needs_it_to_add_another(bob, sign_in, caller):
    before = sign_in(Client(), bob)
    register(sign_in(Client(), bob), SecurityKey())
    assert before.get(ASSIGN).status_code == 302, "the other session began without the device, and is over"
    bob.refresh_from_db()
    with pytest.raises(AccessDenied, match="without its code"):
        check_own_mfa(caller(bob), bob, "iam:EnableMFADevice")


def test_nobody_registers_for_another(client, alice, bob, sign_in, caller):
    sign_in(client, alice)
    page = reverse("credentials:assign-user-mfa-device", args=[bob.user_id])
    assert "only for yourself" in client.get(page).content.decode()
    assert client.post(page, {"name": "x", "kind": "passkey"}).status_code == 400


def test_a_linked_account_has_no_passkeys_here(client, bob, sign_in):
    Account.objects.filter(pk=bob.account_id).update(kind=Account.Kind.LINKED)
    AccountLink.objects.create(account=bob.account, method="default")
    bob.refresh_from_db()
    sign_in(client, bob)
    assert "AWS has no operation to register a passkey" in client.get(ASSIGN).content.decode()
    session = client.session
    session["passkey_name"] = "forced"
    session.save()
    answer = client.post(REGISTER_OPTIONS)
    assert (answer.status_code, answer.json()["error"]) == (400, LINKED)


@pytest.mark.parametrize(
    ("base_url", "reason"),
    [
        ("https://iam.example.com", ""),
        ("http://localhost:8000", ""),
        ("http://iam.example.com", "HTTPS"),
        ("https://10.0.0.7", "IP address"),
        ("http://127.0.0.1:8000", "IP address"),
    ],
)
def test_where_browsers_know_no_passkeys_the_page_says_why(base_url, reason):
    with override_settings(BASE_URL=base_url):
        found = passkeys.why_impossible()
    assert (reason in found) if reason else not found


def test_without_the_right_address_no_passkey_is_offered(client, bob, sign_in):
    with override_settings(BASE_URL="http://10.0.0.7"):
        assert "Sign in with a passkey" not in client.get(reverse("credentials:sign-in")).content.decode()
        sign_in(client, bob)
        assert "IP address 10.0.0.7" in client.get(ASSIGN).content.decode()


# As the second factor.


def test_a_passkey_is_the_second_factor(bob, key):
    client = after_password()
    page = client.get(CODE).content.decode()
    assert "Use your passkey" in page
    assert "MFA code" not in page
    before = client.session.session_key
    answer = second_factor(client, key)
    assert answer.status_code == 302
    assert in_session(client)
    assert client.session.session_key != before
    assert client.session["mfa_at"]
    assert passkey().last_used_at
    event = Event.objects.filter(action="iamconsole:SignIn").latest("at")
    assert event.detail == {"MFAUsed": True, "MFADevice": passkey().serial_number}


def test_app_and_passkey_stand_side_by_side_passkey_first(bob, key):
    phone = enrol(bob, "phone")
    client = after_password()
    page = client.get(CODE).content.decode()
    assert 0 < page.index("Use your passkey") < page.index('name="code"')
    assert client.post(CODE, {"code": code(phone)}).status_code == 302
    event = Event.objects.filter(action="iamconsole:SignIn").latest("at")
    assert event.detail["MFADevice"] == phone.serial_number


LIES = [
    {"origin": "http://localhost:9999"},
    {"rp_id": "evil.example"},
    {"flags": PRESENT},
    {"flags": VERIFIED},
    {"handle": b"somebody else" * 4},
]
NAMES = ["other origin", "other rp id", "not verified", "not present", "other user's handle"]


@pytest.mark.parametrize("lie", LIES, ids=NAMES)
@pytest.mark.parametrize("way", [second_factor, alone])
def test_a_lying_browser_does_not_sign_in(bob, key, way, lie):
    client = after_password() if way is second_factor else Client()
    answer = way(client, key, **lie)
    assert answer.status_code == 400
    assert "The passkey was not accepted" in answer.content.decode()
    assert not in_session(client)
    event = Event.objects.filter(action="iamconsole:SignIn").latest("at")
    assert (event.outcome, event.detail) == ("failed", {"Reason": "passkey"})
    assert event.principal_arn == bob.arn


@pytest.mark.parametrize("way", [second_factor, alone])
def test_another_key_signs_nothing(bob, key, way):
    client = after_password() if way is second_factor else Client()
    forged = SecurityKey(credential_id=key.credential_id, handle=key.handle)
    assert way(client, forged).status_code == 400
    assert not in_session(client)


def test_another_users_passkey_is_no_second_factor(home, bob, key):
    dora = make_user(home, "dora", password=PASSWORD)
    enrol(dora, "phone-of-dora")
    client = after_password(dora)
    sent = client.post(CODE_OPTIONS).json()
    assert sent["publicKey"]["allowCredentials"] == []
    assert answered(client, CODE, sent, key.get(sent["publicKey"])).status_code == 400
    assert not in_session(client)


def test_a_challenge_signs_in_once(bob, key):
    client = after_password()
    sent = client.post(CODE_OPTIONS).json()
    credential = key.get(sent["publicKey"])
    assert answered(client, CODE, sent, credential).status_code == 302
    client.post(reverse("credentials:sign-out"))
    for other in (client, after_password()):
        answered(other, CODE, sent, credential)
        answered(other, ALONE, sent, credential)
        assert not in_session(other)


def test_a_challenge_that_was_answered_wrongly_is_gone(bob, key):
    client = after_password()
    sent = client.post(CODE_OPTIONS).json()
    forged = SecurityKey(credential_id=key.credential_id, handle=key.handle)
    assert answered(client, CODE, sent, forged.get(sent["publicKey"])).status_code == 400
    assert answered(client, CODE, sent, key.get(sent["publicKey"])).status_code == 400
    assert not in_session(client)


def test_challenges_are_for_one_session_and_one_purpose(bob, key):
    first, second = after_password(), after_password()
    sent = first.post(CODE_OPTIONS).json()
    assert answered(second, CODE, sent, key.get(sent["publicKey"])).status_code == 400
    sent = first.post(ALONE_OPTIONS).json()
    assert answered(first, CODE, sent, key.get(sent["publicKey"])).status_code == 400
    sent = first.post(CODE_OPTIONS).json()
    OneTimeSecret.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert answered(first, CODE, sent, key.get(sent["publicKey"])).status_code == 400
    assert not in_session(first)
    assert not in_session(second)


def test_a_counter_that_goes_back_is_refused(bob, key):
    assert second_factor(after_password(), key, counter=7).status_code == 302
    assert passkey().sign_count == 7
    for counter in (7, 6, 0):
        assert second_factor(after_password(), key, counter=counter).status_code == 400
        throttle.release(bob)
    assert second_factor(after_password(), key, counter=8).status_code == 302


def test_attempts_are_counted(bob, key):
    client = after_password()
    for _ in range(5):
        assert second_factor(client, key, rp_id="evil.example").status_code == 400
    assert second_factor(client, key, rp_id="localhost").status_code == 400, "the sixth is held"
    event = Event.objects.filter(action="iamconsole:SignIn").latest("at")
    assert event.detail["Reason"] == "mfa-held"
    throttle.release(bob)
    assert second_factor(client, key).status_code == 302


# Instead of the password.


def test_a_passkey_alone_signs_in_with_mfa(bob, key):
    client = Client()
    page = client.get(reverse("credentials:sign-in")).content.decode()
    assert 'autocomplete="username webauthn"' in page
    assert "Sign in with a passkey" in page
    answer = alone(client, key)
    assert answer.status_code == 302
    assert in_session(client)
    assert client.session["mfa_at"]
    event = Event.objects.filter(action="iamconsole:SignIn").latest("at")
    assert event.detail == {"MFAUsed": True, "MFADevice": passkey().serial_number}
    bob.refresh_from_db()
    assert bob.password_last_used


def test_the_options_name_nobodys_passkey(bob, key):
    options = Client().post(ALONE_OPTIONS).json()["publicKey"]
    assert options["allowCredentials"] == []
    assert options["userVerification"] == "required"


@pytest.mark.parametrize("challenge", ["", "x", "\0", "00000000-0000-0000-0000-000000000000", "[]"])
def test_what_is_no_answer_is_refused_like_a_wrong_one(bob, key, challenge):
    client = Client()
    for form in ({"challenge": challenge}, {"challenge": challenge, "credential": "{}"}):
        answer = client.post(ALONE, form)
        assert answer.status_code == 400
        assert "The passkey was not accepted" in answer.content.decode()


def test_without_a_user_handle_nobody_is_meant(bob, key):
    client = Client()
    assert alone(client, key, handle=b"").status_code == 400
    assert not in_session(client)


def test_one_goes_on_to_the_page_that_was_asked_for(bob, key):
    client = Client()
    sent = client.post(ALONE_OPTIONS).json()
    form = {"challenge": sent["challenge"], "credential": key.get(sent["publicKey"])}
    assert client.post(ALONE, {**form, "next": "/jobs/"}).url == "/jobs/"
    other = Client()
    sent = other.post(ALONE_OPTIONS).json()
    form = {"challenge": sent["challenge"], "credential": key.get(sent["publicKey"])}
    assert other.post(ALONE, {**form, "next": "https://evil.example/"}).url == reverse("home")


def test_a_forced_password_change_still_comes_first(bob, key):
    give_password(bob, reset_required=True)
    client = Client()
    assert alone(client, key).status_code == 302
    assert client.get(ME).url == reverse("credentials:new-password")


def test_without_console_access_a_passkey_opens_nothing(alice, bob, key, caller):
    execute(caller(alice), "DeleteLoginProfile", UserName="bob")
    client = Client()
    answer = alone(client, key)
    assert answer.status_code == 400
    assert "The passkey was not accepted" in answer.content.decode()
    assert not in_session(client)


def test_a_removed_passkey_opens_nothing(alice, bob, key, caller):
    serial = passkey().serial_number
    execute(caller(alice), "DeactivateMFADevice", UserName="bob", SerialNumber=serial)
    assert not Passkey.objects.exists()
    bob.refresh_from_db()
    assert (bob.mfa_count, bob.mfa_kind) == (0, "")
    client = Client()
    assert alone(client, key).status_code == 400
    assert not in_session(client)
    event = Event.objects.filter(action="iamconsole:SignIn").latest("at")
    assert event.principal_arn == "anonymous"


def test_an_address_is_given_so_many_challenges(client):
    for _ in range(throttle.PASSKEY_CHALLENGE[1]):
        throttle.count(throttle.PASSKEY_CHALLENGE, "127.0.0.1")
    answer = client.post(ALONE_OPTIONS)
    assert answer.status_code == 429
    assert "Too many attempts" in answer.json()["error"]


def test_options_need_the_csrf_token(bob):
    strict = Client(enforce_csrf_checks=True)
    assert strict.post(ALONE_OPTIONS).status_code == 403
    assert strict.post(ALONE, {"challenge": "x", "credential": "{}"}).status_code == 403


@pytest.mark.django_db(transaction=True)
def test_of_parallel_answers_to_one_challenge_one_counts(bob, key):
    client = after_password()
    sent = client.post(CODE_OPTIONS).json()
    credential = key.get(sent["publicKey"])
    session, gate = client.cookies["sid"].value, threading.Barrier(4)

    def race() -> None:
        one = Client()
        one.cookies["sid"] = session
        gate.wait()
        answered(one, CODE, sent, credential)
        connection.close()

    threads = [threading.Thread(target=race) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (
        Event.objects.filter(action="iamconsole:SignIn", detail__MFADevice=passkey().serial_number).count()
        == 1
    )


# What else asks for devices.


def test_operations_tell_of_a_passkey(alice, bob, key, caller):
    serial = passkey().serial_number
    listed = execute(caller(alice), "ListMFADevices", UserName="bob")["MFADevices"]
    assert [row["SerialNumber"] for row in listed] == [serial]
    got = execute(caller(alice), "GetMFADevice", UserName="bob", SerialNumber=serial)
    assert got["EnableDate"] == passkey().enable_date
    assert execute(caller(alice), "ListVirtualMFADevices")["VirtualMFADevices"] == []


def test_a_user_goes_with_the_passkeys(alice, bob, key, caller):
    execute(caller(alice), "DeleteLoginProfile", UserName="bob")
    with pytest.raises(IamError, match="remove tokens from principal first"):
        execute(caller(alice), "DeleteUser", UserName="bob")
    give_password(bob)
    execute_all(caller(alice), steps(stages(bob)))
    assert not Passkey.objects.exists()
    assert not User.objects.filter(user_name="bob").exists()


def test_policies_can_tell_a_security_key_from_an_app(home, bob, caller):
    deny = {
        "Effect": "Deny",
        "Action": "iam:EnableMFADevice",
        "Resource": "*",
        "Condition": {"StringEquals": {"iam:RegisterSecurityKey": "Activate"}},
    }
    document = json.dumps({"Version": "2012-10-17", "Statement": [deny]})
    InlinePolicy.objects.create(user=bob, policy_name="no-keys", document=document)
    with pytest.raises(AccessDenied):
        execute(caller(bob), "iamconsole:EnablePasskey", DeviceName="k", Challenge="c", Credential="{}")
    assert caller(bob).permits("iam:EnableMFADevice", bob.arn)


# Confirming that it is you, and replacing.


def test_who_has_only_a_passkey_confirms_with_it(bob, key):
    client = Client()
    alone(client, key)
    with time_machine.travel(timezone.now() + timedelta(minutes=16)):
        asked = client.get(ASSIGN)
        assert asked.status_code == 403
        assert 'name="password"' not in asked.content.decode(), (
            "the password alone would be weaker than a sign-in"
        )
        assert client.post(ASSIGN, {"kept_form": "none", "password": PASSWORD}).status_code == 400
        sent = client.post(CODE_OPTIONS).json()
        wrong = answered(client, ASSIGN, sent, SecurityKey().get(sent["publicKey"]))
        assert wrong.status_code == 403, "without the name of the page that asked it is no confirmation"
        sent = client.post(CODE_OPTIONS).json()
        proof = {
            "challenge": sent["challenge"],
            "credential": key.get(sent["publicKey"]),
            "kept_form": "none",
        }
        assert client.post(ASSIGN, proof).status_code == 302
        assert client.get(ASSIGN).status_code == 200
    assert Event.objects.get(action="iamconsole:Reauthenticate", outcome="allowed").detail == {
        "MFAUsed": True
    }


def test_a_passkey_takes_the_place_of_another_in_one_step(alice, sign_in):
    client = sign_in(Client(), alice)
    register(client, SecurityKey(), "old")
    page = reverse("credentials:replace-mfa-device", args=[alice.user_id, passkey().uuid])
    assert "Replace MFA device old" in client.get(page).content.decode()
    client.post(page, {"name": "new", "kind": "passkey"})
    sent = client.post(REGISTER_OPTIONS).json()
    assert answered(client, REGISTER, sent, SecurityKey().create(sent["publicKey"])).status_code == 302
    assert [device.name for device in devices.of_user(alice)] == ["new"]
