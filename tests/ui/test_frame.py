"""The frame with and without somebody signed in, and the pages of errors."""

from types import SimpleNamespace

import pytest
from django.template.loader import render_to_string
from lxml import html

from iamconsole.frame import user_menu

from .test_components import problems

ACCOUNT = SimpleNamespace(
    account_id="100000000001", grouped_id="1000-0000-0001", alias="main", label="main", kind="local",
    kind_label="Local account", color=1, note="",
)  # fmt: skip


def frame(**more: object) -> SimpleNamespace:
    item = {"label": "Users", "url": "/users/", "icon": "user", "count": 3, "current": True}
    other = SimpleNamespace(
        account_id="2", grouped_id="2000-0000-0002", label="other", kind_label="Linked to AWS", color=2, current=False, switch_url="/switch/2/",
    )  # fmt: skip
    values = {
        "product": "IAM Console", "version": "0.1.0", "account": ACCOUNT, "user_label": "alice", "home_url": "/",
        "nav": [{"title": "Access management", "items": [item]}], "menu_accounts": [other], "can_search": True,
        "search_url": "/users/", "user_menu": user_menu(),
        "notices": [{"tag": "warning", "text": "Root is for emergencies.", "url": "/x", "link_text": "Create user"}],
    }  # fmt: skip
    return SimpleNamespace(**{**values, **more})


def page(template: str, **values: object) -> html.HtmlElement:
    return html.document_fromstring(render_to_string(template, {"csrf_token": "token", **values}))


def test_frame_of_somebody_signed_in():
    tree = page("base.html", frame=frame())
    assert problems(tree) == []
    assert tree.xpath("normalize-space(//title)") == "IAM - main - IAM Console"
    assert tree.xpath("//a[@href='#main']")
    assert tree.xpath("//main[@id='main']")
    assert tree.xpath("//nav[@id='side-nav']//a[@aria-current='page']/span/text()") == ["Users", "3"]
    out = tree.xpath("//form[@action='/me/out/'][@method='post']")[0]
    assert out.xpath(".//input[@name='csrfmiddlewaretoken']")
    assert tree.xpath("//form[@action='/switch/2/'][@method='post']//input[@name='csrfmiddlewaretoken']")
    assert tree.xpath("//form[@role='search'][@action='/users/']//input[@name='q']")
    assert "Root is for emergencies." in tree.text_content()


def test_no_dead_search():
    assert page("base.html", frame=frame(can_search=False)).xpath("//*[@role='search']") == []


def test_title_tells_of_errors():
    form = SimpleNamespace(errors={"x": ["y"]})
    assert page("base.html", frame=frame(), form=form).xpath("string(//title)").startswith("Error: ")
    assert page("base_signin.html", form=form).xpath("string(//title)") == "Error: Sign in - IAM Console"


def test_sign_in_frame():
    tree = page("base_signin.html")
    assert problems(tree) == []
    assert tree.xpath("//main")


@pytest.mark.parametrize("code", [400, 403, 404, 500])
@pytest.mark.parametrize("somebody", [True, False])
def test_error_page(code, somebody):
    tree = page(f"{code}.html", **({"frame": frame()} if somebody else {}))
    assert problems(tree) == []
    assert len(tree.xpath("//h1")) == 1
    assert bool(tree.xpath("//nav[@id='side-nav']")) is somebody


def test_not_allowed_names_operation_and_resource():
    text = page(
        "403.html", frame=frame(), message="No policy allows it.", action="iam:DeleteUser", resource="arn:x"
    ).text_content()
    assert all(words in text for words in ("No policy allows it.", "iam:DeleteUser", "arn:x"))
    assert "See why" not in text


def test_not_allowed_leads_to_what_explains_it():
    tree = page("403.html", frame=frame(), action="iam:DeleteUser", why_url="/why/?a=1&b=2")
    assert tree.xpath("//a[@href='/why/?a=1&b=2']/text()") == ["See why in the policy simulator"]
