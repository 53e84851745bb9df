"""Before an idle session ends the page says so, and one press keeps it (WCAG 2.2.1)."""

from pathlib import Path

import pytest
from django.template import engines
from playwright.sync_api import expect

pytestmark = pytest.mark.browser
SCRIPT = Path(__file__).parent.parent.parent / "static" / "console" / "console.js"
PAGE = '<c-idle-warning /><div aria-live="polite" data-live></div>'
HERE = "http://console.test/"


@pytest.fixture
def opened(page):
    """A page of a console whose sessions idle for an hour, with a clock that the test moves."""
    from django_cotton.compiler_regex import CottonCompiler

    source = CottonCompiler().process(PAGE)
    frame = {"idle_seconds": 3600, "stay_url": "/me/"}
    body = engines["django"].from_string(source).render({"frame": frame})
    page.route(HERE, lambda route: route.fulfill(body=body, content_type="text/html"))
    page.clock.install()
    page.goto(HERE)
    page.add_script_tag(content=SCRIPT.read_text(), type="module")
    return page


def test_the_warning_comes_two_minutes_before_and_can_be_put_off(opened):
    asked = []
    opened.route("**/me/", lambda route: (asked.append(1), route.fulfill(body="ok")))
    warning = opened.get_by_text("You will be signed out in two minutes")
    opened.clock.run_for(57 * 60_000)
    expect(warning).to_be_hidden()
    opened.clock.run_for(90_000)
    expect(warning).to_be_visible()
    opened.get_by_role("button", name="Stay signed in").click()
    expect(opened.locator("[data-idle]")).to_be_hidden()
    assert asked == [1]
    opened.clock.run_for(57 * 60_000)
    expect(opened.locator("[data-idle]")).to_be_hidden()
    opened.clock.run_for(4 * 60_000)
    expect(opened.get_by_text("You were signed out because you were inactive")).to_be_visible()
    expect(opened.get_by_role("button", name="Stay signed in")).to_be_hidden()


def test_too_late_is_said(opened):
    opened.route("**/me/", lambda route: route.fulfill(status=302, headers={"Location": "/signin/"}))
    opened.clock.run_for(59 * 60_000)
    opened.get_by_role("button", name="Stay signed in").click()
    expect(opened.get_by_text("You are signed out, or this console cannot be reached")).to_be_visible()
