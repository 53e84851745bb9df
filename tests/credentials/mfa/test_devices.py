"""MFA devices of all kinds in one place: rows, quota, the summary columns, the users list."""

import pytest

from credentials import devices, summary
from credentials.models import VirtualMFADevice
from iamconsole.errors import IamError
from iamconsole.operations import execute
from tests.credentials.authenticator import enrol
from tests.users.people.test_list import names, page  # noqa: F401  (a fixture)
from users.models import User

pytestmark = pytest.mark.django_db


def mirrored(user, serial: str) -> VirtualMFADevice:
    """A device of AWS's, as a sync leaves it: without a seed."""
    device = VirtualMFADevice.objects.create(
        account=user.account, user=user, serial_number=serial, name=serial.rpartition("/")[2]
    )
    summary.refresh(user)
    return device


def test_devices_of_aws_are_told_apart_by_their_serial_numbers(bob):
    enrol(bob, "phone")
    mirrored(bob, f"arn:aws:iam::{bob.account.account_id}:u2f/user/bob/yubi-EXAMPLEBN5FHTECLFG7EXAMPLE")
    mirrored(bob, "GAHT12345678")
    found = devices.of_user(bob)
    assert {device.words: device.usable_here for device in found} == {
        "Authenticator app": True,
        "Security key": False,
        "Hardware token": False,
    }
    assert [device.name for device in devices.usable(bob)] == ["phone"]
    assert [bool(device.resync_page) for device in found if device.usable_here] == [True]


def test_the_summary_names_every_kind_and_the_list_finds_each(page, alice, bob):  # noqa: F811
    enrol(bob, "phone")
    mirrored(bob, f"arn:aws:iam::{bob.account.account_id}:u2f/user/bob/yubi-EXAMPLEBN5FHTECLFG7EXAMPLE")
    bob.refresh_from_db()
    assert (bob.mfa_kind, bob.mfa_count) == ("u2f virtual", 2)
    assert names(page(mfa="virtual")) == names(page(mfa="u2f")) == ["bob"]
    assert names(page(mfa="hardware")) == []
    assert "Security key +1" in page(mfa="yes").content.decode()


def test_released_devices_belong_to_nobody(bob):
    enrol(bob, "phone")
    devices.release(devices.of_user(bob))
    assert devices.of_user(bob) == []
    assert devices.in_account(bob.account) == (0, 1), "a virtual device stays, unassigned"
    mirrored(bob, "GAHT12345678")
    devices.release(devices.of_user(bob))
    assert devices.in_account(bob.account) == (0, 1), "of a hardware token nothing stays"


def test_any_kind_is_taken_off_by_the_same_operation(alice, bob, caller):
    device = mirrored(bob, "GAHT12345678")
    execute(caller(alice), "DeactivateMFADevice", UserName="bob", SerialNumber=device.serial_number)
    bob.refresh_from_db()
    assert (devices.count(bob), bob.mfa_count, bob.mfa_kind) == (0, 0, "")


def test_one_list_has_all_kinds_and_get_tells_of_security_keys_only(alice, bob, caller):
    phone = enrol(bob, "phone").serial_number
    stick = f"arn:aws:iam::{bob.account.account_id}:u2f/user/bob/yubi-EXAMPLEBN5FHTECLFG7EXAMPLE"
    mirrored(bob, stick)
    listed = execute(caller(alice), "ListMFADevices", UserName="bob")["MFADevices"]
    assert {row["SerialNumber"] for row in listed} == {phone, stick}
    got = execute(caller(alice), "GetMFADevice", UserName="bob", SerialNumber=stick)
    assert (got["UserName"], got["Certifications"]) == ("bob", {})
    with pytest.raises(IamError, match="only hardware FIDO security keys are supported"):
        execute(caller(alice), "GetMFADevice", UserName="bob", SerialNumber=phone)
    with pytest.raises(IamError, match="does not exist"):
        execute(caller(alice), "GetMFADevice", UserName="alice", SerialNumber=stick)


def test_virtual_devices_are_listed_with_their_users_in_pages(home, alice, bob, caller):
    admin, root = caller(alice), User.objects.root_of(home)
    enrol(bob, "a-phone")
    enrol(root, "b-root")
    execute(admin, "CreateVirtualMFADevice", VirtualMFADeviceName="spare")
    mirrored(bob, "GAHT12345678")
    VirtualMFADevice.objects.filter(name="spare").update(serial_number="arn:aws:iam::1:mfa/c-spare")
    of_bob, of_root, spare = execute(admin, "ListVirtualMFADevices")["VirtualMFADevices"]
    assert (of_bob["User"]["UserName"], of_bob["User"]["Arn"]) == ("bob", bob.arn)
    assert sorted(of_root["User"]) == ["Arn", "CreateDate", "UserId"]
    assert spare == {"SerialNumber": "arn:aws:iam::1:mfa/c-spare"}
    free = execute(admin, "ListVirtualMFADevices", AssignmentStatus="Unassigned")["VirtualMFADevices"]
    assert free == [spare]
    first = execute(admin, "ListVirtualMFADevices", MaxItems=2)
    assert first["IsTruncated"]
    rest = execute(admin, "ListVirtualMFADevices", Marker=first["Marker"])
    assert (rest["VirtualMFADevices"], rest["IsTruncated"]) == ([spare], False)
