"""Three accounts of each kind with the same things in them, and four people who look at them."""

import re
from dataclasses import dataclass, field
from typing import Any

import boto3
from django.urls import reverse

from tests.cast import PASSWORD, give_password, make_user
from tests.credentials.wizard import to_review
from tests.reports.uploads import DAY, IMPORTED_ID, report, row
from tests.sessions import sign_in
from tests.snapshots import stage
from tests.snapshots.material import certificate, private_text, ssh_key
from tests.snapshots.stage import OWN_KEYS, Clock, rows
from tests.snapshots.tab import Tab
from tests.sync.conftest import as_administrator, link

ALLOW = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iam:Get*","Resource":"*"}]}'
MORE = ALLOW.replace("iam:Get*", "iam:List*")
UUID = re.compile("[0-9a-f]{8}-[0-9a-f-]{27}")
GIT = "codecommit.amazonaws.com"
PERSONAS = ("alice", "bob", "charlie", "anonymous")


@dataclass
class Scene:
    """A kind of account with the browsers of the people who look at it, and the user they look at."""

    kind: str
    account: Any
    target: Any
    browsers: dict[str, Tab] = field(default_factory=dict)
    # Parts of addresses that Alice has before her, such as the draft of the users that she is creating.
    begun: dict[str, str] = field(default_factory=dict)


def browser(clock: Clock, user: Any = None) -> Tab:
    """A browser at the console, signed in; an error is a page, as for everybody."""
    clock.pass_by(seconds=10)  # two events of one moment have no order
    client = Tab(raise_request_exception=False)
    if user is not None:
        sign_in(client, user, PASSWORD)
        client.find_out(user.account.account_id)
    return client


def switched(clock: Clock, user: Any, account: Any) -> Tab:
    """The browser of somebody who has switched to another account."""
    client = browser(clock, user)
    clock.pass_by(seconds=10)
    answer = client.post(reverse("users:switch-account", args=[account.account_id]))
    assert answer.status_code == 302, answer
    client.find_out(account.account_id)
    client.get("/")  # the message that says so
    return client


def user_named(account: Any, name: str) -> Any:
    return rows("users.User").select_related("account").get(account=account, user_name=name)


def three_scenes(aws: Any, clock: Clock) -> list[Scene]:
    alice = stage.home_with_alice(clock)
    local = local_account(alice, clock)
    linked = linked_account(alice, aws, clock)
    imported = imported_account(alice, clock)
    bob, charlie = (user_named(alice.account, name) for name in ("bob", "charlie"))
    for scene in (local, linked, imported):
        own = scene.kind == "linked"  # its users sign in here, by passwords that were set here
        people = (
            [user_named(scene.account, "bob"), user_named(scene.account, "charlie")]
            if own
            else [bob, charlie]
        )
        scene.browsers = {
            "alice": browser(clock, alice)
            if scene.kind == "local"
            else switched(clock, alice, scene.account),
            "bob": browser(clock, people[0]),
            "charlie": browser(clock, people[1]),
            "anonymous": browser(clock),
        }
        for tab in scene.browsers.values():
            tab.find_out(scene.account.account_id)
    local.begun = begun_by(local.browsers["alice"], local.account)
    return [local, linked, imported]


def begun_by(alice: Tab, account: Any) -> dict[str, str]:
    """A draft of new users up to its review, and the secret of a key that waits to be shown."""
    review = to_review(alice, "emil", console_access="on")
    stage.chance.seed("a key of charlie's")
    new_key = reverse("credentials:create-access-key", args=[user_named(account, "charlie").user_id])
    shown = alice.post(new_key, {"key_use": "cli"}).get("Location", "")
    return {"draft_id": UUID.search(review)[0], "secret_id": UUID.search(shown)[0]}


def local_account(alice: Any, clock: Clock) -> Scene:
    """Everything that a local account can have; Dora has it."""
    home = alice.account
    bob = make_user(home, "bob", path="/staff/", password=PASSWORD)
    make_user(home, "charlie", password=PASSWORD)
    do = stage.by(alice, clock)
    do("PutUserPolicy", UserName=bob.user_name, PolicyName="keys", PolicyDocument=OWN_KEYS)
    do("CreateUser", UserName="dora", Path="/eng/", Tags=[{"Key": "team", "Value": "blue"}])
    dora = {"UserName": "dora"}
    policy = do("CreatePolicy", PolicyName="Reading", PolicyDocument=ALLOW)["Policy"]["Arn"]
    do("CreatePolicyVersion", PolicyArn=policy, PolicyDocument=MORE, SetAsDefault=True)
    do("TagPolicy", PolicyArn=policy, Tags=[{"Key": "team", "Value": "blue"}])
    do("CreateGroup", GroupName="crew")
    do("AddUserToGroup", GroupName="crew", **dora)
    do("AttachGroupPolicy", GroupName="crew", PolicyArn=policy)
    do("PutGroupPolicy", GroupName="crew", PolicyName="of-the-crew", PolicyDocument=ALLOW)
    do("PutUserPolicy", PolicyName="own", PolicyDocument=ALLOW, **dora)
    do("PutUserPermissionsBoundary", PermissionsBoundary=policy, **dora)
    do("CreateLoginProfile", Password=PASSWORD, PasswordResetRequired=True, **dora)
    first = do("CreateAccessKey", **dora)["AccessKey"]["AccessKeyId"]
    do("CreateAccessKey", **dora)
    do("UpdateAccessKey", AccessKeyId=first, Status="Inactive", **dora)
    do("UploadSSHPublicKey", SSHPublicKeyBody=ssh_key(1), **dora)
    do("UploadSigningCertificate", CertificateBody=certificate(1), **dora)
    do("CreateServiceSpecificCredential", ServiceName=GIT, **dora)
    do("iamconsole:UpdateUserProfile", UserType="person", EmailAddress="dora@example.com", **dora)
    do("iamconsole:CreatePasswordLink", **dora)
    web = {"CertificateBody": certificate(2, "web.example.com"), "PrivateKey": private_text(2)}
    do("UploadServerCertificate", ServerCertificateName="web", **web)
    do("CreateVirtualMFADevice", VirtualMFADeviceName="nobodys")
    do("iamconsole:RegisterHardwareMFADevice", SerialNumber="GAHT12345678", Seed="A" * 32)
    give_device(user_named(home, "dora"))
    do(
        "UpdateAccountPasswordPolicy",
        MinimumPasswordLength=12,
        MaxPasswordAge=90,
        AllowUsersToChangePassword=True,
    )
    do("GenerateCredentialReport")
    stage.run_waiting_jobs(clock)
    return Scene("local", home, user_named(home, "dora"))


