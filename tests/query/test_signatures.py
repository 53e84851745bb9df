"""Signatures that fit, and more than 45 that do not (SECURITY 1.44-1.46, 3.9)."""

import re
import statistics
import time
from datetime import timedelta

import pytest

from credentials.models import AccessKey
from iamconsole.operations import execute
from tests.query.signing import BODY, FORM, Request
from users.models import User

pytestmark = pytest.mark.django_db
CREATE = "Action=CreateUser&UserName=mallory&Version=2010-05-08"


@pytest.fixture
def good(alice_key) -> Request:
    """A request of Alice's as it should be, not signed yet."""
    return Request(*alice_key)


def code(answer) -> str:
    found = re.search("<Code>(.*?)</Code>", answer.content.decode())
    return found[1] if found else ""


def test_the_good_request_is_answered(good):
    answer = good.sign().go()
    assert answer.status_code == 200
    assert "<UserName>alice</UserName>" in answer.content.decode()


def test_a_request_in_the_query_is_answered(good):
    asked = good.having(method="GET", query=BODY, body="", signed=("host", "x-amz-date"))
    assert asked.sign().go().status_code == 200


def test_a_presigned_request_is_answered(good):
    assert good.presign().go().status_code == 200


def test_spaces_in_header_values_are_folded(good):
    assert good.with_headers(content_type=FORM.replace("; ", ";   ")).sign().go().status_code == 200


