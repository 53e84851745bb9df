"""Undo: what a person has changed in the last ten minutes is taken back by a button, through the door."""

import json
import re
import uuid
from datetime import timedelta

import pytest
from django.core import serializers
from django.urls import reverse
from django.utils import timezone

from credentials import models as credentials
from credentials import summary
from iamconsole import jobs
from iamconsole.models import Event, Job, RecentChange
from iamconsole.operations import Operation, all_operations, execute
from reports.findings.evaluation import evaluate
from reports.findings.rule import today
from reports.models import Exemption, Finding, FindingSettings, RuleLevel
from tests.cast import ADMINISTRATOR_ACCESS, HOME_ID, PASSWORD, make_user
from tests.credentials.key_texts import ssh_text
from tests.credentials.server_material import upload_params
from users import models as users
from users.models import User

pytestmark = pytest.mark.django_db(transaction=True)

READ_ONLY = "arn:aws:iam::aws:policy/ReadOnlyAccess"
POWER = "arn:aws:iam::aws:policy/PowerUserAccess"
NOT_OF_IT = ("consolesession", "notice")
FINDINGS = (Finding.objects.all(), RuleLevel.objects.all(), FindingSettings.objects.all())
BUTTON = re.compile(r'action="(/undo/[0-9a-f-]{36}/(?:\d+/)?)"')
DOCUMENT = (
    '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:Get*", "Resource": "*"}]}'
)
OTHER = DOCUMENT.replace("s3:Get*", "s3:*")


def buttons(page) -> list[str]:
    return BUTTON.findall(page.content.decode())


def said(page) -> str:
    return " ".join(str(message) for message in page.context["messages"])


def test_every_operation_has_a_reverse_or_a_reason():
    """And what takes back can itself be compared: it has a reverse too."""
    for name, operation in all_operations().items():
        if operation.changes:
            has_reverse = type(operation).undo is not Operation.undo
            assert has_reverse or operation.lasting, f"{name}: say in ``undo`` what takes it back, or why not"


@pytest.fixture
def as_alice(alice, client, sign_in):
    sign_in(client, alice)
    return client


def post(client, name: str, *args, **fields):
    return client.post(reverse(name, args=args), fields, follow=True)


def everything() -> list:
    """All rows that a change in an account can touch, without the moments of their changes."""
    rows = []
    for app in (users, credentials):
        for model in vars(app).values():
            if hasattr(model, "_default_manager") and model._meta.model_name not in NOT_OF_IT:
                rows += json.loads(serializers.serialize("json", model._default_manager.order_by("pk")))
    for decided in (*FINDINGS, Exemption.objects.filter(ended_at=None)):
        rows += json.loads(serializers.serialize("json", decided.order_by("pk")))
    for row in rows:
        row.pop("pk")
        for name in ("update_date", "last_seen", "last_login", "modified", "proposed_at"):
            row["fields"].pop(name, None)
    return sorted(json.dumps(row, sort_keys=True) for row in rows)


def undo(client, work, row=None):
    name, args = ("undo-row", [work, row]) if row else ("undo-changes", [work])
    return client.post(reverse(name, args=args), {"next": "/groups/create/"}, follow=True)


@pytest.fixture
def change(alice, caller):
    """A change by Alice in a request of its own; the ID of the request."""

    def run(name, **params):
        work = str(uuid.uuid4())
        execute(caller(alice, request_id=work), name, **params)
        return work

    return run


