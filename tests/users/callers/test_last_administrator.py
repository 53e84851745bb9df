"""The last administrator of an account: taken away only by somebody who says so twice."""

import json

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from iamconsole.errors import IamError, NotConfirmed
from iamconsole.models import Event
from iamconsole.operations import execute, execute_all
from iamconsole.operations.door import Step
from tests.cast import ADMINISTRATOR_ACCESS, PASSWORD, make_account, make_user
from users.callers.administrators import LAST_ADMINISTRATOR, people
from users.callers.build import Origin, caller_for_user
from users.callers.own_access import OWN_ACCESS
from users.models import Account, Group, GroupMembership, InlinePolicy, ManagedPolicy, PolicyAttachment, User

pytestmark = pytest.mark.django_db
ALLOW_ALL = json.dumps(
    {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
)
ALLOW_READ = ALLOW_ALL.replace('"*"', '"iam:Get*"', 1)
DENY_ALL = ALLOW_ALL.replace("Allow", "Deny")
READ_ONLY = "arn:aws:iam::aws:policy/IAMReadOnlyAccess"
DENIED = "arn:aws:iam::aws:policy/AWSDenyAll"
MINE = "arn:aws:iam::100000000001:policy/mine"


def names(account) -> list[str]:
    return sorted(user.user_name for user in people(account))


def group_with(home, name: str, *users: User, policy: str = "") -> Group:
    group = Group.objects.create(account=home, group_name=name, name_folded=name, group_id=f"AGPA{name}")
    for user in users:
        GroupMembership.objects.create(group=group, user=user)
    if policy:
        PolicyAttachment.objects.create(group=group, policy=ManagedPolicy.objects.get(arn=policy))
    return group


def own_policy(home, document: str) -> ManagedPolicy:
    policy = ManagedPolicy.objects.create(account=home, arn=MINE, policy_name="mine", document=document)
    policy.versions.create(number=1, document=document)
    return policy


# Who administers.


def test_it_is_what_the_policies_say_and_not_their_names(home, alice, bob):
    make_user(home, "dora", password=PASSWORD, policies=("arn:aws:iam::aws:policy/IAMFullAccess",))
    make_user(home, "robot", policies=(ADMINISTRATOR_ACCESS,))  # no console access
    make_user(home, "eve", password=PASSWORD, policies=(READ_ONLY,))
    group_with(home, "crew", make_user(home, "fay", password=PASSWORD), policy=ADMINISTRATOR_ACCESS)
    InlinePolicy.objects.create(
        user=make_user(home, "gil", password=PASSWORD), policy_name="p", name_folded="p", document=ALLOW_ALL
    )
    assert names(home) == ["alice", "dora", "fay", "gil"]


def test_a_deny_a_boundary_and_a_condition_count(home, alice):
    denied = make_user(home, "dora", password=PASSWORD, policies=(ADMINISTRATOR_ACCESS, DENIED))
    bounded = make_user(home, "eve", password=PASSWORD, policies=(ADMINISTRATOR_ACCESS,))
    bounded.permissions_boundary = ManagedPolicy.objects.get(arn=READ_ONLY)
    bounded.save()
    document = json.loads(ALLOW_ALL)
    document["Statement"][0]["Condition"] = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}
    with_mfa = make_user(home, "fay", password=PASSWORD)
    InlinePolicy.objects.create(
        user=with_mfa, policy_name="p", name_folded="p", document=json.dumps(document)
    )
    assert denied.policy_attachments.count() == 2
    assert names(home) == ["alice", "fay"]


def test_another_account_is_another_matter(home, alice):
    other = make_account("200000000002")
    make_user(other, "stranger", password=PASSWORD, policies=(ADMINISTRATOR_ACCESS,))
    assert names(home) == ["alice"]
    assert names(other) == ["stranger"]


def test_as_many_queries_for_many_users(home, alice):
    def queries() -> int:
        with CaptureQueriesContext(connection) as found:
            names(home)
        return len(found)

    crew = group_with(home, "crew", make_user(home, "dora", password=PASSWORD), policy=ADMINISTRATOR_ACCESS)
    few = queries()
    for number in range(20):
        user = make_user(home, f"user-{number}", password=PASSWORD, policies=(ADMINISTRATOR_ACCESS,))
        GroupMembership.objects.create(group=crew, user=user)
    assert queries() == few


# The guard. Each case makes alice the only administrator in one way and takes it from her.


