"""Passkeys in a real browser with an authenticator of the browser's own test kit: registering one, the
second factor, and signing in without a password."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import installed
from tests.browser.looks import check

pytestmark = [pytest.mark.browser, pytest.mark.processes]
PHONE = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}
PASSWORD = "first-Day-Root-31"


@pytest.fixture(scope="module")
def console():
    """An installation of its own: who has a passkey signs in differently from then on."""
    with installed() as made:
        yield made


@pytest.fixture
def device(page):
    """Plug an authenticator into the browser; more than one if called again."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")

    def plug(options: dict, **other: object) -> Device:
        made = session.send("WebAuthn.addVirtualAuthenticator", {"options": {**options, **other}})
        return Device(session, made["authenticatorId"])

    return plug


class Device:
    """One authenticator of the browser."""

    def __init__(self, session, identifier: str) -> None:
        self.session, self.id = session, identifier

    def credentials(self) -> list[dict]:
        found = self.session.send("WebAuthn.getCredentials", {"authenticatorId": self.id})
        return found["credentials"]

    def carry_over(self, credential: dict) -> None:
        known = {
            key: credential[key] for key in credential if key not in ("backupEligibility", "backupState")
        }
        self.session.send("WebAuthn.addCredential", {"authenticatorId": self.id, "credential": known})

    def unverified(self) -> None:
        self.session.send("WebAuthn.setUserVerified", {"authenticatorId": self.id, "isUserVerified": False})


def sign_in(page, console, password: str = PASSWORD) -> None:
    page.goto(f"{console.url}/signin/root/")
    page.get_by_label("E-mail").fill(console.email)
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("button", name="Sign in", exact=True).click()


def register(page, console, name: str) -> None:
    page.goto(f"{console.url}/me/mfa/assign/")
    page.get_by_label("Device name").fill(name)
    page.get_by_label("Passkey or security key").check()
    page.get_by_role("button", name="Next").click()
    expect(page.get_by_role("heading", name="Set up your passkey")).to_be_visible()
    page.get_by_role("button", name="Continue").click()


kept: dict[str, dict] = {}  # the credential that one test leaves for the next


def test_registering_says_what_went_wrong_and_then_works(page, console, device):
    sign_in(page, console, console.password)
    page.get_by_label("Current password").fill(console.password)
    page.get_by_label("New password", exact=True).fill(PASSWORD)
    page.get_by_label("Confirm new password").fill(PASSWORD)
    page.locator("main").get_by_role("button", name="password").last.click()
    expect(page.get_by_role("heading", name="Assign MFA device")).to_be_visible()
    check(page)
    refusing = device(PHONE)
    refusing.unverified()
    register(page, console, "laptop")
    expect(page.get_by_role("alert")).to_contain_text("No passkey was created. You canceled")
    check(page)
    refusing.session.send(
        "WebAuthn.setUserVerified", {"authenticatorId": refusing.id, "isUserVerified": True}
    )
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("heading", name="Save your recovery codes")).to_be_visible()
    page.get_by_label("I saved them").check()
    page.get_by_role("button", name="Done").click()
    expect(page, "root goes on with the first steps").to_have_url(re.compile(r"/[0-9]{12}/$"))
    page.goto(f"{console.url}/me/")
    expect(page.locator("main")).to_contain_text("laptop")
    expect(page.get_by_role("row", name="laptop")).to_contain_text("Passkey")
    kept["laptop"] = refusing.credentials()[0]
    register(page, console, "laptop-again")
    expect(page.get_by_role("alert")).to_contain_text("already has a passkey for you")


def test_it_is_the_second_factor_after_the_password(page, console, device):
    sign_in(page, console)
    expect(page.get_by_role("heading", name="Use your passkey")).to_be_visible()
    check(page)
    device(PHONE).carry_over(kept["laptop"])
    page.get_by_role("button", name="Use your passkey").click()
    expect(page).to_have_url(re.compile(rf"{console.url}/[0-9]{{12}}/$"))
    page.goto(f"{console.url}/me/")
    expect(page.get_by_role("row", name="laptop")).to_contain_text("Today")


def test_it_signs_in_alone(page, console, device):
    page.goto(f"{console.url}/signin/?next=/me/")
    check(page)
    phone = device(PHONE)
    phone.carry_over({**kept["laptop"], "signCount": 90})
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page).to_have_url(f"{console.url}/me/")
    expect(page.get_by_role("heading", name="My security credentials")).to_be_visible()


def test_the_user_name_field_offers_it(page, console, device):
    """The browser's test kit chooses the offered passkey itself."""
    device(PHONE).carry_over({**kept["laptop"], "signCount": 190})
    page.goto(f"{console.url}/signin/?next=/me/")
    expect(page).to_have_url(f"{console.url}/me/")


def test_at_another_address_the_page_says_where_passkeys_work(page, console):
    page.goto(f"{console.url.replace('localhost', '127.0.0.1')}/signin/")
    expect(page.get_by_text(f"Passkeys work only at {console.url}.")).to_be_visible()
    expect(page.get_by_role("button", name="Sign in with a passkey")).to_be_hidden()


def test_without_scripts_the_password_is_the_way_and_the_app_is_offered(browser, console):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{console.url}/signin/")
    expect(page.get_by_role("button", name="Sign in", exact=True)).to_be_visible()
    expect(page.get_by_role("button", name="Sign in with a passkey")).to_be_hidden()
    sign_in(page, console)
    expect(page.get_by_text("A passkey needs JavaScript.")).to_be_visible()
    context.close()
