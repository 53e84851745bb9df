"""TagUser, UntagUser, ListUserTags, and the rules of tags (IAM-FACTS 1.3, 2.6)."""

from collections.abc import Mapping, Sequence
from typing import Any

from iamconsole.errors import IamError
from iamconsole.operations import Call, Facts, Operation, operation
from iamconsole.operations.caller import Context
from iamconsole.operations.wanted import Asked, Params, Wanted, has, has_any, without_case

from .at_aws import wanted_user
from .rows import find_user, lock_user, user_resources

TAGS_PER_RESOURCE = 50
# Why the console reads tags that are in no list of AWS's.
TAGS_IN_DOUBT = "whether AWS changed the tags, where it did not answer"
NO_TAGS = "The list of tags is empty. Give at least one tag."


def request_tag_keys(tags: Sequence[Mapping[str, str]]) -> Context:
    """The condition keys that tell of the tags in a request (IAM-FACTS 8.6)."""
    keys: dict[str, str | Sequence[str]] = {f"aws:RequestTag/{tag['Key']}": tag["Value"] for tag in tags}
    if tags:
        keys["aws:TagKeys"] = [tag["Key"] for tag in tags]
    return keys


def check_tags(tags: Sequence[Mapping[str, str]]) -> None:
    """Keys of a user's tags are unique without case, and aws: is AWS's own. Raises InvalidInput."""
    folded = [tag["Key"].lower() for tag in tags]
    if len(set(folded)) < len(folded):
        raise IamError(
            "InvalidInput", "Duplicate tag keys found. Please note that Tag keys are case insensitive."
        )
    check_not_reserved(tags)


def check_exact_tags(tags: Sequence[Mapping[str, str]]) -> None:
    """Policies and MFA devices tell keys apart by case. Raises InvalidInput (IAM-FACTS 1.3)."""
    if len({tag["Key"] for tag in tags}) < len(tags):
        raise IamError("InvalidInput", "Duplicate tag keys found.")
    check_not_reserved(tags)


def check_not_reserved(tags: Sequence[Mapping[str, str]]) -> None:
    if any(tag["Key"].lower().startswith("aws:") for tag in tags):
        raise IamError("InvalidInput", "Tag keys beginning with aws: are reserved for system use.")


def check_room(tags: Mapping[str, str]) -> None:
    """The tags after a change. Raises LimitExceeded."""
    if len(tags) > TAGS_PER_RESOURCE:
        raise IamError("LimitExceeded", "The number of tags has reached the maximum limit.")


def merged(old: Mapping[str, str], tags: Sequence[Mapping[str, str]]) -> dict[str, str]:
    """The tags after TagUser: a key in another spelling replaces the old one."""
    new = {tag["Key"].lower() for tag in tags}
    kept = {key: value for key, value in old.items() if key.lower() not in new}
    return {**kept, **{tag["Key"]: tag["Value"] for tag in tags}}


def tagged(read: str, params: Params, name: str) -> Asked:
    """What tagging wants of a thing whose tags are in no list of AWS's: ``read`` gives them by ``name``."""
    return Asked(read, like={"Tags": has(*params["Tags"])}, params={name: params[name]})


def untagged(read: str, params: Params, name: str) -> Asked:
    """The same for taking tags away; a thing that is gone has none."""
    tags = has_any(*({"Key": key} for key in params["TagKeys"]))
    return Asked(read, {"Tags": tags}, like=None, params={name: params[name]})


def tag_facts(tags: Mapping[str, str]) -> list[dict[str, Any]]:
    """Tags in the shape of IAM's replies."""
    return [{"Key": key, "Value": value} for key, value in tags.items()]


@operation("TagUser")
class TagUser(Operation):
    needed_at_aws = {"iam:TagUser": "tag users"}

    def resources(self, call: Call) -> Sequence[str]:
        return user_resources(call)

    def context(self, call: Call) -> Context:
        return request_tag_keys(call.params["Tags"])

    def lock(self, call: Call) -> None:
        lock_user(call)

    def check(self, call: Call) -> None:
        if not call.params["Tags"]:
            raise IamError("InvalidInput", NO_TAGS)
        check_tags(call.params["Tags"])
        check_room(merged(call.user.tags, call.params["Tags"]))

    def write(self, call: Call, facts: Facts) -> None:
        call.user.tags = merged(call.user.tags, call.params["Tags"])
        call.user.save(update_fields=["tags"])

    def wanted(self, before: Params, params: Params) -> Wanted:
        return wanted_user(params, {"Tags": has(*params["Tags"])})


@operation("UntagUser")
class UntagUser(Operation):
    """No keys, or keys that are not there: success, as in IAM."""

    needed_at_aws = {"iam:UntagUser": "remove tags"}

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

    def wanted(self, before: Params, params: Params) -> Wanted:
        tags = has_any(*({"Key": without_case(key)} for key in params["TagKeys"]))
        return wanted_user(params, None, Tags=tags)


@operation("ListUserTags")
class ListUserTags(Operation):
    """All at once: a user has 50 tags at most, which is fewer than a page."""

    reads = True

    def resources(self, call: Call) -> Sequence[str]:
        return user_resources(call)

    def read(self, call: Call) -> Facts:
        user = find_user(call.account_id, call.params["UserName"])
        return {"Tags": tag_facts(user.tags)}
