"""The search at the top by keyboard, on a phone, and without scripts."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.looks import check

pytestmark = [pytest.mark.browser, pytest.mark.processes, pytest.mark.long]


def sign_in(page, demo):
    page.goto(f"{demo.url}/signin/?account={demo.account}")
    page.get_by_label("User name").fill(demo.user_name)
    page.get_by_label("Password", exact=True).fill(demo.password)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page).to_have_url(re.compile(rf"{demo.url}/[0-9]{{12}}/$"))


def test_the_keyboard_alone_finds_and_opens(page, demo):
    sign_in(page, demo)
    field, options = (
        page.get_by_role("combobox", name="Search"),
        page.locator("#search-options [role=option]"),
    )
    page.wait_for_load_state("load")  # its script listens then
    page.keyboard.press("/")
    expect(field).to_be_focused()
    page.keyboard.type("lars")
    expect(options.first).to_contain_text("lars.lindgren")
    expect(field).to_have_attribute("aria-expanded", "true")
    check(page, ((1360, "dark"),))
    page.keyboard.press("ArrowDown")
    expect(options.first).to_have_attribute("aria-selected", "true")
    expect(field).to_have_attribute("aria-activedescendant", options.first.get_attribute("id"))
    page.keyboard.press("ArrowUp")  # back to what was typed
    expect(page.locator("[aria-selected=true]")).to_have_count(0)
    page.keyboard.press("Escape")
    expect(options.first).to_be_hidden()
    expect(field).to_have_value("lars")
    page.keyboard.press("ArrowDown")
    expect(options.first).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("lars.lindgren")
    # A whole name opens its page by Enter alone, a part of one the page of results.
    page.keyboard.press("/")
    with page.expect_navigation():
        page.keyboard.type("lars.lindgren\n")
    expect(page.get_by_role("heading", level=1)).to_contain_text("lars.lindgren")
    page.keyboard.press("/")
    with page.expect_navigation():
        page.keyboard.type("deactivate key\n")
    expect(page.get_by_role("link", name="Deactivate access keys")).to_be_visible()
    check(page)


def test_on_a_phone_and_without_scripts(page, browser, demo):
    sign_in(page, demo)
    page.set_viewport_size({"width": 390, "height": 844})
    page.get_by_role("button", name="Search").click()
    page.get_by_role("combobox", name="Search").press_sequentially("lars")
    option = page.get_by_role("option", name="lars.lindgren").first
    expect(option).to_be_in_viewport()
    option.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("lars.lindgren")
    context = browser.new_context(java_script_enabled=False)
    plain = context.new_page()
    sign_in(plain, demo)
    plain.get_by_role("searchbox", name="Search").fill("lars")
    plain.get_by_role("searchbox", name="Search").press("Enter")
    plain.get_by_role("link", name="lars.lindgren").first.click()
    expect(plain.get_by_role("heading", level=1)).to_contain_text("lars.lindgren")
    context.close()
