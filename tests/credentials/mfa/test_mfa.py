"""MFA devices: enrolled with two codes in a row, used once each, changed only with proof."""

import re
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
import zxingcpp
from django.urls import reverse
from PIL import Image, ImageDraw

from credentials.mfa import qr
from credentials.models import VirtualMFADevice
from iamconsole.models import Event, OneTimeSecret
from iamconsole.operations import execute
from tests.cast import HOME_ID, PASSWORD, make_account, make_user
from tests.client import Client
from tests.credentials.authenticator import code, enrol, two_codes
from users.models import User

pytestmark = pytest.mark.django_db
ASSIGN, CODE, ME = "/me/mfa/assign/", "/signin/mfa/", "/me/"
REFUSED = "Authentication code for device is not valid."


def password(user, client=None):
    client = client or Client()
    form = {"account": HOME_ID, "user_name": user.user_name, "password": PASSWORD}
    assert client.post("/signin/", form).url == CODE
    return client


def begin(client, name="bob", page=ASSIGN):
    assert client.post(page, {"name": name}).status_code == 302
    return VirtualMFADevice.objects.get(name=name)


def finish(client, device, page=ASSIGN):
    first, second = two_codes(device)
    return client.post(page, {"code_1": first, "code_2": second})


# Signing in


@pytest.mark.parametrize(
    "spelled", ["482 013", " 482013", "+482013", "0482013", "48_2013", "４８２０１３", "", "abcdef"]
)
def test_what_is_no_code_is_said_to_be_none(client, bob, spelled):
    enrol(bob)
    password(bob, client)
    answer = client.post(CODE, {"code": spelled})
    assert answer.status_code == 400
    assert "6 digits" in answer.content.decode()
    assert client.get(ME).status_code == 302


def test_a_code_of_another_persons_device_opens_nothing(client, alice, bob):
    enrol(bob)
    password(bob, client)
    assert client.post(CODE, {"code": code(enrol(alice, "alices"))}).status_code == 400


def test_any_of_several_devices_opens(client, bob):
    enrol(bob, "first")
    second = enrol(bob, "second")
    password(bob, client)
    assert client.post(CODE, {"code": code(second)}).status_code == 302


def test_the_password_step_is_forgotten_after_ten_minutes(client, bob):
    device = enrol(bob)
    password(bob, client)
    session = client.session
    session["signin"] = {**session["signin"], "at": session["signin"]["at"] - 601}
    session.save()
    assert client.post(CODE, {"code": code(device)}).url == "/signin/"


def test_a_new_password_between_the_steps_ends_the_first(client, alice, bob, caller):
    device = enrol(bob)
    password(bob, client)
    execute(caller(alice), "UpdateLoginProfile", UserName="bob", Password="fresh-Lantern-42-x")
    assert client.post(CODE, {"code": code(device)}).url == "/signin/"


def test_a_reset_password_still_needs_the_code(client, alice, bob, caller):
    enrol(bob)
    execute(caller(alice), "UpdateLoginProfile", UserName="bob", Password="fresh-Lantern-42-x")
    form = {"account": HOME_ID, "user_name": "bob", "password": "fresh-Lantern-42-x"}
    assert client.post("/signin/", form).url == CODE


def test_a_wrong_password_does_not_tell_of_mfa(bob, alice):
    enrol(bob)
    for user in (bob, alice):
        form = {"account": HOME_ID, "user_name": user.user_name, "password": "wrong-Horse-1"}
        answer = Client().post("/signin/", form)
        assert answer.status_code == 400
        assert "MFA code" not in answer.content.decode()


def test_next_is_carried_through_the_code_step(client, bob):
    device = enrol(bob)
    form = {"account": HOME_ID, "user_name": "bob", "password": PASSWORD, "next": "/me/password/"}
    client.post("/signin/", form)
    assert client.post(CODE, {"code": code(device)}).url == "/me/password/"


def test_the_sign_in_event_tells_whether_mfa_was_used(client, alice, bob, sign_in):
    device = enrol(bob)
    password(bob, client).post(CODE, {"code": code(device)})
    sign_in(Client(), alice)
    events = Event.objects.filter(action="iamconsole:SignIn", outcome="allowed")
    assert {event.principal_arn: event.detail["MFAUsed"] for event in events} == {
        bob.arn: True,
        alice.arn: False,
    }


