"""Everybody's own: the first password, a later change, an MFA device, and root's rescue."""

import io
import re

import pytest
from django.core.management import call_command
from django.urls import reverse

from credentials.models import LoginProfile, VirtualMFADevice
from iamconsole.models import Event
from tests.cast import PASSWORD, give_password
from users.models import PasswordPolicy, User

pytestmark = pytest.mark.django_db
NEW = "fresh-Lantern-42-x"


def change(client, url, old=PASSWORD, new=NEW, confirm=NEW):
    return client.post(url, {"current": old, "new": new, "confirm": confirm})


def test_a_first_password_must_be_changed_and_nothing_else_is_open(client, bob, sign_in):
    give_password(bob, reset_required=True)
    sign_in(client, bob)
    url = reverse("credentials:new-password")
    for page in ("/me/", "/", "/users/"):
        assert client.get(page).url == url
    assert change(client, url).status_code == 302
    assert client.get("/me/").status_code == 200, "this session goes on"
    assert LoginProfile.objects.get(user=bob).password_reset_required is False


def test_all_broken_rules_are_told_at_once(client, bob, sign_in, home):
    PasswordPolicy.objects.create(
        account=home, minimum_password_length=14, require_symbols=True, require_numbers=True
    )
    give_password(bob, reset_required=True)
    sign_in(client, bob)
    answer = change(client, reverse("credentials:new-password"), new="short", confirm="short")
    text = answer.content.decode()
    assert answer.status_code == 400
    assert text.count("The password does not meet this rule") >= 3


def test_a_later_change_needs_the_accounts_leave(client, bob, sign_in, home):
    sign_in(client, bob)
    url = reverse("credentials:change-password")
    assert client.get(url).status_code == 403
    PasswordPolicy.objects.create(account=home, allow_users_to_change_password=True)
    assert change(client, url).status_code == 302
    bob.refresh_from_db()
    assert bob.check_password(NEW)


def test_old_passwords_may_not_come_back(client, bob, sign_in, home):
    PasswordPolicy.objects.create(
        account=home, allow_users_to_change_password=True, password_reuse_prevention=3
    )
    sign_in(client, bob)
    url = reverse("credentials:change-password")
    assert change(client, url).status_code == 302
    answer = change(client, url, old=NEW, new=PASSWORD, confirm=PASSWORD)
    assert answer.status_code == 400
    assert "Not one of the last 3 passwords" in answer.content.decode()


def test_an_expired_password_is_replaced_at_sign_in_unless_expiry_is_hard(client, bob, sign_in, home):
    policy = PasswordPolicy.objects.create(account=home, max_password_age=1)
    User.objects.filter(pk=bob.pk).update(password_last_changed="2020-01-01T00:00:00Z")
    LoginProfile.objects.filter(user=bob).update(password_last_changed="2020-01-01T00:00:00Z")
    sign_in(client, bob)
    url = reverse("credentials:new-password")
    assert client.get("/me/").url == url
    PasswordPolicy.objects.filter(pk=policy.pk).update(hard_expiry=True)
    assert "administrator" in client.get(url).content.decode()
    assert change(client, url).status_code == 200, "nothing changes"
    PasswordPolicy.objects.filter(pk=policy.pk).update(hard_expiry=False)
    assert change(client, url).status_code == 302


def begin(client, name="bob"):
    client.post(reverse("credentials:assign-mfa-device"), {"name": name})
    return VirtualMFADevice.objects.get()


def codes(device):
    totp = device.totp()
    found = []
    for drift in (-1, 0):
        totp.drift = drift
        found.append(f"{totp.token():06d}")
    return found


def test_enrolling_shows_qr_and_secret_and_needs_two_codes_in_order(client, bob, sign_in):
    sign_in(client, bob)
    device = begin(client)
    url = reverse("credentials:assign-mfa-device")
    page = client.get(url).content.decode()
    assert "<svg" in page
    assert device.seed() in page
    first, second = codes(device)
    for wrong in ((first, first), (second, first), ("000000", "000001")):
        answer = client.post(url, {"code_1": wrong[0], "code_2": wrong[1]})
        assert answer.status_code == 400
        assert "Authentication code for device is not valid." in answer.content.decode()
    assert client.post(url, {"code_1": first, "code_2": second}).status_code == 302
    device.refresh_from_db()
    assert device.user == bob
    after = client.get(url).content.decode()
    assert device.seed() not in after, "the secret is not shown again"


