"""Changing a linked account while its mirror changes: AWS acts by names, rows are told apart by unique IDs."""

import pytest

from iamconsole.errors import IamError
from iamconsole.models import Event, Intent
from iamconsole.operations import execute
from tests.security.test_authorized_is_changed import slipping
from tests.sync.conftest import as_administrator, link, sync
from users.models import User

pytestmark = pytest.mark.django_db(transaction=True)


def test_awss_answer_is_not_written_onto_another_user(alice, aws, front, caller):
    aws.create_user(UserName="wilma")
    link(caller(alice))
    assert sync(alice).state == "done"
    wilma = User.objects.get(user_name="wilma")
    front.then["CreateAccessKey"] = lambda: User.objects.filter(pk=wilma.pk).update(user_id="AIDAOTHER")
    answer = execute(as_administrator(alice), "CreateAccessKey", UserName="wilma")
    assert answer["AccessKey"]["SecretAccessKey"], "AWS has made it, and nobody can ask for it again"
    assert wilma.access_keys.count() == 0
    intent, event = Intent.objects.get(), Event.objects.get(action="iam:CreateAccessKey")
    assert (intent.state, event.outcome, event.resource) == ("done", "allowed", wilma.arn)
    assert "next sync shows it" in intent.outcome
    assert event.detail["Note"] == intent.outcome


def test_aws_is_not_asked_about_another_user(alice, aws, front, caller, monkeypatch):
    aws.create_user(UserName="wilma")
    link(caller(alice))
    assert sync(alice).state == "done"
    front.asked.clear()
    slipping(
        monkeypatch, "CreateAccessKey",
        lambda: User.objects.filter(user_name="wilma").update(path="/else/"),
    )  # fmt: skip
    with pytest.raises(IamError, match="has just been"):
        execute(as_administrator(alice), "CreateAccessKey", UserName="wilma")
    assert "CreateAccessKey" not in front.asked
    assert not Intent.objects.exists()
