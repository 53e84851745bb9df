"""The story of one account: everything that changed it, each at its moment, through the door."""

import base64
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import timedelta

from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.utils import timezone
from django_otp.oath import TOTP

from credentials import summary
from credentials.models import AccessKey, LoginProfile, VirtualMFADevice
from iamconsole.errors import IamError

from .cast import ADMINISTRATOR, LEAVERS, SERVICE_CREDENTIALS, Person, Workload
from .stage import Stage, days_between

AWS_POLICY = "arn:aws:iam::aws:policy/"
MACHINE = "machine"  # nobody of that name: the command that makes the demo
POLICY: dict[str, int | bool] = {
    "MinimumPasswordLength": 14,
    "RequireNumbers": True,
    "RequireUppercaseCharacters": True,
    "RequireLowercaseCharacters": True,
    "AllowUsersToChangePassword": True,
    "PasswordReusePrevention": 5,
}
LATE_WITH_MFA = 0.4  # so many only enrolled when the company began to ask for it
CHORES = 90  # days of history that the event pages show


def tell(
    stage: Stage,
    groups: Mapping[str, tuple[str, ...]],
    people: Sequence[Person],
    workloads: Sequence[Workload],
) -> None:
    """Put the whole story of an account on the stage."""
    open_account(stage, groups, first=max(person.since for person in people))
    for person in people:
        hire(stage, person)
    for workload in workloads:
        deploy(stage, workload)
    names = {person.name for person in people} | {workload.name for workload in workloads}
    for name, credentials in SERVICE_CREDENTIALS.items():
        # They are of the first account; the others have namesakes, and programs of their own.
        if stage.account.is_home and name in names:
            equip(stage, name, credentials)
    for index, name in enumerate(LEAVERS):
        leave(stage, name, joined=CHORES + 40 * index, left=20 + 25 * index)
    refusals(stage, people)


def open_account(stage: Stage, groups: Mapping[str, tuple[str, ...]], first: int) -> None:
    """The first administrator, the password policy and the groups, before anybody else comes."""
    dawn = (stage.now - timedelta(days=first)).replace(hour=6, minute=0)
    stage.at(dawn, create, stage, stage.director, "/staff/", "platform")
    stage.at(dawn, attach, stage, stage.director, ADMINISTRATOR, by=MACHINE)
    stage.at(dawn, stage.do, "UpdateAccountPasswordPolicy", **POLICY)
    for name, policies in groups.items():
        stage.at(dawn, stage.do, "CreateGroup", GroupName=name)
        for policy in policies:
            stage.at(dawn, stage.do, "AttachGroupPolicy", GroupName=name, PolicyArn=AWS_POLICY + policy)


def hire(stage: Stage, person: Person) -> None:
    """A person is created, joins groups, chooses a password, enrols MFA and gets a key."""
    name, day = person.name, stage.ago(person.since)
    if name != stage.director:
        stage.at(day, create, stage, name, person.path, person.team)
    stage.at(day, describe, stage, name, "person")
    stage.at(day, give_password, stage, name)
    for group in person.groups:
        stage.at(day, stage.do, "AddUserToGroup", UserName=name, GroupName=group)
    if person.seen is not None:
        started = max(day, stage.ago(max(person.since - 1, person.seen)))
        stage.at(started, choose_password, stage, name)
        if person.mfa:
            late = person.since > CHORES and stage.chance.random() < LATE_WITH_MFA
            enrolled = stage.ago(stage.chance.uniform(2, CHORES - 5)) if late else started
            stage.at(max(started, enrolled), enrol_mfa, stage, name)
    if person.key is not None:
        stage.at(max(day, stage.ago(person.key)), make_key, stage, name)
    if person.ssh_key is not None:
        stage.at(max(day, stage.ago(person.ssh_key)), upload_ssh_key, stage, name)


def deploy(stage: Stage, workload: Workload) -> None:
    """A workload is created with its policies; its keys come and are deactivated later."""
    name, day = workload.name, stage.ago(workload.since)
    stage.at(day, create, stage, name, workload.path, workload.team)
    stage.at(day, describe, stage, name, "workload", workload.team)
    for policy in workload.policies:
        stage.at(day, attach, stage, name, policy)
    for age, _, active in workload.keys:
        stage.at(max(day, stage.ago(age)), make_key, stage, name, active=active)
    if workload.certificate is not None:
        made = max(day, stage.ago(workload.certificate))
        stage.at(made, stage.do, "iamconsole:CreateSigningCertificate", UserName=name)
    if workload.review is not None:
        youngest = min(age for age, _, _ in workload.keys)
        decided = max(day, stage.ago(youngest)) + timedelta(days=1)
        stage.at(decided, keep_details, stage, name, workload.team, workload.review)


