"""Lists of the Query protocol as raw signed requests: one grammar, one order of checks (IAM-FACTS 2.22.6)."""

import re
from html import unescape
from urllib.parse import quote

import pytest

from iamconsole.errors import IamError
from iamconsole.operations import all_operations, execute
from tests.query.clients import key_of
from tests.query.signing import Request
from users.models import User

pytestmark = pytest.mark.django_db
HYPHEN, ZERO = "Key {} may not have a leading '-'", "0 is not a valid index"
BACK_TO_BACK = "Two index elements may not occur back to back"
NO_LIST_HERE = "Start of list found where not expected"
SPARSE = "Excessively sparse input would skip {} list elements"
NO_TAGS = "Error occurred while validating input. "
RESERVED = "Tag keys beginning with aws: are reserved for system use."
TWICE = "Duplicate tag keys found."
WITHOUT_CASE = f"{TWICE} Please note that Tag keys are case insensitive."
ARN = "arn:aws:iam::100000000001:"
DOCUMENT = '{"Version":"2012-10-17","Statement":[]}'
# Every parameter that is a list of tags, and what stands beside it.
TAGGING = {
    "TagUser": {"UserName": "erin"},
    "TagPolicy": {"PolicyArn": f"{ARN}policy/none"},
    "TagMFADevice": {"SerialNumber": f"{ARN}mfa/none"},
    "TagServerCertificate": {"ServerCertificateName": "none"},
    "CreateUser": {"UserName": "mallory"},
    "CreatePolicy": {"PolicyName": "p", "PolicyDocument": DOCUMENT},
    "CreateVirtualMFADevice": {"VirtualMFADeviceName": "spare"},
    "UploadServerCertificate": {"ServerCertificateName": "web", "CertificateBody": "x", "PrivateKey": "y"},
}


@pytest.fixture
def ask(alice, bob, caller):
    """Ask as Bob, who may do nothing: what is said of the form comes before that."""
    key = key_of(caller(alice), bob)

    def send(action: str, service: str = "iam", **params: str) -> tuple[str, str]:
        version = {"iam": "2010-05-08", "sts": "2011-06-15"}[service]
        named = {"Action": action, "Version": version, **params}
        body = "&".join(f"{quote(name)}={quote(value)}" for name, value in named.items())
        text = Request(*key, service=service, body=body).sign().go().content.decode()
        code, message = (re.search(f"<{tag}>(.*?)</{tag}>", text, re.DOTALL) for tag in ("Code", "Message"))
        return code[1] if code else "", unescape(message[1]) if message else text

    return send


def nulls(*paths: str) -> tuple[str, str]:
    """What is said of members that are not there."""
    plural = "s" if len(paths) > 1 else ""
    said = [f"Value at '{path}' failed to satisfy constraint: Member must not be null" for path in paths]
    return "ValidationError", f"{len(paths)} validation error{plural} detected: {'; '.join(said)}"


def tags(*members: str) -> dict[str, str]:
    """``1.Key`` and the like, each with a value of its own."""
    return {f"Tags.member.{name}": f"v{number}" for number, name in enumerate(members)}


MALFORMED = [
    (("-1.Key",), HYPHEN.format("-1")),
    (("1.Key", "1.-Value"), HYPHEN.format("-Value")),
    (("0.Key",), ZERO),
    (("000.Key",), ZERO),
    (("1.1.Key",), BACK_TO_BACK),
    (("1.2.Key", "0.Key"), ZERO),
    (("0.Key", "1.2.Key", "-3.Key"), HYPHEN.format("-3")),
    (("11.Key",), SPARSE.format(10)),
    (("012.Key",), SPARSE.format(11)),
    (("1.Key", "1.Value", "12.Key"), SPARSE.format(10)),
    (("1.Key", "5.Key", "40.Key"), SPARSE.format(34)),
    (("99999999999999999999.Key",), SPARSE.format(99999999999999999998)),
]
LACKING = [
    (("1.Key",), ["tags.1.member.value"]),
    (("1.Value",), ["tags.1.member.key"]),
    (("x.Key",), ["tags.1.member.value", "tags.1.member.key"]),
    (("+1.Key",), ["tags.1.member.value", "tags.1.member.key"]),
    (("1.Name",), ["tags.1.member.value", "tags.1.member.key"]),
    (("Key",), ["tags.1.member.value"]),
    (("2.Key", "2.Value"), ["tags.1.member.value", "tags.1.member.key"]),
    (("1.Key", "01.Value", "3.Key", "3.Value"), ["tags.2.member.value", "tags.2.member.key"]),
    (("10.Key",), [f"tags.{n}.member.{name}" for n in range(1, 6) for name in ("value", "key")]),
]


@pytest.mark.parametrize(("names", "message"), MALFORMED, ids=lambda value: str(value)[:40])
def test_indexes(names, message, ask):
    for action in ("TagUser", "CreatePolicy"):
        assert ask(action, **TAGGING[action], **tags(*names)) == ("MalformedInput", message)
    assert ask("AssumeRole", "sts", RoleArn="x", **tags(*names)) == ("MalformedInput", message)


@pytest.mark.parametrize(("names", "paths"), LACKING, ids=lambda value: str(value)[:40])
def test_elements_that_lack_something(names, paths, ask):
    assert ask("TagUser", UserName="erin", **tags(*names)) == nulls(*paths)


