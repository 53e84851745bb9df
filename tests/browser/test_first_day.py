"""A newcomer's first day, in order: root, MFA, an administrator, a user, a report."""

import base64
import csv
import io
import re
import time

import pytest
import zxingcpp
from django_otp.oath import TOTP
from PIL import Image
from playwright.sync_api import expect

from tests.browser.looks import check

pytestmark = [pytest.mark.browser, pytest.mark.processes]

ROOT_PASSWORD = "first-Day-Root-31"
CAROL_PASSWORD = "carol-Chooses-77-this"
day: dict[str, str] = {}  # what one step leaves for the next


def sign_in_as_root(page, installation, password):
    page.goto(f"{installation.url}/signin/root/")
    page.get_by_label("E-mail").fill(installation.email)
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("button", name="Sign in", exact=True).click()


def sign_in(page, installation, name, password):
    page.goto(f"{installation.url}/signin/?account={installation.account_id}")
    page.get_by_label("User name").fill(name)
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("button", name="Sign in", exact=True).click()


def set_password(page, old, new):
    page.get_by_label("Current password").fill(old)
    page.get_by_label("New password", exact=True).fill(new)
    page.get_by_label("Confirm new password").fill(new)
    page.locator("main").get_by_role("button", name="password").last.click()


def seed_in_picture(page) -> str:
    """The TOTP secret, read from the rendered QR code as a phone would."""
    picture = Image.open(io.BytesIO(page.locator(".ui-qr").screenshot()))
    content = zxingcpp.read_barcode(picture).text
    assert content.startswith("otpauth://totp/IAM%20Console%20"), content
    return content.split("secret=")[1].split("&")[0]


def code(seed: str, drift: int = 0) -> str:
    return f"{TOTP(base64.b32decode(seed), drift=drift).token():06d}"


def fresh_code(seed: str, used: str) -> str:
    """A code that has not been used yet: waits for the next step where needed."""
    while code(seed) in used:
        time.sleep(1)
    return code(seed)


def test_root_sets_a_password_and_enrols_mfa(page, installation):
    sign_in_as_root(page, installation, installation.password)
    expect(page).to_have_url(re.compile("/signin/new-password/"))
    check(page)
    set_password(page, installation.password, ROOT_PASSWORD)
    expect(page).to_have_url(re.compile("/mfa/assign/"))
    check(page)
    page.get_by_label("Authenticator app").check()
    page.locator("main").get_by_role("button", name="Next").click()
    day["seed"] = seed_in_picture(page)
    check(page)
    day["used"] = code(day["seed"], -1) + " " + code(day["seed"])
    first, second = day["used"].split()
    page.get_by_label("MFA code 1").fill(first)
    page.get_by_label("MFA code 2").fill(second)
    page.get_by_role("button", name="Add MFA").click()
    page.get_by_label("I saved them").check()
    page.get_by_role("button", name="Done").click()
    expect(page, "root goes on with the first steps").to_have_url(re.compile(r"/[0-9]{12}/$"))
    check(page)
    page.goto(f"{installation.url}/me/")
    expect(page.get_by_text("Authenticator app").first).to_be_visible()
    check(page)


def test_root_signs_in_with_a_code(page, installation):
    sign_in_as_root(page, installation, ROOT_PASSWORD)
    expect(page).to_have_url(re.compile("/signin/mfa/"))
    check(page)
    page.get_by_label("MFA code").fill(day["used"].split()[1])
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("alert"), "a used code was accepted").to_be_visible()
    page.get_by_label("MFA code").fill(fresh_code(day["seed"], day["used"]))
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page).to_have_url(re.compile(rf"{installation.url}/[0-9]{{12}}/$"))
    check(page)
    day["root"] = page.context.storage_state()


@pytest.fixture
def as_root(browser, page):
    """The page, signed in with root's session of above."""
    page.context.add_cookies(day["root"]["cookies"])
    return page


def walk_the_steps(page, name):
    """Create a user with a password and a key: what a tick opens is hidden before it."""
    expect(page.get_by_label("Custom password")).to_be_hidden()
    page.get_by_label("User names").fill(name)
    page.locator("[name=console_access]").check()
    page.locator("[name=access_key]").check()
    check(page)
    page.get_by_label("Command Line Interface (CLI)").check()
    page.get_by_role("button", name="Next").click()
    # Enter in the search keeps the tick of this list and looks for others.
    page.get_by_role("button", name="Policies").click()
    page.get_by_label("Find policies").fill("sshkeys")
    page.get_by_label("Find policies").press("Enter")
    page.get_by_label("Choose IAMUserSSHKeys", exact=True).check()
    page.get_by_label("Find policies").fill("audit")
    page.get_by_label("Find policies").press("Enter")
    expect(page.get_by_label("Choose SecurityAudit", exact=True)).to_be_visible()
    expect(page.locator("main")).to_contain_text("IAMUserSSHKeys")
    check(page)
    for way in ("Copy from a user", "Permissions boundary", "Groups"):
        page.get_by_role("button", name=way).click()
        check(page)
    page.get_by_role("button", name="Next").click()
    check(page)
    page.go_back()
    page.go_forward()
    page.get_by_role("button", name="Next").click()
    check(page)
    page.get_by_role("button", name="Create user").click()


