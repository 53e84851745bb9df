"""Writes of users and of what they may do."""

from typing import Any

from tests.sync.lost.cases import (
    ADMIN,
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

# Users and what is written at them.


def user(s: Subject) -> None:
    s.do("CreateUser", **s.user)


def read_user(s: Subject) -> dict[str, Any] | None:
    return s.listed("get_user", "User", **s.user)


def tags(s: Subject) -> list[Any]:
    return s.listed("list_user_tags", "Tags", **s.user)


def tag(value: list[Any]) -> Step:
    return lambda s: s.do("TagUser", **s.user, Tags=value)


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


def revoked(s: Subject) -> str:
    """Sessions that began before then are denied everything; "" where none are."""
    named = {"PolicyName": "AWSRevokeOlderSessions"}
    found = s.listed("get_user_policy", "PolicyDocument", **s.user, **named)
    return found["Statement"]["Condition"]["DateLessThan"]["aws:TokenIssueTime"] if found else ""


def renamed(s: Subject, old: str, new: str) -> bool:
    names = {one["UserName"] for one in s.iam.list_users(PathPrefix="/", MaxItems=1000)["Users"]}
    return new in names and old not in names


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
    Case(
        "iamconsole:RevokeActiveSessions",
        user,
        lambda s: s.user,
        lambda s: revoked(s) >= f"{s.made['asked']:%Y-%m-%dT%H:%M:%SZ}",
        lambda s: s.do("iamconsole:RevokeActiveSessions", **s.user),
    ),
]