# name -> (how the good request is bent, code). All of them are refused, and change nothing.
BENT = {
    "no authorization": (lambda g: g.sign().without("authorization"), "MissingAuthenticationToken"),
    "basic": (lambda g: g.sign().but(authorization="Basic YWxpY2U6eA=="), "MissingAuthenticationToken"),
    "bearer": (lambda g: g.sign().but(authorization="Bearer x"), "MissingAuthenticationToken"),
    "empty authorization": (lambda g: g.sign().but(authorization=""), "MissingAuthenticationToken"),
    "other algorithm": (
        lambda g: g.sign().rewritten("AWS4-HMAC-SHA256", "AWS4-HMAC-SHA1"),
        "MissingAuthenticationToken",
    ),
    "asymmetric algorithm": (
        lambda g: g.sign().rewritten("AWS4-HMAC-SHA256", "AWS4-ECDSA-P256-SHA256"),
        "MissingAuthenticationToken",
    ),
    "no credential": (lambda g: g.sign().rewritten("Credential=", "Other="), "IncompleteSignature"),
    "no equal sign": (lambda g: g.sign().rewritten("Credential=", "Credential"), "IncompleteSignature"),
    "no signature": (lambda g: g.sign().rewritten(", Signature=", ", Sig="), "IncompleteSignature"),
    "no signed headers": (lambda g: g.sign().rewritten("SignedHeaders=", "Headers="), "IncompleteSignature"),
    "two credentials": (
        lambda g: g.sign().rewritten("Credential=", "Credential=a/b/c/d/aws4_request, Credential="),
        "IncompleteSignature",
    ),
    "two authorizations": (
        lambda g: g.sign().but(authorization=f"{g.authorization()}, {g.authorization()}"),
        "IncompleteSignature",
    ),
    "four part scope": (lambda g: g.sign().rewritten("/us-east-1/", "/"), "IncompleteSignature"),
    "key id of a path": (lambda g: g.having(key_id="../../etc/passwd").sign(), "IncompleteSignature"),
    "key id with SQL": (lambda g: g.having(key_id="' OR 1=1 --AKIAAAAAA").sign(), "InvalidClientTokenId"),
    "other terminator": (lambda g: g.having(terminator="aws3_request").sign(), "IncompleteSignature"),
    "unknown key": (lambda g: g.having(key_id="AKIA" + "A" * 16).sign(), "InvalidClientTokenId"),
    "key id with a slash": (lambda g: g.having(key_id="AKIA/AAAA").sign(), "IncompleteSignature"),
    "no key id": (lambda g: g.having(key_id="").sign(), "IncompleteSignature"),
    "key id of one sign": (lambda g: g.having(key_id="é").sign(), "InvalidClientTokenId"),
    "key id with NUL": (lambda g: g.having(key_id="AKIA\0" + "A" * 12).presign(), "InvalidClientTokenId"),
    "key id without end": (lambda g: g.having(key_id="A" * 5000).sign(), "InvalidClientTokenId"),
    "key in lower case": (lambda g: g.having(key_id=g.key_id.lower()).sign(), "InvalidClientTokenId"),
    "other secret": (lambda g: g.having(secret=g.secret[::-1]).sign(), "SignatureDoesNotMatch"),
    "empty secret": (lambda g: g.having(secret="").sign(), "SignatureDoesNotMatch"),
    "the secret that nobody has": (lambda g: g.having(secret="0" * 40).sign(), "SignatureDoesNotMatch"),
    "unknown key with the secret that nobody has": (
        lambda g: g.having(key_id="AKIA" + "A" * 16, secret="0" * 40).sign(),
        "InvalidClientTokenId",
    ),
    "signature in upper case": (
        lambda g: g.sign().rewritten(g.signature(), g.signature().upper()),
        "SignatureDoesNotMatch",
    ),
    "signature cut short": (
        lambda g: g.sign().rewritten(g.signature(), g.signature()[:32]),
        "SignatureDoesNotMatch",
    ),
    "signature empty": (lambda g: g.sign().rewritten(g.signature(), ""), "SignatureDoesNotMatch"),
    "signature of zeros": (lambda g: g.sign().rewritten(g.signature(), "0" * 64), "SignatureDoesNotMatch"),
    "body swapped": (lambda g: g.sign().bent(body=CREATE), "SignatureDoesNotMatch"),
    "body appended": (lambda g: g.sign().bent(body=BODY + "&MaxItems=1"), "SignatureDoesNotMatch"),
    "body taken away": (lambda g: g.sign().bent(body=""), "SignatureDoesNotMatch"),
    "query added": (lambda g: g.sign().bent(query="Marker=x"), "SignatureDoesNotMatch"),
    "method changed": (
        lambda g: g.having(method="GET", query=BODY, body="").sign().bent(method="POST"),
        "SignatureDoesNotMatch",
    ),
    "unsigned payload": (
        lambda g: (
            g.with_headers(x_amz_content_sha256="UNSIGNED-PAYLOAD")
            .having(
                signed=("content-type", "host", "x-amz-content-sha256", "x-amz-date"),
                payload="UNSIGNED-PAYLOAD",
            )
            .sign()
        ),
        "SignatureDoesNotMatch",
    ),
    "hash of another body": (
        lambda g: (
            g.with_headers(x_amz_content_sha256="a" * 64)
            .having(signed=("content-type", "host", "x-amz-content-sha256", "x-amz-date"), payload="a" * 64)
            .sign()
        ),
        "SignatureDoesNotMatch",
    ),
    "content hash not signed": (
        lambda g: g.sign().but(x_amz_content_sha256="UNSIGNED-PAYLOAD"),
        "SignatureDoesNotMatch",
    ),
    "token not signed": (lambda g: g.sign().but(x_amz_security_token="anything"), "SignatureDoesNotMatch"),
    "target not signed": (lambda g: g.sign().but(x_amz_target="AWSIAM.CreateUser"), "SignatureDoesNotMatch"),
    "host not signed": (
        lambda g: g.having(signed=("content-type", "x-amz-date")).sign(),
        "SignatureDoesNotMatch",
    ),
    "date not signed": (lambda g: g.having(signed=("content-type", "host")).sign(), "SignatureDoesNotMatch"),
    "nothing signed": (lambda g: g.having(signed=("",)).sign(), "IncompleteSignature"),
    "signed headers not in order": (
        lambda g: g.having(signed=("host", "content-type", "x-amz-date")).sign(),
        "IncompleteSignature",
    ),
    "signed header twice": (
        lambda g: g.having(signed=("content-type", "host", "host", "x-amz-date")).sign(),
        "IncompleteSignature",
    ),
    "signed header in upper case": (
        lambda g: g.sign().rewritten("content-type;host", "Content-Type;Host"),
        "IncompleteSignature",
    ),
    "signed header that did not come": (
        lambda g: g.having(signed=("content-type", "host", "x-amz-date", "x-amz-user")).sign(),
        "SignatureDoesNotMatch",
    ),
    "host changed": (lambda g: g.sign().but(host="localhost"), "SignatureDoesNotMatch"),
    "content type changed": (
        lambda g: g.sign().but(content_type="application/x-www-form-urlencoded"),
        "SignatureDoesNotMatch",
    ),
    "date changed": (
        lambda g: g.sign().but(x_amz_date=g.later(seconds=1).timestamp),
        "SignatureDoesNotMatch",
    ),
    "no date": (lambda g: g.sign().without("x-amz-date"), "SignatureDoesNotMatch"),
    "date of another form": (
        lambda g: g.with_headers(x_amz_date="2026-09-11T13:15:19Z").sign(),
        "IncompleteSignature",
    ),
    "day of the scope": (lambda g: g.having(day="20200101").sign(), "SignatureDoesNotMatch"),
    "20 minutes late": (lambda g: g.later(minutes=-20).sign(), "SignatureDoesNotMatch"),
    "20 minutes early": (lambda g: g.later(minutes=20).sign(), "SignatureDoesNotMatch"),
    "region that is none": (lambda g: g.having(region="moon-1").sign(), "SignatureDoesNotMatch"),
    "region swapped": (lambda g: g.sign().rewritten("us-east-1", "eu-west-1"), "SignatureDoesNotMatch"),
    "service of another kind": (lambda g: g.having(service="s3").sign(), "AccessDenied"),
    "service swapped": (lambda g: g.sign().rewritten("/iam/", "/sts/"), "SignatureDoesNotMatch"),
    "temporary key without token": (
        lambda g: g.having(key_id="ASIA" + "A" * 16).sign(),
        "InvalidClientTokenId",
    ),
    "token that is none": (
        lambda g: (
            g.with_headers(x_amz_security_token="v1.t1.AAAA.AAAA")
            .having(signed=("content-type", "host", "x-amz-date", "x-amz-security-token"))
            .sign()
        ),
        "InvalidClientTokenId",
    ),
    "query that is not canonical": (
        lambda g: g.having(method="GET", query=BODY + "&Marker=a+b", body="").sign(),
        "SignatureDoesNotMatch",
    ),
    "presigned, expired": (lambda g: g.later(minutes=-10).presign(), "RequestExpired"),
    "presigned, a longer life": (lambda g: g.presign(X_Amz_Expires="604800"), "SignatureDoesNotMatch"),
    "presigned, no life": (lambda g: g.presign(""), "IncompleteSignature"),
    "presigned, life beyond a week": (lambda g: g.presign("604801"), "IncompleteSignature"),
    "presigned, life that is no number": (lambda g: g.presign("soon"), "IncompleteSignature"),
    "presigned, life with a long start": (lambda g: g.presign("0" * 9 + "604800000"), "IncompleteSignature"),
    "presigned, life below nothing": (lambda g: g.presign("-1"), "IncompleteSignature"),
    "presigned, another action": (lambda g: g.presign(Action="DeleteAccountAlias"), "SignatureDoesNotMatch"),
    "presigned, and a header too": (
        lambda g: g.presign().but(authorization=g.authorization()),
        "IncompleteSignature",
    ),
    "presigned, from the future": (lambda g: g.later(minutes=20).presign(), "SignatureDoesNotMatch"),
    "presigned, other algorithm": (lambda g: g.presign(X_Amz_Algorithm="none"), "IncompleteSignature"),
    "presigned, a header besides": (
        lambda g: g.presign().but(x_amz_date=g.timestamp),
        "SignatureDoesNotMatch",
    ),
    "presigned, body besides": (
        lambda g: g.presign().bent(method="POST", body=BODY),
        "SignatureDoesNotMatch",
    ),
}


