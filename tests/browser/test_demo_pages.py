"""Every page of a full account in the browser: accessible, not too wide, and usable by clicking."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.looks import check_in_turn as check
from tests.browser.walks import tab_to

pytestmark = [pytest.mark.browser, pytest.mark.processes, pytest.mark.long]


@pytest.fixture
def inside(page, demo):
    """The page, signed in as the demo's administrator."""
    page.goto(f"{demo.url}/signin/?account={demo.account}")
    page.get_by_label("User name").fill(demo.user_name)
    page.get_by_label("Password", exact=True).fill(demo.password)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page).to_have_url(re.compile(rf"{demo.url}/[0-9]{{12}}/$"))
    return page


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/users/?filters=open&mfa=no&key_age=xyz",
        "/users/preferences/",
        "/access-keys/?filters=open&key_age=90&status=active",
        "/all-accounts/access-keys/",
        "/groups/",
        "/groups/create/",
        "/policies/?kind=attached",
        "/policies/create/",
        "/server-certificates/",
        "/server-certificates/upload/",
        "/simulator/?principal=lars.lindgren&actions=s3:GetObject",
        "/who-can/?action=s3:Delete*+iam:CreateAccessKey",
        "/who-can/?action=delete+bucket",
        "/reports/unused-credentials/",
        "/accounts/import/",
        "/me/",
    ],
)
def test_pages(inside, demo, path):
    answer = inside.goto(demo.url + path)
    assert answer.status == 200
    check(inside)


def test_who_can_delete_s3_buckets_takes_two_clicks_and_one_field(inside, demo):
    """From the first page; then by the keyboard alone, and without scripts."""
    inside.get_by_role("link", name="Who can …?").click()
    inside.get_by_label("Action", exact=True).fill("s3:deletebucket")
    inside.get_by_role("button", name="Show who can").click()
    expect(inside.get_by_role("table", name="Who can s3:deletebucket")).to_contain_text("AdministratorAccess")
    address = inside.url
    assert "action=s3%3Adeletebucket" in address
    check(inside)
    inside.get_by_role("link", name="AdministratorAccess").first.click()
    expect(inside.locator("mark").first).to_be_visible()
    inside.goto(f"{demo.url}/who-can/")
    field = inside.get_by_label("Action", exact=True)
    field.focus()
    inside.keyboard.type("s3:deletebuc")
    expect(inside.locator("#actions option[value='s3:DeleteBucket']")).to_have_count(1)
    inside.keyboard.press("Enter")
    expect(inside.get_by_text("Did you mean")).to_be_visible()
    inside.get_by_role("link", name="s3:DeleteBucket", exact=True).first.click()
    expect(inside.get_by_role("table", name="Who can s3:DeleteBucket")).to_be_visible()
    plain = inside.context.browser.new_context(
        java_script_enabled=False, storage_state=inside.context.storage_state()
    ).new_page()
    plain.goto(f"{demo.url}/who-can/")
    plain.get_by_label("Action", exact=True).fill("s3:DeleteBucket")
    plain.get_by_role("button", name="Show who can").click()
    expect(plain.get_by_role("table", name="Who can s3:DeleteBucket")).to_contain_text("AdministratorAccess")
    plain.context.close()


def test_the_pages_of_one_user(inside, demo):
    inside.goto(f"{demo.url}/users/?q=lars.lindgren")
    inside.get_by_role("link", name="lars.lindgren").click()
    base = inside.url
    for page in (
        "groups/",
        "groups/add/",
        "tags/",
        "activity/",
        "last-accessed/",
        "access/?q=s3",
        "edit/",
        "boundary/",
        "delete/",
    ):
        assert inside.goto(base + page).status == 200
        check(inside)


def test_the_pages_of_one_server_certificate(inside, demo):
    inside.goto(f"{demo.url}/server-certificates/?status=expiring")
    inside.get_by_role("link", name="partner-api").click()
    base = inside.url
    check(inside)
    for page in ("tags/", "edit/", "delete/"):
        assert inside.goto(base + page).status == 200
        check(inside)


