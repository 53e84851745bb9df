"""Customer managed policies: versions, quotas, who has them, and that a change binds at once."""

import json

import pytest

from iamconsole.errors import AccessDenied, IamError
from iamconsole.operations import execute
from tests.cast import ADMINISTRATOR_ACCESS, make_account
from tests.operations.test_door import refused
from users.models import ManagedPolicy
from users.policies.operations import policies

pytestmark = pytest.mark.django_db
ARN = "arn:aws:iam::100000000001:policy/eu/Readers"


def document(*actions: str) -> str:
    statement = {"Effect": "Allow", "Action": list(actions), "Resource": "*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


READ, WRITE = document("iam:Get*", "iam:List*"), document("iam:*")


@pytest.fixture
def admin(alice, caller):
    return caller(alice)


@pytest.fixture
def readers(admin):
    execute(
        admin, "CreatePolicy", PolicyName="Readers", Path="/eu/", PolicyDocument=READ, Description="Reads"
    )
    return ManagedPolicy.objects.get(arn=ARN)


def versions(admin) -> list[tuple[str, bool]]:
    found = execute(admin, "ListPolicyVersions", PolicyArn=ARN)["Versions"]
    return [(version["VersionId"], version["IsDefaultVersion"]) for version in found]


def test_a_policy_is_made_with_its_first_version(admin, readers):
    found = execute(admin, "GetPolicy", PolicyArn=ARN)["Policy"]
    assert found["PolicyId"].startswith("ANPA")
    assert (found["DefaultVersionId"], found["Description"], found["Tags"]) == ("v1", "Reads", [])
    version = execute(admin, "GetPolicyVersion", PolicyArn=ARN, VersionId="v1")["PolicyVersion"]
    assert version["Document"] == READ


@pytest.mark.parametrize("name", ["Readers", "readers"])
def test_names_are_given_once_whatever_the_path(admin, readers, name):
    refused(
        "EntityAlreadyExists", f"A policy called {name} already exists. Duplicate names are not allowed.",
        execute, admin, "CreatePolicy", PolicyName=name, PolicyDocument=READ,
    )  # fmt: skip


def test_a_new_default_binds_the_next_call(admin, readers, bob, caller):
    execute(admin, "AttachUserPolicy", UserName="bob", PolicyArn=ARN)
    execute(caller(bob), "ListUsers")
    with pytest.raises(AccessDenied):
        execute(caller(bob), "CreateUser", UserName="dora")
    execute(admin, "CreatePolicyVersion", PolicyArn=ARN, PolicyDocument=WRITE)
    with pytest.raises(AccessDenied):
        execute(caller(bob), "CreateUser", UserName="dora")
    execute(admin, "SetDefaultPolicyVersion", PolicyArn=ARN, VersionId="v2")
    execute(caller(bob), "CreateUser", UserName="dora")
    assert versions(admin) == [("v2", True), ("v1", False)]


def test_five_versions_and_no_number_twice(admin, readers):
    for _ in range(4):
        execute(admin, "CreatePolicyVersion", PolicyArn=ARN, PolicyDocument=WRITE, SetAsDefault=True)
    with pytest.raises(IamError, match="can have up to 5 versions"):
        execute(admin, "CreatePolicyVersion", PolicyArn=ARN, PolicyDocument=WRITE)
    refused(
        "DeleteConflict", "Cannot delete the default version of a policy.",
        execute, admin, "DeletePolicyVersion", PolicyArn=ARN, VersionId="v5",
    )  # fmt: skip
    execute(admin, "DeletePolicyVersion", PolicyArn=ARN, VersionId="v4")
    execute(admin, "CreatePolicyVersion", PolicyArn=ARN, PolicyDocument=READ)
    assert [version for version, _ in versions(admin)] == ["v6", "v5", "v3", "v2", "v1"]
    refused(
        "NoSuchEntity", f"Policy {ARN} version v4 does not exist or is not attachable.",
        execute, admin, "SetDefaultPolicyVersion", PolicyArn=ARN, VersionId="v4",
    )  # fmt: skip


def test_a_policy_in_use_stays(admin, readers, bob):
    execute(admin, "PutUserPermissionsBoundary", UserName="bob", PermissionsBoundary=ARN)
    message = "Cannot delete a policy attached to entities."
    refused("DeleteConflict", message, execute, admin, "DeletePolicy", PolicyArn=ARN)
    execute(admin, "DeleteUserPermissionsBoundary", UserName="bob")
    execute(admin, "CreatePolicyVersion", PolicyArn=ARN, PolicyDocument=WRITE)
    with pytest.raises(IamError, match="more than one version"):
        execute(admin, "DeletePolicy", PolicyArn=ARN)
    execute(admin, "DeletePolicyVersion", PolicyArn=ARN, VersionId="v2")
    execute(admin, "DeletePolicy", PolicyArn=ARN)
    refused("NoSuchEntity", f"Policy {ARN} was not found.", execute, admin, "GetPolicy", PolicyArn=ARN)


def test_who_has_it(admin, readers, alice, bob):
    execute(admin, "CreateGroup", GroupName="eu")
    execute(admin, "AttachGroupPolicy", GroupName="eu", PolicyArn=ARN)
    execute(admin, "AttachUserPolicy", UserName="alice", PolicyArn=ARN)
    execute(admin, "PutUserPermissionsBoundary", UserName="bob", PermissionsBoundary=ARN)

    def names(**params) -> tuple[list[str], list[str]]:
        found = execute(admin, "ListEntitiesForPolicy", PolicyArn=ARN, **params)
        return (
            [user["UserName"] for user in found["PolicyUsers"]],
            [group["GroupName"] for group in found["PolicyGroups"]],
        )

    assert names() == (["alice", "bob"], ["eu"])
    assert names(PolicyUsageFilter="PermissionsBoundary") == (["bob"], [])
    assert names(PolicyUsageFilter="PermissionsPolicy") == (["alice"], ["eu"])
    assert names(EntityFilter="Group") == ([], ["eu"])
    found = execute(admin, "GetPolicy", PolicyArn=ARN)["Policy"]
    assert (found["AttachmentCount"], found["PermissionsBoundaryUsageCount"]) == (2, 1)


def test_lists_by_scope_and_use(admin, readers):
    def names(**params) -> list[str]:
        return [policy["PolicyName"] for policy in execute(admin, "ListPolicies", **params)["Policies"]]

    assert names(Scope="Local") == ["Readers"]
    assert "Readers" not in names(Scope="AWS")
    assert names(OnlyAttached=True) == ["AdministratorAccess"]
    assert names(PathPrefix="/eu/") == ["Readers"]


def test_what_is_aws_own_is_not_changed(admin):
    refused(
        "AccessDenied", "Cannot delete policies outside your own account.",
        execute, admin, "DeletePolicy", PolicyArn=ADMINISTRATOR_ACCESS,
    )  # fmt: skip
    with pytest.raises(IamError, match="Cannot update policies"):
        execute(admin, "CreatePolicyVersion", PolicyArn=ADMINISTRATOR_ACCESS, PolicyDocument=READ)


def test_another_accounts_policy_is_not_there(admin, readers):
    other = make_account("200000000002", name="other")
    ManagedPolicy.objects.filter(pk=readers.pk).update(account=other)
    refused("NoSuchEntity", f"Policy {ARN} was not found.", execute, admin, "GetPolicy", PolicyArn=ARN)
    refused("NoSuchEntity", f"Policy {ARN} was not found.", execute, admin, "DeletePolicy", PolicyArn=ARN)


def test_sizes_and_counts(admin, readers, monkeypatch):
    big = document(*(f"s3:Action{number:05}" for number in range(450)))
    refused(
        "LimitExceeded", "Cannot exceed quota for PolicySize: 6144",
        execute, admin, "CreatePolicy", PolicyName="big", PolicyDocument=big,
    )  # fmt: skip
    monkeypatch.setattr(policies, "POLICIES_PER_ACCOUNT", 1)
    refused(
        "LimitExceeded", "Cannot exceed quota for PoliciesPerAccount: 1",
        execute, admin, "CreatePolicy", PolicyName="more", PolicyDocument=READ,
    )  # fmt: skip


def test_tags_of_policies_differ_by_case(admin, readers):
    tags = [{"Key": "Team", "Value": "a"}, {"Key": "team", "Value": "b"}]
    execute(admin, "TagPolicy", PolicyArn=ARN, Tags=tags)
    assert execute(admin, "ListPolicyTags", PolicyArn=ARN)["Tags"] == tags
    execute(admin, "UntagPolicy", PolicyArn=ARN, TagKeys=["Team"])
    assert execute(admin, "ListPolicyTags", PolicyArn=ARN)["Tags"] == tags[1:]
    refused(
        "InvalidInput", "Duplicate tag keys found.",
        execute, admin, "TagPolicy", PolicyArn=ARN, Tags=[tags[0], tags[0]],
    )  # fmt: skip
