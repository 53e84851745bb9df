"""An account in which every rule finds fault with somebody."""

import json
from datetime import timedelta

from django.utils import timezone

from credentials import summary
from credentials.models import (
    AccessKey,
    LoginProfile,
    ServerCertificate,
    ServiceSpecificCredential,
    SigningCertificate,
    SSHPublicKey,
)
from tests.cast import ADMINISTRATOR_ACCESS, make_user
from tests.credentials.key_texts import certificate
from users.models import Account, InlinePolicy, ManagedPolicy, PolicyAttachment, User

QUARANTINE = "AWSCompromisedKeyQuarantineV3"
CLOUD_SHELL = "AWSCloudShellFullAccess"


def ago(days: float):
    return timezone.now() - timedelta(days=days)


def document(action: str) -> str:
    statement = {"Effect": "Allow", "Action": action, "Resource": "*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def of_aws(name: str) -> ManagedPolicy:
    """A policy of the catalogue."""
    arn = f"arn:aws:iam::aws:policy/{name}"
    values = {"policy_name": name, "document": document("s3:Get*")}
    return ManagedPolicy.objects.get_or_create(account=None, arn=arn, defaults=values)[0]


def fill(account: Account) -> None:
    """Give it all that rules find fault with; its root user and the password policy it lacks too."""
    make_users(account)
    make_keys(account)
    make_policies(account)
    make_certificates(account)
    User.objects.roots(account).update(access_key_count=1, active_key_count=1, last_activity=ago(1))


def make(account: Account, name: str, password: float | None = None, **columns) -> User:
    user = make_user(account, name)
    User.objects.filter(pk=user.pk).update(**{"create_date": ago(500), **columns})
    user.refresh_from_db()
    if password is not None:
        LoginProfile.objects.create(user=user, password_last_changed=ago(password))
    summary.refresh(user)
    return user


def make_users(account: Account) -> None:
    make(account, "idle", 400)
    make(account, "robot", 1, user_type="workload")
    make(account, "bare")
    make(account, "kept", 400, break_glass=True)
    make(account, "used", 400, break_glass=True, password_last_used=ago(1))


def make_keys(account: Account) -> None:
    human = make(account, "human", 400, user_type="person")
    program = make(account, "program")
    for user, slot, columns in (
        (human, 1, {"create_date": human.create_date, "review_date": timezone.now().date()}),
        (program, 1, {"create_date": ago(100), "last_used_date": ago(95), "last_used_service": "s3"}),
        (program, 2, {"secret_lost": True}),
    ):
        key_id = f"AKIA{account.account_id}{user.user_name[:3].upper()}{slot}"
        AccessKey.objects.create(user=user, slot=slot, access_key_id=key_id, **columns)
        summary.refresh(user)


def make_policies(account: Account) -> None:
    administrator, program = (
        make(account, "admin", 1, password_last_used=ago(1)),
        User.objects.people(account).get(user_name="program"),
    )
    for number, action in enumerate(("*", "*", "s3:*")):
        arn, name = account.arns.policy("/", f"own{number}"), f"own{number}"
        row = ManagedPolicy.objects.create(
            account=account, arn=arn, policy_name=name, document=document(action)
        )
        if number == 0:
            PolicyAttachment.objects.create(policy=row, user=program)
    everything = ManagedPolicy.objects.catalogue().get(arn=ADMINISTRATOR_ACCESS)
    for policy in (everything, of_aws(QUARANTINE), of_aws(CLOUD_SHELL)):
        PolicyAttachment.objects.create(policy=policy, user=administrator)
    InlinePolicy.objects.create(
        user=administrator, policy_name="All", name_folded="all", document=document("*")
    )


def make_certificates(account: Account) -> None:
    user, number = make(account, "holder", asked_at=timezone.now()), account.account_id
    for slot, body in ((1, ""), (2, certificate(days=-1))):
        SigningCertificate.objects.create(
            user=user, slot=slot, certificate_id=f"C{number}{slot}", upload_date=ago(400), body=body
        )
    SSHPublicKey.objects.create(
        user=user, slot=1, ssh_public_key_id=f"APKA{number}", digest="1", upload_date=ago(400)
    )
    for slot, end in ((1, None), (2, ago(1))):
        ServiceSpecificCredential.objects.create(
            user=user,
            slot=slot,
            service_name="bedrock.amazonaws.com",
            credential_id=f"ACCA{number}{slot}",
            name=f"holder+{slot}",
            create_date=ago(400),
            expiration_date=end,
        )
    for name, left in (("gone", -1), ("soon", 1)):
        ServerCertificate.objects.create(
            account=account,
            server_certificate_name=name,
            name_folded=name,
            server_certificate_id=f"ASCA{number}{name}",
            expiration=timezone.now() + timedelta(days=left),
        )
