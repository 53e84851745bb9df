"""The main tasks in Firefox: what it does by itself acts on nobody, loses nothing and fills in nothing."""

import os
import re
from collections.abc import Iterator

import pytest

from tests.browser import firefox as firefoxes
from tests.browser.firefox import Firefox

pytestmark = [pytest.mark.browser, pytest.mark.processes, pytest.mark.long]
MISSING = "No Firefox was found; install Debian's package firefox-esr to run the walk in Firefox."


@pytest.fixture(scope="module")
def firefox(demo) -> Iterator[Firefox]:
    """Firefox, signed in as the demo's administrator, with the login in its password manager."""
    executable = firefoxes.path()
    if executable is None:
        pytest.fail(MISSING) if os.environ.get("REQUIRE_BROWSER") else pytest.skip(MISSING)
    window = Firefox(executable)
    try:
        window.save_login(demo.url, demo.user_name, demo.password)
        window.go(f"{demo.url}/signin/?account={demo.account}")
        window.wait_for("document.querySelector('[name=password]').value !== ''")  # it fills in by itself
        window.press("Sign in")
        window.wait_for("!location.pathname.startsWith('/signin/')")
        yield window
    finally:
        window.close()


def names(window: Firefox) -> list[str]:
    return window.run("return [...document.querySelectorAll('main td.is-name')].map((one) => one.innerText)")


def test_selecting_across_pages_confirming_and_going_back(firefox, demo):
    firefox.go(f"{demo.url}/users/")
    firefox.click("[aria-label='Select aisha.rahman']")
    firefox.press("Page 2")
    firefox.wait_for("location.search.includes('page=2')")
    other = firefox.run("return document.querySelector('[name=user]').ariaLabel").removeprefix("Select ")
    firefox.click(f"[aria-label='Select {other}']")
    assert re.search(r"2 of \d+ selected", firefox.text("[data-bulk]"))
    assert "1 on other pages: aisha.rahman." in firefox.text("[data-bulk]")
    firefox.press("Tag")
    firefox.wait_for("location.pathname.includes('/users/bulk/')")
    assert names(firefox) == ["aisha.rahman", other]
    firefox.press("aisha.rahman")
    firefox.wait_for("!location.pathname.includes('/users/bulk/')")
    firefox.back()
    assert names(firefox) == ["aisha.rahman", other], "no “Document Expired”"
    firefox.back()
    assert re.search(r"2 of \d+ selected", firefox.text("[data-bulk]"))
    firefox.go(f"{demo.url}/users/?q=lars")
    assert "2 selected, not in this view:" in firefox.text("[data-bulk]")
    firefox.back()
    firefox.press("Tag")
    firefox.wait_for("location.pathname.includes('/users/bulk/')")
    firefox.type("[name=key]", "floor")
    firefox.press("Tag users")
    firefox.wait_for("location.pathname.startsWith('/jobs/')")
    firefox.go(f"{demo.url}/users/")
    assert not firefox.is_shown("[data-bulk]"), "the job was started: nothing is selected any more"


def test_a_number_with_a_letter_is_not_saved_as_empty(firefox, demo):
    firefox.go(f"{demo.url}/account/password-policy/")
    firefox.type("[name=max_password_age]", "90d")
    firefox.run(
        "arguments[0].closest('form').requestSubmit()",
        {firefoxes.ELEMENT: firefox.element("[name=max_password_age]")},
    )
    firefox.wait_for("document.querySelector('main')?.innerText.includes('is not a whole number')")
    assert firefox.value("[name=max_password_age]") == "90d"


def test_the_password_manager_fills_in_what_is_meant_only(firefox, demo):
    firefox.go(f"{demo.url}/me/password/")
    assert firefox.value("[name=user_name]") == demo.user_name
    firefox.go(f"{demo.url}/accounts/link/")
    assert firefox.run("return document.querySelector('[name=secret_access_key]').disabled")
    firefox.click("[name=method][value=key]")
    firefox.wait_for("!document.querySelector('[name=secret_access_key]').disabled")
    assert firefox.value("[name=secret_access_key]") == ""
    assert firefox.value("[name=access_key_id]") == ""


def test_creating_a_user_step_by_step(firefox, demo):
    firefox.go(f"{demo.url}/users/create/")
    firefox.type("[name=user_names]", "fiona.fox")
    firefox.click("[name=console_access]")
    for _ in range(3):
        step = firefox.url
        firefox.press("Next")
        firefox.wait_for(f"location.href !== '{step}'")
    assert "fiona.fox" in firefox.text()
    firefox.back()
    firefox.forward()
    firefox.press("Create user")
    firefox.wait_for("document.querySelector('[data-secret]') !== null")
    password = firefox.run("return document.querySelector('[data-masked] .ui-secret-value').textContent")
    firefox.click("[name=saved]")
    firefox.press("Done")
    firefox.wait_for("document.querySelector('[data-secret]') === null")
    firefox.back()
    assert password not in firefox.run("return document.documentElement.outerHTML")
    firefox.go(f"{demo.url}/users/?q=fiona.fox")
    assert names(firefox) == ["fiona.fox"]


def test_the_editor_shows_the_first_character_of_each_line(firefox, demo):
    firefox.go(f"{demo.url}/policies/create/")
    area = "[data-editor] textarea"
    firefox.type(area, '{"Version": "2012-10-17", "Id": "' + "long" * 60 + '",\n"Statement": [')
    firefox.wait_for(f"document.querySelector('{area}').scrollLeft === 0")
