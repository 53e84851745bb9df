"""A presigned address rests in logs: one that has an effect is good for 15 minutes, whatever it says."""

import re

import pytest

from iamconsole.operations import registry
from iamconsole.operations.shapes import iam_model, sts_model
from tests.query.signing import Request
from users.models import User

pytestmark = pytest.mark.django_db
WEEK = "604800"
ONLY_READ = re.compile(r"(sts:)?(Get|List|Simulate)\w+")


@pytest.fixture
def good(alice_key) -> Request:
    return Request(*alice_key)


def offered() -> dict[str, tuple[str, str]]:
    """Every operation of the API: name here -> (service, Action)."""
    found = {}
    for model in (iam_model(), sts_model()):
        for action in model.operation_names:
            name = action if model.service_name == "iam" else f"{model.service_name}:{action}"
            if name in registry.all_operations():
                found[name] = (model.service_name, action)
    return found


def code(answer) -> str:
    refused = re.search("<Code>(.*?)</Code>", answer.content.decode())
    return refused[1] if refused else ""


def asked(good: Request, name: str, minutes: int):
    """The presigned call of an operation, ``minutes`` after it was signed for a week."""
    service, action = offered()[name]
    version = {"iam": "2010-05-08", "sts": "2011-06-15"}[service]
    old = good.having(service=service).later(minutes=-minutes)
    return old.presign(WEEK, asked={"Action": action, "Version": version}).go()


def test_only_what_reads_lives_longer_than_15_minutes(good, subtests):
    for name in sorted(offered()):
        with subtests.test(name):
            late = code(asked(good, name, minutes=16))
            if not registry.find(name).reads:
                assert late == "RequestExpired"
            else:
                assert late != "RequestExpired"
                assert ONLY_READ.fullmatch(name), f"{name} is said to have no effect"


@pytest.mark.parametrize("name", ["CreateUser", "sts:GetSessionToken", "GenerateCredentialReport"])
def test_within_15_minutes_it_is_answered(good, name):
    assert code(asked(good, name, minutes=14)) != "RequestExpired"


def test_an_old_address_creates_nobody(good):
    params = {"Action": "CreateUser", "UserName": "mallory", "Version": "2010-05-08"}
    answer = good.later(minutes=-16).presign(WEEK, asked=params).go()
    assert (answer.status_code, code(answer)) == (400, "RequestExpired")
    assert "Sign a new one" in answer.content.decode()
    assert not User.objects.filter(user_name="mallory").exists()
    assert good.later(minutes=-14).presign(WEEK, asked=params).go().status_code == 200
