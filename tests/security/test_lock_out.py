"""Wrong guesses of strangers hold strangers: whoever signs in from a known address goes on, within limits."""

from datetime import timedelta

import pytest
from django.utils import timezone

from credentials.guesses import known_addresses, throttle
from credentials.models import KnownAddress, Throttle
from iamconsole.errors import AccessDenied
from iamconsole.models import Event
from iamconsole.operations import execute
from tests.cast import PASSWORD, ROOT_EMAIL, give_password
from tests.client import Client
from tests.credentials.authenticator import code, enrol
from tests.security.test_sign_in_attacks import CODE, ROOT, WRONG, guess, later, reasons
from users.callers.build import Origin, caller_for_user
from users.models import User

pytestmark = pytest.mark.django_db
HOME, AWAY = "192.0.2.1", "198.51.100.{}"
HOME_V6, SAME_NETWORK = "2001:db8:0:7::1", "2001:db8:0:7:ffff::9"
FRESH = "fresh-Lantern-42-x"


def as_root(password, address):
    form = {"email": ROOT_EMAIL, "password": password}
    return Client().post(ROOT, form, REMOTE_ADDR=address).status_code


def from_away(times, name="bob"):
    for n in range(times):
        guess(name, REMOTE_ADDR=AWAY.format(n % 250))


def key_caller(user):
    return caller_for_user(user, Origin(channel="access-key", source_ip=HOME))


def test_strangers_do_not_hold_whoever_signs_in_from_a_known_address(bob):
    assert guess("bob", PASSWORD, REMOTE_ADDR=HOME) == 302
    from_away(30)
    assert guess("bob", PASSWORD, REMOTE_ADDR=AWAY.format(251)) == 400, "a stranger, held"
    assert guess("bob", PASSWORD, REMOTE_ADDR=HOME) == 302


def test_strangers_do_not_hold_root_either(home):
    root = User.objects.root_of(home)
    give_password(root, PASSWORD)
    assert as_root(PASSWORD, HOME) == 302
    for n in range(12):
        assert as_root(WRONG, AWAY.format(n)) == 400
    assert as_root(PASSWORD, AWAY.format(99)) == 400
    assert as_root(PASSWORD, HOME) == 302


def test_a_customer_s_ipv6_network_is_known_as_one(bob):
    assert guess("bob", PASSWORD, REMOTE_ADDR=HOME_V6) == 302
    from_away(12)
    assert guess("bob", PASSWORD, REMOTE_ADDR=SAME_NETWORK) == 302
    assert guess("bob", PASSWORD, REMOTE_ADDR="2001:db8:0:8::1") == 400


def test_all_known_addresses_together_get_one_budget(bob):
    for n in range(5):
        assert guess("bob", PASSWORD, REMOTE_ADDR=f"192.0.2.{n}") == 302
    before = len(reasons(bob))
    for n in range(25):
        guess("bob", REMOTE_ADDR=f"192.0.2.{n % 5}")
    assert reasons(bob)[before:] == ["password"] * 10 + ["held-known"]
    assert guess("bob", PASSWORD, REMOTE_ADDR="192.0.2.0") == 400
    later(minutes=16)
    assert guess("bob", PASSWORD, REMOTE_ADDR="192.0.2.0") == 302


@pytest.mark.long
def test_a_known_address_is_no_way_around_the_day(bob):
    """Of the 50 of a day strangers get 40, so that they cannot use up what is left for known addresses;
    everybody together gets no more than 50."""
    assert guess("bob", PASSWORD, REMOTE_ADDR=HOME) == 302
    for _ in range(7):
        from_away(12)
        later(minutes=16)
    assert reasons(bob).count("password") == 40
    assert guess("bob", PASSWORD, REMOTE_ADDR=HOME) == 302, "what strangers do holds strangers"
    for _ in range(20):
        guess("bob", REMOTE_ADDR=HOME)
        Throttle.objects.exclude(scope="password-day").delete()
    assert reasons(bob).count("password") == 50
    assert guess("bob", PASSWORD, REMOTE_ADDR=HOME) == 400
    later(days=1)
    assert guess("bob", PASSWORD, REMOTE_ADDR=HOME) == 302


