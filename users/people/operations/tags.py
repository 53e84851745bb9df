"""TagUser, UntagUser, ListUserTags, and the rules of tags (IAM-FACTS 1.3, 2.6)."""

from collections.abc import Collection, Mapping, Sequence

from iamconsole.operations import Call, Facts, Operation, Undo, operation
from iamconsole.operations.caller import Context
from iamconsole.operations.wanted import Params, Row, Wanted, has, has_any, without_case
from users.at_aws import user_row, wanted_user
from users.callers.last_administrator import KeepsOwnAccess
from users.lookups import find_user, lock_user, user_resources
from users.models import User
from users.tag_rules import WithTags, check_tag_room, request_tag_keys, tag_facts, tag_page


def merged(old: Mapping[str, str], tags: Sequence[Mapping[str, str]]) -> dict[str, str]:
    """The tags after TagUser: a key in another spelling replaces the old one."""
    new = {tag["Key"].lower() for tag in tags}
    kept = {key: value for key, value in old.items() if key.lower() not in new}
    return {**kept, **{tag["Key"]: tag["Value"] for tag in tags}}


def tags_before(call: Call, keys: Sequence[str]) -> list[dict[str, str]]:
    """The tags with these keys that the user is known to have."""
    user = User.objects.people(call.account_id).with_name(call.params["UserName"]).first()
    wanted = {key.lower() for key in keys}
    tags = user.tags if user else {}
    return [{"Key": key, "Value": value} for key, value in tags.items() if key.lower() in wanted]


@operation("TagUser")
class TagUser(KeepsOwnAccess, WithTags):
    keys_differ_by_case = False
    needed_at_aws = {"iam:TagUser": "tag users"}

    def undo(self, call: Call) -> Undo:
        keys = [tag["Key"] for tag in call.params["Tags"]]
        before = tags_before(call, keys)
        new = sorted(set(keys) - {tag["Key"] for tag in before})
        name = {"UserName": call.params["UserName"]}
        back: list[tuple[str, Params]] = [("UntagUser", {**name, "TagKeys": new})] if new else []
        return [*back, ("TagUser", {**name, "Tags": before})] if before else back

    def resources(self, call: Call) -> Sequence[str]:
        return user_resources(call)

    def context(self, call: Call) -> Context:
        return request_tag_keys(call.params["Tags"])

    def lock(self, call: Call) -> None:
        lock_user(call)

    def check(self, call: Call) -> None:
        check_tag_room(call, merged(call.user.tags, call.params["Tags"]))

    def write(self, call: Call, facts: Facts) -> None:
        call.user.tags = merged(call.user.tags, call.params["Tags"])
        call.user.save(update_fields=["tags"])

    def before(self, call: Call, members: Collection[str]) -> Row | None:
        return user_row(call.user, members)

    def wanted(self, before: Params, params: Params) -> Wanted:
        return wanted_user(before, params, {"Tags": has(*params["Tags"])})


@operation("UntagUser")
class UntagUser(KeepsOwnAccess):
    """No keys, or keys that are not there: success, as in IAM."""

    needed_at_aws = {"iam:UntagUser": "remove tags from users"}

    def undo(self, call: Call) -> Undo:
        before = tags_before(call, call.params["TagKeys"])
        return [("TagUser", {"UserName": call.params["UserName"], "Tags": before})] if before else []

    def resources(self, call: Call) -> Sequence[str]:
        return user_resources(call)

    def context(self, call: Call) -> Context:
        return {"aws:TagKeys": list(call.params["TagKeys"])}

    def lock(self, call: Call) -> None:
        lock_user(call)

    def write(self, call: Call, facts: Facts) -> None:
        gone = {key.lower() for key in call.params["TagKeys"]}
        call.user.tags = {key: value for key, value in call.user.tags.items() if key.lower() not in gone}
        call.user.save(update_fields=["tags"])

    def before(self, call: Call, members: Collection[str]) -> Row | None:
        return user_row(call.user, members)

    def wanted(self, before: Params, params: Params) -> Wanted:
        tags = has_any(*({"Key": without_case(key)} for key in params["TagKeys"]))
        return wanted_user(before, params, None, Tags=tags)


@operation("ListUserTags")
class ListUserTags(Operation):
    reads = True
    tells = ("tags",)

    def resources(self, call: Call) -> Sequence[str]:
        return user_resources(call)

    def read(self, call: Call) -> Facts:
        user = find_user(call.account_id, call.params["UserName"])
        return tag_page(call, tag_facts(user.tags))
