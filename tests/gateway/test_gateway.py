"""What AWS's answers, refusals and silences mean; against a double over HTTP."""

import stat
import time

import pytest

from iamconsole import gateway
from iamconsole.errors import IamError, OutcomeUnknown
from iamconsole.operations import LinkSpec
from tests.sync.conftest import empty

LINK = LinkSpec(account_id="123456789012", method="default")


def test_a_change_is_asked_once_and_answered_in_aws_own_shape(aws, front):
    answer = gateway.ask(LINK, "CreateUser", {"UserName": "dora"})
    assert answer["User"]["UserId"] == aws.get_user(UserName="dora")["User"]["UserId"]
    assert "ResponseMetadata" not in answer
    assert front.asked == ["CreateUser"]


def test_a_refusal_has_aws_own_code(aws):
    with pytest.raises(IamError) as caught:
        gateway.ask(LINK, "DeleteUser", {"UserName": "nobody"})
    assert caught.value.code == "NoSuchEntity"
    assert not isinstance(caught.value, OutcomeUnknown)


@pytest.mark.parametrize("trouble", ["silent", "dropped"])
def test_silence_after_a_change_is_an_unknown_outcome_and_never_asked_again(aws, front, trouble):
    setattr(front, trouble, frozenset({"CreateUser"}))
    with pytest.raises(OutcomeUnknown):
        gateway.ask(LINK, "CreateUser", {"UserName": "dora"})
    assert front.asked == ["CreateUser"]


def test_an_error_of_aws_own_is_an_unknown_outcome(aws):
    """moto answers HTTP 500 for what it does not have; AWS may have acted before its 500."""
    with pytest.raises(OutcomeUnknown):
        gateway.ask(LINK, "PutUserPermissionsBoundary", {"UserName": "x", "PermissionsBoundary": "a" * 20})


def test_the_wait_is_bounded(aws, front, settings):
    settings.AWS_SECONDS = 0.5
    front.late = frozenset({"CreateUser"})
    began = time.monotonic()
    with pytest.raises(OutcomeUnknown):
        gateway.ask(LINK, "CreateUser", {"UserName": "dora"})
    assert time.monotonic() - began < 30, "not the minute that botocore waits by itself"


def test_an_endpoint_that_is_away_was_not_asked(aws, settings):
    settings.AWS_ENDPOINT_URL = "http://127.0.0.1:9"
    with pytest.raises(IamError, match="nothing was changed there") as caught:
        gateway.ask(LINK, "CreateUser", {"UserName": "dora"})
    assert not isinstance(caught.value, OutcomeUnknown)


def test_a_broken_profile_was_not_asked_either(aws, tmp_path, monkeypatch):
    """Without credentials nothing is signed, so nothing is sent: no outcome is in doubt."""
    failing = tmp_path / "credentials"
    failing.write_text("#!/bin/sh\nexit 1\n")
    failing.chmod(failing.stat().st_mode | stat.S_IXUSR)
    config = tmp_path / "config"
    config.write_text(f"[profile broken]\ncredential_process = {failing}\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    with pytest.raises(IamError, match="No AWS credentials were found") as caught:
        gateway.ask(LinkSpec("123456789012", "profile", profile="broken"), "CreateUser", {"UserName": "dora"})
    assert not isinstance(caught.value, OutcomeUnknown)
    assert aws.list_users()["Users"] == []


def test_a_role_is_taken_with_its_external_id(aws, front):
    role = "arn:aws:iam::123456789012:role/IamConsole"
    link = LinkSpec("123456789012", "role", role_arn=role, external_id="iam-console-x1")
    seen = {}
    front.rewrite["AssumeRole"] = lambda params, content: seen.update(params) or content
    assert gateway.identify(link)["Account"] == "123456789012"
    assert seen["ExternalId"] == "iam-console-x1"
    assert front.asked == ["AssumeRole", "GetCallerIdentity"]


def test_a_refused_role_says_so(aws, front):
    front.denied = frozenset({"AssumeRole"})
    link = LinkSpec("123456789012", "role", role_arn="arn:aws:iam::123456789012:role/IamConsole")
    with pytest.raises(IamError) as caught:
        gateway.ask(link, "CreateUser", {"UserName": "dora"})
    assert (caught.value.code, caught.value.message) == ("AccessDenied", "Not today.")


def test_a_report_that_aws_has_yet_to_make_is_waited_for(aws, front, moto_url):
    empty(moto_url)
    waited = []
    report = gateway.credential_report(gateway.reader(LINK), 30, lambda: waited.append(True))
    assert report.content.startswith(b"user,arn,")
    assert (front.asked, waited) == (["GenerateCredentialReport"] * 2 + ["GetCredentialReport"], [True])


def test_a_report_that_is_there_is_fetched_at_once(aws, front):
    waited = []
    gateway.credential_report(gateway.reader(LINK), 30, lambda: waited.append(True))
    assert (front.asked, waited) == (["GenerateCredentialReport", "GetCredentialReport"], [])
