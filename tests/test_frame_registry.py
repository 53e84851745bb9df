"""What the applications have put into the frame, and what a viewer sees of it."""

from types import SimpleNamespace

import pytest

from iamconsole import frame
from iamconsole.frame import Entry, MenuEntry, Notice


def viewer(*, own_only=False):
    return SimpleNamespace(own_only=own_only)


@pytest.fixture
def empty(monkeypatch):
    for name in ("_entries", "_menu", "_notices", "_search"):
        monkeypatch.setattr(frame, name, [])


def labels(sections):
    return [(section["title"], [item["label"] for item in section["items"]]) for section in sections]


def test_entries_stand_in_their_order_and_empty_sections_are_left_out(empty):
    frame.add_entries(
        Entry("console", 20, "B", "jobs", "x", "/b/"),
        Entry("console", 10, "A", "jobs", "x", "/a/", count=lambda viewer: 7),
        Entry("reports", 10, "Hidden", "jobs", "x", "/c/", shown=lambda viewer: False),
    )
    sections = frame.navigation(viewer(), "/a/1/")
    assert labels(sections) == [("Console", ["A", "B"])]
    assert [(item["count"], item["current"]) for item in sections[0]["items"]] == [(7, True), (None, False)]


def test_the_first_page_is_current_only_on_itself(empty):
    frame.add_entries(Entry("first", 10, "Dashboard", "home", "x", "/"))
    assert [frame.navigation(viewer(), path)[0]["items"][0]["current"] for path in ("/", "/a/")] == [
        True,
        False,
    ]


def test_who_sees_nobody_but_itself_sees_what_is_its_own(empty):
    frame.add_entries(
        Entry("own", 10, "Mine", "jobs", "x", "/a/", audience="others"),
        Entry("access", 10, "Users", "jobs", "x", "/b/"),
        Entry("all-accounts", 10, "All", "jobs", "x", "/c/", audience="all"),
    )
    assert labels(frame.navigation(viewer(own_only=True), "/")) == [("", ["All"]), ("My access", ["Mine"])]
    assert labels(frame.navigation(viewer(), "/")) == [("", ["All"]), ("Access management", ["Users"])]


def test_a_section_that_is_not_there_is_refused(empty):
    with pytest.raises(KeyError):
        frame.add_entries(Entry("nowhere", 10, "A", "jobs", "x", "/a/"))


def test_the_most_pressing_notice_comes_first(empty):
    frame.add_notice(20, lambda viewer: Notice("info", "later"))
    frame.add_notice(10, lambda viewer: Notice("warning", "first"))
    frame.add_notice(15, lambda viewer: None)
    assert [notice.text for notice in frame.notices(viewer())] == ["first", "later"]


def test_the_menu_is_in_its_order(empty):
    frame.add_menu_entries(MenuEntry(20, "Out", "jobs", "x", post=True), MenuEntry(10, "Me", "jobs", "x"))
    assert [entry.label for entry in frame.user_menu()] == ["Me", "Out"]
    assert frame.search_url() == ""


def test_no_two_entries_of_a_section_share_a_place():
    places = [(entry.section, entry.order) for entry in frame._entries]
    assert len(places) == len(set(places)) > 10
