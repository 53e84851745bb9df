"""Makes the account of ``truth`` beside a running console. Everything goes through the door, on its day."""

import base64
import json
from datetime import datetime, timedelta
from random import Random
from typing import Any

from django.db import transaction
from django_otp.oath import TOTP

from credentials import summary
from credentials.models import AccessKey, VirtualMFADevice
from credentials.passwords import rules as passwords
from iamconsole.demo import cast
from iamconsole.demo.certificates import upload
from iamconsole.demo.stage import Stage
from iamconsole.management.commands.create_account import home_caller
from iamconsole.operations import Caller, execute
from iamconsole.operations.listeners import silence
from tests.clients import truth
from users.callers.build import Origin, caller_for_user
from users.models import Account, User

PASSWORD = "Correct horse 7 battery"
NOBODY = "machine"  # the machine acts, not a user


class Filling(Stage):
    """The account, played from its oldest day to today."""

    def ago(self, days: float) -> datetime:
        """So many full days ago, whatever the hour; "today" is a moment ago."""
        return self.now - (timedelta(days=days, hours=1) if days else timedelta(minutes=1))

    def then(self, days: float, operation: str, **params: Any) -> None:
        self.at(self.ago(days), self.do, operation, by=NOBODY, **params)


def fill(account: Account) -> dict[str, str]:
    """Everything of ``truth``. Returns the administrator's key."""
    stage = Filling(account, NOBODY, Random(1))  # noqa: S311  (certificates of a test)
    first = max(user.age for user in truth.USERS) + 1
    stage.then(first, "CreateAccountAlias", AccountAlias=truth.ALIAS)
    stage.then(first, "UpdateAccountPasswordPolicy", **truth.PASSWORD_POLICY)
    for policy in truth.POLICIES:
        make_policy(stage, policy, first)
    for group in truth.GROUPS:
        make_group(stage, group, first)
    keys: dict[str, str] = {}
    for user in truth.USERS:
        make_user(stage, user, keys)
    for name in truth.SPARE_DEVICES:
        stage.then(first, "CreateVirtualMFADevice", VirtualMFADeviceName=name)
    for made in truth.CERTIFICATES:
        stage.at(
            stage.ago(made.age), upload, stage, cast.Certificate(made.name, "a.example", made.age, made.left)
        )
    stage.play()
    make_root(stage)
    for row in User.objects.filter(account=account):
        summary.refresh(row)
    return keys


def make_policy(stage: Filling, policy: truth.Policy, age: int) -> None:
    first, *later = map(json.dumps, policy.versions)
    described = {"Description": policy.description} if policy.description else {}
    stage.then(
        age, "CreatePolicy", PolicyName=policy.name, Path=policy.path, PolicyDocument=first, **described
    )
    for version in later:
        params = {"PolicyArn": policy.arn, "PolicyDocument": version}
        stage.then(age, "CreatePolicyVersion", SetAsDefault=True, **params)


def make_group(stage: Filling, group: truth.Group, age: int) -> None:
    named = {"GroupName": group.name}
    stage.then(age, "CreateGroup", Path=group.path, **named)
    for arn in group.attached:
        stage.then(age, "AttachGroupPolicy", PolicyArn=arn, **named)
    for name, document in group.inline.items():
        stage.then(age, "PutGroupPolicy", PolicyName=name, PolicyDocument=json.dumps(document), **named)


def make_user(stage: Filling, user: truth.User, keys: dict[str, str]) -> None:
    named = {"UserName": user.name}
    tags = [{"Key": key, "Value": value} for key, value in user.tags.items()]
    bounded = {"PermissionsBoundary": user.boundary} if user.boundary else {}
    stage.then(user.age, "CreateUser", Path=user.path, Tags=tags, **named, **bounded)
    for group in user.groups:
        stage.then(user.age, "AddUserToGroup", GroupName=group, **named)
    for arn in user.attached:
        stage.then(user.age, "AttachUserPolicy", PolicyArn=arn, **named)
    for name, document in user.inline.items():
        stage.then(user.age, "PutUserPolicy", PolicyName=name, PolicyDocument=json.dumps(document), **named)
    if user.password is not None:
        stage.then(user.password, "CreateLoginProfile", Password=PASSWORD, **named)
        stage.at(stage.ago(user.seen or 0), sign_in, stage, user)
    if user.mfa:
        stage.at(
            stage.ago(user.password or user.age), enrol, stage.caller(NOBODY), "EnableMFADevice", **named
        )
    for key in user.keys:
        stage.at(stage.ago(key.age), make_key, stage, user, key, keys)


def sign_in(stage: Filling, user: truth.User) -> None:
    if user.seen is not None:
        User.objects.filter(pk=stage.user(user.name).pk).update(password_last_used=stage.ago(user.seen))


def make_key(stage: Filling, user: truth.User, key: truth.Key, keys: dict[str, str]) -> None:
    made = stage.do("CreateAccessKey", by=NOBODY, UserName=user.name)["AccessKey"]
    use(stage, made["AccessKeyId"], key)
    if not key.active:
        named = {"UserName": user.name, "AccessKeyId": made["AccessKeyId"]}
        stage.do("UpdateAccessKey", by=NOBODY, Status="Inactive", **named)
    if user is truth.ADMIN:
        keys |= {name: made[name] for name in ("AccessKeyId", "SecretAccessKey")}


def use(stage: Filling, key_id: str, key: truth.Key) -> None:
    if key.used is not None:
        AccessKey.objects.filter(access_key_id=key_id).update(
            last_used_date=stage.ago(key.used), last_used_service="s3", last_used_region="eu-west-1"
        )


def enrol(caller: Caller, operation: str, **named: str) -> None:
    """A device with its two codes, as a phone would show them."""
    label = named.get("UserName", "root-account-mfa-device")
    made = execute(caller, "CreateVirtualMFADevice", VirtualMFADeviceName=label)["VirtualMFADevice"]
    seed = base64.b32decode(VirtualMFADevice.objects.get(serial_number=made["SerialNumber"]).seed())
    codes = [f"{TOTP(seed, drift=drift).token():06d}" for drift in (-1, 0)]
    params = {"AuthenticationCode1": codes[0], "AuthenticationCode2": codes[1], **named}
    execute(caller, operation, SerialNumber=made["SerialNumber"], **params)


def make_root(stage: Filling) -> None:
    """What nobody else can make: root's password, device and key. Their days are set afterwards."""
    row, known = User.objects.root_of(stage.account), truth.ROOT
    User.objects.filter(pk=row.pk).update(
        create_date=stage.ago(known.age), password_last_used=stage.ago(known.seen)
    )
    with transaction.atomic():
        passwords.set_password(
            row, passwords.hashed(PASSWORD), stage.ago(known.password), reset_required=False
        )
    root = caller_for_user(row, Origin(channel="command"))
    enrol(root, "iamconsole:EnableRootMFADevice")
    for key in known.keys:
        made = execute(root, "CreateAccessKey")["AccessKey"]
        AccessKey.objects.filter(access_key_id=made["AccessKeyId"]).update(create_date=stage.ago(key.age))
        use(stage, made["AccessKeyId"], key)


@silence()
def main() -> None:
    """Make it, and print the key as one line of JSON."""
    execute(home_caller(), "iamconsole:CreateAccount", AccountId=truth.ACCOUNT_ID)
    print(json.dumps(fill(Account.objects.get(account_id=truth.ACCOUNT_ID))))
