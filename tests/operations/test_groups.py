"""Groups: names without case, quotas, what must go first, and what their members may do."""

import pytest

from iamconsole.errors import AccessDenied
from iamconsole.operations import Step, execute, execute_all
from tests.cast import ADMINISTRATOR_ACCESS
from tests.operations.test_door import refused
from users.groups.operations import groups, memberships
from users.models import Group, User

pytestmark = pytest.mark.django_db
READ_ONLY = "arn:aws:iam::aws:policy/IAMReadOnlyAccess"


@pytest.fixture
def admin(alice, caller):
    return caller(alice)


@pytest.fixture
def staff(admin):
    execute(admin, "CreateGroup", GroupName="Staff", Path="/eu/")
    return Group.objects.get()


def test_a_group_is_made_with_its_arn(admin, staff):
    found = execute(admin, "GetGroup", GroupName="STAFF")
    assert found["Group"]["Arn"] == staff.arn == "arn:aws:iam::100000000001:group/eu/Staff"
    assert found["Group"]["GroupId"].startswith("AGPA")
    assert found["Users"] == []
    refused(
        "EntityAlreadyExists", "Group with name staff already exists.",
        execute, admin, "CreateGroup", GroupName="staff",
    )  # fmt: skip


def test_the_quota_of_groups(admin, staff, monkeypatch):
    monkeypatch.setattr(groups, "GROUPS_PER_ACCOUNT", 1)
    refused(
        "LimitExceeded", "Cannot exceed quota for GroupsPerAccount: 1",
        execute, admin, "CreateGroup", GroupName="more",
    )  # fmt: skip


def test_members_have_what_the_group_has(admin, staff, bob, caller):
    execute(admin, "AttachGroupPolicy", GroupName="staff", PolicyArn=READ_ONLY)
    with pytest.raises(AccessDenied):
        execute(caller(bob), "ListUsers")
    execute(admin, "AddUserToGroup", GroupName="staff", UserName="BOB")
    execute(admin, "AddUserToGroup", GroupName="staff", UserName="bob")
    assert [user["UserName"] for user in execute(admin, "GetGroup", GroupName="Staff")["Users"]] == ["bob"]
    assert execute(caller(bob), "ListUsers")["Users"]
    assert User.objects.get(pk=bob.pk).group_names == "Staff"
    execute(admin, "RemoveUserFromGroup", GroupName="staff", UserName="bob")
    with pytest.raises(AccessDenied):
        execute(caller(bob), "ListUsers")
    assert User.objects.get(pk=bob.pk).group_count == 0


def test_the_user_is_looked_up_before_the_group(admin):
    refused(
        "NoSuchEntity", "The user with name nobody cannot be found.",
        execute, admin, "AddUserToGroup", GroupName="nothing", UserName="nobody",
    )  # fmt: skip


def test_a_user_is_in_ten_groups_at_most(admin, bob, monkeypatch):
    monkeypatch.setattr(memberships, "GROUPS_PER_USER", 2)
    for name in "abc":
        execute(admin, "CreateGroup", GroupName=name)
    for name in "abb":
        execute(admin, "AddUserToGroup", GroupName=name, UserName="bob")
    refused(
        "LimitExceeded", "Cannot exceed quota for GroupsPerUser: 2",
        execute, admin, "AddUserToGroup", GroupName="c", UserName="bob",
    )  # fmt: skip
    page = execute(admin, "ListGroupsForUser", UserName="bob", MaxItems=1)
    assert (page["IsTruncated"], page["Groups"][0]["GroupName"]) == (True, "a")
    rest = execute(admin, "ListGroupsForUser", UserName="bob", Marker=page["Marker"])
    assert [group["GroupName"] for group in rest["Groups"]] == ["b"]


def test_what_must_go_before_a_group(admin, staff, bob):
    execute(admin, "AddUserToGroup", GroupName="staff", UserName="bob")
    execute(admin, "AttachGroupPolicy", GroupName="staff", PolicyArn=READ_ONLY)
    messages = ["remove users from group first", "detach all policies first"]
    undo = [
        ("RemoveUserFromGroup", {"UserName": "bob"}),
        ("DetachGroupPolicy", {"PolicyArn": READ_ONLY}),
    ]
    for message, (name, params) in zip(messages, undo, strict=True):
        refused(
            "DeleteConflict", f"Cannot delete entity, must {message}.",
            execute, admin, "DeleteGroup", GroupName="staff",
        )  # fmt: skip
        execute(admin, name, GroupName="staff", **params)
    execute(admin, "DeleteGroup", GroupName="staff")
    assert not Group.objects.exists()


def test_a_renamed_group_shows_on_its_members(admin, staff, bob):
    execute(admin, "AddUserToGroup", GroupName="staff", UserName="bob")
    execute(admin, "UpdateGroup", GroupName="staff", NewGroupName="STAFF", NewPath="/")
    group = Group.objects.get()
    assert (group.group_name, group.arn) == ("STAFF", "arn:aws:iam::100000000001:group/STAFF")
    assert User.objects.get(pk=bob.pk).group_names == "STAFF"


def test_a_rename_needs_both_arns(admin, staff, bob, caller):
    document = (
        '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"iam:UpdateGroup",'
        '"Resource":"arn:aws:iam::*:group/eu/*"}}'
    )
    execute(admin, "PutUserPolicy", UserName="bob", PolicyName="eu", PolicyDocument=document)
    with pytest.raises(AccessDenied) as caught:
        execute(caller(bob), "UpdateGroup", GroupName="staff", NewPath="/us/")
    assert caught.value.resource == "arn:aws:iam::100000000001:group/us/Staff"
    execute(caller(bob), "UpdateGroup", GroupName="staff", NewGroupName="Crew")
    assert Group.objects.get().group_name == "Crew"


def test_a_group_and_what_goes_into_it_are_made_in_one_go(admin, bob):
    execute_all(
        admin,
        [
            Step("CreateGroup", {"GroupName": "admins", "Path": "/eu/"}),
            Step("AttachGroupPolicy", {"GroupName": "admins", "PolicyArn": ADMINISTRATOR_ACCESS}),
            Step("AddUserToGroup", {"GroupName": "admins", "UserName": "bob"}),
        ],
    )
    found = execute(admin, "ListAttachedGroupPolicies", GroupName="admins")
    assert found["AttachedPolicies"] == [
        {"PolicyName": "AdministratorAccess", "PolicyArn": ADMINISTRATOR_ACCESS}
    ]
