"""AWS decides about the quotas of a linked account; pages show what it allows, and how old that is."""

import json
import re
from dataclasses import replace
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from credentials.models import (
    AccessKey,
    ServerCertificate,
    ServiceSpecificCredential,
    SigningCertificate,
    SSHPublicKey,
    VirtualMFADevice,
)
from iamconsole.addresses import address_in
from iamconsole.errors import IamError
from iamconsole.models import Event
from iamconsole.operations import execute
from iamconsole.operations.door import STILL_OPEN
from iamconsole.templatetags.console import absolute
from tests.credentials.authenticator import two_codes
from tests.credentials.key_texts import certificate, ssh_text
from tests.credentials.server_material import upload_params
from users.models import (
    Account,
    AccountLink,
    Group,
    GroupMembership,
    InlinePolicy,
    ManagedPolicy,
    PolicyAttachment,
    PolicyVersion,
    User,
)

from .conftest import AWS_ACCOUNT, as_administrator, sync

pytestmark = pytest.mark.django_db(transaction=True)
# What the double lacks it answers with a page, which is no answer.
NO_ANSWER = f"ServiceUnavailable: {STILL_OPEN}"
ARN = f"arn:aws:iam::{AWS_ACCOUNT}"
DOCUMENT = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}]}'
# Longer than any policy may be.
LONG = json.dumps({**json.loads(DOCUMENT), "Id": "x" * 6200})
FIFTY = {f"key-{number}": "v" for number in range(50)}
ONE_MORE = [{"Key": "one-more", "Value": "v"}]
SERVICE = "codecommit.amazonaws.com"


def fill(account: Account) -> None:
    """The mirror with as much of everything as IAM allows by default, and none of it at AWS."""
    wilma = User.objects.get(account=account, user_name="wilma")
    crew = Group.objects.get(account=account)
    now = timezone.now() - timedelta(days=1)
    User.objects.bulk_create(
        User(account=account, user_id=f"AIDA{n}", user_name=f"u{n}", name_folded=f"u{n}") for n in range(5000)
    )
    groups = Group.objects.bulk_create(
        Group(account=account, group_name=f"g{n}", name_folded=f"g{n}", group_id=f"AGPA{n}")
        for n in range(300)
    )
    GroupMembership.objects.bulk_create(GroupMembership(user=wilma, group=group) for group in groups[:10])
    policies = ManagedPolicy.objects.bulk_create(
        ManagedPolicy(account=account, arn=f"{ARN}:policy/p{n}", policy_name=f"p{n}", document=DOCUMENT)
        for n in range(1500)
    )
    for holder in ({"user": wilma}, {"group": crew}):
        PolicyAttachment.objects.bulk_create(PolicyAttachment(policy=p, **holder) for p in policies[:20])
        InlinePolicy.objects.create(policy_name="long", name_folded="long", document=LONG, **holder)
    own = ManagedPolicy.objects.get(arn=f"{ARN}:policy/own")
    PolicyVersion.objects.bulk_create(
        PolicyVersion(policy=own, number=n, document=DOCUMENT) for n in range(2, 7)
    )
    VirtualMFADevice.objects.bulk_create(
        VirtualMFADevice(
            account=account,
            name=f"d{n}",
            serial_number=f"{ARN}:mfa/d{n}",
            user=wilma if n < 8 else None,
            confirmed=n < 8,
            maker_id="",
        )
        for n in range(5000)
    )
    User.objects.filter(pk=wilma.pk).update(mfa_count=8, tags=FIFTY)
    ManagedPolicy.objects.filter(pk=own.pk).update(tags=FIFTY)
    AccessKey.objects.bulk_create(AccessKey(user=wilma, slot=n, access_key_id=f"AKIA{n}") for n in (1, 2))
    SSHPublicKey.objects.bulk_create(
        SSHPublicKey(user=wilma, slot=n, ssh_public_key_id=f"APKA{n}", digest=f"{n}") for n in range(1, 6)
    )
    SigningCertificate.objects.bulk_create(
        SigningCertificate(user=wilma, slot=n, certificate_id=f"CERT{n}") for n in (1, 2)
    )
    ServiceSpecificCredential.objects.bulk_create(
        ServiceSpecificCredential(user=wilma, slot=n, service_name=SERVICE, credential_id=f"ACCA{n}")
        for n in (1, 2)
    )
    ServerCertificate.objects.bulk_create(
        ServerCertificate(
            account=account,
            server_certificate_name=f"c{n}",
            name_folded=f"c{n}",
            server_certificate_id=f"ASCA{n}",
            expiration=now,
            tags=FIFTY,
        )
        for n in range(20)
    )


def code_of(me, name: str, params: dict) -> str:
    """The code of the error; "" where there is none."""
    try:
        execute(me, name, **params)
    except IamError as error:
        return str(error)
    return ""


WRITES = {
    "CreateUser": {"UserName": "erin"},
    "CreateGroup": {"GroupName": "another"},
    "CreatePolicy": {"PolicyName": "another", "PolicyDocument": LONG},
    "CreatePolicyVersion": {"PolicyArn": f"{ARN}:policy/own", "PolicyDocument": LONG},
    "AttachUserPolicy": {"UserName": "wilma", "PolicyArn": f"{ARN}:policy/own"},
    "AttachGroupPolicy": {"GroupName": "crew", "PolicyArn": f"{ARN}:policy/own"},
    "PutUserPolicy": {"UserName": "wilma", "PolicyName": "another", "PolicyDocument": LONG},
    "PutGroupPolicy": {"GroupName": "crew", "PolicyName": "another", "PolicyDocument": LONG},
    "AddUserToGroup": {"UserName": "wilma", "GroupName": "crew"},
    "TagUser": {"UserName": "wilma", "Tags": ONE_MORE},
    "TagPolicy": {"PolicyArn": f"{ARN}:policy/own", "Tags": ONE_MORE},
    "TagMFADevice": {"SerialNumber": f"{ARN}:mfa/d9", "Tags": ONE_MORE},
    "TagServerCertificate": {"ServerCertificateName": "c1", "Tags": ONE_MORE},
    "CreateAccessKey": {"UserName": "wilma"},
    "UploadSSHPublicKey": {"UserName": "wilma"},
    "UploadSigningCertificate": {"UserName": "wilma"},
    "CreateServiceSpecificCredential": {"UserName": "wilma", "ServiceName": SERVICE},
    "CreateVirtualMFADevice": {"VirtualMFADeviceName": "another"},
    "UploadServerCertificate": upload_params(),
}


