"""The list of users: columns, search, sort, pages, and who may see it."""

import csv
import io
import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from credentials import summary
from credentials.models import AccessKey
from tests.cast import make_account, make_user
from users.groups.operations.memberships import refresh_groups
from users.models import Group, GroupMembership, User

pytestmark = pytest.mark.django_db
LIST = reverse("users:list")


def give_key(user, key_id, *, days=0, used=None, active=True):
    """An access key of a certain age, as if it had been created then."""
    AccessKey.objects.create(
        user=user,
        slot=1 if not user.access_keys.exists() else 2,
        access_key_id=key_id,
        status="Active" if active else "Inactive",
        create_date=timezone.now() - timedelta(days=days),
        last_used_date=None if used is None else timezone.now() - timedelta(days=used),
    )
    summary.refresh(user)


def names(answer):
    return re.findall(r'class="ui-cut" href="/users/[^"]+" title="([^"]+)"', answer.content.decode())


def cells(answer, name):
    """The texts of one user's row."""
    row = re.search(rf"<tr(?:(?!</tr>).)*title=\"{name}\".*?</tr>", answer.content.decode(), re.S).group()
    texts = [re.sub(r"<[^>]+>", "", cell).strip() for cell in re.findall(r"<td.*?</td>", row, re.S)]
    return texts[1:]  # the check box says nothing


@pytest.fixture
def page(client, alice, sign_in):
    """Alice's browser at the list."""
    sign_in(client, alice)
    return lambda **query: client.get(LIST, query)


def test_every_column_tells_the_truth(page, home, charlie):
    group = Group.objects.create(account=home, group_name="ops", name_folded="ops", group_id="AGPA1")
    other = Group.objects.create(account=home, group_name="dev", name_folded="dev", group_id="AGPA2")
    for one in (group, other):
        GroupMembership.objects.create(group=one, user=charlie)
    refresh_groups(charlie)
    give_key(charlie, "AKIA" + "C" * 16, days=400, used=3)
    row = cells(page(), "charlie")
    assert row[:9] == [
        "charlie", "dev +1", "No password", "None", "3 days ago", "–", "400 days", "3 days ago",
        f"{timezone.now().day} {timezone.now():%b %Y}",
    ]  # fmt: skip
    assert cells(page(), "alice")[2:6] == ["Enabled", "None", "Today", "0 days"]


def test_only_exceptions_have_an_icon(page, client, home, charlie, bob):
    """What is new is grey: a password and a key within their grace period are no exceptions, whatever they
    lack. After it they are.
    """
    give_key(charlie, "AKIA" + "C" * 16, days=1)

    def icons() -> tuple[int, int]:
        html = page().content.decode()
        assert cells(page(), "bob")[2:5] == ["Never signed in", "None", "Never"]
        assert cells(page(), "charlie")[4:8] == ["Never", "–", f"{days} day{'s' * (days > 1)}", "Never"]
        return tuple(
            html.count(f'class="ui-status ui-status-{type} ui-hang"') for type in ("error", "warning")
        )

    def header(user) -> list[str]:
        html = client.get(reverse("users:user", args=[user.user_id])).content.decode()
        return re.findall(r"ui-status-(error|warning)", html.partition("ui-tabs")[0])

    days = 1
    assert icons() == (1, 0), "Alice signed in without MFA; Bob, Charlie and the key are new"
    assert (header(bob), header(charlie)) == ([], [])
    long_ago = timezone.now() - timedelta(days=15)
    User.objects.exclude(user_name="alice").update(create_date=long_ago, password_last_changed=long_ago)
    AccessKey.objects.update(create_date=long_ago)
    summary.refresh(User.objects.get(pk=charlie.pk))
    days = 15
    assert icons() == (2, 4), (
        "Bob: no MFA, never signed in, never active. Charlie: neither active, nor its key"
    )
    assert (header(bob), header(charlie)) == (["error", "warning"], ["warning"])
    assert "Password without MFA, key over 365 d" in page().content.decode()


def test_beside_a_keys_age_stands_its_own_last_use(page, client, alice, charlie):
    """Not that of another key: that one is inactive, or younger."""
    give_key(charlie, "AKIA" + "C" * 16, days=400, used=190, active=False)
    assert cells(page(), "charlie")[4:8] == ["190 days ago", "–", "–", "–"]
    give_key(charlie, "AKIA" + "D" * 16, days=350)
    assert cells(page(), "charlie")[4:8] == ["190 days ago", "–", "350 days", "Never"]
    header = (
        client.get(reverse("users:user", args=[charlie.user_id])).content.decode().partition("ui-tabs")[0]
    )
    assert "Oldest active key 350 days old, last used: Never" in " ".join(header.split())
    export = reverse("users:export", args=["exact"])
    file = b"".join(client.get(f"{export}?q=charlie").streaming_content).decode()
    assert next(csv.DictReader(io.StringIO(file)))["key_last_used"] == ""
    AccessKey.objects.filter(access_key_id__contains="C").update(status="Active", last_used_date=None)
    AccessKey.objects.filter(access_key_id__contains="D").update(last_used_date=timezone.now())
    summary.refresh(charlie)
    assert cells(page(), "charlie")[4:8] == ["Today", "–", "400 days", "Never"]
    assert names(page(q="", sort="key_last_used")).index("charlie") > 0, "never used comes last"


