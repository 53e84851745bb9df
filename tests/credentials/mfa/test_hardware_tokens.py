"""Hardware tokens: registered with their seeds, given to users, back in stock afterwards."""

import base64
import threading

import pytest
from django.db import connections
from django.urls import reverse
from django.utils import timezone

from credentials import devices
from credentials.deletion.deletion import stages, steps
from credentials.mfa import seeds
from credentials.models import HardwareMFADevice, VirtualMFADevice
from iamconsole.errors import IamError
from iamconsole.models import Event
from iamconsole.operations import execute, execute_all
from tests.cast import HOME_ID, PASSWORD, make_account
from tests.client import Client
from tests.credentials.authenticator import code, enrol, two_codes
from users.models import Account, User

pytestmark = pytest.mark.django_db
REGISTER, REMOVE = "iamconsole:RegisterHardwareMFADevice", "iamconsole:RemoveHardwareMFADevice"
SERIAL, SEED = "GAHT12345678", "3132333435363738393031323334353637383930"  # RFC 6238's test seed
STOCK, ASSIGN, CODE = "/mfa-devices/register/", "/me/mfa/assign/hardware-token/", "/signin/mfa/"


@pytest.fixture
def token(alice, caller) -> HardwareMFADevice:
    """A token in stock."""
    execute(caller(alice), REGISTER, SerialNumber=SERIAL, Seed=SEED)
    return HardwareMFADevice.objects.get()


def codes(device) -> dict[str, str]:
    first, second = two_codes(device)
    return {"AuthenticationCode1": first, "AuthenticationCode2": second}


def typed(device) -> dict[str, str]:
    first, second = two_codes(device)
    return {"serial_number": device.serial_number, "code_1": first, "code_2": second}


def give(token, user, caller) -> None:
    execute(caller, "EnableMFADevice", UserName=user.user_name, SerialNumber=SERIAL, **codes(token))


# Seeds


def test_a_seed_in_either_notation_makes_the_codes_of_rfc_6238(token):
    assert token.seed() == seeds.as_base32("gezd gnbv gy3t qojq gezd gnbv gy3t qojq")
    totp = token.totp(moment=59)
    assert f"{totp.token():06d}" == "287082"


@pytest.mark.parametrize("length", [16, 20, 32, 40, 64])
def test_seeds_of_all_lengths_are_read(length):
    seed = bytes(range(180, 180 + length))
    for written in (seed.hex(), seed.hex().upper(), base64.b32encode(seed).decode(), " ".join(seed.hex())):
        assert base64.b32decode(seeds.as_base32(written)) == seed


@pytest.mark.parametrize(
    "written", ["", "12", "A" * 20, "0" * 31, "no seed at all, really", "G1" * 16, "A" * 200, "é" * 32]
)
def test_what_is_no_seed_is_refused(alice, caller, written):
    with pytest.raises(ValueError, match="not a seed"):
        seeds.as_base32(written)
    with pytest.raises(IamError):
        execute(caller(alice), REGISTER, SerialNumber=SERIAL, Seed=written)
    assert not HardwareMFADevice.objects.exists()


# The stock


def test_a_registered_token_waits_in_stock_with_its_seed_sealed(token):
    assert (token.user, token.confirmed, token.words) == (None, False, "Hardware token")
    assert token.sealed_seed.startswith("v1.")
    assert SEED not in str(list(Event.objects.values()))
    assert seeds.as_base32(SEED) not in str(list(Event.objects.values()))
    assert not VirtualMFADevice.objects.exists(), "it is no virtual device"


def test_a_serial_number_is_registered_once_an_account(alice, token, caller):
    with pytest.raises(IamError, match="already exists"):
        execute(caller(alice), REGISTER, SerialNumber=SERIAL, Seed=SEED)
    other = make_account("222222222222")
    execute(caller(User.objects.root_of(other)), REGISTER, SerialNumber=SERIAL, Seed=SEED)
    assert HardwareMFADevice.objects.filter(serial_number=SERIAL).count() == 2


def test_an_account_of_aws_has_no_stock(alice, caller, home, client, sign_in):
    Account.objects.filter(pk=home.pk).update(kind="imported")
    with pytest.raises(IamError, match="local accounts only"):
        execute(caller(alice), REGISTER, SerialNumber=SERIAL, Seed=SEED)
    sign_in(client, alice)
    for page in (STOCK, ASSIGN):
        answer = client.get(page)
        assert answer.status_code == 400
        assert "local accounts only" in answer.content.decode()
    assert "local accounts only" in client.get("/mfa-devices/").content.decode()


