"""A one-time link from the making of a user to its first sign-in, and the meter on the way."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from .conftest import running

pytestmark = pytest.mark.browser
NEW = "fresh-Lantern-42-x"


@pytest.fixture(scope="module")
def links(browser) -> Iterator[dict[str, str]]:
    """A console with two new users -> the link of each, made by root in a browser of its own."""
    with running() as (_, url, _, frame):
        context = browser.new_context()
        page = context.new_page()
        first = re.search(r"One-time root password\s+(\S+)", frame)[1]
        page.goto(f"{url}/signin/root/")
        page.get_by_label("E-mail").fill(re.search(r"\S+@\S+", frame)[0])
        page.get_by_label("Password", exact=True).fill(first)
        page.get_by_role("button", name="Sign in", exact=True).click()
        page.get_by_label("Current password").fill(first)
        for label in ("New password", "Confirm new password"):
            page.get_by_label(label, exact=True).fill(f"root-{NEW}")
        page.get_by_role("button", name="Change password").click()
        page.goto(f"{url}/users/create/")
        page.get_by_label("User names").fill("dora\nerin")
        page.get_by_label("Console access").check()
        page.get_by_label("One-time link: users choose").check()
        for _ in ("details", "permissions", "tags"):
            page.get_by_role("button", name="Next", exact=True).click()
        page.get_by_role("button", name="Create 2 users").click()
        page.get_by_role("button", name="Show One-time password link").first.click()
        found = page.locator("dd", has_text="/signin/link/").locator(".ui-secret-value").all_text_contents()
        context.close()
        yield dict(zip(("dora", "erin"), found, strict=True))


def test_a_user_chooses_the_password_and_signs_in_with_it(page, links):
    name, url = "dora", links["dora"]
    requested: list = []
    page.on("request", lambda request: requested.append((request.url, request.headers.get("referer", ""))))
    page.goto(url)
    assert page.url.endswith("/signin/link/"), "the token is out of the address"
    assert not [referer for _, referer in requested if "/link/" in referer.removesuffix("/signin/link/")]
    expect(page.get_by_label("User name")).to_have_value(name)
    field, live = page.get_by_label("New password", exact=True), page.locator("[data-live]")

    field.press_sequentially("Password1!")
    meter = page.locator("[data-strength-words]")
    expect(meter).to_have_text("Too easy to guess. Choose another password.")
    expect(live).to_contain_text("Strength: Too easy to guess. Choose another password.")
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


def test_without_scripts_the_rules_hold_on_submit(browser, links):
    name, url = "erin", links["erin"]
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
