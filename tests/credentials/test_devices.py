"""MFA devices of all kinds in one place: rows, quota, the summary columns, the users list."""

import pytest

from credentials import devices, summary
from credentials.models import VirtualMFADevice
from iamconsole.operations import execute
from tests.credentials.authenticator import enrol
from tests.users.test_list import names, page  # noqa: F401  (a fixture)

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


def test_any_kind_is_taken_off_by_the_same_operation(alice, bob, caller):
    device = mirrored(bob, "GAHT12345678")
    execute(caller(alice), "DeactivateMFADevice", UserName="bob", SerialNumber=device.serial_number)
    bob.refresh_from_db()
    assert (devices.count(bob), bob.mfa_count, bob.mfa_kind) == (0, 0, "")
