"""A change of a linked account keeps AWS's own request ID beside this console's; AWS's answers are counted."""

import logging

import pytest

from iamconsole.errors import IamError
from iamconsole.models import Event
from iamconsole.operations import execute
from iamconsole.ops import metrics, request_ids
from tests.ops.test_metrics import values
from tests.sync.conftest import as_administrator

pytestmark = pytest.mark.django_db(transaction=True)


def test_events_lines_and_metrics_tell_of_aws(linked, alice, caller, caplog, moto_url):
    before = values(metrics.render())
    acting = as_administrator(alice)
    caplog.set_level(logging.INFO)
    with request_ids.about("front-and-aws-1"):
        execute(acting, "CreateUser", UserName="nina")
        with pytest.raises(IamError):
            execute(
                acting, "AttachUserPolicy", UserName="nina", PolicyArn="arn:aws:iam::aws:policy/NoSuchOne"
            )
    event = Event.objects.get(action="iam:CreateUser")
    aws_id = event.detail["AWSRequestId"]
    assert event.request_id == "front-and-aws-1"
    assert f"AWS iam:CreateUser ok, AWS's request ID {aws_id}" in caplog.text
    found = values(metrics.render())
    key = ("iamconsole_aws_calls_total", "CreateUser", "ok", "iam")
    assert found[key] == before.get(key, 0) + 1
    assert any(key[1:3] == ("GetAccountAuthorizationDetails", "ok") for key in found)