def test_the_pages_of_one_group(inside, demo):
    inside.goto(f"{demo.url}/groups/")
    inside.get_by_role("link", name="Developers").click()
    base = inside.url
    check(inside)
    for page in ("users/add/", "permissions/", "policies/attach/", "edit/", "delete/"):
        assert inside.goto(base + page).status == 200
        check(inside)


def test_the_pages_of_one_policy(inside, demo):
    inside.goto(f"{demo.url}/policies/create/")
    inside.get_by_label("Policy name").fill("ListOnly")
    document = inside.get_by_label("Policy document")
    document.fill(document.input_value().replace("[]", '"iam:List*"'))
    inside.get_by_role("button", name="Create policy").click()
    inside.wait_for_url(re.compile(r"/policies/\d+/$"))
    base = inside.url
    check(inside)
    for page in ("entities/", "tags/", "versions/", "edit/", "delete/"):
        assert inside.goto(base + page).status == 200
        check(inside)


def test_ticking_users_and_doing_one_thing_to_them(inside, demo):
    inside.goto(f"{demo.url}/users/?key_age=365")
    inside.get_by_label("Select crm-export").check()
    inside.get_by_label("Select legacy-backup").check()
    expect(inside.get_by_text("2 of").first).to_be_visible()
    inside.get_by_role("button", name="Deactivate keys").click()
    check(inside)
    expect(inside.locator('input[name="key"]:checked')).to_have_count(2)
    inside.get_by_role("button", name="Deactivate", exact=True).click()
    inside.get_by_label("To confirm, type the word").fill("yes")
    inside.get_by_role("button", name="Deactivate 2 access keys").click()
    inside.get_by_text("2 of 2").first.wait_for(timeout=60_000)
    inside.get_by_role("heading", name="Results").wait_for(timeout=30_000)
    check(inside)
    inside.goto(f"{demo.url}/users/?q=crm-export&key=yes")
    expect(inside.locator("main")).to_contain_text("No user fits")


def test_ticks_stay_while_turning_pages(inside, demo):
    inside.goto(f"{demo.url}/users/")
    inside.get_by_label("Select aisha.rahman").check()
    inside.get_by_role("link", name="Page 2").click()
    inside.locator("[name=user]").first.check()
    expect(inside.locator("[data-bulk]")).to_contain_text(
        re.compile(r"2 of \d+ selected"), use_inner_text=True
    )
    inside.get_by_role("button", name="Tag").click()
    expect(inside.locator("main")).to_contain_text("Tag users: 2 users")
    expect(inside.locator("main")).to_contain_text("aisha.rahman")


def test_the_imported_account_shows_and_changes_nothing(inside, demo):
    inside.goto(f"{demo.url}/accounts/")
    inside.get_by_role("link", name="fabrikam-legacy").first.click()
    check(inside)
    inside.get_by_role("button", name="account", exact=False).first.wait_for()
    account_id = inside.url.rstrip("/").rpartition("/")[2]
    inside.locator("main").get_by_role("button", name="Switch").first.click()
    for path in ("/", "/users/", "/reports/unused-credentials/"):
        inside.goto(f"{demo.url}/{account_id}{path}")
        check(inside)
        expect(inside.get_by_role("link", name="Create user")).to_have_count(0)


def test_the_keyboard_alone_suffices(page, demo):
    page.goto(f"{demo.url}/signin/?account={demo.account}")
    tab_to(page, "User name")
    page.keyboard.type(demo.user_name)
    tab_to(page, "Password")
    page.keyboard.type(demo.password)
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(rf"{demo.url}/[0-9]{{12}}/$"))
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.innerText") == "Skip to content"
    page.goto(f"{demo.url}/users/?q=crm-export")
    tab_to(page, "Select crm-export")
    page.keyboard.press("Space")
    tab_to(page, "crm-export")
    page.keyboard.press("Enter")
    page.wait_for_url("**/users/AIDA*/")
    tab_to(page, "Tags")
    page.keyboard.press("Enter")
    page.wait_for_url("**/tags/")
    page.goto(f"{demo.url}/users/")
    tab_to(page, "Export this view")
    page.keyboard.press("Enter")
    expect(page.get_by_text("CSV, exact")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_text("CSV, exact")).to_be_hidden()
    tab_to(page, "Create user")
    page.keyboard.press("Enter")
    page.wait_for_url("**/details/")


