"""Undo on a linked account: AWS is asked, one change at once and several by a job."""

import re
import uuid

import pytest
from django.urls import reverse

from iamconsole import jobs
from iamconsole.models import Job
from iamconsole.operations import execute
from tests.sync.conftest import AWS_ACCOUNT, sync
from users.callers.build import ADMINISTRATOR, Origin, caller_for_role
from users.models import Group, User

pytestmark = pytest.mark.django_db(transaction=True)
OWN = f"arn:aws:iam::{AWS_ACCOUNT}:policy/own"
DOCUMENT = (
    '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:Get*", "Resource": "*"}]}'
)
BUTTON = re.compile(r'action="(/undo/[0-9a-f-]{36}/(?:\d+/)?)"')


def ran(kind: str) -> Job:
    job = Job.objects.filter(kind=kind).first()
    jobs.run(str(job.id))
    job.refresh_from_db()
    assert job.state == "done", (job.error, list(job.rows.values_list("label", "message")))
    return job


def test_at_aws(linked, alice, client, sign_in, aws, front):
    aws.create_policy(PolicyName="own", PolicyDocument=DOCUMENT)
    aws.attach_user_policy(UserName="wilma", PolicyArn=OWN)
    for name in ("staff", "night"):
        aws.create_group(GroupName=name)
    sync(alice)
    sign_in(client, alice)
    client.post(reverse("users:switch-account", args=[AWS_ACCOUNT]))
    wilma = User.objects.get(user_name="wilma")

    def attached():
        policies = aws.list_attached_user_policies(UserName="wilma")["AttachedPolicies"]
        return [policy["PolicyArn"] for policy in policies]

    def groups():
        return {group["GroupName"] for group in aws.list_groups_for_user(UserName="wilma")["Groups"]}

    detach = f"/users/{wilma.user_id}/policies/detach/"
    page = client.post(detach, {"policy_arn": OWN}, follow=True)
    (button,) = BUTTON.findall(page.content.decode())
    assert attached() == []
    # What AWS refuses is said, and can be tried again.
    front.denied = frozenset({"AttachUserPolicy"})
    assert "Not today" in client.post(button, follow=True).content.decode()
    front.denied = frozenset()
    assert "Undone: DetachUserPolicy wilma" in client.post(button, follow=True).content.decode()
    assert attached() == [OWN]
    # What AWS does not let the link do is not offered.
    front.denied = frozenset({"AttachUserPolicy"})
    attach = f"/users/{wilma.user_id}/policies/attach/"
    client.post(attach, {"pick": ["arn:aws:iam::aws:policy/PowerUserAccess"], "go": "save"})
    page = client.post(detach, {"policy_arn": OWN}, follow=True)
    assert "Detached from wilma" in page.content.decode()
    assert not BUTTON.findall(page.content.decode())
    # Several steps are a job, and so is their undo.
    fields = {"pick": [group.group_id for group in Group.objects.filter(account=linked)], "go": "save"}
    client.post(reverse("users:add-user-to-groups", args=[wilma.user_id]), fields)
    job = ran("operations")
    assert groups() == {"staff", "night"}
    found = BUTTON.findall(client.get(f"/jobs/{job.id}/").content.decode())
    assert found == [f"/undo/{job.id}/", f"/undo/{job.id}/1/", f"/undo/{job.id}/2/"]
    client.post(found[0])
    ran("undo")
    assert groups() == set()
    assert not wilma.groups.exists()


