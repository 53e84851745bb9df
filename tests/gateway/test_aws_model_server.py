"""The double driven by botocore's models: it refuses what AWS would, and tells what does not fit."""

from datetime import UTC, datetime

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionClosedError

from tests.aws_model_server import AwsError, serving_models

MADE = datetime(2026, 3, 1, tzinfo=UTC)
ACCOUNT = {
    "Id": "111111111111",
    "Arn": "arn:aws:organizations::999999999999:account/o-aaaaaaaaaa/111111111111",
    "Name": "Payments",
    "State": "ACTIVE",
    "JoinedTimestamp": MADE,
}


class Organizations:
    def list_accounts(self, call, NextToken="", MaxResults=20):
        if NextToken == "throttled":
            raise AwsError("TooManyRequestsException", "Slow down.")
        return {"Accounts": [], "NextToken": "more"} if not NextToken else {"Accounts": [ACCOUNT]}

    def list_roots(self, call):
        return {"Roots": [{"Id": "no root", "Flavor": "sweet"}]}


class Sts:
    def get_caller_identity(self, call):
        return {"Account": "999999999999", "Arn": "arn:aws:sts::999999999999:x", "UserId": call.access_key_id}


class Iam:
    def get_account_summary(self, call):
        return {"SummaryMap": {"AccountPasswordPresent": 1}}


def client(models, name, **options):
    config = Config(retries={"total_max_attempts": 1}, **options)
    keys = {"aws_access_key_id": "AKIAEXAMPLE", "aws_secret_access_key": "secret"}
    return boto3.client(name, endpoint_url=models.url, region_name="us-east-1", config=config, **keys)


def test_both_protocols_are_spoken_and_calls_kept():
    with serving_models({"organizations": Organizations(), "sts": Sts(), "iam": Iam()}) as models:
        organizations = client(models, "organizations")
        assert organizations.list_accounts()["NextToken"] == "more"
        account = organizations.list_accounts(NextToken="more")["Accounts"][0]
        assert account == ACCOUNT
        with pytest.raises(ClientError, match="Slow down") as refused:
            organizations.list_accounts(NextToken="throttled")
        assert refused.value.response["Error"]["Code"] == "TooManyRequestsException"
        assert client(models, "sts").get_caller_identity()["UserId"] == "AKIAEXAMPLE"
        assert client(models, "iam").get_account_summary()["SummaryMap"] == {"AccountPasswordPresent": 1}
        assert models.asked("organizations") == ["ListAccounts"] * 3
        assert models.calls[-1].region == "us-east-1"
        assert models.most_at_once == 1


def test_an_answer_that_is_lost_was_acted_on():
    with serving_models({"sts": Sts()}) as models:
        models.lost.add("sts:GetCallerIdentity")
        with pytest.raises(ConnectionClosedError):
            client(models, "sts").get_caller_identity()
        assert models.asked() == ["GetCallerIdentity"]


def test_requests_and_answers_that_do_not_fit_are_told():
    with pytest.raises(AssertionError) as told, serving_models({"organizations": Organizations()}) as models:  # noqa: PT012
        loose = client(models, "organizations", parameter_validation=False)
        for ask in (lambda: loose.list_accounts(MaxResults=21), loose.list_roots):
            with pytest.raises(ClientError):
                ask()
    assert "request organizations:ListAccounts" in str(told.value)
    assert "MaxResults is 21, out of 1 to 20" in str(told.value)
    assert "Flavor" in str(told.value)
