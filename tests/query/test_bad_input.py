"""What no client would send: a clean refusal within a second, and nothing is written (IAM-FACTS 2.1)."""

import re
import time

import pytest

from tests.query.signing import Request
from users.models import User

pytestmark = pytest.mark.django_db
VERSION = "&Version=2010-05-08"
# name -> (body, HTTP status, code)
BODIES = {
    "no action": ("UserName=mallory" + VERSION, 400, "MissingAction"),
    "empty action": ("Action=&UserName=mallory" + VERSION, 400, "MissingAction"),
    "unknown action": ("Action=CreateUsers&UserName=mallory" + VERSION, 400, "InvalidAction"),
    "action in another case": ("Action=createuser&UserName=mallory" + VERSION, 400, "InvalidAction"),
    "action of the console": ("Action=iamconsole:SignOut" + VERSION, 400, "InvalidAction"),
    "another version": ("Action=CreateUser&UserName=mallory&Version=2009-01-01", 400, "InvalidAction"),
    "a parameter twice": ("Action=CreateUser&UserName=mallory&UserName=bob" + VERSION, 400, "MalformedInput"),
    "a parameter in two cases": ("Action=CreateUser&UserName=mallory&username=bob" + VERSION, 400, "MalformedInput"),
    "an action twice": ("Action=CreateUser&Action=ListUsers&UserName=mallory" + VERSION, 400, "MalformedInput"),
    "no name": ("Action=CreateUser" + VERSION, 400, "ValidationError"),
    "an empty name": ("Action=CreateUser&UserName=" + VERSION, 400, "ValidationError"),
    "NUL": ("Action=CreateUser&UserName=mallory%00" + VERSION, 400, "MalformedInput"),
    "no UTF-8": ("Action=CreateUser&UserName=mallory%ff" + VERSION, 400, "MalformedInput"),
    "surrogates": ("Action=CreateUser&UserName=mallory%ed%a0%80" + VERSION, 400, "MalformedInput"),
    "an emoji": ("Action=CreateUser&UserName=mallory%F0%9F%94%91" + VERSION, 400, "ValidationError"),
    "a line feed": ("Action=CreateUser&UserName=mallory%0a" + VERSION, 400, "ValidationError"),
    "True": ("Action=CreateLoginProfile&UserName=alice&Password=x&PasswordResetRequired=True" + VERSION, 400, "MalformedInput"),
    "a boolean of spaces": ("Action=CreateLoginProfile&UserName=alice&Password=x&PasswordResetRequired=+" + VERSION, 400, "MalformedInput"),
    "1.0": ("Action=ListUsers&MaxItems=1.0" + VERSION, 400, "MalformedInput"),
    "1e0": ("Action=ListUsers&MaxItems=1e0" + VERSION, 400, "MalformedInput"),
    "a number in spaces": ("Action=ListUsers&MaxItems=+1+" + VERSION, 400, "MalformedInput"),
    "more than an integer": ("Action=ListUsers&MaxItems=2147483648" + VERSION, 400, "MalformedInput"),
    "digits without end": ("Action=ListUsers&MaxItems=" + "9" * 5000 + VERSION, 400, "MalformedInput"),
    "digits of another script": ("Action=ListUsers&MaxItems=%D9%A1" + VERSION, 400, "MalformedInput"),
    "0 items": ("Action=ListUsers&MaxItems=0" + VERSION, 400, "ValidationError"),
    "1001 items": ("Action=ListUsers&MaxItems=1001" + VERSION, 400, "ValidationError"),
    "index 0": ("Action=TagUser&UserName=alice&Tags.member.0.Key=a&Tags.member.0.Value=b" + VERSION, 400, "MalformedInput"),
    "index -1": ("Action=TagUser&UserName=alice&Tags.member.-1.Key=a&Tags.member.-1.Value=b" + VERSION, 400, "MalformedInput"),
    "index x": ("Action=TagUser&UserName=alice&Tags.member.x.Key=a&Tags.member.x.Value=b" + VERSION, 400, "ValidationError"),
    "an index twice": (
        "Action=TagUser&UserName=alice&Tags.member.1.Key=a&Tags.member.1.Value=b&Tags.member.01.Key=c&Tags.member.01.Value=d" + VERSION,
        400, "MalformedInput",
    ),
    "a list that is a value": ("Action=TagUser&UserName=alice&Tags=a" + VERSION, 400, "MalformedInput"),
    "a value that is a list": ("Action=GetUser&UserName.member.1=alice" + VERSION, 400, "MalformedInput"),
    "a value and a group": ("Action=TagUser&UserName=alice&Tags.member.1=x&Tags.member.1.Key=a" + VERSION, 400, "MalformedInput"),
    "a deep name": ("Action=CreateUser&UserName=mallory%00&" + ".".join("a" * 3000) + "=1" + VERSION, 400, "MalformedInput"),
    "deep JSON": (
        "Action=PutUserPolicy&UserName=alice&PolicyName=p&PolicyDocument=" + "%5B" * 20_000 + VERSION,
        400, "MalformedPolicyDocument",
    ),
    "JSON with NaN": (
        'Action=PutUserPolicy&UserName=alice&PolicyName=p&PolicyDocument={"Version":NaN}' + VERSION,
        400, "MalformedPolicyDocument",
    ),
    "a long document": (
        "Action=PutUserPolicy&UserName=alice&PolicyName=p&PolicyDocument=" + "a" * 131_073 + VERSION,
        400, "ValidationError",
    ),
    "5,000 parameters": ("Action=CreateUser&UserName=mallory" + "&p=1" * 5000 + VERSION, 400, "MalformedInput"),
    "10 MB": ("Action=CreateUser&UserName=mallory&x=" + "x" * 10_000_000 + VERSION, 413, "RequestEntityTooLarge"),
    "a marker of one's own": ("Action=ListUsers&Marker=%27%20OR%201=1" + VERSION, 400, "ValidationError"),
    "a marker with digits of no number": (
        "Action=GetAccountAuthorizationDetails&Filter.member.1=LocalManagedPolicy&Marker=0:%C2%B2" + VERSION,
        400, "ValidationError",
    ),
    "a marker with digits without end": (
        "Action=GetAccountAuthorizationDetails&Marker=2:" + "9" * 300 + VERSION, 400, "ValidationError",
    ),
    "a blob that is none": ("Action=UploadServerCertificate&ServerCertificateName=%3Cscript%3E" + VERSION, 400, "ValidationError"),
}  # fmt: skip