def test_a_right_sign_in_does_not_give_strangers_their_guesses_back(bob):
    assert guess("bob", PASSWORD, REMOTE_ADDR=HOME) == 302
    for _ in range(3):
        from_away(9)
        assert guess("bob", PASSWORD, REMOTE_ADDR=HOME) == 302
    assert reasons(bob).count("password") == 10


def test_an_address_is_known_after_the_second_factor_only(bob):
    device = enrol(bob)
    client = Client()
    assert guess("bob", PASSWORD, client, REMOTE_ADDR=HOME) == 302
    client.post(CODE, {"code": "000000"}, REMOTE_ADDR=HOME)
    assert not KnownAddress.objects.exists(), "the password alone makes no address known"
    client.post(CODE, {"code": code(device)}, REMOTE_ADDR=HOME)
    assert KnownAddress.objects.get().address == HOME


def test_no_header_makes_an_address_known(bob):
    forged = {"HTTP_X_FORWARDED_FOR": HOME, "HTTP_X_REAL_IP": HOME, "HTTP_FORWARDED": f"for={HOME}"}
    assert guess("bob", PASSWORD, REMOTE_ADDR=AWAY.format(7), **forged) == 302
    assert KnownAddress.objects.get().address == AWAY.format(7)
    from_away(12)
    assert guess("bob", PASSWORD, REMOTE_ADDR=AWAY.format(8), **forged) == 400


def test_a_known_address_is_forgotten_after_a_time(bob):
    assert guess("bob", PASSWORD, REMOTE_ADDR=HOME) == 302
    KnownAddress.objects.update(last_seen=timezone.now() - known_addresses.KNOWN_FOR - timedelta(minutes=1))
    from_away(12)
    assert guess("bob", PASSWORD, REMOTE_ADDR=HOME) == 400


def test_known_for_one_user_is_not_known_for_another(alice, bob):
    assert guess("alice", PASSWORD, REMOTE_ADDR=HOME) == 302
    from_away(12)
    assert guess("bob", PASSWORD, REMOTE_ADDR=HOME) == 400


def test_wrong_token_codes_hold_no_browser_sign_in(bob):
    device = enrol(bob)
    for _ in range(8):
        with pytest.raises(AccessDenied):
            execute(
                key_caller(bob), "sts:GetSessionToken", SerialNumber=device.serial_number, TokenCode="000000"
            )
    with pytest.raises(AccessDenied):  # the right one is held too: eight were not eight guesses
        execute(
            key_caller(bob), "sts:GetSessionToken", SerialNumber=device.serial_number, TokenCode=code(device)
        )
    told = Event.objects.filter(action="sts:GetSessionToken", outcome="failed").order_by("at")
    assert [event.detail["Reason"] for event in told] == ["api-mfa"] * 5 + ["api-mfa-held"]
    client = Client()
    assert guess("bob", PASSWORD, client) == 302
    assert client.post(CODE, {"code": code(device)}).status_code == 302


def test_wrong_codes_in_the_browser_hold_no_key(bob):
    device = enrol(bob)
    client = Client()
    guess("bob", PASSWORD, client)
    for _ in range(8):
        client.post(CODE, {"code": "000000"})
    facts = execute(
        key_caller(bob), "sts:GetSessionToken", SerialNumber=device.serial_number, TokenCode=code(device)
    )
    assert facts["Credentials"]


def test_codes_of_the_api_meet_a_ceiling_of_the_day(bob):
    device = enrol(bob)
    params = {"SerialNumber": device.serial_number, "TokenCode": "000000"}
    for _ in range(60):
        with pytest.raises(AccessDenied):
            execute(key_caller(bob), "sts:GetSessionToken", **params)
        Throttle.objects.exclude(scope="api-mfa-day").delete()
    failed = Event.objects.filter(action="sts:GetSessionToken", detail__Reason="api-mfa")
    assert failed.count() == 50