def equip(stage: Stage, name: str, credentials: Sequence[tuple[str, int, int | None]]) -> None:
    """Credentials for single AWS services."""
    for service, age, life in credentials:
        params = {"UserName": name, "ServiceName": service, "CredentialAgeDays": life}
        stage.at(stage.ago(age), stage.do, "CreateServiceSpecificCredential", **params)


def leave(stage: Stage, name: str, joined: int, left: int) -> None:
    """Somebody who came and went: the history keeps what the directory no longer shows."""
    day, end = stage.ago(joined), stage.ago(left)
    stage.at(day, create, stage, name, "/staff/", "support")
    stage.at(day, give_password, stage, name)
    stage.at(end, stage.do, "DeleteLoginProfile", UserName=name)
    stage.at(end, stage.do, "DeleteUser", UserName=name)


def refusals(stage: Stage, people: Sequence[Person]) -> None:
    """What was tried and not allowed, or went wrong: every history has some."""
    curious = [person.name for person in people if person.groups and "Administrators" not in person.groups]
    for day in days_between(stage.chance, CHORES, 0.5, 4):
        name = stage.chance.choice(curious or [stage.director])
        other = stage.chance.choice(people).name
        operation = stage.chance.choice(["CreateAccessKey", "UpdateUser", "DeleteLoginProfile"])
        params = {"UserName": other} | ({"NewPath": "/staff/"} if operation == "UpdateUser" else {})
        stage.at(stage.ago(day), attempt, stage, name, operation, params)


def attempt(stage: Stage, name: str, operation: str, params: Mapping[str, str]) -> None:
    """Somebody without the permission tries; the Event is what is wanted."""
    if not stage.exists(name) or stage.caller(name).permits(f"iam:{operation}", "*"):
        return
    with suppress(IamError):  # refused, as the story has it
        stage.do(operation, by=name, **params)


def create(stage: Stage, name: str, path: str, team: str) -> None:
    tags = [{"Key": "team", "Value": team}] if team else None
    stage.do("CreateUser", UserName=name, Path=path, Tags=tags)


def describe(stage: Stage, name: str, kind: str, team: str = "") -> None:
    """Who uses it, and where to write to: to the team of a program."""
    address = f"{team or name}@{stage.account.alias}.example"
    stage.do("iamconsole:UpdateUserProfile", UserName=name, UserType=kind, EmailAddress=address)


def keep_details(stage: Stage, name: str, owner: str, review: int) -> None:
    """Who answers for the newest key, and when somebody looks at it again."""
    key = AccessKey.objects.filter(user=stage.user(name)).latest("create_date")
    day = (stage.now + timedelta(days=review)).date().isoformat()
    names = {"UserName": name, "AccessKeyId": key.label}
    stage.do("iamconsole:UpdateAccessKeyDetails", **names, Owner=owner, ReviewDate=day)


def attach(stage: Stage, name: str, policy: str, by: str = "") -> None:
    stage.do("AttachUserPolicy", by=by, UserName=name, PolicyArn=AWS_POLICY + policy)


def give_password(stage: Stage, name: str) -> None:
    password = stage.passwords[name]
    stage.do("CreateLoginProfile", UserName=name, Password=password, PasswordResetRequired=True)


def choose_password(stage: Stage, name: str) -> None:
    """The first sign-in: the same password stays, so that the demo can be entered with it."""
    LoginProfile.objects.filter(user=stage.user(name)).update(
        password_reset_required=False, password_last_changed=timezone.now()
    )
    summary.refresh(stage.user(name))


def enrol_mfa(stage: Stage, name: str) -> None:
    """A device with its two codes, as a phone would show them."""
    made = stage.do("CreateVirtualMFADevice", by=name, VirtualMFADeviceName=name)
    serial = made["VirtualMFADevice"]["SerialNumber"]
    seed = VirtualMFADevice.objects.get(serial_number=serial).seed()
    codes = [f"{TOTP(base64.b32decode(seed), drift=drift).token():06d}" for drift in (-1, 0)]
    stage.do(
        "EnableMFADevice",
        by=name,
        UserName=name,
        SerialNumber=serial,
        AuthenticationCode1=codes[0],
        AuthenticationCode2=codes[1],
    )


def upload_ssh_key(stage: Stage, name: str) -> None:
    """The public half of a new key pair, as its owner sends it to the administrator."""
    key = generate_private_key(public_exponent=65537, key_size=2048).public_key()
    text = key.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()
    stage.do("UploadSSHPublicKey", UserName=name, SSHPublicKeyBody=f"{text} {name}@laptop")


def make_key(stage: Stage, name: str, *, active: bool = True) -> None:
    made = stage.do("CreateAccessKey", UserName=name)
    if not active:
        key = made["AccessKey"]["AccessKeyId"]
        stage.do("UpdateAccessKey", UserName=name, AccessKeyId=key, Status="Inactive")
