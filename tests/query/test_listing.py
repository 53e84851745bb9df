"""Lists by genuine clients: no page loses or repeats a row, whatever the size; wrong markers are refused."""

import pytest
from botocore.exceptions import ClientError

from iamconsole.operations import all_operations, execute
from tests.credentials.authenticator import enrol
from tests.query.clients import routed
from users.models import ManagedPolicy, User

pytestmark = pytest.mark.django_db
DOCUMENT = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}'
OWN = "arn:aws:iam::100000000001:"
NEVER = ["never:handed:out", "-1", "a", "1", "2:x", "a/b", "Ä", "%", "' OR 1=1", "A" * 320]


def every_page(client, operation: str, size: int, **params) -> list[dict]:
    """The pages that a client gets when it follows the markers."""
    pages = client.get_paginator(operation).paginate(PaginationConfig={"PageSize": size}, **params)
    return list(pages)


@pytest.fixture
def namesakes(iam):
    """The account's own policies with names that AWS has too, and names that differ only in where they sort."""
    for name in ("AdministratorAccess", "ReadOnlyAccess", "aaa", "ZZZ", "_x", "b"):
        iam.create_policy(PolicyName=name, PolicyDocument=DOCUMENT)
    return iam


@pytest.mark.parametrize("size", [1, 2, 3, 5, 100])
def test_policies_of_equal_names_are_neither_lost_nor_repeated(size, namesakes):
    pages = every_page(namesakes, "list_policies", size)
    arns = [policy["Arn"] for page in pages for policy in page["Policies"]]
    assert len(arns) == len(set(arns))
    assert set(arns) == set(ManagedPolicy.objects.values_list("arn", flat=True))
    assert all(len(page["Policies"]) <= size for page in pages)


def test_equal_names_on_a_page_boundary(namesakes):
    for arn in ("arn:aws:iam::aws:policy/", f"{OWN}policy/"):
        namesakes.attach_user_policy(UserName="alice", PolicyArn=f"{arn}AdministratorAccess")
    pages = every_page(namesakes, "list_attached_user_policies", 1, UserName="alice")
    first, second = (page["AttachedPolicies"][0] for page in pages)
    assert first["PolicyName"] == second["PolicyName"] == "AdministratorAccess"
    assert first["PolicyArn"] != second["PolicyArn"]


def test_names_come_by_code_point_on_every_database(iam):
    """Without case; not as a language sorts them, which leaves out signs."""
    names = ["=b", "-z", "+a", "_c", "a-b", "a", "a.b", "Ab", "a_b", "1", "@"]
    for name in names:
        iam.create_user(UserName=name)
        iam.create_group(GroupName=name)
        iam.put_user_policy(UserName="alice", PolicyName=name, PolicyDocument=DOCUMENT)
        iam.create_virtual_mfa_device(VirtualMFADeviceName=name)
    expected = sorted(names, key=str.lower)
    for size in (2, 100):
        listed = {
            "list_users": [
                user["UserName"] for page in every_page(iam, "list_users", size) for user in page["Users"]
            ],
            "list_groups": [
                x["GroupName"] for page in every_page(iam, "list_groups", size) for x in page["Groups"]
            ],
            "list_user_policies": [
                name
                for page in every_page(iam, "list_user_policies", size, UserName="alice")
                for name in page["PolicyNames"]
            ],
        }
        listed["list_users"].remove("alice")
        assert listed == dict.fromkeys(listed, expected)
        pages = every_page(iam, "list_virtual_mfa_devices", size)
        serials = [device["SerialNumber"] for page in pages for device in page["VirtualMFADevices"]]
        assert serials == sorted(serials)


def test_policies_come_in_the_order_of_their_creation(namesakes):
    """As AWS lists its own, which begin with AdministratorAccess (IAM-FACTS 2.23)."""
    for size in (2, 1000):
        pages = every_page(namesakes, "list_policies", size, Scope="AWS")
        listed = [policy for page in pages for policy in page["Policies"]]
        assert [policy["CreateDate"] for policy in listed] == sorted(
            policy["CreateDate"] for policy in listed
        )
        assert listed[0]["PolicyName"] == "AdministratorAccess"
    mine = namesakes.list_policies(Scope="Local")["Policies"]
    assert [policy["PolicyName"] for policy in mine][:3] == ["AdministratorAccess", "ReadOnlyAccess", "aaa"]


