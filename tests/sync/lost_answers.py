"""Every write with its answer lost: how it comes about, and how AWS itself is asked whether it has it.

A case prepares its thing through the console, may change the same thing just before, and then asks for one
write. Its truth reads AWS with boto3, and knows nothing of what the console thinks.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from iamconsole.operations import Caller, execute
from tests.sync.conftest import AWS_ACCOUNT

ALLOW = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iam:Get*","Resource":"*"}]}'
DENY = ALLOW.replace("Allow", "Deny")
READ_ONLY, ADMIN = "arn:aws:iam::aws:policy/ReadOnlyAccess", "arn:aws:iam::aws:policy/AdministratorAccess"
BLUE, GREEN = [{"Key": "team", "Value": "blue"}], [{"Key": "team", "Value": "green"}]


def arn(kind: str, name: str) -> str:
    return f"arn:aws:iam::{AWS_ACCOUNT}:{kind}/{name}"


@dataclass
class Subject:
    """What one case is about: a name of its own, and what AWS has answered of it before."""

    name: str
    by: Caller
    iam: Any
    made: dict[str, Any] = field(default_factory=dict)

    def do(self, operation: str, **params: Any) -> dict[str, Any]:
        """A change that AWS answers."""
        return execute(self.by, operation, **params)

    @property
    def user(self) -> dict[str, str]:
        return {"UserName": self.name}

    @property
    def group(self) -> dict[str, str]:
        return {"GroupName": self.name}

    @property
    def policy(self) -> dict[str, str]:
        return {"PolicyArn": arn("policy", self.name)}

    @property
    def device(self) -> dict[str, str]:
        return {"SerialNumber": arn("mfa", self.name)}

    @property
    def certificate(self) -> dict[str, str]:
        return {"ServerCertificateName": self.name}

    def listed(self, method: str, member: str, **params: Any) -> Any:
        """A member of AWS's own answer; None where the thing is not there."""
        try:
            return getattr(self.iam, method)(**params)[member]
        except self.iam.exceptions.NoSuchEntityException:
            return None


Step = Callable[[Subject], Any]
NOTHING: Step = lambda s: None  # noqa: E731


@dataclass(frozen=True)
class Case:
    """``ready`` makes what must be there, ``touch`` changes the same thing just before; ``single`` where an
    account has one of it. ``by`` is who asks, where that is not the administrator.
    """

    operation: str
    ready: Step
    params: Callable[[Subject], dict[str, Any]]
    truth: Callable[[Subject], bool]
    touch: Step = NOTHING
    kind: str = ""
    single: bool = False

    @property
    def label(self) -> str:
        return f"{self.operation} {self.kind}".strip()


# Users and what is written at them.


def user(s: Subject) -> None:
    s.do("CreateUser", **s.user)


def read_user(s: Subject) -> dict[str, Any] | None:
    return s.listed("get_user", "User", **s.user)


def tags(s: Subject) -> list[Any]:
    return s.listed("list_user_tags", "Tags", **s.user)


def tag(value: list[Any]) -> Step:
    return lambda s: s.do("TagUser", **s.user, Tags=value)


def then(*steps: Step) -> Step:
    def run(s: Subject) -> None:
        for step in steps:
            step(s)

    return run


def boundary(s: Subject) -> str:
    return read_user(s).get("PermissionsBoundary", {}).get("PermissionsBoundaryArn", "")


def bound(policy: str) -> Step:
    return lambda s: s.do("PutUserPermissionsBoundary", **s.user, PermissionsBoundary=policy)


def attached(s: Subject) -> list[str]:
    rows = s.listed("list_attached_user_policies", "AttachedPolicies", **s.user)
    return [row["PolicyArn"] for row in rows]


def attach(s: Subject) -> None:
    s.do("AttachUserPolicy", **s.user, PolicyArn=READ_ONLY)


def detach(s: Subject) -> None:
    s.do("DetachUserPolicy", **s.user, PolicyArn=READ_ONLY)


def put(document: str) -> Step:
    return lambda s: s.do("PutUserPolicy", **s.user, PolicyName="Own", PolicyDocument=document)


def unput(s: Subject) -> None:
    s.do("DeleteUserPolicy", **s.user, PolicyName="Own")


def inline(s: Subject) -> Any:
    found = s.listed("get_user_policy", "PolicyDocument", **s.user, PolicyName="Own")
    return found and found["Statement"][0]["Effect"]


