"""Writes of groups and managed policies."""

from typing import Any

from tests.sync.lost.cases import (
    ALLOW,
    BLUE,
    DENY,
    GREEN,
    NAMED,
    NOTHING,
    READ_ONLY,
    Case,
    Step,
    Subject,
    then,
)
from tests.sync.lost.users import user

# Groups.


def group(s: Subject) -> None:
    s.do("CreateGroup", **s.group)


def read_group(s: Subject) -> dict[str, Any] | None:
    return s.listed("get_group", "Group", **s.group)


def both(s: Subject) -> dict[str, str]:
    return {**s.user, **s.group}


def join(s: Subject) -> None:
    s.do("AddUserToGroup", **both(s))


def leave(s: Subject) -> None:
    s.do("RemoveUserFromGroup", **both(s))


def is_member(s: Subject) -> bool:
    return s.name in [one["UserName"] for one in s.listed("get_group", "Users", **s.group)]


def of_group(s: Subject) -> list[str]:
    rows = s.listed("list_attached_group_policies", "AttachedPolicies", **s.group)
    return [row["PolicyArn"] for row in rows]


def attach_group(s: Subject) -> None:
    s.do("AttachGroupPolicy", **s.group, PolicyArn=READ_ONLY)


def detach_group(s: Subject) -> None:
    s.do("DetachGroupPolicy", **s.group, PolicyArn=READ_ONLY)


def put_group(document: str) -> Step:
    return lambda s: s.do("PutGroupPolicy", **s.group, PolicyName="Own", PolicyDocument=document)


def inline_group(s: Subject) -> Any:
    found = s.listed("get_group_policy", "PolicyDocument", **s.group, PolicyName="Own")
    return found and found["Statement"][0]["Effect"]


def group_renamed(s: Subject, new: str) -> bool:
    names = {one["GroupName"] for one in s.iam.list_groups(MaxItems=1000)["Groups"]}
    return new in names and s.name not in names


GROUPS = [
    Case(
        "CreateGroup",
        NOTHING,
        lambda s: {**s.group, "Path": "/new/"},
        lambda s: (read_group(s) or {}).get("Path") == "/new/",
        then(group, lambda s: s.do("DeleteGroup", **s.group)),
    ),
    Case(
        "UpdateGroup",
        group,
        lambda s: {**s.group, "NewGroupName": s.name.upper()},
        lambda s: group_renamed(s, s.name.upper()),
        put_group(ALLOW),
        kind="case",
    ),
    Case(
        "UpdateGroup",
        group,
        lambda s: {**s.group, "NewPath": "/moved/"},
        lambda s: read_group(s)["Path"] == "/moved/",
        put_group(ALLOW),
        kind="path",
    ),
    Case(
        "DeleteGroup",
        group,
        lambda s: s.group,
        lambda s: read_group(s) is None,
        then(attach_group, detach_group),
    ),
    Case("AddUserToGroup", then(user, group), both, is_member, then(join, leave)),
    Case("RemoveUserFromGroup", then(user, group, join), both, lambda s: not is_member(s), then(leave, join)),
    Case(
        "AttachGroupPolicy",
        group,
        lambda s: {**s.group, "PolicyArn": READ_ONLY},
        lambda s: READ_ONLY in of_group(s),
        then(attach_group, detach_group),
    ),
    Case(
        "DetachGroupPolicy",
        then(group, attach_group),
        lambda s: {**s.group, "PolicyArn": READ_ONLY},
        lambda s: READ_ONLY not in of_group(s),
        then(detach_group, attach_group),
    ),
    Case(
        "PutGroupPolicy",
        then(group, put_group(ALLOW)),
        lambda s: {**s.group, **NAMED, "PolicyDocument": DENY},
        lambda s: inline_group(s) == "Deny",
        then(put_group(DENY), put_group(ALLOW)),
    ),
    Case(
        "DeleteGroupPolicy",
        then(group, put_group(ALLOW)),
        lambda s: {**s.group, **NAMED},
        lambda s: inline_group(s) is None,
        put_group(DENY),
    ),
]


# Managed policies.


def policy(s: Subject) -> None:
    s.do("CreatePolicy", PolicyName=s.name, PolicyDocument=ALLOW)


def version(default: bool) -> Step:
    return lambda s: s.do("CreatePolicyVersion", **s.policy, PolicyDocument=DENY, SetAsDefault=default)


def default_to(number: str) -> Step:
    return lambda s: s.do("SetDefaultPolicyVersion", **s.policy, VersionId=number)


def versions(s: Subject) -> dict[str, bool]:
    rows = s.listed("list_policy_versions", "Versions", **s.policy)
    return {row["VersionId"]: row["IsDefaultVersion"] for row in rows}


def policy_tags(s: Subject) -> list[Any]:
    return s.listed("list_policy_tags", "Tags", **s.policy)


def tag_policy(value: list[Any]) -> Step:
    return lambda s: s.do("TagPolicy", **s.policy, Tags=value)


POLICIES = [
    Case(
        "CreatePolicy",
        NOTHING,
        lambda s: {"PolicyName": s.name, "PolicyDocument": DENY, "Tags": BLUE},
        lambda s: s.listed("get_policy", "Policy", **s.policy) is not None,
        then(policy, lambda s: s.do("DeletePolicy", **s.policy)),
    ),
    Case(
        "DeletePolicy",
        policy,
        lambda s: s.policy,
        lambda s: s.listed("get_policy", "Policy", **s.policy) is None,
        tag_policy(BLUE),
    ),
    Case(
        "CreatePolicyVersion",
        policy,
        lambda s: {**s.policy, "PolicyDocument": DENY, "SetAsDefault": True},
        lambda s: not versions(s)["v1"],
        tag_policy(BLUE),
        kind="default",
    ),
    Case(
        "CreatePolicyVersion",
        policy,
        lambda s: {**s.policy, "PolicyDocument": ALLOW},
        lambda s: len(versions(s)) > len(s.made.get("versions", ["v1"])),
        then(version(False), lambda s: s.made.update(versions=["v1", "v2"])),
        kind="kept back",
    ),
    Case(
        "SetDefaultPolicyVersion",
        then(policy, version(False)),
        lambda s: {**s.policy, "VersionId": "v2"},
        lambda s: versions(s)["v2"],
        then(default_to("v2"), default_to("v1")),
    ),
    Case(
        "DeletePolicyVersion",
        then(policy, version(False)),
        lambda s: {**s.policy, "VersionId": "v2"},
        lambda s: "v2" not in versions(s),
        tag_policy(BLUE),
    ),
    Case(
        "TagPolicy",
        policy,
        lambda s: {**s.policy, "Tags": BLUE},
        lambda s: policy_tags(s) == BLUE,
        then(tag_policy(BLUE), tag_policy(GREEN)),
    ),
    Case(
        "UntagPolicy",
        then(policy, tag_policy(BLUE)),
        lambda s: {**s.policy, "TagKeys": ["team"]},
        lambda s: policy_tags(s) == [],
        tag_policy(GREEN),
    ),
]
