"""The accounts one may act in: found, the recent ones first, each with its colour."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from iamconsole.models import Event
from tests.cast import PASSWORD, make_account, make_user
from users.frame import note
from users.models import Account, AccountLink, InlinePolicy

pytestmark = pytest.mark.django_db
LIST = "/accounts/"
ONE_ROLE = (
    '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iamconsole:ListAccounts","Resource":"*"},'
    '{"Effect":"Allow","Action":"sts:AssumeRole","Resource":"arn:aws:iam::200000000003:role/*"}]}'
)


@pytest.fixture
def others(home) -> list[Account]:
    names = ("eastwind", "southwind", "westwind")
    return [
        make_account(f"20000000000{number}", alias=name, colour=number + 1)
        for number, name in enumerate(names, start=1)
    ]


@pytest.fixture
def as_alice(client, alice, others, sign_in):
    return sign_in(client, alice)


def listed(client, **query) -> list[str]:
    return [row["account"].label for row in client.get(LIST, query).context["rows"]]


def switch(client, account: Account) -> None:
    client.post(f"{LIST}{account.account_id}/switch/")


def test_the_own_account_is_first_then_recent_ones_then_the_rest(as_alice, others):
    assert listed(as_alice) == ["northwind", "eastwind", "southwind", "westwind"]
    switch(as_alice, others[2])
    switch(as_alice, others[1])
    answer = as_alice.get(LIST)
    rows = [(row["account"].label, row["recent"]) for row in answer.context["rows"]]
    assert rows == [("northwind", False), ("southwind", True), ("westwind", True), ("eastwind", False)]
    menu = [row["label"] for row in answer.context["frame"].menu_accounts]
    assert menu == ["northwind", "southwind", "westwind", "eastwind"]


def test_recent_ones_are_there_after_the_next_sign_in(as_alice, others, alice, sign_in):
    switch(as_alice, others[1])
    as_alice.post("/accounts/leave/")
    as_alice.logout()
    sign_in(as_alice, alice)
    assert listed(as_alice)[1] == "southwind"


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("SOUTH", ["southwind"]),
        ("2000-0000-0003", ["westwind"]),
        ("100000000001", ["northwind"]),
        ("wind", ["northwind", "eastwind", "southwind", "westwind"]),
        ("nothing", []),
    ],
)
def test_an_account_is_found_by_alias_name_or_id(as_alice, words, found):
    assert listed(as_alice, q=words) == found


def test_nobody_learns_of_accounts_one_may_not_enter(client, bob, others, sign_in):
    InlinePolicy.objects.create(user=bob, policy_name="p", name_folded="p", document=ONE_ROLE)
    sign_in(client, bob)
    assert listed(client) == ["northwind", "westwind"]
    assert listed(client, q="southwind") == []
    assert client.get(f"{LIST}200000000002/edit/").status_code == 404
    assert client.get(f"{LIST}200000000003/edit/").status_code == 403


def test_users_are_counted_per_account(as_alice, others):
    make_user(others[0], "ann", password=PASSWORD)
    counts = {row["account"].label: row["users"] for row in as_alice.get(LIST).context["rows"]}
    assert counts == {"northwind": 1, "eastwind": 1, "southwind": 0, "westwind": 0}


def test_name_and_colour_are_changed_and_seen_everywhere(as_alice, others):
    Account.objects.filter(pk=others[0].pk).update(alias=None)
    url = f"{LIST}200000000001/edit/"
    page = as_alice.get(url).content.decode()
    assert "Raspberry" in page
    as_alice.post(url, {"name": "Plant 7", "colour": "6"})
    account = Account.objects.get(pk=others[0].pk)
    assert (account.name, account.colour, account.label) == ("Plant 7", 6, "Plant 7")
    event = Event.objects.get(action="iamconsole:UpdateAccount")
    assert event.detail["Colour"] == 6
    assert "ui-account-6" in as_alice.get(LIST).content.decode()
    as_alice.post(url, {"name": "", "colour": "6"})
    assert Account.objects.get(pk=others[0].pk).label == "200000000001"


@pytest.mark.parametrize("typed", [{"name": "x", "colour": "9"}, {"name": "x" * 64, "colour": "1"}, {}])
def test_senseless_values_change_nothing(as_alice, others, typed):
    assert as_alice.post(f"{LIST}200000000001/edit/", typed).status_code == 400
    assert Account.objects.get(pk=others[0].pk).colour == 2


def test_the_menu_shows_a_few_and_leads_to_all(as_alice, home):
    for number in range(10, 20):
        make_account(f"3000000000{number}", alias=f"plant-{number}")
    frame = as_alice.get(LIST).context["frame"]
    assert len(frame.menu_accounts) == 8
    assert "Find an account" in as_alice.get("/").content.decode()


@pytest.mark.parametrize(
    ("age", "words"),
    [
        (timedelta(seconds=59), "synced just now"),
        (timedelta(minutes=1), "synced 1 min ago"),
        (timedelta(minutes=61), "synced today"),
        (timedelta(days=1), "synced yesterday"),
    ],
)
def test_the_frame_says_how_fresh_a_linked_account_is(age, words):
    linked = make_account("400000000001", kind="linked")
    now = datetime(2026, 3, 2, 12, tzinfo=UTC)
    AccountLink.objects.create(account=linked, synced_at=now - age)
    with time_machine.travel(now, tick=False):
        assert note(linked) == words