# Enrolling


def test_the_qr_code_says_whose_account_it_is(client, bob, sign_in):
    device = begin(sign_in(client, bob))
    page = client.get(ASSIGN).content.decode()
    svg = re.search(r"<svg[^>]*viewBox[^>]*>.*?</svg>", page[page.index("ui-qr") :], re.S)[0]
    side = int(float(re.search(r'viewBox="0 0 ([\d.]+)', svg)[1]))
    image = Image.new("L", (side * 8, side * 8), 255)
    draw = ImageDraw.Draw(image)
    for x, y, width in re.findall(r"M([\d.]+),([\d.]+)H([\d.]+)V", svg):
        left, top, right = float(x) * 8, float(y) * 8, float(width) * 8
        draw.rectangle([left, top, right - 1, top + (right - left) - 1], fill=0)
    uri = zxingcpp.read_barcode(image).text
    assert uri == qr.otpauth_uri(device.account, device.name, device.seed())
    parts = urlsplit(uri)
    assert (parts.scheme, parts.netloc, unquote(parts.path)) == (
        "otpauth",
        "totp",
        "/IAM Console northwind:bob@northwind",
    )
    assert parse_qs(parts.query) == {"secret": [device.seed()], "issuer": ["IAM Console northwind"]}
    assert len(device.seed()) == 64


def test_the_secret_stands_beside_the_picture_in_fours(client, bob, sign_in):
    device = begin(sign_in(client, bob))
    page = client.get(ASSIGN).content.decode()
    assert " ".join(re.findall("....", device.seed())) in page
    assert "<?xml" not in page
    assert 'role="img" aria-label="QR code of the secret key"' in page
    assert device.seed() in client.get(ASSIGN).content.decode(), "a reload shows it again"


@pytest.mark.parametrize("spelled", ["{0:.3} {0:.6}", "+{0}", "{0} ", ""])
def test_a_spelled_code_is_no_code_at_enrolment(client, bob, sign_in, spelled):
    device = begin(sign_in(client, bob))
    first, second = two_codes(device)
    answer = client.post(ASSIGN, {"code_1": first, "code_2": spelled.format(second)})
    assert answer.status_code == 400
    assert "6 digits" in answer.content.decode()
    device.refresh_from_db()
    assert device.user is None


def test_a_phone_minutes_off_is_enrolled_and_signs_in(client, bob, sign_in):
    device = begin(sign_in(client, bob))
    client.post(ASSIGN, {"code_1": code(device, -10), "code_2": code(device, -9)})
    device.refresh_from_db()
    assert (device.user, device.drift) == (bob, -9)
    assert password(bob).post(CODE, {"code": code(device, -8)}).status_code == 302
    assert password(bob).post(CODE, {"code": code(device)}).status_code == 400


def test_enrolling_counts_as_mfa_of_this_session(client, bob, sign_in):
    device = begin(sign_in(client, bob))
    key = client.session.session_key
    assert finish(client, device).url.startswith("/me/recovery-codes/")
    assert client.session["mfa_at"]
    assert client.session.session_key != key
    assert client.get(ME).status_code == 200
    assert not OneTimeSecret.objects.filter(purpose="mfa-seed").exists()


def test_a_second_device_gets_a_name_of_its_own(client, bob, sign_in):
    finish(client, begin(sign_in(client, bob)))
    assert 'value="bob-2"' in client.get(ASSIGN).content.decode()
    assert finish(client, begin(client, "bob-2")).status_code == 302
    bob.refresh_from_db()
    assert bob.mfa_count == 2


@pytest.mark.parametrize("name", ["alice", "phone", "bobby"])
def test_self_service_names_are_the_own_ones_and_the_page_says_so(client, bob, sign_in, name):
    sign_in(client, bob)
    answer = client.post(ASSIGN, {"name": name})
    assert answer.status_code == 400
    assert "start with bob-" in answer.content.decode()
    assert not VirtualMFADevice.objects.exists()


