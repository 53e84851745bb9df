"""The rules of tags, for everything that can carry them (IAM-FACTS 1.3, 2.6)."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from iamconsole.errors import IamError
from iamconsole.operations import Call, Facts, Operation, Undo
from iamconsole.operations.caller import Context
from iamconsole.operations.paging import AsGiven, page
from iamconsole.operations.wanted import Asked, Params, has, has_any
from users import quotas

# Why the console reads tags that are in no list of AWS's.
TAGS_IN_DOUBT = "whether AWS changed the tags, where it did not answer"
NOT_READ = "The tags were never read from AWS."
NO_TAGS = "Error occurred while validating input. "
TWICE = "Duplicate tag keys found."
TWICE_WITHOUT_CASE = "Duplicate tag keys found. Please note that Tag keys are case insensitive."
TAGS_PER_RESOURCE = 50
TOO_MANY = "The number of tags has reached the maximum limit."


def request_tag_keys(tags: Sequence[Mapping[str, str]]) -> Context:
    """The condition keys about the tags in a request (IAM-FACTS 8.6)."""
    keys: dict[str, str | Sequence[str]] = {f"aws:RequestTag/{tag['Key']}": tag["Value"] for tag in tags}
    if tags:
        keys["aws:TagKeys"] = [tag["Key"] for tag in tags]
    return keys


class WithTags(Operation):
    """An operation with the parameter Tags, which is judged before it is authorized (IAM-FACTS 2.22.6)."""

    keys_differ_by_case: ClassVar[bool] = True  # of users and roles they do not (IAM-FACTS 1.3)
    no_tags: ClassVar[str] = NO_TAGS  # what an empty list is told that should have some

    def validate(self, params: dict[str, Any]) -> dict[str, Any]:
        """The same, with the rules of tags. Raises InvalidInput."""
        known, shape = super().validate(params), self.model.input_shape
        tags = known.get("Tags", ())
        if shape and "Tags" in shape.required_members and not tags:
            raise IamError("InvalidInput", self.no_tags)
        check_tags(tags, keys_differ_by_case=self.keys_differ_by_case)
        return known


def check_tags(tags: Sequence[Mapping[str, str]], *, keys_differ_by_case: bool) -> None:
    """Each key comes once, and aws: is AWS's own. Raises InvalidInput."""
    if any(tag["Key"].lower().startswith("aws:") for tag in tags):
        raise IamError("InvalidInput", "Tag keys beginning with aws: are reserved for system use.")
    keys = {tag["Key"] if keys_differ_by_case else tag["Key"].lower() for tag in tags}
    if len(keys) < len(tags):
        raise IamError("InvalidInput", TWICE if keys_differ_by_case else TWICE_WITHOUT_CASE)


def tag_facts(tags: Mapping[str, str] | None) -> list[dict[str, Any]]:
    """Tags in the shape of IAM's replies. Raises ServiceUnavailable where they were never read."""
    if tags is None:
        raise IamError("ServiceUnavailable", NOT_READ)
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def tag_page(call: Call, tags: Sequence[Mapping[str, str]]) -> Facts:
    """A page of tags, in the order in which they are given."""
    return page(call, AsGiven("Tags", tags, lambda tag: tag["Key"]))


def with_tags(tags: Mapping[str, str] | None, new: Sequence[Mapping[str, str]]) -> dict[str, str] | None:
    """Tags after some were set whose keys differ by case. None, for not read, stays: AWS has them all."""
    return None if tags is None else {**tags, **{tag["Key"]: tag["Value"] for tag in new}}


def without_tags(tags: Mapping[str, str] | None, keys: Sequence[str]) -> dict[str, str] | None:
    """The same after some were taken away."""
    return None if tags is None else {key: value for key, value in tags.items() if key not in keys}


def check_tag_room(call: Call, tags: Mapping[str, str] | None) -> None:
    """The tags after a change; AWS counts those that were not read. Raises LimitExceeded."""
    if tags is not None:
        quotas.check_size(call, lambda: len(tags), TAGS_PER_RESOURCE, TOO_MANY)


def tagged(read: str, params: Params, name: str) -> Asked:
    """What tagging wants of a thing whose tags are in no list of AWS's: ``read`` gives them by ``name``."""
    return Asked(read, like={"Tags": has(*params["Tags"])}, params={name: params[name]})


def untagged(read: str, params: Params, name: str) -> Asked:
    """The same for taking tags away; a thing that is gone has none."""
    tags = has_any(*({"Key": key} for key in params["TagKeys"]))
    return Asked(read, {"Tags": tags}, like=None, params={name: params[name]})


def undo_tagging(call: Call, untag: str, name: str, tags: Mapping[str, str] | None) -> Undo:
    """What takes back that ``call`` sets tags on the thing of the parameter ``name``, where keys differ by
    case. None where its tags of now were not read.
    """
    if tags is None:
        return None
    wanted, thing = {tag["Key"]: tag["Value"] for tag in call.params["Tags"]}, {name: call.params[name]}
    new = [key for key in wanted if key not in tags]
    old = {key: tags[key] for key, value in wanted.items() if key in tags and tags[key] != value}
    back: list[tuple[str, Params]] = [(untag, {**thing, "TagKeys": new})] if new else []
    return [*back, (call.operation.name, {**thing, "Tags": tag_facts(old)})] if old else back


def undo_untagging(call: Call, tag: str, name: str, tags: Mapping[str, str] | None) -> Undo:
    """The same for taking tags away."""
    if tags is None:
        return None
    old = {key: value for key, value in tags.items() if key in call.params["TagKeys"]}
    return [(tag, {name: call.params[name], "Tags": tag_facts(old)})] if old else []
