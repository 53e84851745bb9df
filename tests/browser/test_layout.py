"""What pages do with the room they have: names, columns, cards, paper; the editor's colours; keys; axe in many states."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.looks import check

pytestmark = [pytest.mark.browser, pytest.mark.processes, pytest.mark.long]
CUT = """() => [...document.querySelectorAll(".ui-cut, .ui-table .is-name a")]
    .filter(name => name.scrollHeight > name.clientHeight + 2 || name.scrollWidth > name.clientWidth + 1)
    .map(name => name.textContent)"""
TOO_WIDE = """() => [...document.querySelectorAll(".ui-table-region")].some(one => one.scrollWidth > one.clientWidth + 1)"""
LISTS = (
    "/users/",
    "/groups/",
    "/policies/",
    "/server-certificates/",
    "/mfa-devices/",
    "/all-accounts/users/",
)
LONG = "{\n" + '  "Version": "2012-10-17", ' + '"Id": "' + "x" * 200 + '",'


@pytest.fixture
def inside(page, demo):
    """The page, signed in as the demo's administrator."""
    page.goto(f"{demo.url}/signin/?account={demo.account}")
    page.get_by_label("User name").fill(demo.user_name)
    page.get_by_label("Password", exact=True).fill(demo.password)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page).to_have_url(re.compile(rf"{demo.url}/[0-9]{{12}}/$"))
    return page


def fits(page, path: str) -> None:
    """No table is wider than its region, as soon as the script has seen the new width."""
    for _ in range(50):
        if not page.evaluate(TOO_WIDE):
            return
        page.wait_for_timeout(100)
    raise AssertionError(f"A table of {path} is cut off.")


def test_names_are_whole_where_there_is_room_and_tables_fit(inside, demo):
    for path in LISTS:
        inside.set_viewport_size({"width": 1920, "height": 900})
        assert inside.goto(demo.url + path).status == 200
        assert inside.evaluate(CUT) == [], path
        for width in (1360, 1000):
            inside.set_viewport_size({"width": width, "height": 900})
            fits(inside, path)
    inside.set_viewport_size({"width": 1360, "height": 900})
    inside.goto(f"{demo.url}/users/")
    hidden = inside.locator(".ui-table-hidden")
    expect(hidden).to_contain_text("Created")  # the first to fall
    expect(inside.get_by_role("columnheader", name="Active key age")).to_be_visible()
    expect(inside.get_by_role("columnheader", name="Created")).to_be_hidden()
    hidden.get_by_role("button", name="Show all columns").click()
    expect(inside.get_by_role("columnheader", name="Created")).to_be_visible()
    assert inside.evaluate(TOO_WIDE)
    check(inside, ((1360, "light"), (1360, "dark")))
    hidden.get_by_role("button", name="Hide columns").click()
    expect(inside.get_by_role("columnheader", name="Created")).to_be_hidden()


def test_a_phone_has_few_facts_a_way_to_sort_and_two_actions(inside, demo):
    inside.set_viewport_size({"width": 390, "height": 844})
    inside.goto(f"{demo.url}/users/?q=build-agent-01")  # with an active key, whatever other tests deactivate
    card = inside.locator("tbody tr").filter(has_text="build-agent-01")
    shown = card.locator("td[data-label]:visible")
    few = shown.count()
    expect(card.locator("td", has_text="days").first).to_be_visible()
    card.get_by_role("button", name="More of build-agent-01").click()
    assert shown.count() > few
    inside.get_by_role("link", name="Active key age").click()
    expect(inside).to_have_url(re.compile("sort="))
    inside.locator("[data-select]").first.check()
    bar = inside.locator("#bulk")
    expect(bar.get_by_role("button", name="Delete")).to_be_hidden()
    check(inside, ((390, "light"), (320, "dark")))
    inside.set_viewport_size({"width": 390, "height": 844})
    bar.get_by_role("button", name="More actions").click()
    expect(bar.get_by_role("button", name="Delete")).to_be_visible()
    inside.goto(f"{demo.url}/users/?q=lars.lindgren")
    inside.get_by_role("link", name="lars.lindgren").click()
    inside.get_by_role("link", name="Activity").click()
    chosen = inside.locator(".ui-tabs [aria-current]").bounding_box()
    assert chosen["x"] >= 0
    assert chosen["x"] + chosen["width"] <= 390


