"""Where the API answers: with and without the slash, at the bare address, and in no other way from a page."""

import re

import pytest

from tests.client import Client
from tests.query.clients import routed
from tests.query.signing import BODY, FORM, Request

pytestmark = pytest.mark.django_db
BARE = ("/api/", "/api", "/")


@pytest.fixture
def signed(alice_key) -> Request:
    return Request(*alice_key)


def code(answer) -> str:
    found = re.search(r"<Code>(\w+)</Code>", answer.content.decode())
    return found[1] if found else ""


@pytest.mark.parametrize("path", BARE)
def test_a_signed_query_is_answered_at_each_of_its_addresses(path, signed):
    answer = signed.having(path=path).sign().go()
    assert (answer.status_code, "<ListUsersResponse" in answer.content.decode()) == (200, True)
    answer = signed.having(path=path).presign().go()
    assert (answer.status_code, "<ListUsersResponse" in answer.content.decode()) == (200, True)
    wrong = signed.having(path=path, secret="x" * 40).sign().go()
    assert (wrong.status_code, code(wrong)) == (403, "SignatureDoesNotMatch")
    large = signed.having(path=path, body=f"{BODY}&Padding={'x' * 1_000_001}").sign().go()
    assert (large.status_code, code(large)) == (413, "RequestEntityTooLarge")


@pytest.mark.parametrize("path", BARE)
def test_a_body_is_not_lost_by_a_redirect(path, alice_key):
    iam = routed(*alice_key)
    made = iam.meta.events
    made.register(
        "before-sign", lambda request, **kwargs: setattr(request, "url", f"http://testserver{path}")
    )
    assert iam.create_user(UserName="erin")["User"]["UserName"] == "erin"


def test_a_form_of_a_browser_is_no_call(alice, sign_in):
    browser = sign_in(Client(enforce_csrf_checks=True), alice)
    for extra in ({}, {"HTTP_AUTHORIZATION": "Basic YWxpY2U6eA=="}, {"QUERY_STRING": BODY}):
        answer = browser.generic("POST", "/", BODY, content_type=FORM, **extra)
        assert answer.status_code == 403
        assert "text/html" in answer["Content-Type"]
    # What looks signed is a call: its cookie counts for nothing, and nothing fits.
    for path in BARE:
        answer = browser.generic(
            "POST", f"{path}?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Signature=0", BODY, FORM
        )
        assert (answer.status_code, code(answer)) == (400, "IncompleteSignature")
        assert not answer.cookies


def test_every_address_below_the_api_answers_as_aws(alice, sign_in):
    for browser in (Client(), sign_in(Client(), alice)):
        for path in ("/api/iam", "/api/users/", "/api/%00", "/api/2015-03-31/functions/"):
            for method in ("GET", "POST"):
                answer = browser.generic(method, path)
                assert answer["Content-Type"] == "text/xml", path
                assert (answer.status_code, code(answer)) == (403, "AccessDenied")
                assert answer["x-amzn-RequestId"]


def test_iam_at_another_address_is_told_where_to_go(signed):
    answer = signed.having(path="/api/iam/").sign().go()
    assert code(answer) == "AccessDenied"
    assert "http://localhost:8000/api/" in answer.content.decode()


@pytest.mark.parametrize("path", BARE)
def test_what_other_parts_refuse_is_xml_too(path, signed, settings):
    for method in ("PUT", "DELETE", "PATCH", "OPTIONS"):
        answer = signed.having(path=path, method=method).sign().go()
        assert (answer.status_code, code(answer)) == (405, "MethodNotAllowed")
        assert answer["Allow"] == "GET, HEAD, POST"
    forged = signed.having(path=path, headers={"content-type": FORM, "host": "elsewhere.example"}).sign().go()
    assert (forged.status_code, code(forged)) == (400, "InvalidRequest")


def test_plain_http_gets_no_redirect_that_loses_the_body(signed, settings):
    settings.SECURE_SSL_REDIRECT = True
    answer = signed.sign().go()
    assert (answer.status_code, code(answer)) == (403, "AccessDenied")
    assert "HTTPS only" in answer.content.decode()
    assert "Location" not in answer
    page = Client().get("/signin/")
    assert page.status_code == 301, "people are led there"


def test_a_failure_around_the_api_is_xml(signed, monkeypatch):
    from iamconsole.query import middleware

    def broken(request):
        raise RuntimeError("secret detail")

    monkeypatch.setattr(middleware, "query_api", broken)
    client = Client(raise_request_exception=False)
    sent = signed.sign()
    headers = {name: value for name, value in sent.headers.items() if name != "content-type"}
    answer = client.generic("POST", "/api/", BODY, content_type=FORM, headers=headers)
    assert (answer.status_code, code(answer)) == (500, "ServiceFailure")
    assert "secret" not in answer.content.decode()


def test_head_reads_and_changes_nothing(signed, alice_key):
    head = signed.having(method="HEAD", body="", signed=("host", "x-amz-date"))
    read = head.having(query="Action=ListUsers&Version=2010-05-08").sign().go()
    assert (read.status_code, read.content, int(read["Content-Length"]) > 100) == (200, b"", True)
    asked = "Action=CreateUser&UserName=erin&Version=2010-05-08"
    change = head.having(query=asked).sign().go()
    assert change.status_code == 400
    assert [user["UserName"] for user in routed(*alice_key).list_users()["Users"]] == ["alice"]