@pytest.mark.parametrize("name", BENT)
def test_a_bent_request_is_refused(name, good):
    bend, expected = BENT[name]
    answer = bend(good).go()
    assert 400 <= answer.status_code < 500
    assert code(answer) == expected
    assert answer["Content-Type"] == "text/xml"
    assert not User.objects.filter(user_name="mallory").exists()


def test_there_are_enough_of_them():
    assert len(BENT) >= 45


def test_sts_needs_no_life_of_a_presigned_request(good):
    """It is 15 minutes then, as for a signature in a header."""
    asked = {"Action": "GetCallerIdentity", "Version": "2011-06-15"}
    sts = good.having(service="sts")
    assert sts.later(minutes=-14).presign("", asked).go().status_code == 200
    late = sts.later(minutes=-16).presign("", asked).go()
    assert (late.status_code, code(late)) == (400, "RequestExpired")


def test_a_minute_of_skew_is_allowed(good):
    for minutes in (-14, 14):
        assert good.later(minutes=minutes).sign().go().status_code == 200


def test_the_refusal_tells_the_times(good):
    text = good.later(minutes=-20).sign().go().content.decode()
    assert re.search(
        r"Signature expired: \d{8}T\d{6}Z is now earlier than \d{8}T\d{6}Z \(\d{8}T\d{6}Z - 15 min.\)", text
    )


