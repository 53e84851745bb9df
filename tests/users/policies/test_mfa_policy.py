"""Requiring MFA in a linked account: a real policy at AWS, looked at before, watched, and taken back."""

import json
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from credentials import summary
from credentials.models import VirtualMFADevice
from iamconsole import jobs
from iamconsole.models import Event, Job
from tests import past
from tests.cast import PASSWORD
from tests.sync.conftest import AWS_ACCOUNT, aws, front, linked, moto_url, sync  # noqa: F401
from users.models import AccountLink, Group, ManagedPolicy, User
from users.policies import mfa_policy
from users.policies.mfa_policy import NAMES, PATH, document, requires_mfa

pytestmark = pytest.mark.django_db(transaction=True)
ARN = f"arn:aws:iam::{AWS_ACCOUNT}:policy/iam-console/RequireMFA"
ALLOW = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iam:Get*","Resource":"*"}]}'


@pytest.fixture
def there(client, alice, linked, aws, sign_in):  # noqa: F811
    """In the linked account: crew has wilma (password), robot (key), erika (password, key, device), and
    bond, who is denied without MFA already."""
    aws.create_group(GroupName="crew")
    for name in ("robot", "erika", "bond"):
        aws.create_user(UserName=name)
    for name in ("wilma", "robot", "erika", "bond"):
        aws.add_user_to_group(GroupName="crew", UserName=name)
    for name in ("wilma", "erika"):
        aws.create_login_profile(UserName=name, Password=PASSWORD)
    for name in ("robot", "erika"):
        aws.create_access_key(UserName=name)
    aws.put_user_policy(UserName="bond", PolicyName="own", PolicyDocument=document("aws"))
    assert sync(alice).state == "done"
    erika = User.objects.get(user_name="erika")
    VirtualMFADevice.objects.create(
        account=erika.account, user=erika, serial_number=f"arn:aws:iam::{AWS_ACCOUNT}:mfa/e", confirmed=True
    )
    summary.refresh(erika)
    sign_in(client, alice)
    client.post(f"/accounts/{AWS_ACCOUNT}/switch/", {"role": "IamConsoleAdministrator"})
    return client


def run_job() -> Job:
    job = Job.objects.exclude(kind="sync").latest("created_at")
    jobs.run(str(job.id))
    job.refresh_from_db()
    return job


def later() -> None:
    """What was changed here is no longer so young that a sync spares it."""
    with past.rewritten():
        Event.objects.filter(action__startswith="iam:").update(at=timezone.now() - timedelta(minutes=6))


def settings_page(client) -> str:
    return " ".join(client.get(reverse("credentials:account-settings")).content.decode().split())


def group_page(client) -> str:
    crew = Group.objects.get(group_name="crew")
    url = reverse("users:group-permissions", args=[crew.group_id])
    return " ".join(client.get(url).content.decode().split())


def names(part) -> list[str]:
    return [user.user_name for user in part["users"]]


def test_from_the_preview_to_taking_it_back(there, aws, alice):  # noqa: F811
    assert "Not required by a policy of this console" in settings_page(there)
    assert "Not required by a policy of this console" in group_page(there)
    url, crew = reverse("users:require-mfa-of-groups"), Group.objects.get(group_name="crew")
    assert there.get(url).status_code == 200
    chosen = {"pick": crew.group_id, "go": "save"}
    confirmation = there.post(url, chosen).url
    preview = there.get(confirmation)
    parts = preview.context["parts"]
    assert {name: names(part) for name, part in parts.items()} == {
        "covered": ["bond", "erika", "robot", "wilma"],
        "programs": ["robot"],
        "without_device": ["wilma"],
        "with_codes": ["erika"],
        "already": ["bond"],
    }
    assert aws.list_policies(Scope="Local")["Policies"] == [], "nothing before it is confirmed"
    there.post(confirmation)
    job = run_job()
    assert job.state == "done", job.error
    made = aws.get_policy(PolicyArn=ARN)["Policy"]
    assert made["AttachmentCount"] == 1
    kept = aws.get_policy_version(PolicyArn=ARN, VersionId="v1")["PolicyVersion"]["Document"]
    assert kept == json.loads(document("aws"))
    assert "In force" in settings_page(there)
    assert "Required for this group" in group_page(there)

    # Somebody at AWS lets everybody through; the next sync shows it, and one click restores it.
    later()
    aws.create_policy_version(PolicyArn=ARN, PolicyDocument=ALLOW, SetAsDefault=True)
    sync(alice)
    assert "The policy was changed and no longer requires MFA." in settings_page(there)
    assert "In force" not in settings_page(there)
    there.post(reverse("users:restore-mfa-policy"))
    assert aws.get_policy(PolicyArn=ARN)["Policy"]["DefaultVersionId"] == "v3"
    assert "In force" in settings_page(there)
    later()
    aws.detach_group_policy(PolicyArn=ARN, GroupName="crew")
    sync(alice)
    assert "Detached from everyone" in settings_page(there)
    aws.attach_group_policy(PolicyArn=ARN, GroupName="crew")
    aws.attach_user_policy(PolicyArn=ARN, UserName="wilma")
    sync(alice)
    there.post(reverse("users:stop-requiring-mfa"))
    job = run_job()
    assert job.state == "done", job.error
    assert aws.list_policies(Scope="Local")["Policies"] == []
    assert "Not required by a policy of this console" in settings_page(there)


