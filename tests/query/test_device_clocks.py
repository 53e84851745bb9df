"""Phones whose clock is off: paired as at AWS, and from then on known by their own time (IAM-FACTS 5.2)."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from botocore.exceptions import ClientError
from django.urls import reverse

from credentials.models import VirtualMFADevice
from tests.cast import HOME_ID, PASSWORD
from tests.client import Client
from tests.credentials.authenticator import code
from tests.query.clients import key_of, routed

pytestmark = pytest.mark.django_db
ASSIGN, CODE = "/me/mfa/assign/", "/signin/mfa/"
REFUSED = ("InvalidAuthenticationCode", "Authentication code for device is not valid.")
NO_CODE = ("AccessDenied", "MultiFactorAuthentication failed with invalid MFA one time pass code. ")


@pytest.fixture(autouse=True)
def clock():
    """Standing in the middle of a step; a test moves it."""
    now = datetime.now(UTC).timestamp() // 30 * 30 + 15
    with time_machine.travel(datetime.fromtimestamp(now, UTC), tick=False) as traveller:
        yield traveller


@pytest.fixture
def phone(iam, bob):
    made = iam.create_virtual_mfa_device(VirtualMFADeviceName="bob")["VirtualMFADevice"]
    return VirtualMFADevice.objects.get(serial_number=made["SerialNumber"])


@pytest.fixture
def bobs_sts(alice, bob, caller):
    return routed(*key_of(caller(alice), bob), service="sts")


def answer(call, **params) -> tuple[str, str] | None:
    """What is refused, None for nothing."""
    try:
        call(**params)
    except ClientError as error:
        return error.response["Error"]["Code"], error.response["Error"]["Message"]
    return None


def paired(call, device, first: int, second: int | None = None) -> tuple[str, str] | None:
    """Pair with the codes of two steps; the second is the next one unless it is given."""
    second = first + 1 if second is None else second
    return answer(
        call,
        UserName="bob",
        SerialNumber=device.serial_number,
        AuthenticationCode1=code(device, first),
        AuthenticationCode2=code(device, second),
    )


def token(sts, device, step: int) -> tuple[str, str] | None:
    given = {"SerialNumber": device.serial_number, "TokenCode": code(device, step)}
    return answer(sts.get_session_token, **given)


def signs_in(device, step: int) -> bool:
    client = Client()
    form = {"account": HOME_ID, "user_name": "bob", "password": PASSWORD}
    assert client.post("/signin/", form).url == CODE
    return client.post(CODE, {"code": code(device, step)}).status_code == 302


def test_pairs_are_found_from_998_steps_before_to_1000_after(iam, phone):
    for first, found in {-999: REFUSED, 1000: REFUSED, 999: None}.items():
        assert paired(iam.enable_mfa_device, phone, first) == found, first
    iam.deactivate_mfa_device(UserName="bob", SerialNumber=phone.serial_number)
    phone.refresh_from_db()
    assert phone.drift == 1000
    VirtualMFADevice.objects.update(drift=0, last_t=-1)
    assert paired(iam.enable_mfa_device, phone, -998) is None
    phone.refresh_from_db()
    assert phone.drift == -997


@pytest.mark.parametrize(("first", "second"), [(-300, -300), (-299, -300), (-300, -298)])
def test_only_neighbors_in_order_are_a_pair_there_too(iam, phone, first, second):
    assert paired(iam.enable_mfa_device, phone, first, second) == REFUSED


def test_sign_in_goes_by_the_phone_and_its_window_stays_narrow(iam, phone, clock):
    assert paired(iam.enable_mfa_device, phone, -700) is None
    assert [signs_in(phone, step) for step in (0, -1, -700, -699)] == [False] * 4, "by ours, and the pair"
    clock.shift(600)
    taken = {-701: False, -697: False, -698: True, -699: True}
    assert {step: signs_in(phone, step) for step in taken} == taken
    clock.shift(30)
    assert not signs_in(phone, -699), "it was used a step ago"


def test_the_page_says_how_far_the_clock_is_off(client, bob, sign_in, clock):
    assert sign_in(client, bob).post(ASSIGN, {"name": "bob"}).status_code == 302
    device = VirtualMFADevice.objects.get()
    client.post(ASSIGN, {"code_1": code(device, -131), "code_2": code(device, -130)})
    page = client.get("/me/").content.decode()
    assert "The clock of bob is 1 hour 5 minutes slow." in page
    resync = reverse("credentials:resync-mfa-device", args=[bob.user_id, device.uuid])
    typed = {"code_1": code(device, 150), "code_2": code(device, 151)}
    page = client.post(resync, typed, follow=True).content.decode()
    assert "The clock of bob is 1 hour 15 minutes fast." in page
    clock.shift(3600)
    typed = {"code_1": code(device, 39), "code_2": code(device, 40)}
    assert "20 minutes fast" in client.post(resync, typed, follow=True).content.decode()
    clock.shift(3600)
    typed = {"code_1": code(device, -1), "code_2": code(device)}
    assert "The clock of bob" not in client.post(resync, typed, follow=True).content.decode()


def test_pages_say_what_to_do_with_codes_that_are_refused(client, bob, sign_in, clock):
    assert sign_in(client, bob).post(ASSIGN, {"name": "bob"}).status_code == 302
    device = VirtualMFADevice.objects.get()
    wrong = {"code_1": code(device, 5), "code_2": code(device, 5)}
    assert "Do not enter the same code twice." in client.post(ASSIGN, wrong).content.decode()
    client.post(ASSIGN, {"code_1": code(device, -1), "code_2": code(device)})
    resync = reverse("credentials:resync-mfa-device", args=[bob.user_id, device.uuid])
    pages = [client.post(resync, wrong).content.decode() for _ in range(10)]
    assert all("Do not enter the same code twice." in page for page in pages)
    assert ["Wait 3 minutes" in page for page in pages] == [False] * 9 + [True]


def test_resync_works_around_the_known_clock_and_takes_newer_pairs_only(iam, phone, clock):
    assert paired(iam.enable_mfa_device, phone, 900) is None
    assert paired(iam.resync_mfa_device, phone, 900) == REFUSED
    assert paired(iam.resync_mfa_device, phone, 899) == REFUSED
    assert paired(iam.resync_mfa_device, phone, 901) == REFUSED, "half of it is used"
    assert paired(iam.resync_mfa_device, phone, 1800) is None
    phone.refresh_from_db()
    assert phone.drift == 1801


def test_nine_wrong_pairs_hold_a_device_for_three_minutes(iam, phone, bob, clock):
    for _ in range(9):
        assert paired(iam.enable_mfa_device, phone, 5, 5) == REFUSED
    code_, message = paired(iam.enable_mfa_device, phone, 0)
    assert (code_, "too many wrong codes" in message) == ("InvalidAuthenticationCode", True)
    clock.shift(timedelta(minutes=3, seconds=1))
    assert paired(iam.enable_mfa_device, phone, 0) is None


def test_guesses_of_others_hold_no_device(iam, caller, alice, charlie, phone, bob):
    """Who manages only himself names a device of somebody else, whose serial number is easy to tell."""
    text = (
        '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"iam:*",'
        '"Resource":"arn:aws:iam::*:user/${aws:username}"}}'
    )
    iam.put_user_policy(UserName="charlie", PolicyName="own", PolicyDocument=text)
    charlies = routed(*key_of(caller(alice), charlie))
    assert paired(iam.enable_mfa_device, phone, -9) is None
    wrong = {
        "SerialNumber": phone.serial_number,
        "AuthenticationCode1": "0" * 6,
        "AuthenticationCode2": "1" * 6,
    }
    for call in [charlies.resync_mfa_device, charlies.enable_mfa_device] * 10:
        assert answer(call, UserName="charlie", **wrong)
    assert paired(iam.resync_mfa_device, phone, 0) is None


def test_the_case_of_a_name_gives_no_more_guesses(iam, phone, bob):
    for _ in range(9):
        assert paired(iam.enable_mfa_device, phone, 5, 5) == REFUSED
    device = {"SerialNumber": phone.serial_number, "AuthenticationCode1": code(phone, 0)}
    message = answer(iam.enable_mfa_device, UserName="BOB", **device, AuthenticationCode2=code(phone, 1))[1]
    assert "too many wrong codes" in message


def test_right_pairs_use_up_no_limit(iam, phone, clock):
    assert paired(iam.enable_mfa_device, phone, 0) is None
    for step in range(2, 30, 2):
        assert paired(iam.resync_mfa_device, phone, step) is None, step


def test_tokens_take_two_steps_and_older_codes_but_none_twice(iam, bobs_sts, phone, clock):
    assert paired(iam.enable_mfa_device, phone, -1) is None
    assert [token(bobs_sts, phone, step) for step in (-1, 0)] == [NO_CODE] * 2, "the codes of the pair"
    clock.shift(600)
    taken = {2: None, -2: None, 0: None, 3: NO_CODE, -3: NO_CODE}
    assert {step: token(bobs_sts, phone, step) for step in taken} == taken
    assert token(bobs_sts, phone, 2) == NO_CODE
    assert not signs_in(phone, 0)
    assert signs_in(phone, 1)
    assert token(bobs_sts, phone, 1) == NO_CODE


def test_a_token_does_not_spoil_a_later_pair(iam, bobs_sts, phone, clock):
    assert paired(iam.enable_mfa_device, phone, -1) is None
    clock.shift(600)
    assert token(bobs_sts, phone, 1) is None
    assert paired(iam.resync_mfa_device, phone, -5) is None, "the clock fell back"
    assert token(bobs_sts, phone, 1) == NO_CODE
    assert paired(iam.resync_mfa_device, phone, 0) is None


def test_codes_used_before_the_clock_fell_back_stay_used(iam, bobs_sts, phone, clock):
    assert paired(iam.enable_mfa_device, phone, -1) is None
    clock.shift(600)
    assert token(bobs_sts, phone, 0) is None
    assert paired(iam.resync_mfa_device, phone, -12) is None
    clock.shift(11 * 30)  # the phone shows the code again
    assert token(bobs_sts, phone, -11) == NO_CODE
    assert token(bobs_sts, phone, -10) is None


def test_of_many_used_codes_the_oldest_are_used_all_alike(iam, bobs_sts, phone, clock):
    """The row stays small: what is no longer remembered one by one counts as used."""
    assert paired(iam.enable_mfa_device, phone, -1) is None
    for _ in range(52):
        clock.shift(60)
        assert token(bobs_sts, phone, 0) is None
    phone.refresh_from_db()
    assert len(phone.used_steps) == 50
    assert paired(iam.resync_mfa_device, phone, -105) == REFUSED, "older than what is remembered"
    assert paired(iam.resync_mfa_device, phone, -96) is None
    assert token(bobs_sts, phone, -94) == NO_CODE
