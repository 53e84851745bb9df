"""Seeded changes in an account of AWS's by somebody who does not use this console."""

import base64
import json
import random
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import boto3
from botocore.exceptions import ClientError
from django_otp.oath import TOTP

from tests.credentials.key_texts import certificate, private_rsa, private_text, ssh_text

GIT = "codecommit.amazonaws.com"
TAKES_AWAY = ("delete", "lose", "unbind", "leave", "detach", "untag", "replace")
Change = Callable[["Outside"], None]
CHANGES: dict[str, Change] = {}


def change(function: Change) -> Change:
    """Declare one kind of change."""
    CHANGES[function.__name__] = function
    return function


def document(number: int) -> str:
    statement = {"Effect": "Allow", "Action": f"s3:Get{number}*", "Resource": "*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


@dataclass
class Outside:
    """Who changes it: a client, chance, and how often each kind of change was made."""

    iam: Any
    account_id: str
    partition: str
    chance: random.Random
    made: Counter[str] = field(default_factory=Counter)
    number: int = 0

    def new(self, kind: str) -> str:
        self.number += 1
        return f"{kind}-{self.number}"

    def tags(self) -> list[dict[str, str]]:
        return [{"Key": f"k{n}", "Value": self.new("v")} for n in range(self.chance.randint(0, 3))]

    def path(self) -> str:
        return self.chance.choice(["/", "/eng/", "/eng/web/"])

    def user(self) -> str:
        names = [user["UserName"] for user in self.iam.list_users()["Users"]]
        return self.chance.choice([name for name in names if name != "admin"])

    def thing_of_a_user(self, method: str, member: str) -> dict[str, Any]:
        """One of the things that a list has, of any user who has some."""
        names = [user["UserName"] for user in self.iam.list_users()["Users"] if user["UserName"] != "admin"]
        listed = {name: getattr(self.iam, method)(UserName=name)[member] for name in names}
        return self.chance.choice([{"UserName": name, **row} for name in names for row in listed[name]])

    def with_password(self) -> str:
        found = []
        for user in self.iam.list_users()["Users"]:
            with suppress(ClientError):
                found.append(
                    self.iam.get_login_profile(UserName=user["UserName"])["LoginProfile"]["UserName"]
                )
        return self.chance.choice(found)

    def group(self) -> str:
        return self.chance.choice(self.iam.list_groups()["Groups"])["GroupName"]

    def policy(self) -> str:
        return self.chance.choice(self.iam.list_policies(Scope="Local")["Policies"])["Arn"]

    def serial(self) -> str:
        return self.chance.choice(self.iam.list_virtual_mfa_devices()["VirtualMFADevices"])["SerialNumber"]

    def certificate(self) -> str:
        listed = self.iam.list_server_certificates()["ServerCertificateMetadataList"]
        return self.chance.choice(listed)["ServerCertificateName"]

    def begin(self) -> None:
        """What gives something, in the order in which one needs the other."""
        self.run([name for name in CHANGES if not name.startswith(TAKES_AWAY)])

    def go_on(self) -> None:
        """Every kind of change, in an order of chance."""
        names = sorted(CHANGES)
        self.chance.shuffle(names)
        self.run(names)

    def run(self, names: Sequence[str]) -> None:
        """Changes by their names; what AWS refuses changes nothing."""
        for name in names:
            with suppress(ClientError, IndexError):
                CHANGES[name](self)
                self.made[name] += 1


def at_the_start_of_a_second() -> None:
    time.sleep(1 - time.time() % 1)


@change
def create_user(one: Outside) -> None:
    one.iam.create_user(UserName=one.new("user"), Path=one.path(), Tags=one.tags())


@change
def rename_user(one: Outside) -> None:
    one.iam.update_user(UserName=one.user(), NewUserName=one.new("renamed"), NewPath=one.path())


@change
def tag_user(one: Outside) -> None:
    one.iam.tag_user(UserName=one.user(), Tags=[{"Key": "team", "Value": one.new("team")}])


@change
def bound_user(one: Outside) -> None:
    one.iam.put_user_permissions_boundary(UserName=one.user(), PermissionsBoundary=one.policy())


@change
def unbind_user(one: Outside) -> None:
    users = [one.iam.get_user(UserName=user["UserName"])["User"] for user in one.iam.list_users()["Users"]]
    bounded = [user["UserName"] for user in users if "PermissionsBoundary" in user]
    one.iam.delete_user_permissions_boundary(UserName=one.chance.choice(bounded))


@change
def create_group(one: Outside) -> None:
    one.iam.create_group(GroupName=one.new("group"), Path=one.path())


@change
def join_group(one: Outside) -> None:
    one.iam.add_user_to_group(UserName=one.user(), GroupName=one.group())


@change
def leave_group(one: Outside) -> None:
    group = one.thing_of_a_user("list_groups_for_user", "Groups")
    one.iam.remove_user_from_group(UserName=group["UserName"], GroupName=group["GroupName"])


@change
def write_inline(one: Outside) -> None:
    one.number += 1
    one.iam.put_user_policy(UserName=one.user(), PolicyName="own", PolicyDocument=document(one.number))
    one.iam.put_group_policy(GroupName=one.group(), PolicyName="ours", PolicyDocument=document(one.number))


@change
def create_policy(one: Outside) -> None:
    name = one.new("policy")
    words = {"PolicyDocument": document(one.number), "Description": one.new("description")}
    one.iam.create_policy(PolicyName=name, Path=one.path(), Tags=one.tags(), **words)


@change
def replace_policy(one: Outside) -> None:
    """Another one under the same ARN."""
    free = [row for row in one.iam.list_policies(Scope="Local")["Policies"] if not row["AttachmentCount"]]
    free = [row for row in free if not row["PermissionsBoundaryUsageCount"]]
    arn = one.chance.choice(free)["Arn"]
    for version in one.iam.list_policy_versions(PolicyArn=arn)["Versions"]:
        if not version["IsDefaultVersion"]:
            one.iam.delete_policy_version(PolicyArn=arn, VersionId=version["VersionId"])
    path, _, name = arn.partition(":policy")[2].rpartition("/")
    one.iam.delete_policy(PolicyArn=arn)
    words = {"PolicyDocument": document(one.number), "Description": one.new("replaced")}
    one.iam.create_policy(PolicyName=name, Path=f"{path}/", Tags=one.tags(), **words)


@change
def new_version(one: Outside) -> None:
    one.number += 1
    default = one.chance.random() < 0.5
    one.iam.create_policy_version(
        PolicyArn=one.policy(), PolicyDocument=document(one.number), SetAsDefault=default
    )


@change
def other_default(one: Outside) -> None:
    arn = one.policy()
    versions = one.iam.list_policy_versions(PolicyArn=arn)["Versions"]
    one.iam.set_default_policy_version(PolicyArn=arn, VersionId=one.chance.choice(versions)["VersionId"])


@change
def tag_policy(one: Outside) -> None:
    one.iam.tag_policy(PolicyArn=one.policy(), Tags=[{"Key": "team", "Value": one.new("team")}])


@change
def untag_policy(one: Outside) -> None:
    one.iam.untag_policy(PolicyArn=one.policy(), TagKeys=["team", "k0"])


@change
def attach(one: Outside) -> None:
    one.iam.attach_user_policy(UserName=one.user(), PolicyArn=one.policy())
    one.iam.attach_group_policy(GroupName=one.group(), PolicyArn=one.policy())


@change
def detach(one: Outside) -> None:
    policy = one.thing_of_a_user("list_attached_user_policies", "AttachedPolicies")
    one.iam.detach_user_policy(UserName=policy["UserName"], PolicyArn=policy["PolicyArn"])


@change
def two_keys_of_one_second(one: Outside) -> None:
    at_the_start_of_a_second()
    name = one.user()
    one.iam.create_access_key(UserName=name)
    one.iam.create_access_key(UserName=name)


@change
def use_key(one: Outside) -> None:
    """Whoever has it may do nothing, and has used it."""
    key = one.iam.create_access_key(UserName=one.user())["AccessKey"]
    session = boto3.session.Session(key["AccessKeyId"], key["SecretAccessKey"], region_name="us-east-1")
    with suppress(ClientError):
        session.client("iam", endpoint_url=one.iam.meta.endpoint_url).list_users()


@change
def switch_key(one: Outside) -> None:
    key = one.thing_of_a_user("list_access_keys", "AccessKeyMetadata")
    status = {"Active": "Inactive", "Inactive": "Active"}[key["Status"]]
    one.iam.update_access_key(UserName=key["UserName"], AccessKeyId=key["AccessKeyId"], Status=status)


@change
def delete_key(one: Outside) -> None:
    key = one.thing_of_a_user("list_access_keys", "AccessKeyMetadata")
    one.iam.delete_access_key(UserName=key["UserName"], AccessKeyId=key["AccessKeyId"])


@change
def set_password(one: Outside) -> None:
    reset = one.chance.random() < 0.5
    one.iam.create_login_profile(
        UserName=one.user(), Password=f"{one.new('Pw')}-Long-enough-1", PasswordResetRequired=reset
    )


@change
def reset_flag(one: Outside) -> None:
    name = one.with_password()
    flag = one.iam.get_login_profile(UserName=name)["LoginProfile"]["PasswordResetRequired"]
    one.iam.update_login_profile(UserName=name, PasswordResetRequired=not flag)


@change
def delete_password(one: Outside) -> None:
    one.iam.delete_login_profile(UserName=one.with_password())


@change
def create_device(one: Outside) -> None:
    one.iam.create_virtual_mfa_device(VirtualMFADeviceName=one.new("spare"), Path=one.path(), Tags=one.tags())


@change
def two_devices(one: Outside) -> None:
    name = one.user()
    for _ in range(2):
        made = one.iam.create_virtual_mfa_device(VirtualMFADeviceName=one.new("phone"), Path=one.path())
        device = made["VirtualMFADevice"]
        totp = TOTP(base64.b32decode(device["Base32StringSeed"]))
        first, totp.drift = totp.token(), 1
        codes = {"AuthenticationCode1": f"{first:06}", "AuthenticationCode2": f"{totp.token():06}"}
        one.iam.enable_mfa_device(UserName=name, SerialNumber=device["SerialNumber"], **codes)


@change
def lose_device(one: Outside) -> None:
    device = one.thing_of_a_user("list_mfa_devices", "MFADevices")
    one.iam.deactivate_mfa_device(UserName=device["UserName"], SerialNumber=device["SerialNumber"])


@change
def tag_device(one: Outside) -> None:
    one.iam.tag_mfa_device(SerialNumber=one.serial(), Tags=[{"Key": "team", "Value": one.new("team")}])


@change
def untag_device(one: Outside) -> None:
    one.iam.untag_mfa_device(SerialNumber=one.serial(), TagKeys=["team", "k0"])


@change
def delete_device(one: Outside) -> None:
    spare = one.iam.list_virtual_mfa_devices(AssignmentStatus="Unassigned")["VirtualMFADevices"]
    one.iam.delete_virtual_mfa_device(SerialNumber=one.chance.choice(spare)["SerialNumber"])


@change
def upload_ssh_key(one: Outside) -> None:
    one.iam.upload_ssh_public_key(UserName=one.user(), SSHPublicKeyBody=ssh_text())


@change
def switch_ssh_key(one: Outside) -> None:
    key = one.thing_of_a_user("list_ssh_public_keys", "SSHPublicKeys")
    named = {"UserName": key["UserName"], "SSHPublicKeyId": key["SSHPublicKeyId"]}
    one.iam.update_ssh_public_key(Status="Inactive" if key["Status"] == "Active" else "Active", **named)


@change
def two_certificates_of_one_second(one: Outside) -> None:
    texts = [certificate(), certificate()]
    at_the_start_of_a_second()
    name = one.user()
    for text in texts:
        one.iam.upload_signing_certificate(UserName=name, CertificateBody=text)


@change
def delete_certificate(one: Outside) -> None:
    row = one.thing_of_a_user("list_signing_certificates", "Certificates")
    one.iam.delete_signing_certificate(UserName=row["UserName"], CertificateId=row["CertificateId"])


@change
def create_service_credential(one: Outside) -> None:
    one.iam.create_service_specific_credential(UserName=one.user(), ServiceName=GIT)


@change
def upload_server_certificate(one: Outside) -> None:
    key = private_rsa()
    texts = {"CertificateBody": certificate(private=key), "PrivateKey": private_text(key)}
    name = one.new("shop")
    one.iam.upload_server_certificate(ServerCertificateName=name, Path=one.path(), Tags=one.tags(), **texts)


@change
def rename_server_certificate(one: Outside) -> None:
    one.iam.update_server_certificate(
        ServerCertificateName=one.certificate(), NewServerCertificateName=one.new("store"), NewPath=one.path()
    )


@change
def tag_server_certificate(one: Outside) -> None:
    tags = [{"Key": "team", "Value": one.new("team")}]
    one.iam.tag_server_certificate(ServerCertificateName=one.certificate(), Tags=tags)


@change
def untag_server_certificate(one: Outside) -> None:
    one.iam.untag_server_certificate(ServerCertificateName=one.certificate(), TagKeys=["team", "k0"])


@change
def settings_of_the_account(one: Outside) -> None:
    length = one.chance.randint(8, 20)
    one.iam.update_account_password_policy(MinimumPasswordLength=length, MaxPasswordAge=length * 10)
    one.iam.create_account_alias(AccountAlias=one.new("alias"))


@change
def delete_user(one: Outside) -> None:
    """One who has nothing."""
    name = one.new("leaver")
    one.iam.create_user(UserName=name)
    names = [user["UserName"] for user in one.iam.list_users()["Users"] if "leaver" in user["UserName"]]
    if len(names) > 1:  # those of the round before are known to whoever reads
        one.iam.delete_user(UserName=min(set(names) - {name}))
