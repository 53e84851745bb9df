"""The way from a refusal to the simulator, with what was refused filled in."""

from types import SimpleNamespace
from urllib.parse import parse_qs, urlsplit

from django.test import RequestFactory
from django.urls import reverse

from iamconsole.errors import AccessDenied
from iamconsole.web import forbidden

ALICE, BOB = "arn:aws:iam::100000000001:user/a+b/Alice", "arn:aws:iam::100000000001:user/x y/Bob&Co"
REFUSED = AccessDenied("No policy allows it.", action="iam:GetUser", resource=BOB)


def answer(*, knows_why: bool, error: AccessDenied = REFUSED) -> str:
    request = RequestFactory().get("/")
    request.caller = SimpleNamespace(
        arn=ALICE, kind="user", read_only=False, knows_why=knows_why, permits=lambda *asked: False
    )
    return forbidden(request, error).content.decode()


def links(page: str) -> list[str]:
    return [
        part.split('"')[0].replace("&amp;", "&") for part in page.split('href="')[1:] if "principal=" in part
    ]


def test_who_may_simulate_is_led_to_the_simulator():
    (link,) = links(answer(knows_why=True))
    assert urlsplit(link).path == reverse("users:simulator")
    assert parse_qs(urlsplit(link).query) == {
        "principal": [ALICE],
        "actions": ["iam:GetUser"],
        "resources": [BOB],
    }


def test_others_are_not():
    assert links(answer(knows_why=False)) == []


def test_a_refusal_of_no_action_is_not_explained():
    assert links(answer(knows_why=True, error=AccessDenied("Only people of the home account."))) == []
