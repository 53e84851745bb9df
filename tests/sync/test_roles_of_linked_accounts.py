"""Roles, instance profiles and identity providers of a linked account: what AWS says, or why it is not known."""

import json

import pytest
from botocore.exceptions import ClientError

from iamconsole.errors import AccessDenied
from iamconsole.operations import execute
from tests.query.clients import key_of, routed
from tests.sync.conftest import AWS_ACCOUNT, link, sync
from users.models import User

pytestmark = pytest.mark.django_db(transaction=True)
TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
    ],
}
READ = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:Get*", "Resource": "*"}]}
METADATA = f"<EntityDescriptor>{'x' * 1000}</EntityDescriptor>"


@pytest.fixture
def account(alice, aws, caller):
    """An account at AWS with three roles, one in an instance profile, and two providers."""
    for number, path in enumerate(("/", "/app/", "/app/")):
        aws.create_role(
            RoleName=f"role-{number}",
            Path=path,
            AssumeRolePolicyDocument=json.dumps(TRUST),
            Tags=[{"Key": "team", "Value": f"t{number}"}],
        )
    aws.put_role_policy(RoleName="role-1", PolicyName="inline", PolicyDocument=json.dumps(READ))
    aws.create_instance_profile(InstanceProfileName="web", Path="/app/")
    aws.add_role_to_instance_profile(InstanceProfileName="web", RoleName="role-1")
    aws.saml = aws.create_saml_provider(Name="idp", SAMLMetadataDocument=METADATA)["SAMLProviderArn"]
    aws.create_user(UserName="wilma")
    link(caller(alice))
    assert sync(alice).state == "done"
    return aws


def there(user, caller):
    """IAM of the linked account as the console's auditor."""
    sts = routed(*key_of(caller(user), user), service="sts")
    role = f"arn:aws:iam::{AWS_ACCOUNT}:role/IamConsoleAuditor"
    made = sts.assume_role(RoleArn=role, RoleSessionName="audit")["Credentials"]
    return routed(made["AccessKeyId"], made["SecretAccessKey"], made["SessionToken"])


def names(rows) -> list[str]:
    return sorted(row["RoleName"] for row in rows)


def test_aws_is_asked_and_answered_through(account, alice, caller):
    iam = there(alice, caller)
    pages = list(iam.get_paginator("list_roles").paginate(PaginationConfig={"PageSize": 2}))
    assert [len(page["Roles"]) for page in pages] == [2, 1]
    assert names([*pages[0]["Roles"], *pages[1]["Roles"]]) == ["role-0", "role-1", "role-2"]
    assert names(iam.list_roles(PathPrefix="/app/")["Roles"]) == ["role-1", "role-2"]
    role = iam.get_role(RoleName="role-1")["Role"]
    assert (role["Path"], role["AssumeRolePolicyDocument"]) == ("/app/", TRUST)
    assert iam.list_role_policies(RoleName="role-1")["PolicyNames"] == ["inline"]
    assert iam.get_role_policy(RoleName="role-1", PolicyName="inline")["PolicyDocument"] == READ
    assert iam.list_role_tags(RoleName="role-1")["Tags"] == [{"Key": "team", "Value": "t1"}]
    profile = iam.list_instance_profiles()["InstanceProfiles"][0]
    assert (profile["InstanceProfileName"], names(profile["Roles"])) == ("web", ["role-1"])
    assert iam.get_instance_profile(InstanceProfileName="web")["InstanceProfile"]["Arn"] == profile["Arn"]
    assert [row["Arn"] for row in iam.list_saml_providers()["SAMLProviderList"]] == [account.saml]
    assert iam.get_saml_provider(SAMLProviderArn=account.saml)["SAMLMetadataDocument"] == METADATA
    with pytest.raises(ClientError) as caught:
        iam.get_role(RoleName="none")
    assert caught.value.response["Error"]["Code"] == "NoSuchEntity"