@pytest.mark.parametrize("kind", ["user", "group"])
def test_attached_policies_of_equal_names(kind, namesakes):
    if kind == "group":
        namesakes.create_group(GroupName="alice")
    attach = getattr(namesakes, f"attach_{kind}_policy")
    named = {f"{kind.title()}Name": "alice"}
    arns = [
        "arn:aws:iam::aws:policy/AdministratorAccess",
        f"{OWN}policy/AdministratorAccess",
        f"{OWN}policy/ZZZ",
        f"{OWN}policy/aaa",
    ]
    for arn in reversed(arns):
        attach(**named, PolicyArn=arn)
    for size in (1, 2, 3, 4):
        pages = every_page(namesakes, f"list_attached_{kind}_policies", size, **named)
        found = [policy["PolicyArn"] for page in pages for policy in page["AttachedPolicies"]]
        assert sorted(found) == sorted(arns), "each once"
    assert [arn.rpartition("/")[2] for arn in found] == [
        "aaa",
        "AdministratorAccess",
        "AdministratorAccess",
        "ZZZ",
    ]


def test_a_path_prefix_is_compared_letter_by_letter(iam):
    for name, path in (
        ("erin", "/Staff/"),
        ("frank", "/staff/"),
        ("gina", "/staff/it/"),
        ("hugo", "/st_ff/"),
    ):
        iam.create_user(UserName=name, Path=path)
        iam.create_group(GroupName=name, Path=path)
        iam.create_policy(PolicyName=name, Path=path, PolicyDocument=DOCUMENT)
        iam.attach_user_policy(UserName="alice", PolicyArn=f"{OWN}policy{path}{name}")
    for prefix, expected in (
        ("/staff/", ["frank", "gina"]),
        ("/Staff/", ["erin"]),
        ("/st_ff/", ["hugo"]),
        ("/st", ["frank", "gina", "hugo"]),
        ("/none/", []),
    ):
        whole = prefix.endswith("/")  # of policies AWS's model takes whole paths only
        users = iam.list_users(PathPrefix=prefix)["Users"]
        groups = iam.list_groups(PathPrefix=prefix)["Groups"]
        policies = iam.list_policies(PathPrefix=prefix)["Policies"] if whole else []
        listed = iam.list_attached_user_policies
        attached = listed(UserName="alice", PathPrefix=prefix)["AttachedPolicies"] if whole else []
        assert [user["UserName"] for user in users] == expected
        assert [group["GroupName"] for group in groups] == expected
        assert [policy["PolicyName"] for policy in policies] == (expected if whole else [])
        assert [policy["PolicyName"] for policy in attached] == (expected if whole else [])


def test_entities_of_a_policy_by_their_path(iam):
    arn = iam.create_policy(PolicyName="p", PolicyDocument=DOCUMENT)["Policy"]["Arn"]
    for name, path in (("erin", "/Staff/"), ("frank", "/staff/")):
        iam.create_user(UserName=name, Path=path)
        iam.create_group(GroupName=name, Path=path)
        iam.attach_user_policy(UserName=name, PolicyArn=arn)
        iam.attach_group_policy(GroupName=name, PolicyArn=arn)
    found = iam.list_entities_for_policy(PolicyArn=arn, PathPrefix="/staff/")
    assert [user["UserName"] for user in found["PolicyUsers"]] == ["frank"]
    assert [group["GroupName"] for group in found["PolicyGroups"]] == ["frank"]


