"""Tags of MFA devices: on a form, and as operations with keys that differ by case."""

import json

import pytest
from django.urls import reverse

from credentials.models import VirtualMFADevice
from iamconsole.operations import execute
from tests.operations.test_door import refused

pytestmark = pytest.mark.django_db


@pytest.fixture
def device(alice, bob, caller):
    tags = [{"Key": "phone", "Value": "new"}]
    execute(caller(alice), "CreateVirtualMFADevice", VirtualMFADeviceName="bob", Tags=tags)
    device = VirtualMFADevice.objects.get()
    device.user = bob
    device.save()
    return device


def test_keys_differ_by_case(alice, device, caller):
    admin, serial = caller(alice), device.serial_number
    execute(admin, "TagMFADevice", SerialNumber=serial, Tags=[{"Key": "Phone", "Value": "old"}])
    tags = execute(admin, "ListMFADeviceTags", SerialNumber=serial)["Tags"]
    assert {tag["Key"]: tag["Value"] for tag in tags} == {"phone": "new", "Phone": "old"}
    execute(admin, "UntagMFADevice", SerialNumber=serial, TagKeys=["phone"])
    device.refresh_from_db()
    assert device.tags == {"Phone": "old"}
    refused(
        "NoSuchEntity", "MFA Device with serial number arn:aws:iam::1:mfa/x does not exist.",
        execute, admin, "TagMFADevice", SerialNumber="arn:aws:iam::1:mfa/x", Tags=[{"Key": "a", "Value": ""}],
    )  # fmt: skip


def test_the_form_saves_what_was_changed(client, alice, bob, device, sign_in):
    sign_in(client, alice)
    page = reverse("credentials:mfa-device-tags", args=[bob.user_id, device.uuid])
    assert 'value="phone"' in client.get(page).content.decode()
    sent = {"key_0": "", "value_0": "", "key_1": "Phone", "value_1": "old", "was": json.dumps(device.tags)}
    client.post(page, sent)
    device.refresh_from_db()
    assert device.tags == {"Phone": "old"}
