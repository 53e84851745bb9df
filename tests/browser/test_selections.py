"""What is selected, confirmed and brought back by the browser: never anybody who is not seen."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.test_demo_pages import inside  # noqa: F401

pytestmark = [pytest.mark.browser, pytest.mark.processes, pytest.mark.long]
SENT = """() => {
  const form = document.getElementById("bulk");
  form.addEventListener("submit", (e) => e.preventDefault());
  form.requestSubmit();
  const added = form.querySelectorAll("input[type=hidden]:not([name=csrfmiddlewaretoken])").length;
  return [added, new FormData(form).getAll("user").length];
}"""
RESTORED = 'window.dispatchEvent(new PageTransitionEvent("pageshow", {persisted: true}))'


def names(page) -> list[str]:
    return page.locator("main table .is-name").all_inner_texts()


def test_a_selection_is_seen_wherever_one_looks(inside, demo):  # noqa: F811
    bar = inside.locator("[data-bulk]")
    inside.goto(f"{demo.url}/users/")
    inside.get_by_label("Select aisha.rahman").check()
    inside.goto(f"{inside.url}?q=lars")
    expect(bar).to_contain_text("1 selected, not in this view: aisha.rahman.")
    inside.get_by_label("Select lars.lindgren").check()
    expect(bar).to_contain_text("2 selected", use_inner_text=True)
    bar.get_by_role("button", name="Clear what is not in this view").click()
    expect(bar).to_contain_text("1 of 1 selected", use_inner_text=True)
    inside.goto(f"{demo.url}/users/?q=nobody-is-called-this")
    expect(bar).to_contain_text("1 selected, not in this view: lars.lindgren.")
    bar.get_by_role("button", name="Clear selection").click()
    expect(bar).to_be_hidden()
    inside.reload()
    expect(bar).to_be_hidden()


def test_a_confirmation_is_a_page_like_any_other(inside, demo):  # noqa: F811
    """Back keeps every tick, from there and from a page behind it; the job's page ends the selection."""
    bar = inside.locator("[data-bulk]")
    inside.goto(f"{demo.url}/users/")
    inside.get_by_label("Select aisha.rahman").check()
    inside.get_by_role("link", name="Page 2").click()
    other = inside.locator("[name=user]").first
    other.check()
    other_name = other.get_attribute("aria-label").removeprefix("Select ")
    expect(bar).to_contain_text(re.compile(r"2 of \d+ selected"), use_inner_text=True)
    expect(bar).to_contain_text("1 on other pages: aisha.rahman.")
    assert inside.evaluate(SENT) == [0, 2], "sent, and nothing is added to the document"
    inside.reload()
    inside.get_by_role("button", name="Tag").click()
    inside.wait_for_url(re.compile(r"/users/bulk/[0-9a-f-]{36}/$"))
    assert names(inside) == ["aisha.rahman", other_name]
    inside.reload()
    inside.get_by_role("link", name="aisha.rahman").click()
    inside.go_back()
    assert names(inside) == ["aisha.rahman", other_name]
    inside.go_back()
    expect(bar).to_contain_text(re.compile(r"2 of \d+ selected"), use_inner_text=True)
    inside.go_forward()
    inside.get_by_role("textbox", name="Key").fill("cost")
    inside.locator("main").get_by_role("button", name="Tag users").click()
    inside.wait_for_url(re.compile(r"/jobs/"))
    inside.go_back()
    inside.wait_for_url(re.compile(r"/jobs/"))
    inside.goto(f"{demo.url}/users/")
    expect(bar).to_be_hidden()


def test_a_page_from_the_browsers_memory_is_asked_for_anew(inside, demo):  # noqa: F811
    for path in ("/users/", "/me/", "/me/password/"):
        inside.goto(demo.url + path)
        inside.evaluate("window.before = true")
        inside.evaluate(RESTORED)
        inside.wait_for_function("window.before === undefined")
    inside.get_by_role("button", name="Change password").first.click()
    expect(inside.get_by_text("There is a problem").first).to_be_visible()
    inside.evaluate("window.before = true")
    inside.evaluate(RESTORED)
    inside.wait_for_function("window.before === undefined")
    expect(inside.get_by_text("There is a problem")).to_have_count(0)


def test_secrets_leave_the_page_with_their_reader(inside, demo):  # noqa: F811
    inside.goto(f"{demo.url}/me/mfa/assign/")
    inside.get_by_label("Device name").fill("Tablet")
    inside.get_by_label("Authenticator app").check()
    inside.locator("main").get_by_role("button", name="Next").click()
    secret = inside.locator("[data-secret]")
    expect(secret).to_be_visible()
    key = secret.inner_text().replace(" ", "")
    assert key in inside.content()
    inside.evaluate('window.dispatchEvent(new PageTransitionEvent("pagehide", {persisted: true}))')
    assert key not in inside.content()


def test_parts_that_are_not_chosen_send_nothing(inside, demo):  # noqa: F811
    """A password manager fills what it can reach, also where it is folded away."""
    inside.goto(f"{demo.url}/accounts/link/")
    secret = inside.locator("[name=secret_access_key]")
    inside.get_by_label("A profile").check()
    expect(secret).to_be_disabled()
    assert secret.get_attribute("autocomplete") == "new-password"
    inside.locator("[name=method][value=key]").check()
    expect(secret).to_be_enabled()
    expect(inside.locator("[name=profile]")).to_be_disabled()