def test_root_creates_an_administrator_and_sees_the_secrets_once(as_root, installation):
    page = as_root
    page.goto(f"{installation.url}/users/")
    check(page)
    page.get_by_role("link", name="Create user").first.click()
    check(page)
    walk_the_steps(page, "carol")
    expect(page).to_have_url(re.compile("/secrets/"))
    check(page)
    with page.expect_download() as download:
        page.get_by_role("button", name="carol_credentials.csv").click()
    row = next(csv.DictReader(io.StringIO(download.value.path().read_text("utf-8-sig"))))
    assert row["User name"] == "carol"
    day["carol"] = row["Password"]
    page.reload()
    assert day["carol"] not in page.content()


def test_a_user_without_policies_sets_the_first_password(page, installation):
    sign_in(page, installation, "carol", day["carol"])
    expect(page).to_have_url(re.compile("/signin/new-password/"))
    set_password(page, day["carol"], CAROL_PASSWORD)
    page.goto(f"{installation.url}/me/")
    expect(page.locator("main")).to_contain_text("carol")
    check(page)
    page.goto(f"{installation.url}/users/")
    expect(page.locator("main")).to_contain_text("iam:ListUsers")
    check(page)


def test_the_pages_of_a_user_look_right(as_root, installation):
    page = as_root
    page.goto(f"{installation.url}/users/")
    page.get_by_role("link", name="carol").click()
    check(page)
    page.get_by_role("link", name="Security credentials").last.click()
    check(page)
    for path in (
        "/account/",
        "/account/password-policy/",
        "/accounts/",
        "/accounts/link/",
        "/jobs/",
        "/events/",
    ):
        page.goto(installation.url + path)
        check(page)


def test_root_writes_a_policy_in_the_editor(as_root, installation):
    page = as_root
    page.goto(f"{installation.url}/policies/create/")
    page.get_by_label("Policy name").fill("Lake")
    document = page.get_by_label("Policy document")
    document.fill(document.input_value().replace("[]", '["s3:ListBuckets"]', 1).replace("[]", '["*"]'))
    checks = page.locator("#editor-review")
    expect(checks).to_contain_text("s3:ListBuckets is not an action of Amazon S3.")
    checks.get_by_role("button", name='Use "s3:ListBucket"').click()
    expect(document).to_have_value(re.compile('"s3:ListBucket"'))
    page.locator("main").get_by_role("button", name="Create policy").click()
    expect(page.get_by_role("heading", name="Lake")).to_be_visible()


def test_root_ticks_a_user_and_deactivates_the_keys(as_root, installation):
    page = as_root
    page.goto(f"{installation.url}/users/")
    page.get_by_label("Select carol").check()
    page.get_by_role("button", name="Deactivate keys").click()
    page.get_by_role("link", name="Show all their access keys").click()
    keys = page.locator('input[name="key"]')
    expect(keys).to_have_count(1)
    expect(keys.first, "a new key is not over the limit").not_to_be_checked()
    keys.first.check()
    page.get_by_role("button", name="Deactivate", exact=True).click()
    confirmation = page.get_by_label("To confirm, type the word")
    if confirmation.count():  # it was used, or nobody knows
        confirmation.fill("yes")
    page.locator("main").get_by_role("button", name=re.compile("^Deactivate")).click()
    page.get_by_role("heading", name="Results").wait_for(timeout=30_000)
    page.goto(f"{installation.url}/users/?key=yes")
    expect(page.locator("main")).to_contain_text("No user fits")


def test_a_report_is_made_and_downloaded(as_root, installation):
    page = as_root
    page.goto(f"{installation.url}/reports/credential-report/")
    check(page)
    page.locator("main").get_by_role("button", name="Generate report").first.click()
    page.get_by_role("link", name="CSV").or_(page.get_by_role("button", name="CSV")).first.wait_for(
        timeout=30_000
    )
    check(page)
    with page.expect_download() as download:
        page.get_by_role("link", name="CSV").or_(page.get_by_role("button", name="CSV")).first.click()
    lines = download.value.path().read_text().split("\n")
    assert len(lines[0].split(",")) == 22
    assert lines[1].startswith("<root_account>,")
    assert lines[2].startswith("carol,")
