"""MFA of linked users: a device replaced at AWS, recovery codes kept here, no stock of tokens."""

import base64
import io
import re
from datetime import timedelta

import pytest
import zxingcpp
from django.utils import timezone
from PIL import Image

from credentials import devices, recovery_codes
from credentials.mfa import assignment
from credentials.models import VirtualMFADevice
from iamconsole.errors import IamError
from iamconsole.models import Event, Intent
from iamconsole.operations import execute
from tests import past
from tests.credentials.authenticator import two_codes
from tests.sync.conftest import AWS_ACCOUNT, as_administrator, sync
from users.models import User

pytestmark = pytest.mark.django_db(transaction=True)


def made(caller, name) -> VirtualMFADevice:
    execute(caller, "CreateVirtualMFADevice", VirtualMFADeviceName=name)
    return VirtualMFADevice.objects.get(name=name)


@pytest.fixture
def wilma(linked, alice) -> User:
    """A linked user with one device that was enrolled here."""
    user = User.objects.select_related("account").get(user_name="wilma")
    device = made(as_administrator(alice), "old")
    assignment.assign(as_administrator(alice), user, device.serial_number, two_codes(device))
    return user


def at_aws(aws) -> list[str]:
    listed = aws.list_mfa_devices(UserName="wilma")["MFADevices"]
    return [device["SerialNumber"].rpartition("/")[2] for device in listed]


def test_a_device_is_replaced_at_aws_too(wilma, alice, aws):
    me, [old] = as_administrator(alice), devices.of_user(wilma)
    new = made(me, "new")
    assert assignment.assign(me, wilma, new.serial_number, two_codes(new), replaces=old) == ""
    assert at_aws(aws) == ["new"]
    assert [device.name for device in devices.of_user(wilma)] == ["new"]
    assert not VirtualMFADevice.objects.filter(name="old").exists()


def test_if_aws_keeps_the_old_one_both_stay_and_it_is_said(wilma, alice, aws):
    """AWS has no step that does both; what is done stays done."""
    me, [old] = as_administrator(alice), devices.of_user(wilma)
    new = made(me, "new")
    aws.deactivate_mfa_device(UserName="wilma", SerialNumber=old.serial_number)
    kept = assignment.assign(me, wilma, new.serial_number, two_codes(new), replaces=old)
    assert kept
    assert at_aws(aws) == ["new"]
    assert {device.name for device in devices.of_user(wilma)} == {"old", "new"}


def test_a_sync_that_finds_no_device_any_more_ends_the_recovery_codes(wilma, alice, aws):
    recovery_codes.replace(wilma, recovery_codes.new_codes())
    [device] = devices.of_user(wilma)
    sync(alice)
    assert recovery_codes.left(wilma), "still enrolled at AWS"
    # Long before the next sync: nothing younger than five minutes is undone by one.
    VirtualMFADevice.objects.update(enable_date="2020-01-01T00:00:00Z")
    with past.rewritten():
        Event.objects.update(at=timezone.now() - timedelta(minutes=6))
    aws.deactivate_mfa_device(UserName="wilma", SerialNumber=device.serial_number)
    sync(alice)
    assert devices.count(wilma) == 0
    assert recovery_codes.left(wilma) is None


def test_aws_takes_no_seed_of_a_token(wilma, alice):
    with pytest.raises(IamError, match="local accounts only"):
        execute(
            as_administrator(alice),
            "iamconsole:RegisterHardwareMFADevice",
            SerialNumber="GAHT12345678",
            Seed="AB" * 20,
        )
    assert wilma.account.account_id == AWS_ACCOUNT


def test_awss_picture_of_a_device_goes_to_the_caller_alone(linked, front, alice):
    """Neither it nor the seed is written down; where none comes one is made, with AWS as the issuer."""
    pictures = []

    def lost_for_the_tablet(params, content):
        pictures.append(re.search(rb"<QRCodePNG>(.*)</QRCodePNG>", content, re.DOTALL)[1])
        lost = params["VirtualMFADeviceName"] == "tablet"
        return content.replace(b"QRCodePNG>", b"Nothing>") if lost else content

    front.rewrite["CreateVirtualMFADevice"] = lost_for_the_tablet
    phone, tablet = (
        execute(as_administrator(alice), "CreateVirtualMFADevice", VirtualMFADeviceName=name)[
            "VirtualMFADevice"
        ]
        for name in ("phone", "tablet")
    )
    assert phone["QRCodePNG"] == base64.b64decode(pictures[0])
    address = zxingcpp.read_barcode(Image.open(io.BytesIO(tablet["QRCodePNG"]))).text
    seed = tablet["Base32StringSeed"].decode()
    assert address == (
        f"otpauth://totp/Amazon%20Web%20Services:tablet@{AWS_ACCOUNT}?secret={seed}"
        "&issuer=Amazon%20Web%20Services"
    )
    written = f"{list(Event.objects.values())} {list(Intent.objects.values())}"
    assert "tablet" in written
    for secret in (seed, phone["Base32StringSeed"].decode(), "QRCodePNG", "PNG"):
        assert secret not in written
