"""Tags of everything that can have them, wherever AWS shows them (IAM-FACTS 1.3, 2.6)."""

from dataclasses import dataclass
from typing import Any

import pytest

from tests.credentials import server_material
from tests.query.test_recorded_messages import HOME, document, refused

pytestmark = pytest.mark.django_db
NO_ROOM = ("LimitExceeded", 409, "The number of tags has reached the maximum limit.")


def tags(**given: str) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in given.items()]


@dataclass(frozen=True)
class Taggable:
    """How a kind of thing is made, tagged, untagged and listed; ``named`` names one, ``folds`` says whether its
    keys are equal without case.
    """

    noun: str  # as in ``tag_policy`` and ``list_policy_tags``
    named: dict[str, str]
    make: tuple[str, dict[str, Any]]
    made: tuple[str, ...]  # the way to Tags in the answer of making it
    shown: tuple[str, tuple[str, ...]] | None  # the operation that shows one, and the way to its Tags
    folds: bool = False

    def call(self, iam, verb: str, **more: Any) -> Any:
        name = f"list_{self.noun}_tags" if verb == "list" else f"{verb}_{self.noun}"
        return getattr(iam, name)(**self.named, **more)

    def create(self, iam, **more: Any) -> Any:
        name, params = self.make
        return getattr(iam, name)(**params, **more)

    def listed(self, iam) -> dict[str, str]:
        """The tags as the list has them, which all answers agree with."""
        listed = {tag["Key"]: tag["Value"] for tag in self.call(iam, "list")["Tags"]}
        if self.shown:
            name, way = self.shown
            shown = at(getattr(iam, name)(**self.named), way)
            # An answer about a user has no Tags where there are none.
            assert {tag["Key"]: tag["Value"] for tag in shown or []} == listed
        return listed


def at(answer: Any, way: tuple[str, ...]) -> Any:
    for name in way:
        answer = answer.get(name, {})
    return answer


KINDS = {
    "user": Taggable(
        "user",
        {"UserName": "erin"},
        ("create_user", {"UserName": "erin"}),
        ("User", "Tags"),
        ("get_user", ("User", "Tags")),
        folds=True,
    ),
    "policy": Taggable(
        "policy",
        {"PolicyArn": f"{HOME}policy/own"},
        ("create_policy", {"PolicyName": "own", "PolicyDocument": document()}),
        ("Policy", "Tags"),
        ("get_policy", ("Policy", "Tags")),
    ),
    "MFA device": Taggable(
        "mfa_device",
        {"SerialNumber": f"{HOME}mfa/phone"},
        ("create_virtual_mfa_device", {"VirtualMFADeviceName": "phone"}),
        ("VirtualMFADevice", "Tags"),
        None,
    ),
    "server certificate": Taggable(
        "server_certificate",
        {"ServerCertificateName": "web"},
        ("upload_server_certificate", server_material.upload_params("web")),
        ("Tags",),
        ("get_server_certificate", ("ServerCertificate", "Tags")),
    ),
}
EACH = pytest.mark.parametrize("kind", KINDS.values(), ids=list(KINDS))


@EACH
def test_tags_of_creation_are_answered_and_listed(kind, iam):
    made = kind.create(iam, Tags=tags(Team="blue", Cost=""))
    assert at(made, kind.made) == tags(Team="blue", Cost="")
    assert kind.listed(iam) == {"Team": "blue", "Cost": ""}


@EACH
def test_tags_added_later_are_listed(kind, iam):
    assert not at(kind.create(iam), kind.made)
    assert kind.listed(iam) == {}
    kind.call(iam, "tag", Tags=tags(Team="blue", Cost="7"))
    kind.call(iam, "tag", Tags=tags(Team="red", Stage="aws: value"))
    assert kind.listed(iam) == {"Team": "red", "Cost": "7", "Stage": "aws: value"}
    kind.call(iam, "untag", TagKeys=["Cost", "unknown"])
    assert kind.listed(iam) == {"Team": "red", "Stage": "aws: value"}


@EACH
def test_keys_of_users_are_equal_without_case_and_no_others(kind, iam):
    kind.create(iam, Tags=tags(Team="blue"))
    kind.call(iam, "tag", Tags=tags(TEAM="red"))
    expected = {"TEAM": "red"} if kind.folds else {"Team": "blue", "TEAM": "red"}
    assert kind.listed(iam) == expected
    kind.call(iam, "untag", TagKeys=["team"])
    assert kind.listed(iam) == ({} if kind.folds else expected)
    twice = refused(lambda **params: kind.call(iam, "tag", **params), Tags=tags(a="1") + tags(a="2"))
    more = " Please note that Tag keys are case insensitive." if kind.folds else ""
    assert twice == ("InvalidInput", 400, f"Duplicate tag keys found.{more}")


@EACH
def test_the_fifty_first_tag_is_one_too_many(kind, iam):
    many = {f"k{number}": "v" for number in range(50)}
    kind.create(iam, Tags=tags(**many))
    kind.call(iam, "tag", Tags=tags(k7="new"))
    assert refused(lambda **params: kind.call(iam, "tag", **params), Tags=tags(k50="v")) == NO_ROOM
    assert kind.listed(iam) == {**many, "k7": "new"}


@EACH
@pytest.mark.parametrize(
    ("wrong", "place", "rule"),
    [
        (tags(**{"k" * 129: ""}), "tags.1.member.key", "have length less than or equal to 128"),
        (tags(a="", b="v" * 257), "tags.2.member.value", "have length less than or equal to 256"),
        (tags(**{f"k{n}": "" for n in range(51)}), "tags", "have length less than or equal to 50"),
        (tags(**{"": "v"}), "tags.1.member.key", "have length greater than or equal to 1"),
    ],
)
def test_lengths_are_told_at_creation_and_later(kind, wrong, place, rule, iam):
    message = f"Value at '{place}' failed to satisfy constraint: Member must {rule}"
    for call in (
        lambda **params: kind.create(iam, **params),
        lambda **params: kind.call(iam, "tag", **params),
    ):
        code, status, text = refused(call, Tags=wrong)
        assert (code, status) == ("ValidationError", 400)
        assert message in text