def test_codes_of_the_enrolment_do_not_sign_in(client, bob, sign_in):
    sign_in(client, bob)
    device = begin(client)
    first, second = codes(device)
    client.post(reverse("credentials:assign-mfa-device"), {"code_1": first, "code_2": second})
    client.post(reverse("credentials:sign-out"))
    client.post("/signin/", {"account": "northwind", "user_name": "bob", "password": PASSWORD})
    assert client.post("/signin/mfa/", {"code": second}).status_code == 400


def test_the_secret_is_for_the_session_that_made_it(client, bob, sign_in):
    from tests.client import Client

    sign_in(client, bob)
    device = begin(client)
    other = sign_in(Client(), bob)
    assert device.seed() not in other.get(reverse("credentials:assign-mfa-device")).content.decode()


def test_an_unfinished_device_is_offered_for_removal(client, bob, sign_in):
    sign_in(client, bob)
    begin(client)
    session = client.session
    del session["mfa_setup"]
    session.save()
    url = reverse("credentials:assign-mfa-device")
    answer = client.post(url, {"name": "bob"})
    assert "unfinished device" in answer.content.decode()
    client.post(url, {"do": "start-over", "serial": VirtualMFADevice.objects.get().serial_number})
    assert not VirtualMFADevice.objects.exists()


def test_bob_cannot_remove_his_device_and_an_administrator_can(client, alice, bob, sign_in):
    sign_in(client, bob)
    device = begin(client)
    first, second = codes(device)
    client.post(reverse("credentials:assign-mfa-device"), {"code_1": first, "code_2": second})
    url = reverse("credentials:deactivate-mfa-device", args=[bob.user_id, device.uuid])
    assert "/confirm/remove/" in client.post(url).url, "another factor is asked for first"
    device.refresh_from_db()
    assert device.user == bob
    client.logout()
    sign_in(client, alice)
    assert client.post(url).status_code == 302
    assert not VirtualMFADevice.objects.exists()


def test_root_changes_its_password_and_is_then_offered_mfa(client, home, sign_in):
    root = User.objects.root_of(home)
    give_password(root, reset_required=True)
    sign_in(client, root)
    answer = change(client, reverse("credentials:new-password"))
    assert answer.url == reverse("credentials:assign-mfa-device")
    assert "Skip for now" in client.get(answer.url).content.decode()


def test_root_reset_prints_a_password_once_and_ends_roots_sessions(client, home, sign_in):
    root = User.objects.root_of(home)
    sign_in(client, root)
    out = io.StringIO()
    call_command("root_reset", "--remove-mfa", stdout=out)
    password = re.search(r"One-time root password +(\S+)", out.getvalue())[1]
    assert client.get("/me/").status_code == 302
    sign_in(client, root, password)
    assert client.get("/me/").url == reverse("credentials:new-password")
    event = Event.objects.get(action="iamconsole:ResetRootPassword")
    assert (event.channel, event.detail["MFARemoved"]) == ("command", True)
    assert password not in str(list(Event.objects.values()))


def test_the_password_policy_is_saved_whole(client, alice, home, sign_in):
    sign_in(client, alice)
    url = reverse("credentials:password-policy")
    assert client.post(url, {"minimum_password_length": "5"}).status_code == 400
    form = {"minimum_password_length": "12", "require_numbers": "on", "max_password_age": "90"}
    assert client.post(url, form).status_code == 302
    policy = PasswordPolicy.objects.get(account=home)
    assert (policy.minimum_password_length, policy.require_numbers, policy.max_password_age) == (12, True, 90)
    assert client.post(url, {"do": "default"}).status_code == 302
    assert not PasswordPolicy.objects.exists()