@pytest.fixture
def good(alice_key) -> Request:
    return Request(*alice_key)


@pytest.mark.parametrize("name", BODIES)
def test_it_is_refused_cleanly(name, good):
    body, status, code = BODIES[name]
    good.sign().go()  # what a process does once, before its first answer, is not measured
    sent = good.having(body=body).sign()
    begun = time.process_time()
    answer = sent.go()
    took = time.process_time() - begun
    text = answer.content.decode()
    assert (answer.status_code, "".join(re.findall("<Code>(.*?)</Code>", text))) == (status, code), text
    assert answer["Content-Type"] == "text/xml"
    assert took < 1
    assert not User.objects.filter(user_name__startswith="mallory").exists()


def test_an_empty_body_has_no_action(good):
    answer = good.having(body="", signed=("host", "x-amz-date")).sign().go()
    assert (answer.status_code, "MissingAction" in answer.content.decode()) == (400, True)


@pytest.mark.parametrize(("word", "meant"), [("true", True), ("1", True), ("false", False), ("0", False)])
def test_booleans_have_four_spellings(word, meant, good, charlie):
    body = "Action=CreateLoginProfile&UserName=charlie&Password=correct-Horse-7&PasswordResetRequired="
    answer = good.having(body=body + word + VERSION).sign().go()
    assert f"<PasswordResetRequired>{str(meant).lower()}<" in answer.content.decode()


def test_unknown_parameters_are_ignored(good):
    assert (
        good.having(body="Action=GetUser&Colour=red&Deep.member.1.er=x" + VERSION).sign().go().status_code
        == 200
    )


def test_an_empty_list_is_one(good):
    answer = good.having(body="Action=UntagUser&UserName=alice&TagKeys=" + VERSION).sign().go()
    assert answer.status_code == 200


def test_the_form_may_be_in_query_and_body_but_not_twice(good):
    asked = good.having(query="UserName=alice", body="Action=GetUser" + VERSION)
    assert asked.sign().go().status_code == 200
    twice = good.having(query="UserName=alice", body="Action=GetUser&UserName=bob" + VERSION)
    assert twice.sign().go().status_code == 400


def test_json_is_no_form(good):
    answer = (
        good.with_headers(content_type="application/json").having(body='{"Action":"ListUsers"}').sign().go()
    )
    assert "application/x-www-form-urlencoded" in answer.content.decode()
    assert answer.status_code == 400


def test_chunks_are_refused(good):
    answer = good.with_headers(transfer_encoding="chunked").sign().go()
    assert (answer.status_code, "MissingContentLength" in answer.content.decode()) == (411, True)


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "TRACE", "OPTIONS"])
def test_other_methods_are_not_for_it(method, good):
    assert good.having(method=method).sign().go().status_code == 405


def test_an_error_in_the_policy_engine_denies(good, monkeypatch):
    """Fails closed, and tells nothing (ASVS 16.5.3)."""
    from iamconsole.operations import caller

    def broken(*args, **kwargs):
        raise RuntimeError("secret detail")

    monkeypatch.setattr(caller, "evaluate", broken)
    answer = good.sign().go()
    assert answer.status_code == 500
    assert "<Type>Receiver</Type>" in answer.content.decode()
    assert "secret detail" not in answer.content.decode()
