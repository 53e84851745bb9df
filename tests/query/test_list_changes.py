"""Lists while somebody deletes and adds: every paged operation, by genuine clients (IAM-FACTS 2.22.5)."""

import re
from hashlib import sha256

import botocore.session
import pytest
from botocore.exceptions import ClientError

from iamconsole import crypto
from iamconsole.operations import all_operations
from iamconsole.operations.paging import ENTRY_BYTES
from tests.cast import ADMINISTRATOR_ACCESS, make_account, make_user
from tests.query import paged_lists as of
from tests.query.clients import key_of, routed
from tests.query.paged_lists import OWN, List, policy

pytestmark = pytest.mark.django_db
ZOE = {"UserName": "zoe"}
LISTS = {
    "GetAccountAuthorizationDetails": List(
        "UserDetailList", "UserName", of.details, of.remove_detail, of.add_detail,
        ({"Filter": ["User"]}, {"Filter": ["LocalManagedPolicy"]}),
        more=(("GroupDetailList", "GroupName"), ("Policies", "PolicyName")),
    ),
    "GetGroup": List(
        "Users", "UserName", of.crew,
        lambda iam, name: iam.remove_user_from_group(GroupName="crew", UserName=name),
        of.add_member, ({"GroupName": "others"},),
    ),
    "GetServiceLastAccessedDetails": List(
        "ServicesLastAccessed", "ServiceNamespace", of.accessed_services,
        lambda iam, name: iam.delete_group_policy(GroupName="crew", PolicyName=name), of.grant,
    ),
    "GetServiceLastAccessedDetailsWithEntities": List(
        "EntityDetailsList", "EntityInfo", of.accessed_by,
        lambda iam, info: iam.remove_user_from_group(GroupName="crew", UserName=info["Name"]), of.add_member,
        ({"ServiceNamespace": "ec2"},),
    ),
    "ListAccessKeys": List(
        "AccessKeyMetadata", "AccessKeyId",
        of.of_erin(2, lambda iam, name: iam.create_access_key(UserName="erin")),
        lambda iam, name: iam.delete_access_key(UserName="erin", AccessKeyId=name),
        lambda iam, name: iam.create_access_key(UserName="erin"), (ZOE,), full=True,
    ),
    "ListAttachedGroupPolicies": List(
        "AttachedPolicies", "PolicyName", *of.attachments("group"),
        ({"GroupName": "zoe"}, {"PathPrefix": "/other/"}),
    ),
    "ListAttachedUserPolicies": List("AttachedPolicies", "PolicyName", *of.attachments("user"), (ZOE,)),
    "ListEntitiesForPolicy": List(
        "PolicyGroups", "GroupName", of.entities, of.remove_entity, of.add_entity,
        ({"PolicyArn": policy("other")}, {"EntityFilter": "User"}, {"PathPrefix": "/staff/"}),
        more=(("PolicyUsers", "UserName"),),
    ),
    "ListGroupPolicies": List("PolicyNames", "", *of.inline("group"), ({"GroupName": "zoe"},)),
    "ListGroups": List(
        "Groups", "GroupName", of.groups, lambda iam, name: iam.delete_group(GroupName=name),
        lambda iam, name: iam.create_group(GroupName=name), ({"PathPrefix": "/staff/"},),
    ),
    "ListGroupsForUser": List(
        "Groups", "GroupName", of.memberships,
        lambda iam, name: iam.remove_user_from_group(GroupName=name, UserName="erin"), of.join, (ZOE,),
    ),
    "ListMFADeviceTags": of.tag_list(
        of.tagged_device, "mfa_device", "SerialNumber", {"SerialNumber": f"{OWN}mfa/other"}
    ),
    "ListMFADevices": List(
        "MFADevices", "SerialNumber", of.of_erin(4, of.add_device), of.remove_device, of.add_device, (ZOE,)
    ),
    "ListPolicies": List(
        "Policies", "PolicyName", of.own_policies,
        lambda iam, name: iam.delete_policy(PolicyArn=policy(name)),
        lambda iam, name: iam.create_policy(PolicyName=name, PolicyDocument=of.document()),
        ({"Scope": "All"}, {"Scope": "AWS"}, {"OnlyAttached": True}),
    ),
    "ListPoliciesGrantingServiceAccess": List(
        "PoliciesGrantingServiceAccess", "ServiceNamespace", of.granting, others=({"Arn": f"{OWN}user/staff/bob"},)
    ),
    "ListPolicyTags": of.tag_list(of.tagged_policy, "policy", "PolicyArn", {"PolicyArn": policy("other")}),
    "ListPolicyVersions": List(
        "Versions", "VersionId", of.versions, of.remove_version, of.add_version,
        ({"PolicyArn": policy("other")},), full=True,
    ),
    "ListSSHPublicKeys": List(
        "SSHPublicKeys", "SSHPublicKeyId", of.of_erin(4, of.add_ssh_key),
        lambda iam, name: iam.delete_ssh_public_key(UserName="erin", SSHPublicKeyId=name),
        of.add_ssh_key, (ZOE,), full=True,
    ),
    "ListServerCertificateTags": of.tag_list(
        of.tagged_certificate, "server_certificate", "ServerCertificateName", {"ServerCertificateName": "other"}
    ),
    "ListServerCertificates": List(
        "ServerCertificateMetadataList", "ServerCertificateName", of.certificates,
        lambda iam, name: iam.delete_server_certificate(ServerCertificateName=name),
        lambda iam, name: iam.upload_server_certificate(**of.upload_params(name)),
        ({"PathPrefix": "/cloudfront/"},),
    ),
    "ListServiceSpecificCredentials": List(
        "ServiceSpecificCredentials", "ServiceSpecificCredentialId", of.service_credentials,
        of.remove_service_credential, of.add_service_credentials, ({"ServiceName": of.GIT},),
    ),
    "ListSigningCertificates": List(
        "Certificates", "CertificateId", of.of_erin(2, of.add_signing_certificate),
        lambda iam, name: iam.delete_signing_certificate(UserName="erin", CertificateId=name),
        of.add_signing_certificate, (ZOE,), full=True,
    ),
    "ListUserPolicies": List("PolicyNames", "", *of.inline("user"), (ZOE,)),
    "ListUserTags": of.tag_list(of.tagged_user, "user", "UserName", ZOE),
    "ListUsers": List(
        "Users", "UserName", of.users,
        lambda iam, name: name == "alice" or iam.delete_user(UserName=name),
        lambda iam, name: iam.create_user(UserName=name), ({"PathPrefix": "/staff/"},),
    ),
    "ListVirtualMFADevices": List(
        "VirtualMFADevices", "SerialNumber", of.spare_devices,
        lambda iam, name: iam.delete_virtual_mfa_device(SerialNumber=name),
        lambda iam, name: iam.create_virtual_mfa_device(VirtualMFADeviceName=name),
        ({"AssignmentStatus": "Any"},),
    ),
    "SimulateCustomPolicy": List(
        "EvaluationResults", "EvalActionName", of.simulated({"PolicyInputList": [of.document()]}),
        others=({"PolicyInputList": [of.document("ec2")]}, {"ActionNames": ["s3:GetObjectAcl", "s3:GetObject"]}),
    ),
    "SimulatePrincipalPolicy": List(
        "EvaluationResults", "EvalActionName", of.simulated({"PolicySourceArn": f"{OWN}user/alice"}),
        others=({"PolicySourceArn": f"{OWN}user/staff/bob"},),
    ),
}  # fmt: skip
# One entry at most in a local account, so that no marker is ever handed out; of a linked one the markers are AWS's.
ONE_AT_MOST = set("""
    ListAccountAliases ListAttachedRolePolicies ListInstanceProfileTags ListInstanceProfiles
    ListInstanceProfilesForRole ListOpenIDConnectProviderTags ListRolePolicies ListRoleTags ListSAMLProviderTags
""".split())  # fmt: skip
UNCHANGING = {"ListRoles"}  # two roles without rows: tests/query/test_roles.py
REFUSALS = {"Simulate": "Invalid marker for pagination.", "GetAccount": "Marker and Filter do not match"}


