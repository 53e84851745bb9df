"""A one-time link from the administrator's page to the first sign-in, and the meter on the way."""

import re

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser
NEW = "fresh-Lantern-42-x"


@pytest.fixture
def link(browser, demo) -> tuple[str, str]:
    """A user of the demo and a link for it, made by the administrator in a browser of its own."""
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{demo.url}/signin/?account={demo.account}")
    page.get_by_label("User name").fill(demo.user_name)
    page.get_by_label("Password", exact=True).fill(demo.password)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.goto(f"{demo.url}/users/?access=password&mfa=none")
    page.locator("table a[href^='/users/AIDA']").first.click()
    name = page.locator("h1").inner_text().strip()
    page.get_by_role("link", name="Security credentials").click()
    page.get_by_role("link", name="Manage console access").click()
    page.get_by_role("link", name=re.compile("^(Create one-time link|Replace)")).click()
    page.get_by_label("Valid for").fill("2")
    page.get_by_role("button", name="Create one-time link").click()
    page.get_by_role("button", name="Show One-time password link").click()
    url = page.locator("dd", has_text="/signin/link/").locator(".ui-secret-value").inner_text()
    page.get_by_label("I have saved these").check()
    page.get_by_role("button", name="Done").click()
    expect(page.get_by_text(re.compile("^Open until"))).to_be_visible()
    context.close()
    return name, url


def test_a_user_chooses_the_password_and_signs_in_with_it(page, demo, link):
    name, url = link
    requested: list = []
    page.on("request", lambda request: requested.append((request.url, request.headers.get("referer", ""))))
    page.goto(url)
    assert page.url == f"{demo.url}/signin/link/", "the token is out of the address"
    assert not [referer for _, referer in requested if "/link/" in referer.removesuffix("/signin/link/")]
    expect(page.get_by_label("User name")).to_have_value(name)
    field, live = page.get_by_label("New password", exact=True), page.locator("[data-live]")

    field.press_sequentially("Password1!")
    meter = page.locator("[data-strength-words]")
    expect(meter).to_have_text("Too easy to guess: it is not accepted.")
    expect(live).to_contain_text("Strength: Too easy to guess: it is not accepted.")
    field.fill("")
    expect(meter).to_be_hidden()
    field.press_sequentially(NEW)
    expect(meter).to_have_text(re.compile("strong", re.IGNORECASE))
    expect(live).to_contain_text(re.compile("All rules are met. Strength: .*strong", re.IGNORECASE))

    show = page.get_by_role("button", name="New password", exact=False).first
    show.click()
    expect(live).to_have_text("The password is shown")
    expect(field).to_have_attribute("type", "text")
    show.click()
    expect(live).to_have_text("The password is hidden")
    assert field.get_attribute("autocomplete") == "new-password"

    page.get_by_label("Confirm new password", exact=True).fill(NEW)
    page.get_by_role("button", name="Set password").click()
    expect(page.get_by_text(f"The password of {name} is set. Sign in with it.")).to_be_visible()
    page.get_by_label("User name").fill(name)
    page.get_by_label("Password", exact=True).fill(NEW)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("heading", level=1)).not_to_have_text("Sign in as IAM user")
    page.goto(url)
    expect(page.get_by_role("heading", name="This link does not work")).to_be_visible()


def test_without_scripts_the_rules_hold_on_submit(browser, demo, link):
    name, url = link
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(url)
    expect(page.locator("[data-strength]")).to_be_hidden()
    for label in ("New password", "Confirm new password"):
        page.get_by_label(label, exact=True).fill("Password1!")
    page.get_by_role("button", name="Set password").click()
    expect(page.get_by_text("The password is too easy to guess").first).to_be_visible()
    for label in ("New password", "Confirm new password"):
        page.get_by_label(label, exact=True).fill(NEW)
    page.get_by_role("button", name="Set password").click()
    expect(page.get_by_text(f"The password of {name} is set.")).to_be_visible()
    context.close()
