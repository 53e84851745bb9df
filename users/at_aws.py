"""What operations on users and groups want at AWS, whose lists have each with all that is theirs, and how the
mirror has them, in the words of those lists.
"""

from collections.abc import Callable, Collection, Mapping
from typing import Any

from iamconsole.operations import Undo
from iamconsole.operations.call import Call
from iamconsole.operations.wanted import Fact, Params, Row, Wanted, thing, without_case
from users.models import Group, User
from users.tag_rules import tag_facts


def wanted_user(before: Params, params: Params, like: Mapping[str, Fact] | None, **which: Fact) -> Wanted:
    """The user of UserName as ``like`` has it; None: it, or one that is also as ``which`` says, is gone."""
    return Wanted("UserDetailList", {**identity(before, params, "UserName", "UserId"), **which}, like)


def wanted_group(before: Params, params: Params, like: Mapping[str, Fact] | None, **which: Fact) -> Wanted:
    """The same for the group of GroupName."""
    return Wanted("GroupDetailList", {**identity(before, params, "GroupName", "GroupId"), **which}, like)


def identity(before: Params, params: Params, name: str, member: str) -> dict[str, Fact]:
    """How a thing is told apart in a list: by its unique ID ``member``, which a later thing of the same name
    has not, or by its name where it is only being made. The new name, where that was not kept.
    """
    known = thing(before, name)
    return {member: known} if known else {name: without_case(params.get(f"New{name}", params[name]))}


def renamed(params: Params, name: str) -> dict[str, Fact]:
    """What an operation names anew or moves: ``name`` is the parameter, with New before it the new one."""
    new = {name: params.get(f"New{name}"), "Path": params.get("NewPath")}
    return {member: value for member, value in new.items() if value is not None}


def named_back(call: Call, name: str, now: Params | None) -> Undo:
    """What takes back such an operation: ``now`` is the thing, None where it is not known."""
    if now is None:
        return None
    old = {"NewPath": now["Path"], f"New{name}": now[name]}
    back = {new: value for new, value in old.items() if call.params.get(new, value) != value}
    known_as = call.params.get(f"New{name}", call.params[name])
    return [(call.operation.name, {name: known_as, **back})] if back else []


def user_row(user: User, members: Collection[str]) -> Row:
    """A user with these members."""
    return {name: USER[name](user) for name in members}


def group_row(group: Group, members: Collection[str]) -> Row:
    """A group with these members."""
    return {name: GROUP[name](group) for name in members}


def attached(owner: User | Group) -> list[dict[str, str]]:
    arns = owner.policy_attachments.values_list("policy__arn", flat=True)
    return [{"PolicyArn": arn} for arn in arns]


def inline(owner: User | Group) -> list[dict[str, str]]:
    rows = owner.inline_policies.values_list("policy_name", "document")
    return [{"PolicyName": name, "PolicyDocument": document} for name, document in rows]


def boundary(user: User) -> dict[str, str]:
    policy = user.permissions_boundary
    return {"PermissionsBoundaryArn": policy.arn} if policy else {}


USER: Mapping[str, Callable[[User], Any]] = {
    "UserName": lambda user: user.user_name,
    "UserId": lambda user: user.user_id,
    "Path": lambda user: user.path,
    "Tags": lambda user: tag_facts(user.tags),
    "GroupList": lambda user: list(user.groups.values_list("group_name", flat=True)),
    "AttachedManagedPolicies": attached,
    "UserPolicyList": inline,
    "PermissionsBoundary": boundary,
}
GROUP: Mapping[str, Callable[[Group], Any]] = {
    "GroupName": lambda group: group.group_name,
    "GroupId": lambda group: group.group_id,
    "Path": lambda group: group.path,
    "AttachedManagedPolicies": attached,
    "GroupPolicyList": inline,
}
