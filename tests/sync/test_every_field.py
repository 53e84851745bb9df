"""Every field of a linked account equals what boto3 reads at AWS, after rounds of changes made outside."""

import random
from datetime import timedelta

import pytest

from iamconsole.operations import all_operations
from iamconsole.operations.shapes import iam_model
from tests.query.clients import key_of, routed
from tests.sync import proxy as faults
from tests.sync import reads
from tests.sync.conftest import AWS_ACCOUNT, link, sync
from tests.sync.outside import CHANGES, Outside
from tests.sync.second import manage, second_installation
from users.models import User

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.processes,
    pytest.mark.long,
    pytest.mark.timeout(600),
]
SEED, ROUNDS = 15, 3
# Reads of what no mirror has, each with the reason.
LEFT_OUT = {
    "GetMFADevice": "told of security keys only, and nobody registers one with a program",
    "GetAccountSummary": "figures of the account, root and roles included",
    "GetCredentialReport": "a report has a moment of its own",
    "GetContextKeysForCustomPolicy": "says nothing of the account",
    "GetContextKeysForPrincipalPolicy": "says nothing that the policies do not",
    "SimulateCustomPolicy": "says nothing of the account",
    "SimulatePrincipalPolicy": "says nothing that the policies do not",
    "ListPoliciesGrantingServiceAccess": "says nothing that the policies do not",
    "GetServiceLastAccessedDetails": "a report has a moment of its own",
    "GetServiceLastAccessedDetailsWithEntities": "a report has a moment of its own",
    **dict.fromkeys(
        (
            "GetInstanceProfile",
            "GetOpenIDConnectProvider",
            "GetRole",
            "GetRolePolicy",
            "GetSAMLProvider",
            "ListAttachedRolePolicies",
            "ListInstanceProfileTags",
            "ListInstanceProfiles",
            "ListInstanceProfilesForRole",
            "ListOpenIDConnectProviderTags",
            "ListOpenIDConnectProviders",
            "ListRolePolicies",
            "ListRoleTags",
            "ListRoles",
            "ListSAMLProviderTags",
            "ListSAMLProviders",
        ),
        "asked of AWS each time, so there is no mirror",
    ),
}
# Members of the answers that neither account has, each with the reason.
NEVER_THERE = {
    "PasswordLastUsed": "nobody signs in at the second installation",
    "Users.PermissionsBoundary": "a list of users has none",
    "VirtualMFADevices.User.PermissionsBoundary": "a list of devices has none",
    "RoleDetailList": "it has no roles",
    "PolicyRoles": "it has no roles",
    "Base32StringSeed": "told when a device is made, never again",
    "QRCodePNG": "told when a device is made, never again",
    "Certifications": "security keys have them, and nobody registers one with a program",
    "ServiceCredentialAlias": "credentials of Amazon Bedrock have it",
    "ServiceCredentialSecret": "credentials of Amazon Bedrock have it",
    "ServicePassword": "told when it is made, never again",
    "ExpirationDate": "credentials of Amazon Bedrock have it",
    "CertificateChain": "its certificates are signed by themselves",
    "HardExpiry": "not set",
    "PasswordReusePrevention": "not set",
    "Description": "a list of policies has none",
    "Tags": "a list has those of users only",
    "IsAttachable": "a detail of policies has none",
    "Document": "a list of versions has none",
}
# What no program can do there: a token beside the other devices of a user, another one in each round, and a
# credential report that is not four hours old.
AT_AWS = """
from django.utils import timezone
from reports.models import CredentialReport
from credentials import devices, summary
from credentials.models import HardwareMFADevice
from users.models import Account, User
CredentialReport.objects.all().delete()
account = Account.objects.get(account_id="{account}")
old = HardwareMFADevice.objects.filter(account=account)
old.delete()
user = User.objects.filter(account=account, mfa_devices__isnull=False).order_by("pk").first()
if user:
    HardwareMFADevice.objects.create(account=account, user=user, name="token", serial_number="GAHT1234567{number}",
        confirmed=True, enable_date=timezone.now().replace(microsecond=0))
    summary.refresh(user)
"""
PARTITION = """
from users.models import Account
from users.policies import catalogue
Account.objects.filter(is_home=True).update(partition="{partition}")
catalogue.load_partition("{partition}")
"""