# What each listing operation needs besides a marker.
NEEDED = {
    "GetGroup": {"GroupName": "crew"},
    "GetServiceLastAccessedDetails": "job",
    "GetServiceLastAccessedDetailsWithEntities": "job",
    "ListAttachedGroupPolicies": {"GroupName": "crew"},
    "ListAttachedUserPolicies": {"UserName": "alice"},
    "ListEntitiesForPolicy": {"PolicyArn": "arn:aws:iam::aws:policy/AdministratorAccess"},
    "ListGroupPolicies": {"GroupName": "crew"},
    "ListGroupsForUser": {"UserName": "alice"},
    "ListMFADeviceTags": {"SerialNumber": f"{OWN}mfa/spare"},
    "ListPoliciesGrantingServiceAccess": {"Arn": f"{OWN}user/alice", "ServiceNamespaces": ["s3"]},
    "ListPolicyTags": {"PolicyArn": f"{OWN}policy/own"},
    "ListPolicyVersions": {"PolicyArn": f"{OWN}policy/own"},
    "ListUserPolicies": {"UserName": "alice"},
    "ListUserTags": {"UserName": "alice"},
    "ListServerCertificateTags": None,  # needs a certificate: tests/credentials
    # Nobody has one here: tests/query/test_roles.py
    "ListAttachedRolePolicies": None,
    "ListInstanceProfileTags": None,
    "ListInstanceProfilesForRole": None,
    "ListOpenIDConnectProviderTags": None,
    "ListRolePolicies": None,
    "ListRoleTags": None,
    "ListSAMLProviderTags": None,
    "SimulateCustomPolicy": {"PolicyInputList": [DOCUMENT], "ActionNames": ["s3:GetObject"]},
    "SimulatePrincipalPolicy": {"PolicySourceArn": f"{OWN}user/alice", "ActionNames": ["s3:GetObject"]},
}
PAGED = sorted(
    name
    for name, operation in all_operations().items()
    if operation.model.input_shape is not None
    and "Marker" in operation.model.input_shape.members
    and NEEDED.get(name, {}) is not None
)


@pytest.mark.long
@pytest.mark.parametrize("name", PAGED)
def test_a_marker_that_was_never_handed_out(name, iam):
    iam.create_group(GroupName="crew")
    iam.create_policy(PolicyName="own", PolicyDocument=DOCUMENT)
    iam.create_virtual_mfa_device(VirtualMFADeviceName="spare")
    params = NEEDED.get(name, {})
    if params == "job":
        params = {"JobId": iam.generate_service_last_accessed_details(Arn=f"{OWN}group/crew")["JobId"]}
        params |= {"ServiceNamespace": "s3"} if name.endswith("Entities") else {}
    call = getattr(iam, client_method(iam, name))
    whole = call(**params)
    assert whole["IsTruncated"] is False
    assert "Marker" not in whole
    for marker in NEVER:
        with pytest.raises(ClientError) as caught:
            call(**params, Marker=marker)
        answer = caught.value.response
        assert answer["ResponseMetadata"]["HTTPStatusCode"] == 400
        code = "InvalidInput" if name.startswith("Simulate") else "ValidationError"
        assert answer["Error"]["Code"] == code  # the texts: test_list_changes
    for size in (0, 1001) if "MaxItems" in all_operations()[name].model.input_shape.members else ():
        with pytest.raises(ClientError, match="maxItems"):
            call(**params, MaxItems=size)


def client_method(client, operation: str) -> str:
    return next(method for method, name in client.meta.method_to_api_mapping.items() if name == operation)


def test_mfa_devices_of_one_user_and_of_root_are_paged(iam, alice, home, caller):
    root = User.objects.root_of(home)
    for user in (alice, root):
        for number in range(3):
            enrol(user, f"{user.label}-{number}")
    made = execute(caller(root, channel="command"), "CreateAccessKey")["AccessKey"]
    for client, name in ((iam, "alice"), (routed(made["AccessKeyId"], made["SecretAccessKey"]), "root")):
        pages = every_page(client, "list_mfa_devices", 2)
        assert [len(page["MFADevices"]) for page in pages] == [2, 1]
        serials = {
            device["SerialNumber"].rpartition("/")[2] for page in pages for device in page["MFADevices"]
        }
        assert serials == {f"{name}-{number}" for number in range(3)}
    pages = every_page(iam, "list_virtual_mfa_devices", 4)
    assert [len(page["VirtualMFADevices"]) for page in pages] == [4, 2]


def test_root_asks_about_itself_where_no_name_is_given(home, alice, caller):
    """Whose key signs is meant (IAM-FACTS 2.4); what root cannot have here is an empty list."""
    root = User.objects.root_of(home)
    made = execute(caller(root), "CreateAccessKey")["AccessKey"]
    iam = routed(made["AccessKeyId"], made["SecretAccessKey"])
    assert iam.list_signing_certificates()["Certificates"] == []
    assert iam.list_service_specific_credentials()["ServiceSpecificCredentials"] == []
    assert iam.list_mfa_devices()["MFADevices"] == []
    assert len(iam.list_access_keys()["AccessKeyMetadata"]) == 1
    assert iam.list_signing_certificates(UserName="alice")["Certificates"] == []