@pytest.mark.long
def test_no_number_of_this_console_refuses_what_aws_takes(alice, linked, aws, front):
    """AWS, whose double has hardly any quota, decides each time; what it took is in the mirror."""
    aws.create_group(GroupName="crew")
    aws.create_policy(PolicyName="own", PolicyDocument=DOCUMENT)
    assert sync(alice).state == "done"
    fill(linked)
    me = as_administrator(alice)
    VirtualMFADevice.objects.filter(serial_number=f"{ARN}:mfa/d9").update(tags=FIFTY)
    VirtualMFADevice.objects.filter(name__in=[f"d{n}" for n in range(10, 30)]).update(
        maker_id=me.person_id, begun_at=timezone.now()
    )
    sent = {
        **WRITES,
        "UploadSSHPublicKey": {"UserName": "wilma", "SSHPublicKeyBody": ssh_text()},
        "UploadSigningCertificate": {"UserName": "wilma", "CertificateBody": certificate()},
    }
    for name, params in sent.items():
        code = code_of(me, name, params)
        assert front.asked[-1] == name, f"{name} did not reach AWS: {code}"
        assert code in ("", NO_ANSWER), name
    device = VirtualMFADevice.objects.get(name="another")
    first, second = two_codes(device)
    codes = {"AuthenticationCode1": first, "AuthenticationCode2": second}
    execute(me, "EnableMFADevice", UserName="wilma", SerialNumber=device.serial_number, **codes)
    wilma = User.objects.get(account=linked, user_name="wilma")
    assert wilma.mfa_count == 9
    assert wilma.ssh_public_keys.count() == 6
    assert ServiceSpecificCredential.objects.filter(user=wilma).count() == 3
    assert wilma.policy_attachments.count() == 21


def test_at_awss_limit_people_read_the_next_step_and_programs_its_sentence(alice, linked, aws):
    for _ in range(2):
        aws.create_access_key(UserName="wilma")
    me, sentence = as_administrator(alice), "Cannot exceed quota for AccessKeysPerUser: 2"
    with pytest.raises(IamError) as person:
        execute(me, "CreateAccessKey", UserName="wilma")
    assert person.value.message == (
        f"AWS refused this: {sentence}. Delete one of the user's access keys first. AWS does not raise this quota."
    )
    assert sentence in Event.objects.filter(action="iam:CreateAccessKey").latest("at").message
    with pytest.raises(IamError) as program:
        execute(replace(me, channel="access-key"), "CreateAccessKey", UserName="wilma")
    assert program.value.message == sentence


def raised(params: dict, content: bytes) -> bytes:
    """AWS's answer with quotas that were raised, and with a name that nobody knows yet."""
    entries = {"AttachedPoliciesPerUserQuota": 20, "UserPolicySizeQuota": 4096, "LaterQuota": 7}
    for name, number in entries.items():
        content = re.sub(rf"<entry>\s*<key>{name}</key>.*?</entry>".encode(), b"", content, flags=re.DOTALL)
        entry = f"<entry><key>{name}</key><value>{number}</value></entry></SummaryMap>"
        content = content.replace(b"</SummaryMap>", entry.encode())
    return content


def text(client, account: Account, name: str, *args: str) -> str:
    """A page without its tags, in one line."""
    page = client.get(address_in(account.account_id, name, *args)).content.decode()
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def test_pages_show_what_aws_allows_and_since_when(alice, linked, front, client, sign_in):
    wilma = User.objects.get(user_name="wilma")
    pages = sign_in(client, alice)
    pages.post(reverse("users:switch-account", args=[AWS_ACCOUNT]))
    assert "Managed policies per user" in (first := text(pages, linked, "credentials:account-settings"))
    assert "0 of 10" in first
    front.rewrite = {"GetAccountSummary": raised}
    sync(alice)
    link = AccountLink.objects.get(account=linked)
    assert link.summary["LaterQuota"] == 7
    settings = text(pages, linked, "credentials:account-settings")
    assert "0 of 20" in settings
    assert f"Read from AWS {absolute(link.summary_at)}" in settings
    assert "of 4,096 characters" in text(pages, linked, "users:create-user-inline-policy", wilma.user_id)
    summary = execute(as_administrator(alice), "GetAccountSummary")["SummaryMap"]
    assert (summary["AttachedPoliciesPerUserQuota"], summary["LaterQuota"], summary["Users"]) == (20, 7, 1)
    AccountLink.objects.update(summary={}, summary_at=None)
    front.denied = frozenset({"GetAccountSummary"})
    job = sync(alice)
    assert job.result["unknown"] == ["GetAccountSummary"]
    settings = text(pages, linked, "credentials:account-settings")
    assert "Allowed: not known" in settings
    assert "iam:GetAccountSummary" in settings
    assert "UsersQuota" not in execute(as_administrator(alice), "GetAccountSummary")["SummaryMap"]