def test_what_was_changed_at_aws_since_is_not_overwritten(linked, alice, client, sign_in, aws, front):
    """No sync in between: only AWS knows of it."""
    aws.create_policy(PolicyName="own", PolicyDocument=DOCUMENT)
    aws.attach_user_policy(UserName="wilma", PolicyArn=OWN)
    aws.put_user_policy(UserName="wilma", PolicyName="p", PolicyDocument=DOCUMENT)
    aws.tag_user(UserName="wilma", Tags=[{"Key": "team", "Value": "red"}])
    aws.create_group(GroupName="staff")
    aws.add_user_to_group(UserName="wilma", GroupName="staff")
    aws.attach_group_policy(GroupName="staff", PolicyArn=OWN)
    key = aws.create_access_key(UserName="wilma")["AccessKey"]["AccessKeyId"]
    sync(alice)
    account = linked
    user, who = User.objects.get(user_name="wilma"), {"UserName": "wilma"}
    blue = [{"Key": "team", "Value": "blue"}]
    other = DOCUMENT.replace("Get", "Put")
    inline, policy = {**who, "PolicyName": "p"}, {"PolicyArn": OWN}
    member, of_group = {**who, "GroupName": "staff"}, {"GroupName": "staff", **policy}
    one_key = {**who, "AccessKeyId": key}
    # What is done here, what somebody does at AWS then, and how that is put back.
    cases = [
        (("DetachUserPolicy", {**who, **policy}), [("attach_user_policy", {**who, **policy})]),
        (("DeleteUserPolicy", inline), [("put_user_policy", {**inline, "PolicyDocument": other})]),
        (("TagUser", {**who, "Tags": blue}), [("untag_user", {**who, "TagKeys": ["team"]})]),
        (("UntagUser", {**who, "TagKeys": ["team"]}), [("tag_user", {**who, "Tags": blue})]),
        (("RemoveUserFromGroup", member), [("add_user_to_group", member)]),
        (("DetachGroupPolicy", of_group), [("attach_group_policy", of_group)]),
        (
            ("UpdateAccessKey", {**one_key, "Status": "Inactive"}),
            [("update_access_key", {**one_key, "Status": "Active"})],
        ),
    ]
    sign_in(client, alice)
    for number, (done, theirs) in enumerate(cases):
        name, params = done
        sync(alice)
        work = str(uuid.uuid4())
        session = client.post(reverse("users:switch-account", args=[AWS_ACCOUNT]))
        assert session.status_code == 302
        run_as(alice, account, work, name, params)
        for action, given in theirs:
            getattr(aws, action)(**given)
        before = state_at_aws(aws, key)
        answer = client.post(reverse("undo-changes", args=[work]), {"next": "/"}, follow=True)
        assert "At AWS it is not as this change left it" in " ".join(map(str, answer.context["messages"])), (
            name
        )
        assert state_at_aws(aws, key) == before, (number, name)
    # What the link must not read is not undone either, and the sentence names the action.
    work = str(uuid.uuid4())
    run_as(alice, account, work, "TagUser", {**who, "Tags": [{"Key": "floor", "Value": "3"}]})
    front.denied = frozenset({"GetUser"})
    answer = client.post(reverse("undo-changes", args=[work]), {"next": "/"}, follow=True)
    assert "iam:GetUser" in " ".join(map(str, answer.context["messages"]))
    front.denied = frozenset()
    answer = client.post(reverse("undo-changes", args=[work]), {"next": "/"}, follow=True)
    assert "Undone" in " ".join(map(str, answer.context["messages"]))
    assert user.user_id


def run_as(alice, account, work, name, params) -> None:
    caller = caller_for_role(alice, account, ADMINISTRATOR, Origin(request_id=work))
    execute(caller, name, **params)


def state_at_aws(aws, key) -> list:
    """All that the cases change."""
    who = {"UserName": "wilma"}
    user = aws.get_user(**who)["User"]
    return [
        user.get("Tags"),
        aws.list_attached_user_policies(**who)["AttachedPolicies"],
        aws.list_attached_group_policies(GroupName="staff")["AttachedPolicies"],
        aws.list_user_policies(**who)["PolicyNames"],
        [group["GroupName"] for group in aws.list_groups_for_user(**who)["Groups"]],
        [(one["AccessKeyId"], one["Status"]) for one in aws.list_access_keys(**who)["AccessKeyMetadata"]],
    ]