def renamed(s: Subject, old: str, new: str) -> bool:
    names = {one["UserName"] for one in s.iam.list_users(PathPrefix="/", MaxItems=1000)["Users"]}
    return new in names and old not in names


NAMED = {"PolicyName": "Own"}
USERS = [
    Case(
        "CreateUser",
        NOTHING,
        lambda s: {**s.user, "Path": "/new/", "Tags": BLUE},
        lambda s: (read_user(s) or {}).get("Path") == "/new/" and tags(s) == BLUE,
        then(user, lambda s: s.do("DeleteUser", **s.user)),
    ),
    Case(
        "UpdateUser",
        user,
        lambda s: {**s.user, "NewUserName": s.name + ".x"},
        lambda s: renamed(s, s.name, s.name + ".x"),
        tag(BLUE),
        kind="name",
    ),
    Case(
        "UpdateUser",
        user,
        lambda s: {**s.user, "NewUserName": s.name.upper()},
        lambda s: renamed(s, s.name, s.name.upper()),
        tag(BLUE),
        kind="case",
    ),
    Case(
        "UpdateUser",
        user,
        lambda s: {**s.user, "NewPath": "/moved/"},
        lambda s: read_user(s)["Path"] == "/moved/",
        then(
            lambda s: s.do("UpdateUser", **s.user, NewPath="/moved/"),
            lambda s: s.do("UpdateUser", **s.user, NewPath="/back/"),
        ),
        kind="path",
    ),
    Case("DeleteUser", user, lambda s: s.user, lambda s: read_user(s) is None, tag(BLUE)),
    Case(
        "TagUser",
        then(user, tag(BLUE)),
        lambda s: {**s.user, "Tags": GREEN},
        lambda s: tags(s) == GREEN,
        then(tag(GREEN), tag(BLUE)),
        kind="value",
    ),
    Case(
        "TagUser",
        then(user, tag(BLUE)),
        lambda s: {**s.user, "Tags": [{"Key": "Team", "Value": "blue"}]},
        lambda s: tags(s) == [{"Key": "Team", "Value": "blue"}],
        tag(BLUE),
        kind="spelling",
    ),
    Case(
        "TagUser",
        then(user, tag(BLUE)),
        lambda s: {**s.user, "Tags": BLUE},
        lambda s: tags(s) == BLUE,
        tag(BLUE),
        kind="again",
    ),
    Case(
        "UntagUser",
        then(user, tag(BLUE)),
        lambda s: {**s.user, "TagKeys": ["team"]},
        lambda s: tags(s) == [],
        then(lambda s: s.do("UntagUser", **s.user, TagKeys=["team"]), tag(BLUE)),
    ),
    Case(
        "PutUserPermissionsBoundary",
        user,
        lambda s: {**s.user, "PermissionsBoundary": READ_ONLY},
        lambda s: boundary(s) == READ_ONLY,
        then(bound(READ_ONLY), bound(ADMIN)),
    ),
    Case(
        "DeleteUserPermissionsBoundary",
        then(user, bound(READ_ONLY)),
        lambda s: s.user,
        lambda s: boundary(s) == "",
        bound(ADMIN),
    ),
    Case(
        "AttachUserPolicy",
        user,
        lambda s: {**s.user, "PolicyArn": READ_ONLY},
        lambda s: READ_ONLY in attached(s),
        then(attach, detach),
    ),
    Case(
        "DetachUserPolicy",
        then(user, attach),
        lambda s: {**s.user, "PolicyArn": READ_ONLY},
        lambda s: READ_ONLY not in attached(s),
        then(detach, attach),
    ),
    Case(
        "PutUserPolicy",
        user,
        lambda s: {**s.user, **NAMED, "PolicyDocument": ALLOW},
        lambda s: inline(s) == "Allow",
        then(put(ALLOW), unput),
        kind="new",
    ),
    Case(
        "PutUserPolicy",
        then(user, put(ALLOW)),
        lambda s: {**s.user, **NAMED, "PolicyDocument": DENY},
        lambda s: inline(s) == "Deny",
        then(put(DENY), put(ALLOW)),
        kind="replacing",
    ),
    Case(
        "DeleteUserPolicy",
        then(user, put(ALLOW)),
        lambda s: {**s.user, **NAMED},
        lambda s: inline(s) is None,
        put(DENY),
    ),
]


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
