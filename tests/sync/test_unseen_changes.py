"""What changes at AWS without any list showing it, and reads that AWS denies."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from credentials.models import AccessKey, LoginProfile, SSHPublicKey, VirtualMFADevice
from iamconsole.credential_report import ReportedCertificate, ReportedKey
from iamconsole.models import Event
from tests.credentials.key_texts import ssh_text
from tests.sync.conftest import AWS_ACCOUNT, link, sync
from tests.sync.test_plan import MADE, known, plan, row
from users.models import AccountLink, User

pytestmark = pytest.mark.django_db(transaction=True)
POLICY = '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:Get*","Resource":"*"}}'
OLD = "2026-01-01T00:00:00Z"


@pytest.fixture
def furnished(alice, aws, front, caller, monkeypatch):
    """Two users with everything that a list does not show, synced once."""
    # What was just made counts as long made: a listing that lacks it is believed.
    monkeypatch.setattr("iamconsole.sync.guard.FRESH", timedelta(minutes=-5))
    for name in ("wilma", "fred"):
        aws.create_user(UserName=name)
        aws.create_login_profile(UserName=name, Password="Abcdefg-1-xyz")
        made = aws.create_virtual_mfa_device(VirtualMFADeviceName=name)["VirtualMFADevice"]["SerialNumber"]
        assign(aws, name, made)
        aws.upload_ssh_public_key(UserName=name, SSHPublicKeyBody=ssh_text())
    aws.generate_credential_report()
    return link(caller(alice))


def assign(aws, name: str, serial: str) -> None:
    codes = {"AuthenticationCode1": "123456", "AuthenticationCode2": "654321"}
    aws.enable_mfa_device(UserName=name, SerialNumber=serial, **codes)


def serials(name: str) -> set[str]:
    return set(VirtualMFADevice.objects.filter(user__user_name=name).values_list("serial_number", flat=True))


def test_a_second_device_and_a_reset_flag_are_seen_in_turn(furnished, alice, aws, settings):
    sync(alice)
    phone = serials("wilma")
    assign(aws, "wilma", "GAHT12345678")
    aws.update_login_profile(UserName="wilma", Password="Abcdefg-2-xyz", PasswordResetRequired=True)
    sync(alice)
    assert serials("wilma") == phone, "no list shows it, and its turn has not come"
    User.objects.filter(user_name="wilma").update(turn_at=OLD)
    sync(alice)
    assert serials("wilma") == phone | {"GAHT12345678"}
    assert LoginProfile.objects.get(user__user_name="wilma").password_reset_required
    job = sync(alice)
    assert job.result["calls"]["by_action"].get("ListMFADevices") is None, "an unchanged one costs nothing"
    aws.deactivate_mfa_device(UserName="wilma", SerialNumber="GAHT12345678")
    User.objects.filter(user_name="wilma").update(turn_at=OLD)
    sync(alice)
    assert serials("wilma") == phone
    events = Event.objects.filter(action="iamconsole:ChangedOutside").order_by("at")
    told = [
        event.detail["Values"]["MFA device GAHT12345678"] for event in events if "wilma" in event.resource
    ]
    assert [after is not None for _, after in told] == [True, False]


def test_credentials_of_one_second_are_counted():
    """In a plan: one of two that were made in the same second was deleted."""
    from credentials.access_keys.mirror import KnownKeys
    from credentials.signing_certificates.mirror import KnownCertificates

    key, certificate = ReportedKey(MADE, True, None, "", ""), ReportedCertificate(MADE, True)
    mirror = known([timedelta(hours=1)])
    mirror.part(KnownKeys)["AIDA0"] = {"AKIA1": (MADE, True), "AKIA2": (MADE, True)}
    mirror.part(KnownCertificates)["AIDA0"][MADE, True] = 2
    both = row(keys=(key, key), certificates=(certificate, certificate))
    assert plan(mirror, rows={"AIDA0": both}).questions == {}
    one = row(keys=(key, None), certificates=(certificate, None))
    assert plan(mirror, rows={"AIDA0": one}).questions == {"AIDA0": {"keys", "certificates"}}


def test_the_use_of_keys_of_one_second_is_not_mixed_up(furnished, alice, aws):
    key_ids = [aws.create_access_key(UserName="wilma")["AccessKey"]["AccessKeyId"] for _ in range(2)]
    sync(alice)
    keys = AccessKey.objects.filter(user__user_name="wilma")
    assert set(keys.values_list("access_key_id", flat=True)) == set(key_ids)
    from credentials.access_keys.last_use_mirror import uses

    told = row(keys=tuple(ReportedKey(MADE, True, timezone.now(), "eu-west-1", "s3") for _ in range(2)))
    keys.update(create_date=MADE)
    assert [list(uses(key, told, {})) for key in keys] == [[], []]


def test_a_text_that_was_denied_is_asked_for_at_the_next_sync(furnished, alice, front, client, sign_in):
    front.denied = frozenset({"GetSSHPublicKey"})
    job = sync(alice)
    assert set(SSHPublicKey.objects.values_list("body", "status")) == {("", "Active")}, "it is there"
    assert job.result["denied"] == ["GetSSHPublicKey"]
    sign_in(client, alice)
    page = client.get(reverse("users:account", args=[AWS_ACCOUNT])).content.decode()
    assert "Denied by AWS" in page
    assert "iam:GetSSHPublicKey" in page
    client.post(reverse("users:switch-account", args=[AWS_ACCOUNT]))
    assert "AWS denied iam:GetSSHPublicKey." in client.get(reverse("job", args=[job.id])).content.decode()
    key = SSHPublicKey.objects.get(user__user_name="wilma")
    address = reverse("credentials:ssh-public-key", args=[key.user.user_id, key.ssh_public_key_id])
    assert "did not allow the last sync to read" in client.get(f"/{AWS_ACCOUNT}{address}").content.decode()
    front.denied = frozenset()
    front.asked.clear()
    sync(alice)
    assert all(body.startswith("ssh-rsa") for body in SSHPublicKey.objects.values_list("body", flat=True))
    assert front.asked.count("GetSSHPublicKey") == 2, "of every user at once"
    assert front.asked.count("ListSSHPublicKeys") == 0


@pytest.mark.parametrize(
    "action", ["GenerateCredentialReport", "GetCredentialReport", "ListServerCertificates", "GetPolicy"]
)
def test_a_denied_read_is_named(furnished, alice, aws, front, action):
    aws.create_policy(PolicyName="Lake", PolicyDocument=POLICY)
    front.denied = frozenset({action})
    assert sync(alice).result["denied"] == [action]
    assert AccountLink.objects.get().sync_counts["denied"] == [action]


def test_a_denied_read_that_stops_the_sync_is_named(furnished, alice, front):
    front.denied = frozenset({"ListMFADevices"})
    job = sync(alice)
    assert (job.state, job.error) == ("failed", "AWS refused iam:ListMFADevices. Not today.")
    assert AccountLink.objects.get().sync_error == job.error


def test_the_rotation_goes_on_where_what_no_list_has_is_denied(furnished, alice, aws, front, settings):
    front.denied = frozenset({"ListSSHPublicKeys"})
    sync(alice)
    people = User.objects.filter(account__account_id=AWS_ACCOUNT)
    assert set(people.values_list("asked_at", flat=True)) == {None}, "their keys were not read"
    assign(aws, "wilma", "GAHT12345678")
    people.update(turn_at=OLD)
    for _ in range(2):
        sync(alice)
    assert "GAHT12345678" in serials("wilma")
    assert not people.filter(turn_at=OLD).exists()
    front.denied = frozenset()
    for _ in range(2):
        sync(alice)
    assert SSHPublicKey.objects.count() == 2, "first one user, whether it is allowed, then all"