@pytest.fixture(params=["aws", "aws-us-gov", "aws-cn"])
def outside(request, settings, monkeypatch):
    """AWS, reached through a proxy, and somebody who changes it."""
    # What was just made counts as long made, and everybody has a turn in each sync.
    monkeypatch.setattr("iamconsole.sync.guard.FRESH", timedelta(minutes=-5))
    monkeypatch.setattr("iamconsole.sync.plan.ROTATION", 1)
    monkeypatch.setattr("iamconsole.sync.single.ROTATION", 1)
    settings.SYNC_BUDGET = settings.SYNC_SINGLE_BUDGET = 10_000
    settings.SYNC_FRESH_HOURS = 0
    with second_installation(PARTITION.format(partition=request.param)) as second:
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", second.key["AccessKeyId"])
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", second.key["SecretAccessKey"])
        monkeypatch.delenv("AWS_PROFILE", raising=False)
        with faults.proxied(second.url) as proxy:
            settings.AWS_ENDPOINT_URL = f"{proxy.url}/api/"
            chance = random.Random(f"{SEED} {request.param}")  # noqa: S311
            yield second, Outside(second.client(), AWS_ACCOUNT, request.param, chance)


def here(alice, caller, partition: str):
    """A client of this console's API, in the linked account."""
    sts = routed(*key_of(caller(alice), alice), service="sts")
    role = f"arn:{partition}:iam::{AWS_ACCOUNT}:role/IamConsoleAdministrator"
    made = sts.assume_role(RoleArn=role, RoleSessionName="compare")["Credentials"]
    return routed(made["AccessKeyId"], made["SecretAccessKey"], made["SessionToken"])


def test_every_field_is_what_boto3_reads(outside, alice, caller):
    second, changes = outside
    for _ in range(4):
        changes.iam.create_user(UserName=changes.new("user"))
        changes.iam.create_policy(PolicyName=changes.new("policy"), PolicyDocument=reads_something())
        changes.iam.create_group(GroupName=changes.new("group"))
    account = link(caller(alice))
    ours, seen = here(alice, caller, changes.partition), set[str]()
    for number in range(ROUNDS):
        changes.go_on() if number else changes.begin()
        manage(second.data, "shell", "-v", "0", "-c", AT_AWS.format(account=AWS_ACCOUNT, number=number))
        job = sync(alice)
        assert (job.state, job.error) == ("done", "")
        theirs, mine = reads.read_all(changes.iam), reads.read_all(ours)
        different = {key: (theirs.get(key), mine.get(key)) for key in theirs.keys() | mine.keys()
                     if theirs.get(key) != mine.get(key)}  # fmt: skip
        assert different == {}, f"round {number}, seed {SEED}"
        for key, answer in theirs.items():
            name = key.partition(" ")[0]
            if isinstance(answer, dict):
                reads.members(iam_model().operation_model(name).output_shape, answer, seen, name)
    assert account.partition == changes.partition
    assert sorted(set(CHANGES) - changes.made.keys()) == [], "every kind of change was made"
    nothing_is_forgotten(seen)
    assert User.objects.filter(account=account).exists()


def reads_something() -> str:
    return '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:Get*","Resource":"*"}}'


def nothing_is_forgotten(seen: set[str]) -> None:
    """Every read of the console's was compared, with every member that IAM's model gives it."""
    read = {name for name, operation in all_operations().items() if operation.reads and ":" not in name}
    compared = {path.partition(".")[0] for path in seen}
    assert read - compared - LEFT_OUT.keys() == set()
    members = {
        path
        for name in compared
        for path in reads.all_members(iam_model().operation_model(name).output_shape, name)
    }
    missing = [path for path in members - seen if not any(f".{part}." in f"{path}." for part in NEVER_THERE)]
    assert not missing, "\n".join(sorted(missing))