@pytest.mark.long
def test_what_can_be_undone_is_as_it_was(as_alice, alice, bob, caller):
    """Every operation that has a reverse, there and back."""

    def make(name, **params):
        return execute(caller(alice), name, **params)

    make("CreateGroup", GroupName="staff")
    key = make("CreateAccessKey", UserName="bob")["AccessKey"]["AccessKeyId"]
    ssh = make("UploadSSHPublicKey", UserName="bob", SSHPublicKeyBody=ssh_text())["SSHPublicKey"]
    git = make("CreateServiceSpecificCredential", UserName="bob", ServiceName="codecommit.amazonaws.com")
    git_id = git["ServiceSpecificCredential"]["ServiceSpecificCredentialId"]
    signing = make("iamconsole:CreateSigningCertificate", UserName="bob")["Certificate"]
    device = make("CreateVirtualMFADevice", VirtualMFADeviceName="phone")["VirtualMFADevice"]["SerialNumber"]
    policy = make("CreatePolicy", PolicyName="own", PolicyDocument=DOCUMENT)["Policy"]["Arn"]
    make("CreatePolicyVersion", PolicyArn=policy, PolicyDocument=OTHER)
    make("UploadServerCertificate", **upload_params("web"))
    user, group = {"UserName": "bob"}, {"GroupName": "staff"}
    credentials.AccessKey.objects.update(create_date=timezone.now() - timedelta(days=200))
    summary.refresh(bob)
    evaluate([bob.account])
    finding = {"FindingId": str(Finding.objects.get(rule="access-key-old").pk)}
    exemption = {"Reason": "x", "EndsOn": (today() + timedelta(days=9)).isoformat()}
    tags = {"Tags": [{"Key": "team", "Value": "blue"}]}
    others = {"Tags": [{"Key": "team", "Value": "red"}, {"Key": "cost", "Value": "7"}]}
    gone = {"TagKeys": ["team", "cost"]}
    there = [
        ("UpdateAccessKey", {**user, "AccessKeyId": key, "Status": "Inactive"}),
        ("iamconsole:UpdateAccessKeyDetails", {**user, "AccessKeyId": key, "Owner": "ci"}),
        ("UpdateSSHPublicKey", {**user, "SSHPublicKeyId": ssh["SSHPublicKeyId"], "Status": "Inactive"}),
        (
            "UpdateServiceSpecificCredential",
            {**user, "ServiceSpecificCredentialId": git_id, "Status": "Inactive"},
        ),
        (
            "UpdateSigningCertificate",
            {**user, "CertificateId": signing["CertificateId"], "Status": "Inactive"},
        ),
        ("AttachUserPolicy", {**user, "PolicyArn": READ_ONLY}),
        ("DetachUserPolicy", {**user, "PolicyArn": READ_ONLY}),
        ("AttachGroupPolicy", {**group, "PolicyArn": READ_ONLY}),
        ("DetachGroupPolicy", {**group, "PolicyArn": READ_ONLY}),
        ("AddUserToGroup", {**user, **group}),
        ("RemoveUserFromGroup", {**user, **group}),
        ("PutUserPermissionsBoundary", {**user, "PermissionsBoundary": POWER}),
        ("PutUserPermissionsBoundary", {**user, "PermissionsBoundary": READ_ONLY}),
        ("DeleteUserPermissionsBoundary", user),
        ("PutUserPolicy", {**user, "PolicyName": "p", "PolicyDocument": DOCUMENT}),
        ("PutUserPolicy", {**user, "PolicyName": "P", "PolicyDocument": OTHER}),
        ("DeleteUserPolicy", {**user, "PolicyName": "p"}),
        ("PutGroupPolicy", {**group, "PolicyName": "p", "PolicyDocument": DOCUMENT}),
        ("PutGroupPolicy", {**group, "PolicyName": "P", "PolicyDocument": OTHER}),
        ("DeleteGroupPolicy", {**group, "PolicyName": "p"}),
        ("SetDefaultPolicyVersion", {"PolicyArn": policy, "VersionId": "v2"}),
        ("TagUser", {**user, **tags}),
        ("TagUser", {**user, "Tags": [{"Key": "Team", "Value": "red"}, {"Key": "cost", "Value": "7"}]}),
        ("UntagUser", {**user, **gone}),
        *(
            step
            for noun, named in (
                ("Policy", {"PolicyArn": policy}),
                ("ServerCertificate", {"ServerCertificateName": "web"}),
                ("MFADevice", {"SerialNumber": device}),
            )
            for step in (
                (f"Tag{noun}", {**named, **tags}),
                (f"Tag{noun}", {**named, **others}),
                (f"Untag{noun}", {**named, **gone}),
            )
        ),
        ("CreateAccountAlias", {"AccountAlias": "eastwind"}),
        ("DeleteAccountAlias", {"AccountAlias": "northwind"}),
        ("UpdateAccountPasswordPolicy", {"MinimumPasswordLength": 20, "MaxPasswordAge": 30}),
        ("UpdateAccountPasswordPolicy", {"MinimumPasswordLength": 12}),
        ("DeleteAccountPasswordPolicy", {}),
        ("UpdateUser", {**user, "NewUserName": "robert", "NewPath": "/boss/"}),
        ("UpdateGroup", {**group, "NewGroupName": "crew"}),
        ("UpdateServerCertificate", {"ServerCertificateName": "web", "NewPath": "/x/"}),
        ("UpdateLoginProfile", {**user, "PasswordResetRequired": True}),
        ("iamconsole:AcknowledgeFinding", finding),
        ("iamconsole:UnacknowledgeFinding", finding),
        ("iamconsole:AssignFinding", {**finding, "Owner": "carol"}),
        ("iamconsole:SetFindingDueDate", {**finding, "DueDate": "2099-01-01"}),
        ("iamconsole:SetFindingTicket", {**finding, "Ticket": "https://tickets.example.com/1"}),
        ("iamconsole:ExemptFinding", {**finding, **exemption}),
        ("iamconsole:ProposeExemption", {**finding, **exemption}),
        ("iamconsole:EndExemption", finding),
        ("iamconsole:SetRuleLevel", {"Rule": "access-key-old", "Level": "warn"}),
        ("iamconsole:UpdateFindingSettings", {"Contact": "iam@example.com", "SecondPerson": True}),
        ("iamconsole:SetBreakGlass", {**user, "BreakGlass": True}),
        ("iamconsole:UpdateUserProfile", {**user, "UserType": "person", "EmailAddress": "bob@example.com"}),
        ("iamconsole:UpdateMFARequirement", {"Required": True, **group}),
        ("iamconsole:UpdateAccount", {"AccountId": HOME_ID, "AccountName": "Home", "Colour": 5}),
    ]
    # What the next line of the same operation starts from.
    stays = {"iamconsole:AcknowledgeFinding", "iamconsole:ProposeExemption"}
    stays |= {"AttachUserPolicy", "AttachGroupPolicy", "AddUserToGroup"}
    firsts = {"PutUserPermissionsBoundary", "PutUserPolicy", "PutGroupPolicy", "TagUser"}
    firsts |= {"TagPolicy", "TagServerCertificate", "TagMFADevice", "UpdateAccountPasswordPolicy"}
    before = everything()
    for name, params in there:
        work = str(uuid.uuid4())
        execute(caller(alice, request_id=work), name, **params)
        assert everything() != before, name
        answer = undo(as_alice, work)
        assert "Undone: " in said(answer), (name, said(answer))
        assert everything() == before, name
        if name in stays or name in firsts:
            firsts.discard(name)
            make(name, **params)
            before = everything()
    reversible = {
        name
        for name, operation in all_operations().items()
        if operation.changes and not operation.lasting and name != "CreatePolicyVersion"
    }
    assert {name for name, _ in there} == reversible