def test_a_name_that_iam_does_not_take_is_explained(client, alice, sign_in):
    sign_in(client, alice)
    assert "Use letters" in client.post(ASSIGN, {"name": "my phone"}).content.decode()


def test_a_name_in_use_is_not_offered_for_removal(client, alice, sign_in):
    finish(client, begin(sign_in(client, alice), "alice"))
    answer = client.post(ASSIGN, {"name": "alice"}).content.decode()
    assert "already exists" in answer
    assert "unfinished device" not in answer


def test_the_secret_is_neither_in_events_nor_in_the_session(client, bob, sign_in):
    device = begin(sign_in(client, bob))
    finish(client, device)
    assert device.seed() not in str(list(Event.objects.values()))
    assert device.seed() not in str(dict(client.session))


def test_the_secret_is_bound_to_the_session_that_made_it(client, bob, sign_in):
    """Also when what the session knows of the set-up is carried over to another one."""
    device = begin(sign_in(client, bob))
    other = sign_in(Client(), bob)
    session = other.session
    session["mfa_setup"] = client.session["mfa_setup"]
    session.save()
    assert device.seed() not in other.get(ASSIGN).content.decode()
    assert finish(other, device).status_code == 200
    device.refresh_from_db()
    assert device.user is None


def test_the_eighth_device_is_the_last(client, bob, sign_in):
    sign_in(client, bob)
    finish(client, begin(client))
    for n in range(7):
        enrol(bob, f"bob-x{n}")
    answer = finish(client, begin(client, "bob-9"))
    assert "Cannot exceed quota for MFADevicesPerUser: 8" in answer.content.decode()


# Who may


def test_an_administrator_enrols_another_users_device(client, alice, bob, sign_in):
    page = reverse("credentials:assign-user-mfa-device", args=[bob.user_id])
    device = begin(sign_in(client, alice), "bob", page)
    answer = finish(client, device, page)
    assert answer.url == reverse("credentials:user-security-credentials", args=[bob.user_id])
    device.refresh_from_db()
    assert device.user == bob
    assert "mfa_at" not in client.session, "another's device proves nothing about this session"


def test_nobody_else_s_device_without_the_right_to(client, bob, charlie, home, sign_in):
    sign_in(client, bob)
    other = make_user(make_account("222222222222"), "eve")
    for user, expected in ((charlie, 403), (other, 403)):
        page = reverse("credentials:assign-user-mfa-device", args=[user.user_id])
        assert client.get(page).status_code == expected
        assert client.post(page, {"name": "bob"}).status_code == expected
    assert not VirtualMFADevice.objects.exists()


def test_users_and_devices_of_other_accounts_are_not_found(client, alice, bob, sign_in):
    other = make_user(make_account("222222222222"), "eve")
    device = enrol(other, "eves")
    sign_in(client, alice)
    assert client.get(reverse("credentials:assign-user-mfa-device", args=[other.user_id])).status_code == 404
    for user in (other, bob):
        page = reverse("credentials:deactivate-mfa-device", args=[user.user_id, device.uuid])
        assert client.post(page).status_code == 404
    device.refresh_from_db()
    assert device.user == other


def test_a_removed_device_opens_nothing_any_more(client, alice, bob, sign_in):
    device = enrol(bob)
    half = password(bob)
    sign_in(client, alice)
    client.post(reverse("credentials:deactivate-mfa-device", args=[bob.user_id, device.uuid]))
    assert half.post(CODE, {"code": code(device)}).status_code == 400
    bob.refresh_from_db()
    assert bob.mfa_count == 0


def test_root_enrols_by_its_own_operation(client, home, sign_in):
    root = User.objects.root_of(home)
    sign_in(client, root)
    device = begin(client, "root-account-mfa-device")
    finish(client, device)
    device.refresh_from_db()
    assert device.user == root
    assert Event.objects.filter(action="iamconsole:EnableRootMFADevice", outcome="allowed").exists()
    client.post(reverse("credentials:deactivate-mfa-device", args=[root.user_id, device.uuid]))
    assert not VirtualMFADevice.objects.exists()