def test_rights_are_judged_on_the_role_as_aws_has_it(account, alice, caller):
    """Its path and its tags, which the caller does not write."""
    allow = {"Effect": "Allow", "Action": "iam:*", "Resource": "*"}
    deny = {"Effect": "Deny", "Action": "iam:*"}
    by_path = {**deny, "Resource": "arn:aws:iam::*:role/app/*"}
    by_tag = {**deny, "Resource": "*", "Condition": {"StringEquals": {"iam:ResourceTag/team": "t2"}}}
    for denied, allowed in ((by_path, ["role-0"]), (by_tag, ["role-0", "role-1"])):
        document = json.dumps({**READ, "Statement": [allow, denied]})
        account.put_user_policy(UserName="wilma", PolicyName="p", PolicyDocument=document)
        assert sync(alice).state == "done"
        wilma = caller(User.objects.get(user_name="wilma"))
        for name in ("GetRole", "ListRoleTags", "ListAttachedRolePolicies", "ListInstanceProfilesForRole"):
            found = [role for role in ("role-0", "role-1", "role-2") if permitted(wilma, name, role)]
            assert found == allowed, name


def permitted(wilma, name: str, role: str) -> bool:
    try:
        execute(wilma, name, RoleName=role)
    except AccessDenied:
        return False
    return True


def test_who_has_no_right_learns_nothing_of_the_link(account, alice, caller, front):
    wilma = caller(User.objects.get(user_name="wilma"))
    front.denied = frozenset({"GetRole"})
    with pytest.raises(AccessDenied, match="wilma is not authorized to perform: iam:GetRole"):
        execute(wilma, "GetRole", RoleName="role-0")


def test_what_aws_refuses_is_no_empty_list(account, alice, caller, front):
    iam = there(alice, caller)
    front.denied = frozenset({"ListRoles"})
    with pytest.raises(ClientError) as caught:
        iam.list_roles()
    error = caught.value.response["Error"]
    assert error["Code"] == "AccessDenied"
    assert '"Action": "iam:ListRoles"' in error["Message"], "the statement to add"
    front.denied = frozenset({"GetRole"})
    with pytest.raises(ClientError, match="GetRole"):
        iam.list_role_tags(RoleName="role-1")
    front.denied, front.dropped = frozenset(), frozenset({"ListSAMLProviders"})
    with pytest.raises(ClientError) as caught:
        iam.list_saml_providers()
    assert caught.value.response["Error"]["Code"] == "ServiceUnavailable"


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5, 100])
def test_the_details_end_with_the_roles_of_aws_whatever_the_size_of_a_page(size, account, alice, caller):
    iam = there(alice, caller)
    pages = iam.get_paginator("get_account_authorization_details").paginate(
        PaginationConfig={"PageSize": size}
    )
    rows = [page[member] for page in pages for member in ("UserDetailList", "RoleDetailList")]
    assert max(map(len, rows)) <= size
    roles = [row for listed in rows for row in listed if "RoleName" in row]
    assert [role["RoleName"] for role in roles].count("role-1") == 1
    assert names(roles) == ["role-0", "role-1", "role-2"]
    inline = next(role for role in roles if role["RoleName"] == "role-1")["RolePolicyList"]
    assert inline == [{"PolicyName": "inline", "PolicyDocument": READ}]


def test_roles_that_have_a_policy_are_told(account, alice, caller):
    arn = account.create_policy(PolicyName="own", PolicyDocument=json.dumps(READ))["Policy"]["Arn"]
    for name in ("role-0", "role-2"):
        account.attach_role_policy(RoleName=name, PolicyArn=arn)
    account.attach_user_policy(UserName="wilma", PolicyArn=arn)
    assert sync(alice).state == "done"
    iam = there(alice, caller)
    listed = iam.list_entities_for_policy(PolicyArn=arn)  # the double's own pages of it lose rows
    assert names(listed["PolicyRoles"]) == ["role-0", "role-2"]
    assert [row["UserName"] for row in listed["PolicyUsers"]] == ["wilma"]
    assert iam.list_entities_for_policy(PolicyArn=arn, EntityFilter="User")["PolicyRoles"] == []


def test_nothing_is_claimed_of_an_account_that_is_not_linked_any_more(account, alice, caller):
    execute(caller(alice), "iamconsole:UnlinkAccount", AccountId=AWS_ACCOUNT, Keep=True)
    iam = there(alice, caller)
    for call in (iam.list_roles, iam.list_saml_providers, iam.get_account_authorization_details):
        with pytest.raises(ClientError, match="Not known") as caught:
            call()
        assert caught.value.response["Error"]["Code"] == "InvalidInput"
    assert iam.get_account_authorization_details(Filter=["User"])["UserDetailList"]