def test_the_message_has_a_button_for_ten_minutes(as_alice, bob, home):
    """Pages of one change, of several and of a wizard; without JavaScript."""
    for policy in (READ_ONLY, POWER):
        users.PolicyAttachment.objects.create(
            user=bob, policy=users.ManagedPolicy.objects.known_to(HOME_ID).get(arn=policy)
        )
    page = as_alice.post(f"/users/{bob.user_id}/policies/detach/", {"policy_arn": READ_ONLY}, follow=True)
    assert "Detached from bob: ReadOnlyAccess." in said(page)
    (button,) = buttons(page)
    assert not buttons(as_alice.get(f"/users/{bob.user_id}/")), "a message is shown once"
    answer = as_alice.post(button, {"next": f"/users/{bob.user_id}/"}, follow=True)
    assert answer.redirect_chain[0][0].endswith(f"/users/{bob.user_id}/")
    assert said(answer) == "Undone: DetachUserPolicy bob ReadOnlyAccess."
    assert not buttons(answer), "undoing is not undone"
    assert bob.policy_attachments.count() == 2
    event = Event.objects.get(action="iam:AttachUserPolicy")
    undone = Event.objects.get(id=event.detail["Undoes"]["EventId"])
    assert undone.action == "iam:DetachUserPolicy"
    assert event.detail["Undoes"]["Change"] == "DetachUserPolicy bob ReadOnlyAccess"
    # What a page makes is deleted on its page.
    page = as_alice.post("/groups/create/", {"group_name": "crew"}, follow=True)
    assert "was created" in said(page)
    assert not buttons(page)


