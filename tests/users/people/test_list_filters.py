"""Filters of the list, in the address: each alone, together, and what makes no sense."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from iamconsole.operations import execute
from tests.cast import make_user
from tests.users.people.test_list import LIST, give_key, names, page  # noqa: F401  (a fixture)
from users.models import User

pytestmark = pytest.mark.django_db


@pytest.fixture
def crowd(home, alice, bob, charlie, caller):
    """Alice and Bob have passwords; Charlie an old key; Dora MFA, a tag and a group."""
    give_key(charlie, "AKIA" + "C" * 16, days=400, used=200)
    dora = make_user(home, "dora", password="correct-Horse-7-battery")
    execute(caller(alice), "TagUser", UserName="dora", Tags=[{"Key": "team", "Value": "web=1"}])
    execute(caller(alice), "CreateGroup", GroupName="Staff")
    execute(caller(alice), "AddUserToGroup", GroupName="Staff", UserName="dora")
    give_key(dora, "AKIA" + "D" * 16, days=3)
    User.objects.filter(pk=dora.pk).update(
        mfa_count=1, mfa_kind="virtual", password_last_used=timezone.now(), last_activity=timezone.now()
    )


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"password": "no"}, ["charlie"]),
        ({"password": "yes", "mfa": "no"}, ["alice", "bob"]),
        ({"mfa": "yes"}, ["dora"]),
        ({"mfa": "virtual"}, ["dora"]),
        ({"mfa": "hardware"}, []),
        ({"key": "yes"}, ["charlie", "dora"]),
        ({"key": "no"}, ["alice", "bob"]),
        ({"key_age": "90"}, ["charlie"]),
        ({"key_age": "1"}, ["charlie", "dora"]),
        ({"key_days": "0-30"}, ["dora"]),
        ({"key_days": "30-365"}, []),
        ({"key_days": "365-"}, ["charlie"]),
        ({"administrator": "yes"}, ["alice"]),
        ({"administrator": "no"}, ["bob", "charlie", "dora"]),
        ({"signed_in": "never"}, ["bob"]),
        ({"unused": "90"}, ["charlie"]),
        ({"group": "STAFF"}, ["dora"]),
        ({"tag": "team"}, ["dora"]),
        ({"tag": "team=web=1"}, ["dora"]),
        ({"tag": "team=mobile"}, []),
        ({"tag": "nothing"}, []),
        ({"key": "yes", "password": "yes", "group": "staff"}, ["dora"]),
    ],
)
def test_each_filter(page, crowd, query, expected):  # noqa: F811
    assert names(page(**query)) == expected


def test_never_used_counts_from_creation(page, home, alice):  # noqa: F811
    old, young = make_user(home, "old"), make_user(home, "young")
    for user, key in ((old, "AKIA" + "1" * 16), (young, "AKIA" + "2" * 16)):
        give_key(user, key)
    User.objects.filter(pk=old.pk).update(create_date=timezone.now() - timedelta(days=100))
    assert names(page(unused="90")) == ["old"]


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ({"mfa": "maybe"}, "MFA: maybe"),
        ({"key_age": "abc"}, "Active key older than (days): abc"),
        ({"key_age": "-5"}, "greater than or equal to 0"),
        ({"unused": "99999999999999999999"}, "less than or equal to"),
        ({"password": "<script>"}, "Console access: &lt;script&gt;"),
    ],
)
def test_what_makes_no_sense_is_said_and_left_out(page, crowd, query, words):  # noqa: F811
    answer = page(**query)
    assert answer.status_code == 200
    assert "makes no sense and was left out" in answer.content.decode()
    assert words in answer.content.decode()
    assert names(answer) == ["alice", "bob", "charlie", "dora"]


@pytest.mark.parametrize(
    "query", [{"tag": "a__b"}, {"tag": "team'--"}, {"tag": '"'}, {"group": "%"}, {"q": "%_"}]
)
def test_signs_of_the_database_mean_nothing(page, crowd, query):  # noqa: F811
    assert names(page(**query)) == []


def test_chips_say_what_is_on_and_how_to_take_it_off(page, crowd):  # noqa: F811
    text = page(key="yes", password="yes", q="dor").content.decode()
    assert "Active key: yes" in text
    assert "1 of 4 users match" in text
    assert "?password=yes&amp;q=dor" in text


def test_filters_stay_when_one_searches_or_turns_pages(page, home, alice):  # noqa: F811
    for number in range(30):
        make_user(home, f"user-{number:02}", password="correct-Horse-7-battery")
    text = page(password="yes", mfa="no").content.decode()
    assert '<input type="hidden" name="mfa" value="no">' in text
    assert "?password=yes&amp;mfa=no&amp;page=2" in text
    assert LIST


def test_no_filter_shows_dashes_for_any(page):  # noqa: F811
    text = page(filters="open").content.decode()
    assert re.search(r">\s*Any\s*</option>", text)
    assert "---------" not in text
