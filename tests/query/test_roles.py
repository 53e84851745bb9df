"""Roles, instance profiles and identity providers through genuine clients, as auditing tools ask for them."""

import pytest
from botocore.exceptions import ClientError

from iamconsole.operations import execute
from tests.cast import make_account, make_user
from tests.query.clients import key_of, routed
from users.callers.build import ADMINISTRATOR, AUDITOR, ROLE_POLICIES, Origin, caller_for_role

pytestmark = pytest.mark.django_db
OTHER = "200000000002"
ROLE = f"arn:aws:iam::{OTHER}:role/{ADMINISTRATOR}"


def code(call, **params) -> str:
    with pytest.raises(ClientError) as caught:
        call(**params)
    return caught.value.response["Error"]["Code"]


@pytest.fixture
def other(alice, alice_key):
    """IAM of a local account beside the home account, in the role that people take there."""
    make_account(OTHER, name="other")
    sts = routed(*alice_key, service="sts")
    made = sts.assume_role(RoleArn=ROLE, RoleSessionName="audit")["Credentials"]
    return routed(made["AccessKeyId"], made["SecretAccessKey"], made["SessionToken"])


def test_the_two_roles_that_people_take_are_told(other):
    roles = other.list_roles()["Roles"]
    assert [role["RoleName"] for role in roles] == [ADMINISTRATOR, AUDITOR]
    assert roles[0]["Arn"] == ROLE
    trust = roles[0]["AssumeRolePolicyDocument"]["Statement"][0]
    assert (trust["Principal"], trust["Action"]) == (
        {"AWS": "arn:aws:iam::100000000001:root"},
        "sts:AssumeRole",
    )
    assert other.list_roles(PathPrefix="/nowhere/")["Roles"] == []
    page = other.list_roles(MaxItems=1)
    assert (page["IsTruncated"], len(page["Roles"])) == (True, 1)
    assert other.list_roles(Marker=page["Marker"])["Roles"][0]["RoleName"] == AUDITOR
    role = other.get_role(RoleName=ADMINISTRATOR.upper())["Role"]
    assert (role["RoleId"], role["RoleLastUsed"]) == (roles[0]["RoleId"], {})
    assert other.list_role_policies(RoleName=AUDITOR)["PolicyNames"] == [AUDITOR]
    read = other.get_role_policy(RoleName=AUDITOR, PolicyName=AUDITOR)
    assert read["PolicyDocument"] == ROLE_POLICIES[AUDITOR]
    assert other.list_attached_role_policies(RoleName=AUDITOR)["AttachedPolicies"] == []
    assert other.list_role_tags(RoleName=AUDITOR)["Tags"] == []
    assert other.list_instance_profiles_for_role(RoleName=AUDITOR)["InstanceProfiles"] == []
    assert code(other.get_role_policy, RoleName=AUDITOR, PolicyName="none") == "NoSuchEntity"


def test_a_role_that_can_be_read_can_be_asked_about(other, iam):
    """Tools simulate what they have listed."""
    arn = f"arn:aws:iam::{OTHER}:role/{AUDITOR}"
    asked = {"PolicySourceArn": arn, "ActionNames": ["iam:ListUsers", "iam:DeleteUser"]}
    results = other.simulate_principal_policy(**asked)["EvaluationResults"]
    assert [result["EvalDecision"] for result in results] == ["allowed", "implicitDeny"]
    (matched,) = results[0]["MatchedStatements"]
    assert matched["SourcePolicyId"] == f"role_{AUDITOR}_{AUDITOR}"
    assert other.get_context_keys_for_principal_policy(PolicySourceArn=arn)["ContextKeyNames"] == []
    granting = other.list_policies_granting_service_access(Arn=arn, ServiceNamespaces=["iam", "s3"])
    policies = {
        entry["ServiceNamespace"]: entry["Policies"] for entry in granting["PoliciesGrantingServiceAccess"]
    }
    inline = {"PolicyType": "INLINE", "EntityType": "ROLE", "EntityName": AUDITOR, "PolicyName": AUDITOR}
    assert policies == {"iam": [inline], "s3": []}
    assert code(other.generate_service_last_accessed_details, Arn=arn) == "InvalidInput"
    for absent in (f"arn:aws:iam::{OTHER}:role/none", f"arn:aws:iam::100000000001:role/{AUDITOR}"):
        assert code(other.simulate_principal_policy, **{**asked, "PolicySourceArn": absent}) == "NoSuchEntity"
    own = f"arn:aws:iam::100000000001:role/{AUDITOR}"  # the home account has no such roles
    assert code(iam.simulate_principal_policy, **{**asked, "PolicySourceArn": own}) == "NoSuchEntity"


def test_the_caller_finds_its_own_role(other, alice_key):
    """The ID in GetCallerIdentity is that of the role."""
    made = routed(*alice_key, service="sts").assume_role(RoleArn=ROLE, RoleSessionName="audit")
    role_id = other.get_role(RoleName=ADMINISTRATOR)["Role"]["RoleId"]
    assert made["AssumedRoleUser"]["AssumedRoleId"] == f"{role_id}:audit"