def test_only_a_token_in_stock_can_be_removed(alice, bob, token, caller):
    give(token, bob, caller(alice))
    with pytest.raises(IamError, match="assigned to a user"):
        execute(caller(alice), REMOVE, SerialNumber=SERIAL)
    execute(caller(alice), "DeactivateMFADevice", UserName="bob", SerialNumber=SERIAL)
    execute(caller(alice), REMOVE, SerialNumber=SERIAL)
    with pytest.raises(IamError, match="does not exist"):
        execute(caller(alice), REMOVE, SerialNumber=SERIAL)


def test_a_virtual_device_is_not_removed_as_token_nor_a_token_as_virtual_one(alice, token, caller):
    with pytest.raises(IamError, match="does not exist"):
        execute(caller(alice), "DeleteVirtualMFADevice", SerialNumber=SERIAL)
    made = execute(caller(alice), "CreateVirtualMFADevice", VirtualMFADeviceName="x")["VirtualMFADevice"]
    with pytest.raises(IamError):
        execute(caller(alice), REMOVE, SerialNumber=made["SerialNumber"])


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_many_tokens_are_registered_at_once(client, alice, sign_in, separator):
    lines = ["Serial number,Seed", f"GAHT00000001,{SEED}", f"GAHT00000002,{seeds.as_base32(SEED)}", ""]
    text = "\n".join(lines).replace(",", separator)
    answer = sign_in(client, alice).post(STOCK, {"tokens": text})
    assert answer.url == "/mfa-devices/?show=unassigned"
    assert "2 hardware tokens now in stock" in client.get(answer.url).content.decode()
    assert Event.objects.filter(action=REGISTER, outcome="allowed").count() == 2


def test_a_file_is_read_too(client, alice, sign_in):
    from django.core.files.uploadedfile import SimpleUploadedFile

    sign_in(client, alice)
    file = SimpleUploadedFile("tokens.csv", b"\xef\xbb\xbfGAHT00000001," + SEED.encode() + b"\r\n")
    assert client.post(STOCK, {"file": file}).status_code == 302
    for content, complaint in ((b"\xff\xfe\x00", "not a text file"), (b"x" * 100_001, "larger than")):
        answer = client.post(STOCK, {"file": SimpleUploadedFile("tokens.csv", content)})
        assert answer.status_code == 400
        assert complaint in answer.content.decode()
    assert HardwareMFADevice.objects.count() == 1


def test_one_bad_line_registers_nothing_and_is_named(client, alice, token, sign_in):
    sign_in(client, alice)
    bad = ["short,", f"{SERIAL},{SEED}", "GAHT00000003,xyz", "GAHT00000004", f"arn:aws:iam::1:mfa/x,{SEED}"]
    for line in bad:
        answer = client.post(STOCK, {"tokens": f"GAHT00000001,{SEED}\n{line}"})
        assert answer.status_code == 400, line
        assert "Line 2:" in answer.content.decode()
    twice = client.post(STOCK, {"tokens": f"GAHT00000001,{SEED}\nGAHT00000001,{SEED}"})
    assert "is in the list twice" in twice.content.decode()
    assert client.post(STOCK, {}).status_code == 400
    assert HardwareMFADevice.objects.count() == 1


# Given to a user


def test_the_owner_signs_in_with_its_codes_each_once(alice, bob, token, caller):
    give(token, bob, caller(alice))
    token.refresh_from_db()
    bob.refresh_from_db()
    assert (token.user, bob.mfa_count, bob.mfa_kind) == (bob, 1, "hardware")
    form = {"account": HOME_ID, "user_name": "bob", "password": PASSWORD}
    good = code(token, 1)
    for expected in (302, 400):
        client = Client()
        assert client.post("/signin/", form).url == CODE
        assert "Hardware token" in client.get(CODE).content.decode()
        assert client.post(CODE, {"code": good}).status_code == expected


def test_wrong_codes_give_no_token(alice, bob, token, caller):
    wrong = {"AuthenticationCode1": "000000", "AuthenticationCode2": "000001"}
    with pytest.raises(IamError, match="not valid"):
        execute(caller(alice), "EnableMFADevice", UserName="bob", SerialNumber=SERIAL, **wrong)
    assert devices.count(bob) == 0


def test_taken_off_it_goes_back_and_its_used_codes_stay_used(alice, bob, charlie, token, caller):
    give(token, bob, caller(alice))
    pair = codes(token)
    execute(caller(alice), "DeactivateMFADevice", UserName="bob", SerialNumber=SERIAL)
    token.refresh_from_db()
    assert (token.user, token.confirmed, token.last_used_at) == (None, False, None)
    with pytest.raises(IamError, match="not valid"):
        execute(caller(alice), "EnableMFADevice", UserName="charlie", SerialNumber=SERIAL, **pair)