def test_the_same_without_scripts(browser, demo):
    """Sign in, narrow the list, tick, confirm, and create a user: every page works with JavaScript off."""
    context = browser.new_context(viewport={"width": 390, "height": 800}, java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{demo.url}/signin/?account={demo.account}")
    page.get_by_label("User name").fill(demo.user_name)
    page.get_by_label("Password", exact=True).fill(demo.password)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.goto(f"{demo.url}/users/")
    page.get_by_role("searchbox").fill("lars")
    page.get_by_role("searchbox").press("Enter")
    page.get_by_label("Select lars.lindgren").check()
    page.get_by_role("button", name="Tag").click()
    expect(page.locator("main")).to_contain_text("Tag users: 1 user")
    page.locator("main").get_by_label("Key").first.fill("desk")
    page.locator("main").get_by_label("Value").first.fill("7")
    page.locator("main form").get_by_role("button", name="Tag").last.click()
    page.goto(f"{demo.url}/users/create/")
    page.get_by_label("User names").fill("without.scripts")
    page.locator("[name=access_key]").check()
    page.get_by_label("Command Line Interface (CLI)").check()
    for _ in range(3):
        page.get_by_role("button", name="Next").click()
    page.get_by_role("button", name="Create user").click()
    expect(page.locator("main")).to_contain_text("AKIA")
    context.close()


def test_the_policy_editor_checks_while_one_types(inside, demo):
    inside.goto(f"{demo.url}/policies/create/")
    inside.get_by_label("Policy name").fill("Lake")
    document = inside.get_by_label("Policy document")
    document.fill(document.input_value().replace("[]", '[\n"s3:ListBuckets"]'))
    checks = inside.locator("#editor-review")
    expect(checks).to_contain_text("s3:ListBuckets is not an action of Amazon S3.")
    expect(inside.locator("#line-7.is-warning")).to_be_visible()
    expect(inside.locator("#editor-lines > li")).to_have_count(11)
    check(inside)
    checks.get_by_role("link", name="Line 7").click()
    expect(document).to_be_focused()
    assert document.evaluate("e => e.value.slice(e.selectionStart, e.selectionEnd)") == '"s3:ListBuckets"],'
    checks.get_by_role("button", name='Use "s3:ListBucket"').click()
    expect(document).to_have_value(re.compile('"s3:ListBucket"'))
    expect(document).to_be_focused()
    inside.get_by_label("Service").fill("sqs")
    inside.get_by_label("Read", exact=True).check()
    inside.get_by_role("button", name="Add statement").click()
    expect(document).to_have_value(re.compile("sqs:"))
    expect(inside.locator("#editor-summary")).to_contain_text("Amazon SQS")
    expect(inside.get_by_label("Policy name")).to_have_value("Lake")


def test_old_keys_are_found_and_deactivated_in_four_clicks(inside):
    """From the dashboard: those over the limit and no others. Back and Reload keep the choice."""
    shown = inside.locator('a[href*="select=old"]')
    number = int(re.search(r"\d+", shown.inner_text())[0])
    shown.click()
    boxes = inside.locator('input[name="key"]')
    expect(boxes).to_have_count(number)
    assert all(box.is_checked() for box in boxes.all())
    check(inside)
    ids = inside.locator('td[data-label="Access key ID"]')
    wanted = sorted(ids.all_inner_texts())
    inside.get_by_role("button", name="Deactivate", exact=True).click()
    check(inside)
    assert sorted(ids.all_inner_texts()) == wanted
    inside.reload()
    inside.locator("td.is-name a").first.click()
    inside.go_back()
    assert sorted(ids.all_inner_texts()) == wanted
    inside.get_by_label("To confirm, type the word").fill("yes")
    inside.get_by_role("button", name=re.compile("^Deactivate .* access keys$")).click()
    expect(inside.get_by_text("Deactivated.", exact=True)).to_have_count(number, timeout=60_000)
    inside.goto(re.match(r"(http://[^/]+)", inside.url)[1] + "/")
    expect(inside.get_by_text("No active access key is older than 90 days")).to_be_visible()
