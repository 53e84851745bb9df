"""An MFA device that a person begins belongs to that person until it is assigned, whatever its name."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from credentials.mfa import makers as mfa_makers
from credentials.models import VirtualMFADevice
from iamconsole.errors import AccessDenied, IamError
from iamconsole.models import Event
from iamconsole.operations import execute
from iamconsole.operations.door import admit
from tests.cast import PASSWORD, make_account, make_user
from tests.credentials.authenticator import two_codes
from tests.security.test_authorized_is_changed import user_again
from users.callers.build import ADMINISTRATOR, Origin, caller_for_role, caller_for_user
from users.models import Account, AccountLink, User

pytestmark = pytest.mark.django_db
MFA = "arn:aws:iam::100000000001:mfa/"


@pytest.fixture
def smith(home):
    return make_user(home, "bob-smith", password=PASSWORD)


def begin(caller, name, **params):
    made = execute(caller, "CreateVirtualMFADevice", VirtualMFADeviceName=name, **params)["VirtualMFADevice"]
    return made["SerialNumber"]


@pytest.mark.parametrize("name", ["bob-smith", "bob-smith-2"])
def test_bob_does_not_delete_the_device_of_bob_smith(name, bob, smith, caller):
    serial = begin(caller(smith), name)
    for operation, params in (
        ("DeleteVirtualMFADevice", {}),
        ("TagMFADevice", {"Tags": [{"Key": "a", "Value": "b"}]}),
        ("EnableMFADevice", {"UserName": "bob", **codes(serial)}),
    ):
        with pytest.raises(AccessDenied):
            execute(caller(bob), operation, SerialNumber=serial, **params)
    assert VirtualMFADevice.objects.get().maker_id == smith.user_id
    execute(caller(smith), "EnableMFADevice", UserName="bob-smith", SerialNumber=serial, **codes(serial))
    device = VirtualMFADevice.objects.get()
    assert (device.user, device.begun_at) == (smith, None)
    with pytest.raises(AccessDenied):
        execute(caller(bob), "DeleteVirtualMFADevice", SerialNumber=serial)


def codes(serial):
    first, second = two_codes(VirtualMFADevice.objects.get(serial_number=serial))
    return {"AuthenticationCode1": first, "AuthenticationCode2": second}


@pytest.mark.parametrize("channel", ["console", "access-key", "command"])
def test_nor_one_that_an_administrator_began_in_his_name(channel, alice, bob, caller):
    from dataclasses import replace

    serial = begin(replace(caller(alice), channel=channel), "bob")
    for operation, params in (
        ("DeleteVirtualMFADevice", {}),
        ("EnableMFADevice", {"UserName": "bob", **codes(serial)}),
    ):
        with pytest.raises(AccessDenied):
            execute(caller(bob), operation, SerialNumber=serial, **params)
    execute(caller(alice), "EnableMFADevice", UserName="bob", SerialNumber=serial, **codes(serial))
    assert VirtualMFADevice.objects.get().user == bob


def test_a_device_that_is_not_there_looks_like_anothers(alice, bob, caller):
    begin(caller(alice), "bob")
    texts = set()
    for name in ("bob", "bob-9"):
        with pytest.raises(AccessDenied) as caught:
            execute(caller(bob), "DeleteVirtualMFADevice", SerialNumber=MFA + name)
        texts.add(caught.value.message.replace(MFA + name, ""))
    assert len(texts) == 1


def test_whoever_began_it_may_delete_it_also_under_a_new_name(bob, alice, caller):
    serial = begin(caller(bob), "bob-phone")
    execute(caller(alice), "UpdateUser", UserName="bob", NewUserName="robert")
    execute(caller(User.objects.get(user_name="robert")), "DeleteVirtualMFADevice", SerialNumber=serial)
    assert not VirtualMFADevice.objects.exists()


def test_the_next_user_of_the_name_may_not(bob, caller):
    serial = begin(caller(bob), "bob")
    user_again("bob")
    again = User.objects.get(user_name="bob")
    with pytest.raises(AccessDenied):
        execute(caller(again), "DeleteVirtualMFADevice", SerialNumber=serial)
    with pytest.raises(AccessDenied):
        execute(caller(again), "EnableMFADevice", UserName="bob", SerialNumber=serial, **codes(serial))


def test_the_page_neither_shows_nor_removes_anothers_device(client, bob, smith, caller, sign_in):
    serial = begin(caller(smith), "bob-smith")
    sign_in(client, bob)
    page = reverse("credentials:assign-mfa-device")
    answer = client.post(page, {"name": "bob-smith"})
    assert serial not in answer.content.decode()
    client.post(page, {"do": "start-over", "serial": serial})
    assert VirtualMFADevice.objects.filter(serial_number=serial).exists()
    assert Event.objects.filter(outcome="denied", action="iam:DeleteVirtualMFADevice").count() == 1


def test_a_name_that_somebody_else_took_is_not_offered(client, bob, smith, caller, sign_in):
    begin(caller(bob), "bob-smith")
    sign_in(client, smith)
    assert 'value="bob-smith-2"' in client.get(reverse("credentials:assign-mfa-device")).content.decode()


def test_a_device_begun_on_the_page_is_finished_there(client, bob, sign_in):
    sign_in(client, bob)
    page = reverse("credentials:assign-mfa-device")
    client.post(page, {"name": "bob"})
    device = VirtualMFADevice.objects.get()
    assert device.maker_id == bob.user_id
    first, second = two_codes(device)
    client.post(page, {"code_1": first, "code_2": second})
    device.refresh_from_db()
    assert (device.user, device.begun_at) == (bob, None)


def test_nobody_begins_devices_without_end(bob, alice, caller):
    for number in range(mfa_makers.MOST_UNFINISHED):
        begin(caller(bob), f"bob-{number}")
    with pytest.raises(IamError, match="not assigned to a user") as caught:
        begin(caller(bob), "bob-x")
    assert caught.value.code == "LimitExceeded"
    begin(caller(alice), "alice")
    execute(caller(bob), "DeleteVirtualMFADevice", SerialNumber=MFA + "bob-0")
    begin(caller(bob), "bob-x")


def test_what_was_given_up_in_aws_stands_in_nobodys_way(home, alice):
    """There it is not removed: the person could begin no device any more."""
    linked = make_account("222222222222", kind=Account.Kind.LINKED)
    AccountLink.objects.create(account=linked, method="default")
    me = caller_for_role(alice, linked, ADMINISTRATOR, Origin(authenticated_at=timezone.now()))
    wilma = make_user(linked, "wilma")
    own = caller_for_user(wilma, Origin(authenticated_at=timezone.now()))
    call, admins = (
        admit(one, "CreateVirtualMFADevice", {"VirtualMFADeviceName": "wilma"}) for one in (own, me)
    )
    call.account = admins.account = linked
    given_up = timezone.now() - mfa_makers.ABANDONED_AFTER
    for number in range(mfa_makers.MOST_UNFINISHED):
        VirtualMFADevice.objects.create(
            account=linked, name=f"d{number}", serial_number=f"arn:aws:iam::222222222222:mfa/d{number}",
            sealed_seed="x", maker_id=wilma.user_id, begun_at=given_up,
        )  # fmt: skip
    call.operation.guard(call)
    VirtualMFADevice.objects.update(begun_at=timezone.now())
    with pytest.raises(IamError, match="try again after a day"):
        call.operation.guard(call)
    VirtualMFADevice.objects.update(maker_id=alice.user_id)
    admins.operation.guard(admins)  # AWS counts, and an administrator there may have a reason


def test_iams_quota_of_an_account_holds(home, alice, caller, monkeypatch):
    from credentials.mfa.operations import mfa

    monkeypatch.setattr(mfa, "DEVICES_PER_ACCOUNT", 1)
    begin(caller(alice), "one")
    with pytest.raises(IamError, match="Cannot exceed quota for VirtualMFADevices: 1"):
        begin(caller(alice), "two")


def test_what_was_given_up_is_removed_and_what_a_program_made_stays(alice, bob, caller):
    from dataclasses import replace

    begin(caller(bob), "bob")
    begin(replace(caller(alice), channel="access-key"), "program")
    serial = begin(caller(alice), "alice")
    execute(caller(alice), "EnableMFADevice", UserName="alice", SerialNumber=serial, **codes(serial))
    assert mfa_makers.sweep() == 0
    VirtualMFADevice.objects.filter(begun_at__isnull=False).update(
        begun_at=VirtualMFADevice.objects.get(name="bob").begun_at - timedelta(days=2)
    )
    assert mfa_makers.sweep() == 1
    assert set(VirtualMFADevice.objects.values_list("name", flat=True)) == {"program", "alice"}
    event = Event.objects.get(action="iam:DeleteVirtualMFADevice")
    assert (event.resource, event.channel) == (MFA + "bob", "command")


def test_a_device_taken_off_stays_its_makers(bob, alice, caller):
    serial = begin(caller(bob), "bob")
    execute(caller(bob), "EnableMFADevice", UserName="bob", SerialNumber=serial, **codes(serial))
    execute(caller(alice), "DeactivateMFADevice", UserName="bob", SerialNumber=serial)
    device = VirtualMFADevice.objects.get()
    assert (device.user, device.maker_id, device.begun_at) == (None, bob.user_id, None)
    assert mfa_makers.sweep() == 0
    execute(caller(bob), "DeleteVirtualMFADevice", SerialNumber=serial)


def test_one_that_an_administrator_began_is_not_his_after_he_had_it(bob, alice, caller):
    serial = begin(caller(alice), "bob")
    execute(caller(alice), "EnableMFADevice", UserName="bob", SerialNumber=serial, **codes(serial))
    execute(caller(alice), "DeactivateMFADevice", UserName="bob", SerialNumber=serial)
    with pytest.raises(AccessDenied):
        execute(caller(bob), "DeleteVirtualMFADevice", SerialNumber=serial)
    assert VirtualMFADevice.objects.get().maker_id == ""