def by_policy(home, alice):
    return "DetachUserPolicy", {"UserName": "alice", "PolicyArn": ADMINISTRATOR_ACCESS}


def by_denial(home, alice):
    return "AttachUserPolicy", {"UserName": "alice", "PolicyArn": DENIED}


def by_own_denial(home, alice):
    return "PutUserPolicy", {"UserName": "alice", "PolicyName": "no", "PolicyDocument": DENY_ALL}


def by_boundary(home, alice):
    return "PutUserPermissionsBoundary", {"UserName": "alice", "PermissionsBoundary": READ_ONLY}


def only_by_group(home, alice, policy: str = ADMINISTRATOR_ACCESS) -> None:
    alice.policy_attachments.all().delete()
    group_with(home, "admins", alice, policy=policy)


def by_membership(home, alice):
    only_by_group(home, alice)
    return "RemoveUserFromGroup", {"UserName": "alice", "GroupName": "admins"}


def by_group_policy(home, alice):
    only_by_group(home, alice)
    return "DetachGroupPolicy", {"GroupName": "admins", "PolicyArn": ADMINISTRATOR_ACCESS}


def by_group_denial(home, alice):
    group_with(home, "crew", alice)
    return "AttachGroupPolicy", {"GroupName": "crew", "PolicyArn": DENIED}


def by_joining(home, alice):
    group_with(home, "crew", policy=DENIED)
    return "AddUserToGroup", {"UserName": "alice", "GroupName": "crew"}


def by_inline(home, alice):
    alice.policy_attachments.all().delete()
    InlinePolicy.objects.create(user=alice, policy_name="p", name_folded="p", document=ALLOW_ALL)
    return "DeleteUserPolicy", {"UserName": "alice", "PolicyName": "p"}


def by_group_inline(home, alice):
    only_by_group(home, alice, policy="")
    group = Group.objects.get(group_name="admins")
    InlinePolicy.objects.create(group=group, policy_name="p", name_folded="p", document=ALLOW_ALL)
    return "DeleteGroupPolicy", {"GroupName": "admins", "PolicyName": "p"}


def by_version(home, alice):
    alice.policy_attachments.all().delete()
    PolicyAttachment.objects.create(user=alice, policy=own_policy(home, ALLOW_ALL))
    return "CreatePolicyVersion", {"PolicyArn": MINE, "PolicyDocument": ALLOW_READ, "SetAsDefault": True}


WAYS = (
    by_policy, by_denial, by_own_denial, by_boundary, by_membership, by_group_policy, by_group_denial,
    by_joining, by_inline, by_group_inline, by_version,
)  # fmt: skip


def saying_yes(user):
    confirmed = frozenset({LAST_ADMINISTRATOR})
    return caller_for_user(user, Origin(confirmed=confirmed, authenticated_at=timezone.now()))


@pytest.mark.parametrize("way", WAYS)
def test_nobody_takes_it_from_the_last_one_without_saying_so_twice(way, home, alice, bob, caller):
    name, params = way(home, alice)
    with pytest.raises(NotConfirmed) as question:
        execute(caller(alice), name, **params)
    assert "northwind" in question.value.message
    assert "Only root could restore it" in question.value.message
    assert names(home) == ["alice"]
    assert Event.objects.latest("at", "id").outcome == "failed"
    execute(saying_yes(alice), name, **params)
    assert names(home) == []
    assert Event.objects.latest("at", "id").detail["Confirmed"] == [LAST_ADMINISTRATOR]


@pytest.mark.parametrize("way", WAYS)
def test_with_a_second_administrator_only_the_own_access_is_asked_about(way, home, alice, caller):
    dora = make_user(home, "dora", password=PASSWORD, policies=(ADMINISTRATOR_ACCESS,))
    name, params = way(home, alice)
    with pytest.raises(NotConfirmed) as question:
        execute(caller(alice), name, **params)
    assert question.value.guard == OWN_ACCESS
    assert "takes your own access from the next request on" in question.value.message
    assert names(home) == ["alice", "dora"]
    execute(caller(dora), name, **params)  # somebody else's is not asked about
    assert names(home) == ["dora"]
    assert "Confirmed" not in Event.objects.latest("at", "id").detail


