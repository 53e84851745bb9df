"""An auditor with AWS's own policies has the report in three clicks; reports and events in the browser."""

import csv
import io
import re

import pytest
from playwright.sync_api import expect

from tests.browser.looks import check

pytestmark = [pytest.mark.browser, pytest.mark.processes, pytest.mark.long]
NEW_PASSWORD = "an-Auditor-5-lantern"


def sign_in(page, demo, name: str, password: str) -> None:
    page.goto(f"{demo.url}/signin/?account={demo.account}")
    page.get_by_label("User name").fill(name)
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_load_state()


@pytest.fixture
def inside(page, demo):
    """The page, signed in as the demo's administrator."""
    sign_in(page, demo, demo.user_name, demo.password)
    return page


def made_auditor(page, demo, name: str) -> str:
    """A user in the demo's group Auditors. Returns the password."""
    page.goto(f"{demo.url}/users/create/")
    page.get_by_label("User names").fill(name)
    page.locator("[name=console_access]").check()
    page.get_by_role("button", name="Next").click()
    page.get_by_label("Choose Auditors", exact=True).check()
    page.get_by_role("button", name="Next").click()
    page.get_by_role("button", name="Next").click()
    page.get_by_role("button", name="Create user").click()
    with page.expect_download() as download:
        page.get_by_role("button", name=f"{name}_credentials.csv").click()
    row = next(csv.DictReader(io.StringIO(download.value.path().read_text("utf-8-sig"))))
    return row["Password"]


def test_an_auditor_has_the_report_in_three_clicks(inside, demo, browser):
    password = made_auditor(inside, demo, "an.auditor")
    page = browser.new_context().new_page()
    sign_in(page, demo, "an.auditor", password)
    page.get_by_label("Current password").fill(password)
    page.get_by_label("New password", exact=True).fill(NEW_PASSWORD)
    page.get_by_label("Confirm new password").fill(NEW_PASSWORD)
    page.locator("main").get_by_role("button", name="password").last.click()
    page.goto(demo.url)

    page.get_by_role("link", name="Credential report").first.click()
    page.get_by_role("button", name="Generate report").first.click()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download CSV").first.click(timeout=60_000)
    lines = download.value.path().read_text().split("\n")
    assert len(lines[0].split(",")) == 22
    assert any(line.startswith("an.auditor,") for line in lines)

    page.get_by_role("link", name="Event history").first.click()
    expect(page.get_by_role("heading", name="Event history")).to_be_visible()
    with page.expect_download():
        page.get_by_role("link", name="Export this view").click()
    page.context.close()


def test_reports_on_screen(inside, demo):
    page = inside
    page.goto(f"{demo.url}/reports/credential-report/")
    page.get_by_role("link", name=re.compile("^View")).first.click()
    check(page)
    page.get_by_role("button", name="Columns").click()
    page.get_by_label("Certificate 2 active").check()
    page.get_by_role("button", name="Show columns").click()
    expect(page.get_by_role("columnheader", name="Certificate 2 active")).to_be_visible()
    page.get_by_role("link", name="Compare", exact=True).click()
    check(page)
    page.goto(f"{demo.url}/policies/ready/")
    check(page)


def test_details_of_an_event_have_a_row_of_their_own(inside, demo):
    page = inside
    page.goto(f"{demo.url}/events/")
    row = page.locator("tbody tr:not(.is-more), tr:has(> td[data-label='Operation'])").nth(1)
    details = row.locator("xpath=following-sibling::tr[1]")
    expect(details).to_be_hidden()
    row.get_by_text("Show", exact=True).click()
    expect(details).to_be_visible()
    expect(details).to_contain_text("local time")
    assert "local time" in (row.locator("time").get_attribute("title") or "")
    check(page)