def give_device(user: Any) -> None:
    """A phone that shows codes."""
    from tests.credentials.authenticator import enrol

    enrol(user, user.user_name)


def furnish(aws: Any) -> None:
    """The same at AWS."""
    policy = aws.create_policy(PolicyName="Reading", PolicyDocument=ALLOW)["Policy"]["Arn"]
    aws.create_user(UserName="bob", Path="/staff/")
    aws.create_user(UserName="charlie")
    # The double puts no boundary on a user that there is already.
    aws.create_user(UserName="dora", Path="/eng/", PermissionsBoundary=policy)
    aws.put_user_policy(UserName="bob", PolicyName="keys", PolicyDocument=OWN_KEYS)
    dora = {"UserName": "dora"}
    aws.tag_user(Tags=[{"Key": "team", "Value": "blue"}], **dora)
    aws.create_policy_version(PolicyArn=policy, PolicyDocument=MORE, SetAsDefault=True)
    aws.create_group(GroupName="crew")
    aws.add_user_to_group(GroupName="crew", **dora)
    aws.attach_group_policy(GroupName="crew", PolicyArn=policy)
    aws.put_group_policy(GroupName="crew", PolicyName="of-the-crew", PolicyDocument=ALLOW)
    aws.put_user_policy(PolicyName="own", PolicyDocument=ALLOW, **dora)
    aws.create_login_profile(Password=PASSWORD, **dora)
    first = aws.create_access_key(**dora)["AccessKey"]["AccessKeyId"]
    aws.create_access_key(**dora)
    aws.update_access_key(AccessKeyId=first, Status="Inactive", **dora)
    aws.upload_ssh_public_key(SSHPublicKeyBody=ssh_key(1), **dora)
    aws.upload_signing_certificate(CertificateBody=certificate(1), **dora)
    aws.create_service_specific_credential(ServiceName=GIT, **dora)
    web = {"CertificateBody": certificate(2, "web.example.com"), "PrivateKey": private_text(2)}
    aws.upload_server_certificate(ServerCertificateName="web", **web)
    aws.create_virtual_mfa_device(VirtualMFADeviceName="nobodys")
    serial = aws.create_virtual_mfa_device(VirtualMFADeviceName="dora")["VirtualMFADevice"]["SerialNumber"]
    codes = {"AuthenticationCode1": "111111", "AuthenticationCode2": "222222"}
    aws.enable_mfa_device(SerialNumber=serial, **codes, **dora)
    aws.update_account_password_policy(MinimumPasswordLength=12, MaxPasswordAge=90)
    aws.create_account_alias(AccountAlias="eastwind")


def client_of(url: str, key: tuple[str, str]) -> Any:
    """A client of AWS's own library."""
    return boto3.session.Session(*key, region_name="us-east-1").client("iam", endpoint_url=url)


def linked_account(alice: Any, aws: Any, clock: Clock) -> Scene:
    """An account of the double, synced once; Bob and Charlie have passwords that were set here."""
    furnish(aws)
    aws.generate_credential_report()
    account = linked_and_synced(alice, clock)
    for name in ("bob", "charlie"):
        give_password(user_named(account, name))
    return Scene("linked", account, user_named(account, "dora"))


def linked_and_synced(alice: Any, clock: Clock) -> Any:
    from users.callers.build import Origin, caller_for_user

    clock.pass_by(minutes=30)  # what was made at AWS is old news
    account = link(caller_for_user(alice, Origin(source_ip="127.0.0.1", session_key="s" * 32)))
    from iamconsole.operations import execute

    execute(as_administrator(alice), "iamconsole:SyncAccount")
    job = stage.run_waiting_jobs(clock)
    assert job.state == "done", job.error
    return account


def imported_account(alice: Any, clock: Clock) -> Scene:
    key = {"access_key_1_active": "true", "access_key_1_last_rotated": DAY}
    certificates = {"cert_1_active": "true", "cert_1_last_rotated": DAY}
    content = report(
        row("bob", path="/staff/"),
        row("charlie"),
        row("dora", path="/eng/", mfa_active="true", **key, **certificates),
    )
    do = stage.by(alice, clock)
    do("iamconsole:ImportAccount", AccountId=IMPORTED_ID, AccountName="Acquired", Content=content)
    account = rows("users.Account").get(account_id=IMPORTED_ID)
    return Scene("imported", account, user_named(account, "dora"))
