"""Everything that boto3 reads of an account, as plain facts, and the members of IAM's model that came."""

from collections.abc import Iterator, Mapping
from typing import Any

from botocore.exceptions import ClientError
from botocore.model import Shape

Facts = dict[str, Any]
# What says nothing of the account.
ABOUT_THE_ANSWER = {"ResponseMetadata", "IsTruncated", "Marker"}


def read_all(iam: Any) -> Facts:
    """Answers by operation and parameters, of the account whose client it is."""
    return {f"{name} {sorted(params.items())}": answer(iam, name, params) for name, params in calls(iam)}


def answer(iam: Any, name: str, params: Mapping[str, Any]) -> Any:
    method = next(key for key, value in iam.meta.method_to_api_mapping.items() if value == name)
    try:
        if not iam.can_paginate(method):
            return plain(getattr(iam, method)(**params))
        pages = [plain(page) for page in iam.get_paginator(method).paginate(**params)]
    except ClientError as error:
        return error.response["Error"]["Code"]
    found: dict[str, Any] = {}
    for page in pages:
        for member, value in page.items():
            found[member] = (
                sorted(found.get(member, []) + value, key=repr) if isinstance(value, list) else value
            )
    return found


def plain(value: Any) -> Any:
    """Without what is about the answer, and without the order of lists."""
    if isinstance(value, Mapping):
        return {key: plain(one) for key, one in sorted(value.items()) if key not in ABOUT_THE_ANSWER}
    return sorted((plain(one) for one in value), key=repr) if isinstance(value, list) else value


def calls(iam: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every read of what a mirror has."""
    for name in ("ListUsers", "ListGroups", "ListVirtualMFADevices", "ListServerCertificates"):
        yield name, {}
    for name in ("GetAccountPasswordPolicy", "ListAccountAliases", "GetAccountAuthorizationDetails"):
        yield name, {}
    yield "ListPolicies", {"Scope": "Local"}
    for user in rows(iam, "list_users", "Users"):
        yield from of_user(iam, {"UserName": user["UserName"]})
    for group in rows(iam, "list_groups", "Groups"):
        named = {"GroupName": group["GroupName"]}
        for name in ("GetGroup", "ListAttachedGroupPolicies", "ListGroupPolicies"):
            yield name, named
        for policy in iam.list_group_policies(**named)["PolicyNames"]:
            yield "GetGroupPolicy", {**named, "PolicyName": policy}
    for policy in rows(iam, "list_policies", "Policies", Scope="Local"):
        yield from of_policy(iam, {"PolicyArn": policy["Arn"]})
    for device in rows(iam, "list_virtual_mfa_devices", "VirtualMFADevices"):
        yield "ListMFADeviceTags", {"SerialNumber": device["SerialNumber"]}
    for row in rows(iam, "list_server_certificates", "ServerCertificateMetadataList"):
        named = {"ServerCertificateName": row["ServerCertificateName"]}
        yield "GetServerCertificate", named
        yield "ListServerCertificateTags", named


def of_user(iam: Any, named: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for name in (
        "GetUser",
        "GetLoginProfile",
        "ListUserTags",
        "ListAccessKeys",
        "ListAttachedUserPolicies",
        "ListUserPolicies",
        "ListGroupsForUser",
        "ListMFADevices",
        "ListSSHPublicKeys",
        "ListSigningCertificates",
        "ListServiceSpecificCredentials",
    ):
        yield name, named
    for policy in iam.list_user_policies(**named)["PolicyNames"]:
        yield "GetUserPolicy", {**named, "PolicyName": policy}
    if named["UserName"] != "admin":  # whose key is used by every read
        for key in iam.list_access_keys(**named)["AccessKeyMetadata"]:
            yield "GetAccessKeyLastUsed", {"AccessKeyId": key["AccessKeyId"]}
    for key in iam.list_ssh_public_keys(**named)["SSHPublicKeys"]:
        for encoding in ("SSH", "PEM"):
            yield "GetSSHPublicKey", {**named, "SSHPublicKeyId": key["SSHPublicKeyId"], "Encoding": encoding}
    for device in iam.list_mfa_devices(**named)["MFADevices"]:
        yield "GetMFADevice", {**named, "SerialNumber": device["SerialNumber"]}


def of_policy(iam: Any, named: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for name in ("GetPolicy", "ListPolicyTags", "ListPolicyVersions", "ListEntitiesForPolicy"):
        yield name, named
    for version in iam.list_policy_versions(**named)["Versions"]:
        yield "GetPolicyVersion", {**named, "VersionId": version["VersionId"]}


def rows(iam: Any, method: str, member: str, **params: Any) -> list[dict[str, Any]]:
    return [row for page in iam.get_paginator(method).paginate(**params) for row in page[member]]


def members(shape: Shape | None, value: Any, seen: set[str], path: str) -> None:
    """Note which members of a shape an answer has."""
    if shape is None or value is None:
        return
    if shape.type_name == "list":
        for one in value:
            members(shape.member, one, seen, path)
    elif shape.type_name == "structure":
        for name, member in shape.members.items():
            if name in value:
                seen.add(f"{path}.{name}")
                members(member, value[name], seen, f"{path}.{name}")


def all_members(shape: Shape | None, path: str, within: tuple[str, ...] = ()) -> Iterator[str]:
    """Every member of a shape, once for each way to it."""
    if shape is None or shape.name in within:
        return
    if shape.type_name == "list":
        yield from all_members(shape.member, path, (*within, shape.name))
    elif shape.type_name == "structure":
        for name, member in shape.members.items():
            if name not in ABOUT_THE_ANSWER:
                yield f"{path}.{name}"
                yield from all_members(member, f"{path}.{name}", (*within, shape.name))
