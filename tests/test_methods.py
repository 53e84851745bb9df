"""Addresses that take forms only: a page that says so, the way back, and never where anybody is led to."""

import ast
import re
from pathlib import Path

import pytest
from django.urls import reverse

from iamconsole.addresses import with_account
from iamconsole.methods import can_be_opened, page_above
from tests.cast import HOME_ID
from tests.test_access_matrix import address, url_names

pytestmark = pytest.mark.django_db
API = "api"  # answers in a language of its own


def test_every_address_that_takes_forms_only_has_a_page_with_the_way_back(client, alice, charlie, sign_in):
    sign_in(client, alice)
    ends, closed = set(), 0
    for name in sorted(url_names() - {API}):
        path = address(name, charlie)
        if can_be_opened(path):
            continue
        closed += 1
        answer = client.get(path)
        text = answer.content.decode()
        assert (answer.status_code, answer["Allow"]) == (405, "POST"), name
        assert "There is no page to open here" in text, name
        assert 'class="ui-nav' in text or "side-nav" in text or "Main" in text, "in the frame"
        back = answer.context["back"]
        assert f'href="{back.replace("/" + HOME_ID, "", 1)}"' in text or f'href="{back}"' in text, name
        ends.add(back)
    assert closed > 40
    assert {client.get(end).status_code for end in ends} <= {200, 302, 404}


def test_what_can_be_opened_is_what_a_get_opens(client, alice, charlie, sign_in):
    for name in sorted(url_names() - {API}):
        path = address(name, charlie)
        sign_in(client, alice)
        assert (client.get(path).status_code != 405) == can_be_opened(path), name


@pytest.mark.parametrize(
    ("path", "above"),
    [
        (f"/{HOME_ID}/users/bulk/", f"/{HOME_ID}/users/"),
        ("/signout/", "/"),
        (f"/{HOME_ID}/reports/unused-credentials/deactivate/", f"/{HOME_ID}/reports/unused-credentials/"),
        ("/nowhere/at/all/", "/"),
    ],
)
def test_the_page_above(path, above):
    assert page_above(path) == above


def test_nobody_is_led_to_an_address_without_a_page(client, alice, bob, sign_in):
    """After the sign-in, after switching, by Cancel: only pages of this console."""
    bulk = with_account(reverse("credentials:bulk"), HOME_ID)
    assert client.get(bulk).status_code == 405
    away = client.post(bulk, {"do": "tag"})
    assert away.url == f"/signin/?next=/{HOME_ID}/users/"
    form = {"account": HOME_ID, "user_name": "alice", "password": "wrong"}
    for closed in (
        bulk,
        "/signout/",
        "/no-such-page/",
        "https://elsewhere.example/users/",
        "//elsewhere.example",
    ):
        text = client.post("/signin/", {**form, "next": closed}).content.decode()
        assert not re.search('name="next"', text), closed
    page = with_account(reverse("users:list"), HOME_ID) + "?q=a"
    assert f'name="next" value="{page}"' in client.post("/signin/", {**form, "next": page}).content.decode()


def test_a_form_for_a_page_that_takes_none(client, alice, sign_in):
    sign_in(client, alice)
    answer = client.post(reverse("users:list"), {"q": "x"})
    assert (answer.status_code, answer["Allow"]) == (405, "GET")
    assert answer.context["back"].endswith("/users/")


def test_no_confirmation_and_no_result_answers_a_post():
    """A view that takes forms only leads on: what it would show has an address of its own. Refusals have a status."""
    root, views, shown = Path(__file__).parent.parent, 0, []
    for room in ("users", "credentials", "reports", "iamconsole"):
        for path in (root / room).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                if not isinstance(node, ast.FunctionDef) or "require_POST" not in map(
                    ast.unparse, node.decorator_list
                ):
                    continue
                views += 1
                calls = [call for call in ast.walk(node) if isinstance(call, ast.Call)]
                shown += [
                    f"{path.relative_to(root)}: {node.name}"
                    for call in calls
                    if ast.unparse(call.func) == "render"
                    and not any(keyword.arg == "status" for keyword in call.keywords)
                ]
    assert views > 40
    assert not shown