def test_it_is_refused_with_the_reason(as_alice, alice, bob, change, caller, client, sign_in, home):
    def detached():
        execute(caller(alice), "AttachUserPolicy", UserName="bob", PolicyArn=READ_ONLY)
        return change("DetachUserPolicy", UserName="bob", PolicyArn=READ_ONLY)

    def has_it():
        return bob.policy_attachments.exists()

    work = detached()
    execute(caller(alice), "AttachUserPolicy", UserName="bob", PolicyArn=READ_ONLY)
    assert "DetachUserPolicy bob ReadOnlyAccess: It has changed since" in said(undo(as_alice, work))
    work = detached()
    assert "Undone" in said(undo(as_alice, work))
    assert "This was undone already." in said(undo(as_alice, work))
    work = detached()
    RecentChange.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert "The ten minutes in which you could undo this are over." in said(undo(as_alice, work))
    assert not has_it()
    assert "ten minutes" in said(undo(as_alice, uuid.uuid4()))
    # Another one of the name.
    work = detached()
    User.objects.filter(pk=bob.pk).update(user_id="AIDASOMEBODYELSE0000")
    assert "created again by somebody else" in said(undo(as_alice, work))
    User.objects.filter(pk=bob.pk).update(user_id=bob.user_id)
    # Somebody else's, though it may do it.
    carol = make_user(home, "carol", password=PASSWORD, policies=(ADMINISTRATOR_ACCESS,))
    sign_in(other := type(client)(), carol)
    work = detached()
    assert "ten minutes" in said(undo(other, work))
    # With the permissions of now: no button, and no way around it.
    page = as_alice.post(f"/users/{bob.user_id}/policies/detach/", {"policy_arn": READ_ONLY}, follow=True)
    execute(caller(alice), "AttachUserPolicy", UserName="bob", PolicyArn=READ_ONLY)
    deny = DOCUMENT.replace("Allow", "Deny").replace("s3:Get*", "iam:AttachUserPolicy")
    execute(caller(carol), "PutUserPolicy", UserName="alice", PolicyName="no", PolicyDocument=deny)
    page = as_alice.post(f"/users/{bob.user_id}/policies/detach/", {"policy_arn": READ_ONLY}, follow=True)
    assert "Detached" in said(page)
    assert not buttons(page)
    assert "not authorized to perform: iam:AttachUserPolicy" in said(undo(as_alice, work))
    assert not has_it()
    assert as_alice.get(reverse("undo-changes", args=[work])).status_code == 405


def test_a_job_is_undone_by_row_and_as_a_whole(as_alice, home, alice, caller):
    execute(caller(alice), "CreateGroup", GroupName="staff")
    people = [make_user(home, f"u{number:02}") for number in range(25)]
    members = users.GroupMembership.objects.filter(group__group_name="staff")
    fields = {"do": "add-to-group", "user": [one.pk for one in people]}
    as_alice.post(as_alice.post("/users/bulk/", fields).url, {"group": "staff"})
    job = Job.objects.get(kind="bulk")
    jobs.run(str(job.id))
    assert members.count() == 25
    page = as_alice.get(f"/jobs/{job.id}/")
    assert len(buttons(page)) == 26
    assert f"/undo/{job.id}/" in buttons(page)
    as_alice.post(f"/undo/{job.id}/3/", {"next": f"/jobs/{job.id}/"})
    assert not members.filter(user__user_name="u02").exists()
    assert members.count() == 24
    page = as_alice.get(f"/jobs/{job.id}/")
    assert f"/undo/{job.id}/3/" not in buttons(page)
    assert [row.label for row in page.context["rows"] if row.get_state_display() == "Undone"] == ["u02"]
    # One has changed since: that row says so, the others are undone.
    members.filter(user__user_name="u05").delete()
    answer = as_alice.post(f"/undo/{job.id}/", follow=True)
    undoing = Job.objects.get(kind="undo")
    assert answer.redirect_chain[-1][0].endswith(f"/jobs/{undoing.id}/")
    jobs.run(str(undoing.id))
    rows = dict(undoing.rows.values_list("label", "state"))
    assert rows.pop("AddUserToGroup u05 staff") == "failed"
    assert len(rows) == 23
    assert set(rows.values()) == {"done"}
    assert not members.exists()
    assert not buttons(as_alice.get(f"/jobs/{job.id}/"))
