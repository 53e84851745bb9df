"""What operations on users and groups want at AWS, whose lists have each with all that is theirs."""

from collections.abc import Mapping

from iamconsole.operations.wanted import Fact, Params, Wanted, without_case


def wanted_user(params: Params, like: Mapping[str, Fact] | None, **which: Fact) -> Wanted:
    """The user of UserName as ``like`` has it; None: it, or one that is also as ``which`` says, is gone."""
    return Wanted("UserDetailList", {"UserName": without_case(params["UserName"]), **which}, like)


def wanted_group(params: Params, like: Mapping[str, Fact] | None, **which: Fact) -> Wanted:
    """The same for the group of GroupName."""
    return Wanted("GroupDetailList", {"GroupName": without_case(params["GroupName"]), **which}, like)


def renamed(listed: str, params: Params, name: str) -> Wanted:
    """What an operation names anew or moves: ``name`` is the parameter, with New before it the new one."""
    new = {name: params.get(f"New{name}"), "Path": params.get("NewPath")}
    like = {member: value for member, value in new.items() if value is not None}
    return Wanted(listed, {name: without_case(new[name] or params[name])}, like)