def test_paper_gets_every_column_and_no_button(inside, demo):
    for path in ("/users/", "/events/", "/policies/", "/access-keys/", "/server-certificates/"):
        inside.goto(demo.url + path)
        inside.evaluate("document.documentElement.setAttribute('data-bs-theme', 'dark')")
        inside.emulate_media(media="print")
        inside.set_viewport_size({"width": 718, "height": 1000})
        inside.evaluate("dispatchEvent(new Event('beforeprint'))")
        heads = inside.locator("thead th:not(.is-select, .is-on-screen, :has(.ui-read-only-text))")
        assert [head.inner_text() for head in heads.all() if not head.is_visible()] == []
        rows = "rows => [...new Set(rows.map(row => getComputedStyle(row).display))]"
        found = inside.locator("tbody tr:visible").evaluate_all(rows)
        assert found == ["table-row"], (path, found)  # no cards
        assert inside.locator(".ui-button:visible, .ui-nav:visible, .ui-copy-button:visible").count() == 0
        assert inside.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
        assert not inside.evaluate(TOO_WIDE), f"{path} loses columns at the right"
        narrow = "rows => rows.flatMap(row => [...row.cells]).filter(one => one.offsetWidth && one.offsetWidth < 40)"
        few_letters = inside.locator("tbody tr:visible").evaluate_all(narrow + ".map(one => one.innerText)")
        assert [text for text in few_letters if len(text) > 5] == [], f"a column of {path} has no room"
        assert inside.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
        inside.emulate_media(media="screen")


def test_the_coloured_copy_always_says_what_was_typed(inside, demo):
    inside.goto(f"{demo.url}/policies/create/")
    expect(inside.locator("#editor-review")).to_contain_text("Findings appear here")
    area, copy = inside.locator(".ui-editor-text"), inside.locator("#editor-copy")

    def same():
        assert copy.evaluate("copy => copy.textContent") == area.input_value() + "\n"

    same()
    area.press("Control+End")
    area.type(', {"a": "b"}\n"c"')
    same()
    with inside.expect_response(lambda answer: answer.request.method == "POST"):
        area.type(": 1")
    expect(copy.locator(".ui-json-key", has_text='"c"')).to_have_count(1)
    expect(inside.locator("#editor-review")).to_contain_text("error")
    same()
    area.fill(LONG)
    area.press("Control+End")
    area.press("Enter")
    area.type("x")
    same()
    around = inside.locator(".ui-editor-area")
    around.evaluate("one => { one.scrollLeft = 11; }")  # as Firefox leaves it
    area.type("y")
    assert around.evaluate("one => one.scrollLeft") == 0
    assert area.evaluate("one => one.scrollLeft") == 0
    assert area.evaluate("one => one.scrollHeight - one.clientHeight") <= 0
    check(inside)


def test_keys_open_pages_and_can_be_switched_off(inside, demo):
    inside.goto(f"{demo.url}/users/")
    inside.keyboard.press("?")
    keys = inside.locator("#keys")
    expect(keys).to_be_visible()
    check(inside, ((1360, "dark"),))
    inside.keyboard.press("Escape")
    inside.keyboard.press("g")
    inside.keyboard.press("p")
    inside.wait_for_url("**/policies/")
    inside.keyboard.press("c")
    inside.wait_for_url("**/policies/create/")
    inside.get_by_label("Policy name").press("g")
    inside.get_by_label("Policy name").press("u")
    assert inside.get_by_label("Policy name").input_value() == "gu"
    inside.get_by_role("button", name="Keys").click()
    inside.get_by_label("Use single keys in this browser").uncheck()
    inside.goto(f"{demo.url}/users/")
    inside.keyboard.press("?")
    inside.keyboard.press("/")
    expect(keys).to_be_hidden()
    assert inside.evaluate("document.activeElement === document.body")


def opened(inside, selector: str) -> None:
    """Open the first two; then the top of the page, so that the bar covers none of them."""
    for summary in inside.locator(selector).all()[:2]:
        summary.click()
    inside.evaluate("scrollTo(0, 0)")


def test_states_are_as_accessible_as_pages(inside, demo):
    """Menus and rows that are open, errors, nothing found, questions: in both themes."""
    inside.goto(f"{demo.url}/users/")
    for menu in ("Export this view", "northwind", demo.user_name):
        inside.get_by_role("button", name=re.compile(menu)).first.click()
        check(inside, ((1360, "light"), (1360, "dark")))
        inside.keyboard.press("Escape")
    inside.goto(f"{demo.url}/users/?q=nobody-has-this-name&filters=open")
    check(inside)
    inside.goto(f"{demo.url}/users/?q=lars.lindgren")
    inside.get_by_role("link", name="lars.lindgren").click()
    user = inside.url
    opened(inside, ".ui-unfold summary")
    check(inside)
    for path in ("policies/attach/", "boundary/", "console-access/?ask=remove", "inline/create/"):
        inside.goto(user + path)
        opened(inside, ".ui-unfold summary")
        check(inside)
    inside.goto(user + "tags/")
    inside.get_by_role("button", name="Remove").first.click()
    expect(inside.locator("main")).to_contain_text("Nothing has changed yet.")
    check(inside)
    for path, button in (("/policies/create/", "Create policy"), ("/groups/create/", "Create group")):
        inside.goto(demo.url + path)
        inside.locator("main").get_by_role("button", name=button).click()
        check(inside)