def test_a_cookie_alone_opens_nothing(client, alice, sign_in):
    sign_in(client, alice)
    answer = client.post("/api/", {"Action": "ListUsers"}, headers={"origin": "https://evil.example"})
    assert (answer.status_code, code(answer)) == (403, "MissingAuthenticationToken")
    assert "Access-Control-Allow-Origin" not in answer


def test_an_inactive_key_and_a_deleted_one_stop_at_once(good, alice, caller):
    owner = caller(alice)
    assert good.sign().go().status_code == 200
    execute(owner, "UpdateAccessKey", UserName="alice", AccessKeyId=good.key_id, Status="Inactive")
    assert code(good.sign().go()) == "InvalidClientTokenId"
    execute(owner, "DeleteAccessKey", UserName="alice", AccessKeyId=good.key_id)
    assert code(good.sign().go()) == "InvalidClientTokenId"


def test_the_last_use_is_noted_every_quarter_of_an_hour(good):
    good.sign().go()
    key = AccessKey.objects.get(access_key_id=good.key_id)
    first = key.last_used_date
    assert (key.last_used_service, key.last_used_region) == ("iam", "us-east-1")
    assert key.user.last_activity == first
    good.sign().go()
    assert AccessKey.objects.get().last_used_date == first
    AccessKey.objects.update(last_used_date=first - timedelta(minutes=16))
    good.having(region="eu-west-1").sign().go()
    key = AccessKey.objects.get()
    assert key.last_used_date >= first
    assert key.last_used_region == "eu-west-1"


@pytest.mark.parametrize("region", ["us-east-1", "us-gov-west-1", "cn-north-1", "eusc-de-east-1"])
def test_clients_of_every_partition_are_served(good, region):
    """Their clients sign for the region of their own IAM (IAM-FACTS 2.13.1)."""
    assert good.having(region=region).sign().go().status_code == 200


def test_a_refused_signature_notes_no_use(good):
    good.having(secret="x" * 40).sign().go()
    assert AccessKey.objects.get().last_used_date is None


def test_a_signed_read_takes_four_queries(good, django_assert_max_num_queries):
    good.having(body="Action=GetUser&UserName=alice&Version=2010-05-08").sign().go()
    with django_assert_max_num_queries(4):
        assert (
            good.having(body="Action=GetUser&UserName=alice&Version=2010-05-08").sign().go().status_code
            == 200
        )
    with django_assert_max_num_queries(4):
        assert good.sign().go().status_code == 200


def test_a_read_leaves_no_event(good):
    from iamconsole.models import Event

    before = Event.objects.count()
    good.sign().go()
    assert Event.objects.count() == before


def test_an_unknown_key_costs_the_time_of_a_known_one(good):
    """Medians of the processor's time, so that a busy machine does not decide.

    The codes of the two answers differ, as AWS's do; a wrong signature with a key that exists is also
    counted. That is more work, and must not become much more.
    """

    def cost(request: Request) -> float:
        sent = request.sign()
        begun = time.process_time()
        sent.go()
        return time.process_time() - begun

    known, unknown = good.having(secret="x" * 40), good.having(key_id="AKIA" + "B" * 16)
    pairs = [(cost(known), cost(unknown)) for _ in range(60)]
    first, second = (statistics.median(row) for row in zip(*pairs, strict=True))
    assert max(first, second) < 3 * min(first, second)