def call_of(iam, name):
    methods = {operation: method for method, operation in iam.meta.method_to_api_mapping.items()}
    return getattr(iam, methods[name])


def pages(iam, name: str, params: dict, size: int = 1):
    """Page after page; whoever iterates can change the account in between."""
    limit = {} if name == "ListPoliciesGrantingServiceAccess" else {"MaxItems": size}
    more: dict = {}
    while more is not None:
        page = call_of(iam, name)(**params, **limit, **more)
        assert page["IsTruncated"] == ("Marker" in page)
        more = {"Marker": page["Marker"]} if page["IsTruncated"] else None
        yield page


def test_every_paged_operation_has_a_case():
    session = botocore.session.get_session()
    model = session.get_service_model("iam")
    paginators = set(session.get_paginator_model("iam")._paginator_config)
    marked = {
        name
        for name in model.operation_names
        if (shape := model.operation_model(name).input_shape) and "Marker" in shape.members
    }
    offered = (paginators | marked) & set(all_operations())
    assert offered == set(LISTS) | ONE_AT_MOST | UNCHANGING


@pytest.mark.parametrize("name", sorted(name for name, case in LISTS.items() if case.remove))
@pytest.mark.parametrize("size", [1, pytest.param(3, marks=pytest.mark.long)])
def test_a_list_goes_on_after_what_it_showed_was_deleted(name, size, iam):
    case = LISTS[name]
    params = case.make(iam)
    whole = [entry for page in pages(iam, name, params, 1000) for entry in case.names(page)]
    shown = []
    for page in pages(iam, name, params, size):
        assert len(case.names(page)) <= size
        for entry in case.names(page):
            shown.append(entry)
            case.remove(iam, entry)
    assert shown == whole
    assert len(whole) > 1