def test_a_key_s_wrong_old_passwords_do_not_hold_the_browser_s(client, alice, sign_in):
    sign_in(client, alice)
    for _ in range(12):
        with pytest.raises(AccessDenied):
            execute(key_caller(alice), "ChangePassword", OldPassword=WRONG, NewPassword=FRESH)
    answer = client.post("/me/password/", {"current": PASSWORD, "new": FRESH, "confirm": FRESH})
    assert answer.status_code == 302


@pytest.mark.long
@pytest.mark.parametrize("page", ["/me/password/", "/me/"])
def test_the_old_password_meets_a_ceiling_of_the_day(client, alice, sign_in, page):
    """An open session is no way around the 50 of a day, neither changing it nor confirming who one is."""
    sign_in(client, alice)
    for _ in range(60):
        client.post(
            page, {"current": WRONG, "new": FRESH, "confirm": FRESH, "kept_form": "none", "password": WRONG}
        ) if page == "/me/" else client.post(page, {"current": WRONG, "new": FRESH, "confirm": FRESH})
        Throttle.objects.exclude(scope="old-password-day").delete()
    assert Throttle.objects.get(scope="old-password-day").count == 50


def test_strangers_passkey_answers_hold_nobody_s_codes(bob):
    device = enrol(bob)
    for _ in range(8):
        Client().post("/signin/passkey/", {"challenge": "x", "credential": "{}"}, REMOTE_ADDR=AWAY.format(7))
    client = Client()
    assert guess("bob", PASSWORD, client) == 302
    assert client.post(CODE, {"code": code(device)}).status_code == 302


def test_a_release_frees_every_counter_and_says_which(alice, bob, caller):
    name, limits = throttle.name_key(bob), throttle
    for limit, key in [
        (limits.PASSWORD, name), (limits.PASSWORD_KNOWN, name), (limits.MFA_CODE, bob.user_id),
        (limits.API_CODE, bob.user_id), (limits.OLD_PASSWORD, bob.user_id), (limits.API_PASSWORD, bob.user_id),
    ]:  # fmt: skip
        for _ in range(limit[1]):
            throttle.count(limit, key)
    execute(caller(alice), "iamconsole:ReleaseUser", UserName="bob")
    assert throttle.lockout_of(bob) is None
    assert not Throttle.objects.filter(count__gt=0).exists()
    told = Event.objects.get(action="iamconsole:ReleaseUser").detail["HeldFor"]
    assert told == [
        "wrong passwords",
        "wrong passwords from addresses that the user has signed in from",
        "wrong codes",
        "wrong codes at the API",
        "wrong old passwords",
        "wrong old passwords at the API",
    ]


def test_the_page_says_whom_a_hold_stops(client, alice, bob, sign_in):
    assert guess("bob", PASSWORD, REMOTE_ADDR=HOME) == 302
    from_away(12)
    sign_in(client, alice)
    page = f"/users/{bob.user_id}/security-credentials/"
    text = " ".join(client.get(page).content.decode().split())
    assert "Sign-in of bob is paused." in text
    assert "bob can still sign in from the addresses of recent sign-ins." in text
    for _ in range(12):
        guess("bob", REMOTE_ADDR=HOME)
    text = " ".join(client.get(page).content.decode().split())
    assert "can still sign in" not in text
    assert "wrong passwords and wrong passwords from addresses that the user has signed in from" in text


def test_the_page_does_not_call_it_a_sign_in_where_only_the_api_is_held(client, alice, bob, sign_in):
    for _ in range(throttle.API_CODE[1]):
        throttle.count(throttle.API_CODE, bob.user_id)
    answer = sign_in(client, alice).get(f"/users/{bob.user_id}/security-credentials/")
    page = " ".join(answer.content.decode().split())
    assert "Attempts to guess the credentials of bob are paused." in page
    assert "Sign-in of bob is paused." not in page