def test_its_clock_is_learnt_anew(alice, bob, token, caller):
    give(token, bob, caller(alice))
    off = {"AuthenticationCode1": code(token, 9), "AuthenticationCode2": code(token, 10)}
    execute(caller(alice), "ResyncMFADevice", UserName="bob", SerialNumber=SERIAL, **off)
    token.refresh_from_db()
    assert token.drift == 10


def test_deleting_its_user_leaves_the_token_in_stock(alice, bob, token, caller):
    give(token, bob, caller(alice))
    execute_all(caller(alice), steps(stages(User.objects.get(pk=bob.pk))))
    assert not User.objects.filter(pk=bob.pk).exists()
    assert HardwareMFADevice.objects.get().user is None


def test_bob_takes_a_token_from_the_stock_for_himself(client, bob, token, sign_in):
    answer = sign_in(client, bob).post(ASSIGN, typed(token))
    assert answer.url.startswith("/me/recovery-codes/")
    assert client.session["mfa_at"]
    token.refresh_from_db()
    assert token.user == bob
    assert "Hardware token" in client.get("/me/").content.decode()


def test_root_may_use_one(client, home, token, sign_in):
    root = User.objects.root_of(home)
    sign_in(client, root).post(ASSIGN, typed(token))
    token.refresh_from_db()
    assert token.user == root
    assert Event.objects.filter(action="iamconsole:EnableRootMFADevice", outcome="allowed").exists()


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"serial_number": "GAHT99999999"}, "There is no token with this serial number in stock"),
        ({"serial_number": "short"}, "printed on the token"),
        ({"serial_number": ""}, "Enter the serial number"),
        ({"code_1": "000000"}, "Authentication code for device is not valid"),
        ({"code_2": "12 345"}, "6 digits"),
    ],
)
def test_the_page_says_what_is_wrong(client, bob, token, sign_in, changes, complaint):
    answer = sign_in(client, bob).post(ASSIGN, {**typed(token), **changes})
    assert answer.status_code == 400
    assert complaint in answer.content.decode()
    assert devices.count(bob) == 0


def test_a_token_in_use_is_nobody_else_s(client, alice, bob, charlie, token, caller, sign_in):
    give(token, charlie, caller(alice))
    answer = sign_in(client, bob).post(ASSIGN, typed(token))
    assert "There is no token with this serial number in stock" in answer.content.decode()
    with pytest.raises(IamError, match="already in use"):
        give(token, bob, caller(alice))


def test_an_administrator_gives_one(client, alice, bob, token, sign_in):
    sign_in(client, alice)
    page = reverse("credentials:assign-user-hardware-mfa-device", args=[bob.user_id])
    answer = client.post(page, typed(token))
    assert answer.url == reverse("credentials:user-security-credentials", args=[bob.user_id])
    assert "mfa_at" not in client.session


def test_a_session_without_mfa_adds_no_token_to_a_device(client, bob, token, sign_in):
    sign_in(client, bob)
    enrol(bob)
    assert client.get(ASSIGN).status_code == 403
    assert client.post(ASSIGN, typed(token)).status_code == 403
    assert devices.count(bob) == 1


@pytest.mark.django_db(transaction=True)
def test_the_eighth_place_goes_to_one_of_four_parallel_requests(alice, bob, caller):
    """Of any mix: seven apps, and four tokens that are given at once."""
    for n in range(7):
        enrol(bob, f"bob-{n}")
    admin, ready, results = caller(alice), threading.Barrier(4), []
    for n in range(4):
        execute(admin, REGISTER, SerialNumber=f"GAHT0000000{n}", Seed=SEED)
    tokens = list(HardwareMFADevice.objects.all())

    def enable(token):
        pair = codes(token)
        ready.wait()
        try:
            execute(admin, "EnableMFADevice", UserName="bob", SerialNumber=token.serial_number, **pair)
            results.append("enabled")
        except IamError as error:
            results.append(error.code)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=enable, args=(token,)) for token in tokens]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == ["LimitExceeded"] * 3 + ["enabled"]
    bob.refresh_from_db()
    assert (devices.count(bob), bob.mfa_count) == (8, 8)


def test_the_rescue_takes_tokens_off_root_and_its_codes_with_them(home, token, caller):
    from django.core.management import call_command

    root = User.objects.root_of(home)
    execute(caller(root), "iamconsole:EnableRootMFADevice", SerialNumber=SERIAL, **codes(token))
    execute(caller(User.objects.get(pk=root.pk), mfa_at=timezone.now()), "iamconsole:CreateRecoveryCodes")
    call_command("root_reset", "--remove-mfa")
    token.refresh_from_db()
    assert token.user is None
    assert not hasattr(User.objects.get(pk=root.pk), "recovery_code_set")
