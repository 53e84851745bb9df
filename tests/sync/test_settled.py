"""Silence after a change: the next sync's reading says whether AWS has it, for every kind of change."""

import pytest
from django.utils import timezone

from credentials.models import VirtualMFADevice
from credentials.signing_certificates.operations import PRIVATE_KEY_LOST
from iamconsole.errors import OutcomeUnknown
from iamconsole.models import Intent
from iamconsole.operations import Operation, all_operations, execute
from iamconsole.operations.registry import NOT_SHOWN
from iamconsole.operations.wanted import HAS, HAS_NOT
from iamconsole.sync.settle import NOT_READ
from tests.credentials.key_texts import certificate, ssh_text
from tests.sync.conftest import AWS_ACCOUNT, as_administrator, later, sync
from users.models import Account

pytestmark = pytest.mark.django_db(transaction=True)
ALLOW = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iam:Get*","Resource":"*"}]}'
DENY = ALLOW.replace("Allow", "Deny")
POLICY = f"arn:aws:iam::{AWS_ACCOUNT}:policy/Reading"
DEVICE = f"arn:aws:iam::{AWS_ACCOUNT}:mfa/phone"
TAGS = [{"Key": "team", "Value": "blue"}]
MAKE = "iamconsole:CreateSigningCertificate"
REVOKE = "iamconsole:RevokeActiveSessions"
# Operation -> its parameters.
CHANGES = {
    "CreatePolicyVersion": {"PolicyArn": POLICY, "PolicyDocument": DENY, "SetAsDefault": True},
    "TagPolicy": {"PolicyArn": POLICY, "Tags": TAGS},
    "UntagPolicy": {"PolicyArn": POLICY, "TagKeys": ["old"]},
    "UpdateAccountPasswordPolicy": {"MinimumPasswordLength": 20, "RequireSymbols": True},
    "DeleteAccountPasswordPolicy": {},
    "UploadSSHPublicKey": {"UserName": "wilma", "SSHPublicKeyBody": ssh_text()},
    "UploadSigningCertificate": {"UserName": "wilma", "CertificateBody": certificate()},
    MAKE: {"UserName": "wilma"},
    "PutUserPolicy": {"UserName": "wilma", "PolicyName": "own", "PolicyDocument": DENY},
    REVOKE: {"UserName": "wilma"},
    "TagUser": {"UserName": "wilma", "Tags": [{"Key": "team", "Value": "green"}]},
    "UntagUser": {"UserName": "wilma", "TagKeys": ["team"]},
}
AT_AWS = {MAKE: "UploadSigningCertificate", REVOKE: "PutUserPolicy"}


def written_at_aws() -> list[Operation]:
    return [one for one in all_operations().values() if one.changes and not one.console_only]


def test_every_change_at_aws_says_what_it_wants():
    assert len(written_at_aws()) >= 61
    without = [one.name for one in written_at_aws() if type(one).wanted is Operation.wanted]
    assert without == []


@pytest.fixture
def furnished(linked, alice, aws):
    """The linked account with what the changes are about."""
    aws.create_policy(PolicyName="Reading", PolicyDocument=ALLOW, Tags=[{"Key": "old", "Value": "1"}])
    aws.put_user_policy(UserName="wilma", PolicyName="own", PolicyDocument=ALLOW)
    aws.update_account_password_policy(MinimumPasswordLength=9)
    assert sync(alice).state == "done"
    return as_administrator(alice)


def settled(by, alice, front, name, fault) -> str:
    """What is said of a change after AWS's silence."""
    setattr(front, fault, frozenset({AT_AWS.get(name, name)}))
    with pytest.raises(OutcomeUnknown):
        execute(by, name, **CHANGES[name])
    setattr(front, fault, frozenset())
    later()
    assert sync(alice).state == "done"
    intent = Intent.objects.get()
    assert intent.state == "settled"
    return intent.outcome


@pytest.mark.long
@pytest.mark.parametrize("name", CHANGES)
def test_aws_has_it(furnished, alice, front, name):
    assert settled(furnished, alice, front, name, "silent") == (PRIVATE_KEY_LOST if name == MAKE else HAS)


@pytest.mark.long
@pytest.mark.parametrize("name", CHANGES)
def test_aws_does_not_have_it(furnished, alice, front, name):
    assert settled(furnished, alice, front, name, "dropped") == HAS_NOT


@pytest.mark.parametrize("read", ["ListPolicyTags", "ListSSHPublicKeys", "GetSSHPublicKey"])
def test_what_aws_does_not_show_is_not_told(furnished, alice, front, read):
    front.denied = frozenset({read})
    name = "TagPolicy" if read == "ListPolicyTags" else "UploadSSHPublicKey"
    said = settled(furnished, alice, front, name, "silent")
    assert said == NOT_READ


def test_a_question_of_before_the_evidence_was_kept_is_closed_without_a_guess(furnished, alice, front):
    front.silent = frozenset({"UploadSSHPublicKey"})
    with pytest.raises(OutcomeUnknown):
        execute(furnished, "UploadSSHPublicKey", **CHANGES["UploadSSHPublicKey"])
    Intent.objects.update(evidence={})
    sync(alice)
    assert Intent.objects.get().outcome == NOT_SHOWN


def test_the_mirror_is_not_asked(furnished, alice, aws, front):
    """A device that a sync must spare stands in the mirror; AWS has none."""
    front.dropped = frozenset({"CreateVirtualMFADevice"})
    with pytest.raises(OutcomeUnknown):
        execute(furnished, "CreateVirtualMFADevice", VirtualMFADeviceName="phone")
    VirtualMFADevice.objects.create(
        account=Account.objects.get(account_id=AWS_ACCOUNT),
        serial_number=DEVICE,
        name="phone",
        create_date=timezone.now(),
    )
    later()
    sync(alice)
    assert VirtualMFADevice.objects.filter(serial_number=DEVICE).exists()
    assert Intent.objects.get().outcome == HAS_NOT