@pytest.mark.parametrize(
    ("query", "found"),
    [
        pytest.param("CHAR", ["charlie"], id="part-of-a-name-without-case"),
        pytest.param("AKIAZZZZYYYYXXXXWWWW", ["bob"], id="key-id"),
        pytest.param("akiazzzz", ["bob"], id="beginning-of-a-key-id"),
        pytest.param("WWWW", ["bob"], id="end-of-a-key-id"),
        pytest.param("arn:aws:iam::100000000001:user/staff/bob", ["bob"], id="arn"),
        pytest.param("%", [], id="no-wildcards"),
        pytest.param("zzzzyyyy", [], id="middle-of-a-key-id"),
    ],
)
def test_search_by_name_or_key_id(page, bob, charlie, query, found):
    give_key(bob, "AKIAZZZZYYYYXXXXWWWW")
    give_key(bob, "AKIAZZZZYYYYXXXXVVVV")
    assert names(page(q=query)) == found


def test_keys_of_other_accounts_are_not_found(page):
    other = make_account("222222222222")
    give_key(make_user(other, "eve"), "AKIAEEEEEEEEEEEEEEEE")
    assert names(page(q="AKIAEEEEEEEEEEEEEEEE")) == []
    assert "eve" not in names(page())


def test_segments_narrow_and_count(page, bob, charlie):
    give_key(charlie, "AKIA" + "C" * 16)
    assert names(page(access="keys")) == ["charlie"]
    assert names(page(access="password")) == ["alice", "bob"]
    text = re.sub(r"<[^>]+>", " ", page().content.decode())
    assert re.search(r"With password\s+2\s", text)
    assert re.search(r"Keys only\s+1\s", text)


@pytest.mark.parametrize(
    ("sort", "order"),
    [
        ("user_name", ["alice", "bob", "charlie"]),
        ("-user_name", ["charlie", "bob", "alice"]),
        # Fewest days first; who has none stands last both ways.
        ("active_key_age", ["bob", "charlie", "alice"]),
        ("-active_key_age", ["charlie", "bob", "alice"]),
        ("key_last_used", ["charlie", "bob", "alice"]),
        ("-key_last_used", ["bob", "charlie", "alice"]),
        ("console_access", ["charlie", "bob", "alice"]),
        ("nonsense", ["alice", "bob", "charlie"]),
    ],
)
def test_sorted_by_the_database(page, alice, bob, charlie, sort, order):
    give_key(bob, "AKIA" + "B" * 16, days=10, used=9)
    give_key(charlie, "AKIA" + "C" * 16, days=200, used=2)
    User.objects.filter(pk=bob.pk).update(password_enabled=True, mfa_count=0, password_last_used=None)
    User.objects.filter(pk=alice.pk).update(mfa_count=1)
    assert names(page(sort=sort)) == order


def test_every_column_can_be_sorted_both_ways(page, charlie):
    html = page().content.decode()
    links = re.findall(r'class="ui-sort"\s+href="([^"]+)"', html)
    assert len(links) == 9
    for column in re.findall(r"sort=([\w-]+)", " ".join(links)):
        for sort in (column, f"-{column}".replace("--", "")):
            assert sorted(names(page(sort=sort))) == ["alice", "charlie"]


def test_pages_of_a_chosen_size_keep_the_rest_of_the_address(page, home):
    for number in range(60):
        make_user(home, f"user-{number:02}")
    assert len(names(page())) == 25
    assert len(names(page(size=50))) == 50
    assert len(names(page(size=100))) == 61
    assert len(names(page(size=100000))) == 25, "nobody may ask for everything at once"
    last = page(size=25, page=99, q="user", sort="-user_name")
    assert names(last)[-1] == "user-00"
    assert "q=user" in last.content.decode()


def test_as_many_queries_for_one_row_as_for_fifty(page, home):
    def queries():
        with CaptureQueriesContext(connection) as captured:
            page(size=50)
        return len(captured)

    page(size=50)
    one = queries()
    for number in range(49):
        give_key(make_user(home, f"user-{number:02}"), f"AKIA{number:016}")
    assert queries() == one


def test_no_match_is_not_empty(page):
    assert "No matches" in page(q="nobody-has-this").content.decode()
    assert "No matches" not in page().content.decode()


def test_an_account_without_users_offers_the_first(client, home, sign_in):
    sign_in(client, User.objects.root_of(home))
    text = client.get(LIST).content.decode()
    assert "No users" in text
    assert reverse("credentials:create-user") in text[text.index("No users") :]


def test_only_who_may_list_users_sees_them(client, bob, alice, sign_in):
    assert client.get(LIST).status_code == 302
    sign_in(client, bob)
    answer = client.get(LIST)
    assert answer.status_code == 403
    assert "iam:ListUsers" in answer.content.decode()
    assert "alice" not in answer.content.decode()