@pytest.mark.long
@pytest.mark.parametrize("name", sorted(name for name, case in LISTS.items() if case.add))
def test_a_list_goes_on_after_others_were_added(name, iam):
    """Before and behind what is shown: what was there comes once, in its order, and nothing comes twice."""
    case = LISTS[name]
    params = case.make(iam)
    whole = [entry for page in pages(iam, name, params, 1000) for entry in case.names(page)]
    shown: list = []
    for number, page in enumerate(pages(iam, name, params, 1)):
        assert number < 30
        shown += case.names(page)
        if number < 2:
            if case.full:
                case.remove(iam, shown[-1])
            for letter in "a" if case.full else "az":
                case.add(iam, f"{letter}{number}")
    assert [entry for entry in shown if entry in whole] == whole
    assert all(shown.count(entry) == 1 for entry in shown)


@pytest.mark.long
@pytest.mark.parametrize("name", sorted(LISTS))
def test_a_marker_is_opaque_and_of_its_list(name, iam, bob):
    case = LISTS[name]
    params = case.make(iam)
    first = next(pages(iam, name, params))
    marker = first["Marker"]
    assert re.fullmatch(r"[A-Za-z0-9_-]{20,320}", marker)
    assert next(pages(iam, name, params))["Marker"] == marker, "the same place has the same marker"
    text = next(
        text for start, text in (*REFUSALS.items(), ("", "Invalid Marker.")) if name.startswith(start)
    )
    bent = marker[:-2] + ("AA" if marker[-2:] != "AA" else "BA")
    for others, wrong in [
        *((other, marker) for other in case.others),
        *(({}, x) for x in (bent, "1", marker + "=")),
    ]:
        with pytest.raises(ClientError) as caught:
            call_of(iam, name)(**{**params, **others}, Marker=wrong)
        assert caught.value.response["Error"]["Message"] == text