def test_the_way_back_to_an_older_version_is_asked_about_too(home, alice, caller):
    by_version(home, alice)
    execute(caller(alice), "CreatePolicyVersion", PolicyArn=MINE, PolicyDocument=ALLOW_READ)
    with pytest.raises(NotConfirmed):
        execute(caller(alice), "SetDefaultPolicyVersion", PolicyArn=MINE, VersionId="v2")
    assert ManagedPolicy.objects.get(arn=MINE).document == ALLOW_ALL


def test_console_access_of_the_last_one_is_asked_about(home, alice, caller):
    root = User.objects.root_of(home)
    with pytest.raises(NotConfirmed):
        execute(caller(root), "DeleteLoginProfile", UserName="alice")
    assert User.objects.get(pk=alice.pk).password_enabled
    execute(saying_yes(root), "DeleteLoginProfile", UserName="alice")
    assert not User.objects.get(pk=alice.pk).password_enabled


def test_deleting_the_last_one_is_one_question_for_all_steps(home, alice, caller):
    root = User.objects.root_of(home)
    steps = [
        Step("DeleteLoginProfile", {"UserName": "alice"}),
        Step("DetachUserPolicy", {"UserName": "alice", "PolicyArn": ADMINISTRATOR_ACCESS}),
        Step("DeleteUser", {"UserName": "alice"}),
    ]
    with pytest.raises(NotConfirmed):
        execute_all(caller(root), steps)
    assert User.objects.filter(user_name="alice").exists()
    execute_all(saying_yes(root), steps)
    assert not User.objects.filter(user_name="alice").exists()


def test_iams_own_refusal_comes_first(home, alice, caller):
    with pytest.raises(IamError) as refusal:
        execute(caller(alice), "PutUserPolicy", UserName="alice", PolicyName="p", PolicyDocument="{")
    assert refusal.value.code == "MalformedPolicyDocument"


def test_an_account_without_any_is_not_asked(home, bob, charlie, caller):
    root = User.objects.root_of(home)
    execute(caller(root), "AttachUserPolicy", UserName="bob", PolicyArn=READ_ONLY)
    execute(caller(root), "DetachUserPolicy", UserName="bob", PolicyArn=READ_ONLY)


def test_the_api_follows_aws_and_asks_nothing(home, alice):
    program = caller_for_user(alice, Origin(channel="access-key"))
    execute(program, "DetachUserPolicy", UserName="alice", PolicyArn=ADMINISTRATOR_ACCESS)
    assert names(home) == []


# The page.


@pytest.fixture
def as_alice(client, alice, sign_in):
    return sign_in(client, alice)


def test_the_page_asks_and_sends_the_same_form_again(as_alice, home, alice):
    url = f"/users/{alice.user_id}/policies/detach/"
    came_from = f"http://testserver/users/{alice.user_id}/"
    answer = as_alice.post(url, {"policy_arn": ADMINISTRATOR_ACCESS}, headers={"referer": came_from})
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "This account would have no administrator left" in page
    assert f'name="policy_arn" value="{ADMINISTRATOR_ACCESS}"' in page
    assert f'href="{came_from}"' in page
    assert names(home) == ["alice"]

    without_tick = as_alice.post(url, {"policy_arn": ADMINISTRATOR_ACCESS, "confirmed": ""})
    assert without_tick.status_code == 409
    assert "Select the box to continue, or cancel." in without_tick.content.decode()

    answer = as_alice.post(url, {"policy_arn": ADMINISTRATOR_ACCESS, "confirmed": ["", LAST_ADMINISTRATOR]})
    assert answer.status_code == 302
    assert names(home) == []


def test_several_steps_and_a_foreign_referrer(as_alice, home, alice):
    only_by_group(home, alice)
    url = "/groups/AGPAadmins/delete/"
    answer = as_alice.post(url, {"confirm": "admins"}, headers={"referer": "https://evil.example/"})
    assert answer.status_code == 409
    assert "evil.example" not in answer.content.decode()
    assert Group.objects.filter(group_name="admins").exists()
    as_alice.post(url, {"confirm": "admins", "confirmed": ["", LAST_ADMINISTRATOR]})
    assert not Group.objects.filter(group_name="admins").exists()


def test_a_yes_to_something_else_is_no_yes(as_alice, home, alice):
    url = f"/users/{alice.user_id}/policies/detach/"
    typed = {"policy_arn": ADMINISTRATOR_ACCESS, "confirmed": "on"}
    assert as_alice.post(url, typed).status_code == 409
    assert Account.objects.get().account_id == home.account_id
    assert names(home) == ["alice"]