def test_chosen_users_and_a_name_that_is_taken(there, aws, alice):  # noqa: F811
    aws.create_policy(PolicyName="RequireMFA", PolicyDocument=ALLOW)
    sync(alice)
    wilma = User.objects.get(user_name="wilma")
    chosen = {"pick": wilma.user_id, "go": "save"}
    there.post(there.post(reverse("users:require-mfa-of-users"), chosen).url)
    assert run_job().state == "done"
    attached = aws.list_attached_user_policies(UserName="wilma")["AttachedPolicies"]
    assert [row["PolicyArn"] for row in attached] == [ARN.replace("RequireMFA", NAMES[1])]
    there.post(reverse("users:stop-requiring-mfa"))
    assert run_job().state == "done"
    assert [row["PolicyName"] for row in aws.list_policies(Scope="Local")["Policies"]] == ["RequireMFA"]


def test_half_of_it_is_undone(there, aws, front):  # noqa: F811
    front.denied = frozenset({"AttachGroupPolicy"})
    crew = Group.objects.get(group_name="crew")
    chosen = {"pick": crew.group_id, "go": "save"}
    there.post(there.post(reverse("users:require-mfa-of-groups"), chosen).url)
    job = run_job()
    assert job.state == "failed"
    assert aws.get_policy(PolicyArn=ARN)["Policy"]["AttachmentCount"] == 0
    assert "Detached from everyone" in settings_page(there)
    front.denied = frozenset()
    there.post(reverse("undo-job", args=[job.id]))
    assert run_job().state == "done"
    assert aws.list_policies(Scope="Local")["Policies"] == []


def test_this_consoles_own_user_at_aws_is_never_covered(there, aws):  # noqa: F811
    robot = User.objects.select_related("account").get(user_name="robot")
    AccountLink.objects.update(identity_arn=robot.arn)
    chosen = {"pick": robot.user_id, "go": "save"}
    answer = there.post(there.post(reverse("users:require-mfa-of-users"), chosen).url)
    assert "This console would be denied too." in answer.content.decode()
    assert aws.list_policies(Scope="Local")["Policies"] == []


@pytest.mark.parametrize(
    ("change", "requires"),
    [
        ({}, True),
        ({"NotAction": ["iam:GetUser"]}, True),
        ({"Condition": {"boolifexists": {"AWS:MultiFactorAuthPresent": ["false"]}}}, True),
        ({"Condition": {"Bool": {"aws:MultiFactorAuthPresent": "false"}}}, False),
        ({"Condition": {"BoolIfExists": {"aws:MultiFactorAuthPresent": "true"}}}, False),
        ({"Effect": "Allow"}, False),
        ({"Resource": "arn:aws:s3:::b"}, False),
        ({"Condition": {}}, False),
    ],
)
def test_what_requires_mfa(change, requires):
    statement = {
        "Effect": "Deny",
        "Action": "*",
        "Resource": "*",
        "Condition": {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}},
    }
    if "NotAction" in change:
        del statement["Action"]
    text = json.dumps({"Version": "2012-10-17", "Statement": [{**statement, **change}]})
    assert requires_mfa(text) is requires


def test_a_local_account_keeps_its_switch(home, alice, client, sign_in):
    sign_in(client, alice)
    page = client.get(reverse("credentials:account-settings")).content.decode()
    assert "ConsoleRequireMFA" in page
    assert "Require for groups" not in page
    assert mfa_policy.section(home) == {}
    assert not ManagedPolicy.objects.filter(path=PATH).exists()
