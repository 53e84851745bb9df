"""Undo on a linked account: AWS is asked, one change at once and several by a job."""

import re

import pytest
from django.urls import reverse

from iamconsole import jobs
from iamconsole.models import Job
from tests.sync.conftest import AWS_ACCOUNT, sync
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