def test_a_marker_of_an_operation_is_refused_by_all_others(iam, bob):
    """Also where both have the same parameters: ListUsers and ListGroups have none."""
    made = {name: LISTS[name].make(iam) for name in ("ListUsers", "ListPolicies", "ListVirtualMFADevices")}
    made |= {"ListGroups": of.groups(iam), "ListServerCertificates": of.certificates(iam)}
    markers = {name: next(pages(iam, name, params))["Marker"] for name, params in made.items()}
    for name, params in made.items():
        for other, marker in markers.items():
            if other != name:
                with pytest.raises(ClientError, match="Invalid Marker"):
                    call_of(iam, name)(**params, Marker=marker)


@pytest.mark.parametrize("removed", [(), ("a",), ("b", "c")])
def test_serial_numbers_that_are_longer_than_a_marker(removed, iam):
    """Nothing is left out; what is still there can come twice, and the list ends."""
    path = f"/{'x' * 190}/"
    for name in "abcde":
        iam.create_virtual_mfa_device(Path=path, VirtualMFADeviceName=name)
    shown = []
    for page in pages(iam, "ListVirtualMFADevices", {}):
        assert len(page.get("Marker", "")) <= 320
        shown += [device["SerialNumber"][-1] for device in page["VirtualMFADevices"]]
        if shown[-1] in removed:
            iam.delete_virtual_mfa_device(SerialNumber=f"{OWN}mfa{path}{shown[-1]}")
    assert set(shown) == set("abcde")
    assert removed or shown == list("abcde")


def test_a_marker_outlives_a_new_key_as_long_as_the_old_one_is_kept(iam, settings):
    of.users(iam)
    marker = next(pages(iam, "ListUsers", {}))["Marker"]
    old = list(settings.FIELD_KEYS)
    settings.FIELD_KEYS = [crypto.new_key_entry("k2"), *old]
    rest = iam.list_users(Marker=marker)["Users"]
    assert [user["UserName"] for user in rest] == list(of.NAMES)
    newer = next(pages(iam, "ListUsers", {}))["Marker"]
    settings.FIELD_KEYS = old
    with pytest.raises(ClientError, match="Invalid Marker"):
        iam.list_users(Marker=newer)


def test_a_marker_of_another_account_is_refused(iam, caller):
    of.users(iam)
    other = make_user(make_account("200000000002"), "zed", policies=(ADMINISTRATOR_ACCESS,))
    elsewhere = routed(*key_of(caller(other), other))
    of.users(elsewhere)
    with pytest.raises(ClientError, match="Invalid Marker"):
        elsewhere.list_users(Marker=next(pages(iam, "ListUsers", {}))["Marker"])


@pytest.mark.parametrize(
    "name", ["ListUsers", "ListGroups", "ListPolicies", "ListVirtualMFADevices", "GetGroup"]
)
def test_the_database_reads_no_more_than_a_page(name, iam, django_assert_max_num_queries):
    """Whatever the page: it seeks the key and stops behind the page."""
    params = LISTS[name].make(iam)
    for _ in pages(iam, name, params):
        pass
    first = next(pages(iam, name, params))
    for marker in ({}, {"Marker": first["Marker"]}):
        with django_assert_max_num_queries(12) as asked:
            call_of(iam, name)(**params, MaxItems=1, **marker)
        listing = [query["sql"] for query in asked if "LIMIT 2" in query["sql"]]
        assert len(listing) == 1
        assert "OFFSET" not in listing[0]


def test_keys_made_alike_hide_nothing(iam, bob):
    """A place in a list of tags knows them by four bytes of a digest, which anybody can find two texts for."""
    found: dict[bytes, str] = {}
    for number in range(1_000_000):
        digest = sha256(str(number).encode()).digest()[:ENTRY_BYTES]
        if digest in found:
            break
        found[digest] = str(number)
    alike = [found[digest], str(number)]
    iam.tag_user(UserName="bob", Tags=[{"Key": key, "Value": ""} for key in ("first", *alike, "last")])
    pages = iam.get_paginator("list_user_tags").paginate(UserName="bob", PaginationConfig={"PageSize": 1})
    assert sorted(tag["Key"] for page in pages for tag in page["Tags"]) == sorted(["first", *alike, "last"])