def test_summary_and_details_agree_with_the_list(other, iam):
    for client in (other, iam):
        roles = [role["RoleName"] for role in client.list_roles()["Roles"]]
        assert client.get_account_summary()["SummaryMap"]["Roles"] == len(roles)
        pages = client.get_paginator("get_account_authorization_details").paginate(
            PaginationConfig={"PageSize": 1}
        )
        details = [role for page in pages for role in page["RoleDetailList"]]
        assert [role["RoleName"] for role in details] == roles
        only = client.get_account_authorization_details(Filter=["Role"])
        assert [role["RoleName"] for role in only["RoleDetailList"]] == roles
        assert only["UserDetailList"] == []
    assert details == [], "nobody can take a role of the home account"


def test_a_role_of_the_details_has_its_policy(other):
    role = other.get_account_authorization_details(Filter=["Role"])["RoleDetailList"][1]
    assert role["RolePolicyList"] == [{"PolicyName": AUDITOR, "PolicyDocument": ROLE_POLICIES[AUDITOR]}]
    assert (role["AttachedManagedPolicies"], role["InstanceProfileList"], role["Tags"]) == ([], [], [])


def test_what_there_is_none_of_is_listed_empty_and_not_found(iam):
    assert iam.list_roles()["Roles"] == []
    assert iam.list_instance_profiles()["InstanceProfiles"] == []
    assert iam.list_saml_providers()["SAMLProviderList"] == []
    assert iam.list_open_id_connect_providers()["OpenIDConnectProviderList"] == []
    saml, oidc = ({"ARN": f"arn:aws:iam::100000000001:{kind}-provider/x"} for kind in ("saml", "oidc"))
    asked = {
        iam.get_role: {"RoleName": ADMINISTRATOR},
        iam.list_role_policies: {"RoleName": "none"},
        iam.list_attached_role_policies: {"RoleName": "none"},
        iam.list_role_tags: {"RoleName": "none"},
        iam.get_role_policy: {"RoleName": "none", "PolicyName": "none"},
        iam.list_instance_profiles_for_role: {"RoleName": "none"},
        iam.get_instance_profile: {"InstanceProfileName": "none"},
        iam.list_instance_profile_tags: {"InstanceProfileName": "none"},
        iam.get_saml_provider: {"SAMLProviderArn": saml["ARN"]},
        iam.list_saml_provider_tags: {"SAMLProviderArn": saml["ARN"]},
        iam.get_open_id_connect_provider: {"OpenIDConnectProviderArn": oidc["ARN"]},
        iam.list_open_id_connect_provider_tags: {"OpenIDConnectProviderArn": oidc["ARN"]},
    }
    assert {code(call, **params) for call, params in asked.items()} == {"NoSuchEntity"}


def test_changes_are_refused_by_name(iam):
    for call, params in {
        iam.create_role: {"RoleName": "web", "AssumeRolePolicyDocument": "{}"},
        iam.delete_role: {"RoleName": "web"},
        iam.attach_role_policy: {"RoleName": "web", "PolicyArn": "arn:aws:iam::aws:policy/ReadOnlyAccess"},
        iam.create_saml_provider: {"Name": "web", "SAMLMetadataDocument": "x" * 1000},
        iam.create_instance_profile: {"InstanceProfileName": "web"},
    }.items():
        with pytest.raises(ClientError) as caught:
            call(**params)
        error = caught.value.response["Error"]
        assert error["Code"] == "InvalidAction"
        name = "".join(part.title() for part in call.__name__.split("_")).replace("Saml", "SAML")
        assert name in error["Message"]


def test_a_policy_for_roles_allows_and_denies_them(alice, caller, home):
    """A list is judged on where roles are, one role on its ARN."""
    dora = make_user(home, "dora")
    own = caller(alice)
    dora_iam = routed(*key_of(own, dora))
    assert code(dora_iam.list_roles) == code(dora_iam.get_role, RoleName="x") == "AccessDenied"
    allow = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iam:*","Resource":"%s"}]}'
    for resource, listed, found in (
        ("arn:aws:iam::*:role/", [], "AccessDenied"),
        ("arn:aws:iam::*:role/*", [], "NoSuchEntity"),
        ("arn:aws:iam::*:role/x", "AccessDenied", "NoSuchEntity"),
        ("arn:aws:iam::*:user/*", "AccessDenied", "AccessDenied"),
    ):
        execute(own, "PutUserPolicy", UserName="dora", PolicyName="p", PolicyDocument=allow % resource)
        assert code(dora_iam.get_role, RoleName="x") == found
        if listed == []:
            assert dora_iam.list_roles()["Roles"] == []
        else:
            assert code(dora_iam.list_roles) == listed


def test_of_an_imported_account_they_are_not_known(alice, home):
    imported = make_account(OTHER, name="imported", kind="imported")
    from iamconsole.errors import IamError

    auditor = caller_for_role(alice, imported, AUDITOR, Origin(channel="command"))
    for name, params in {
        "ListRoles": {},
        "GetRole": {"RoleName": AUDITOR},
        "ListSAMLProviders": {},
        "GetInstanceProfile": {"InstanceProfileName": "x"},
    }.items():
        with pytest.raises(IamError, match="Not known") as caught:
            execute(auditor, name, **params)
        assert caught.value.code == "InvalidInput"