def test_an_index_with_zeros_is_the_same_one(iam, alice, caller, ask):
    key = key_of(caller(alice), alice)
    body = "Action=TagUser&Version=2010-05-08&UserName=alice&Tags.member.01.Key=a&Tags.member.1.Value=b"
    assert Request(*key, body=body).sign().go().status_code == 200
    assert iam.list_user_tags(UserName="alice")["Tags"] == [{"Key": "a", "Value": "b"}]
    twice = {"Tags.member.1.Key": "a", "Tags.member.01.Key": "b"}
    assert ask("TagUser", UserName="erin", **twice)[0] == "MalformedInput"


def test_lists_of_texts(ask):
    """A gap is a null; a word is no index, and no text has members."""
    for words in (
        {"TagKeys.member.x": "a"},
        {"TagKeys.member.+1": "a"},
        {"TagKeys.member.1": "a", "TagKeys.member.x": "b"},
    ):
        assert ask("UntagUser", UserName="erin", **words) == ("MalformedInput", NO_LIST_HERE)
    assert ask("UntagUser", **{"UserName.member.1": "erin"}) == ("MalformedInput", NO_LIST_HERE)
    for numbers, message in (((-1,), HYPHEN.format("-1")), ((0,), ZERO), ((1, 12), SPARSE.format(10))):
        keys = {f"TagKeys.member.{number}": f"k{number}" for number in numbers}
        assert ask("UntagUser", UserName="erin", **keys) == ("MalformedInput", message)
    code, message = ask("UntagUser", UserName="erin", **{"TagKeys.member.1": "a", "TagKeys.member.3": "b"})
    assert code == "ValidationError"
    assert message.startswith(
        "1 validation error detected: Value at 'tagKeys' failed to satisfy constraint: "
    )
    assert message.endswith("Member must not be null]")


def test_lists_in_structures_follow_the_same_grammar(ask):
    entry = "ContextEntries.member.{}.ContextKeyValues.member.{}"
    given = {"PolicyInputList.member.1": DOCUMENT, "ActionNames.member.1": "s3:GetObject"}
    for first, second, message in (
        ("1", "0", ZERO), ("1", "-1", HYPHEN.format("-1")), ("-1", "0", HYPHEN.format("-1")),
        ("1", "x", NO_LIST_HERE), ("1", "11", SPARSE.format(10)), ("14", "1", SPARSE.format(13)),
        ("1.1", "1", BACK_TO_BACK),
    ):  # fmt: skip
        answer = ask("SimulateCustomPolicy", **given, **{entry.format(first, second): "v"})
        assert answer == ("MalformedInput", message)
    answer = ask("AssumeRole", "sts", RoleArn="x", **{"PolicyArns.member.0.arn": "x"})
    assert answer == ("MalformedInput", ZERO)


def test_names_that_the_operation_does_not_know_are_ignored(ask):
    assert (
        ask("GetUser", UserName="bob", **{"Colours.member.-1.x": "a", "Tags.member.0": "b"})[0]
        == "AccessDenied"
    )


@pytest.mark.parametrize("action", sorted(TAGGING))
def test_tags_are_judged_before_authorization(action, ask):
    """First that some are there, then reserved keys, then those that come twice."""
    beside, differ = TAGGING[action], action not in ("TagUser", "CreateUser")

    def with_keys(*keys: str) -> tuple[str, str]:
        named = {f"Tags.member.{number}.Key": key for number, key in enumerate(keys, start=1)}
        values = {name.replace("Key", "Value"): "" for name in named}
        return ask(action, **beside, **named, **values)

    twice = TWICE if differ else WITHOUT_CASE
    assert with_keys("a", "b", "a") == ("InvalidInput", twice)
    assert with_keys("a", "a", "AWS:x") == ("InvalidInput", RESERVED)
    other_case = with_keys("Team", "team")
    assert other_case == ("InvalidInput", WITHOUT_CASE) if not differ else other_case[0] == "AccessDenied"
    if action == "TagServerCertificate":
        assert ask(action, **beside, Tags="") == (
            "InvalidInput",
            "The provided tag map must not be null/empty.",
        )
    elif action.startswith("Tag"):
        assert ask(action, **beside, Tags="") == ("InvalidInput", NO_TAGS)
        assert ask(action, **beside) == nulls("tags")
    assert with_keys("a", "b")[0] == "AccessDenied"
    assert not User.objects.filter(user_name="mallory").exists()


@pytest.mark.parametrize("action", ["AssumeRole", "GetFederationToken"])
def test_tags_of_sessions_are_judged_in_the_same_order(action, ask):
    role = {"RoleArn": f"{ARN}role/IamConsoleAuditor", "RoleSessionName": "me"}
    beside = role if action == "AssumeRole" else {"Name": "guest"}
    for keys, message in ((("a", "A", "aws:b"), RESERVED), (("a", "A"), WITHOUT_CASE)):
        named = {f"Tags.member.{number}.Key": key for number, key in enumerate(keys, start=1)}
        values = {name.replace("Key", "Value"): "" for name in named}
        assert ask(action, "sts", **beside, **named, **values) == ("InvalidParameterValue", message)
    lacking = ask(action, "sts", **beside, **{"Tags.member.1.Key": "a"})
    assert (lacking[0], "tags.1.member.value" in lacking[1]) == ("ValidationError", True)
    assert ask(action, "sts", **beside)[0] == "AccessDenied"


def test_every_operation_with_tags_is_among_them():
    with_tags = {
        name
        for name, operation in all_operations().items()
        if ":" not in name and operation.model.input_shape and "Tags" in operation.model.input_shape.members
    }
    assert with_tags == set(TAGGING)


def test_the_rules_are_those_of_the_operation(alice, caller):
    """Pages and jobs hear the same as clients."""
    with pytest.raises(IamError, match="reserved"):
        execute(caller(alice), "TagUser", UserName="alice", Tags=[{"Key": "aws:a", "Value": ""}] * 2)
