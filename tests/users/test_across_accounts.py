"""Lists across accounts: exactly the accounts one may switch to, in one list, one file and with one Event."""

import csv
import io
import json
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from credentials import summary
from credentials.models import AccessKey
from iamconsole.errors import AccessDenied
from iamconsole.models import Event
from iamconsole.operations import execute
from reports.dashboard.recommendations import recommendations, recommendations_of
from reports.findings.evaluation import evaluate
from tests.cast import ADMINISTRATOR_ACCESS, PASSWORD, make_account, make_user
from users.accounts.across import NEEDS
from users.accounts.operations.across import ListAcrossAccounts
from users.callers.build import ADMINISTRATOR, AUDITOR, Origin, in_role, role_permits
from users.models import Account, AccountLink, InlinePolicy, PasswordPolicy, User

pytestmark = pytest.mark.django_db
EAST, SOUTH, WEST = "200000000001", "200000000002", "200000000003"
ACCOUNTS, FINDINGS = "/all-accounts/", "/all-accounts/findings/"
USERS, KEYS = "/all-accounts/users/", "/all-accounts/access-keys/"
PAGES = [ACCOUNTS, USERS, KEYS, FINDINGS]
NAVIGATION = 'href="/all-accounts/"'
LOOK = {"Effect": "Allow", "Action": "iamconsole:ListAcrossAccounts", "Resource": "*"}


@pytest.fixture
def others(home) -> list[Account]:
    """Three more accounts, each with a user and a key."""
    accounts = []
    for number, name in enumerate(("eastwind", "southwind", "westwind"), start=1):
        account = make_account(f"20000000000{number}", alias=name, colour=number + 1)
        give_key(make_user(account, f"{name}-robot"), days=100 * number)
        accounts.append(account)
    return accounts


@pytest.fixture
def as_alice(client, alice, others, sign_in):
    return sign_in(client, alice)


@pytest.fixture
def as_bob(client, bob, others, sign_in):
    """Bob, whose policies each test says."""
    return sign_in(client, bob)


def give_key(user: User, *, days: int = 0, status: str = "Active", **fields) -> AccessKey:
    slot = user.access_keys.count() + 1
    key = AccessKey.objects.create(
        user=user,
        slot=slot,
        access_key_id=f"AKIA{user.pk:014}{slot:02}",
        status=status,
        create_date=timezone.now() - timedelta(days=days, hours=1),
        **fields,
    )
    summary.refresh(user)
    return key


def allow(user: User, *statements: dict) -> None:
    document = json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
    name = f"p{user.inline_policies.count()}"
    InlinePolicy.objects.create(user=user, policy_name=name, name_folded=name, document=document)


def assume(*account_ids: str, role: str = "*", effect: str = "Allow") -> dict:
    roles = [f"arn:aws:iam::{account_id}:role/{role}" for account_id in account_ids]
    return {"Effect": effect, "Action": "sts:AssumeRole", "Resource": roles}


def accounts_in(client, url: str = ACCOUNTS, **query) -> set[str]:
    return {seen.account.account_id for seen in client.get(url, query).context["accounts"]}


def names(client, url: str = USERS, **query) -> list[str]:
    rows = client.get(url, query).context["table"].page.object_list.data
    return [row.user_name if url == USERS else row.user.user_name for row in rows]


def exported(client, name: str, form: str = "exact", **query) -> list[dict[str, str]]:
    answer = client.get(reverse(name, args=[form]), query)
    text = b"".join(answer.streaming_content).decode()
    return json.loads(text) if form == "json" else list(csv.DictReader(io.StringIO(text)))


# Who sees what


def test_an_administrator_of_home_sees_all(as_alice, home):
    assert accounts_in(as_alice) == {home.account_id, EAST, SOUTH, WEST}
    assert names(as_alice) == ["alice", "eastwind-robot", "southwind-robot", "westwind-robot"]


@pytest.mark.parametrize("role", [ADMINISTRATOR, AUDITOR])
@pytest.mark.parametrize("url", PAGES)
def test_one_role_of_one_account_shows_that_account_only(as_bob, bob, role, url):
    allow(bob, LOOK, assume(SOUTH, role=role))
    answer = as_bob.get(url)
    assert {seen.account.account_id for seen in answer.context["accounts"]} == {SOUTH}
    page = answer.content.decode()
    assert "southwind" in page
    for hidden in ("eastwind", "westwind", EAST, WEST, "northwind-robot", "charlie"):
        assert hidden not in page


def test_an_explicit_deny_takes_an_account_out(as_alice, alice):
    allow(alice, assume(SOUTH, effect="Deny"))
    for url in PAGES:
        assert SOUTH not in accounts_in(as_alice, url)
        assert "southwind" not in as_alice.get(url).content.decode()
    assert names(as_alice) == ["alice", "eastwind-robot", "westwind-robot"]
    assert as_alice.get(USERS).context["counts"]["all"] == 3
    listed = exported(as_alice, "users:export-across-users", "json")
    assert {row["account"] for row in listed} == {"northwind", "eastwind", "westwind"}


def test_a_deny_of_one_role_leaves_the_other(as_alice, alice):
    allow(alice, assume(SOUTH, role=ADMINISTRATOR, effect="Deny"))
    rows = {row.account.account_id: row.roles for row in as_alice.get(ACCOUNTS).context["page"]}
    assert rows[SOUTH] == (AUDITOR,)
    assert rows[EAST] == (ADMINISTRATOR, AUDITOR)


def test_policies_are_asked_at_every_request(as_bob, bob):
    allow(bob, LOOK, assume(EAST, WEST))
    assert accounts_in(as_bob, USERS) == {EAST, WEST}
    allow(bob, assume(EAST, effect="Deny"))
    assert accounts_in(as_bob, USERS) == {WEST}


def test_the_home_account_is_there_for_those_who_may_list_its_users(as_bob, bob, home):
    allow(bob, LOOK, assume(EAST))
    assert accounts_in(as_bob) == {EAST}
    allow(bob, {"Effect": "Allow", "Action": "iam:ListUsers", "Resource": "*"})
    assert accounts_in(as_bob) == {EAST, home.account_id}
    assert accounts_in(as_bob, KEYS) == {EAST}, "listing users is not listing access keys"


@pytest.mark.parametrize("url", PAGES)
def test_without_the_permission_there_is_nothing(as_bob, bob, url):
    allow(bob, assume(EAST, SOUTH, WEST))
    answer = as_bob.get(url)
    assert answer.status_code == 403
    assert "eastwind-robot" not in answer.content.decode()
    event = Event.objects.get(action="iamconsole:ListAcrossAccounts")
    assert event.outcome == Event.Outcome.DENIED


@pytest.mark.parametrize("url", PAGES)
def test_people_of_other_accounts_see_none_whatever_their_policies(client, others, url, sign_in):
    dora = make_user(others[0], "dora", password=PASSWORD, policies=(ADMINISTRATOR_ACCESS,))
    sign_in(client, dora)
    answer = client.get(url)
    assert answer.status_code == 403
    assert "southwind" not in answer.content.decode()
    assert NAVIGATION not in client.get("/users/").content.decode()


def test_a_role_in_the_home_account_is_nobody_of_home(alice, home, others):
    """Whoever took a role by the API is not the person: a role must not lead on to other accounts."""
    caller = in_role(alice, home, ADMINISTRATOR, Origin())
    with pytest.raises(AccessDenied):
        execute(caller, ListAcrossAccounts.name, List="users")


@pytest.mark.parametrize("role", [ADMINISTRATOR, AUDITOR])
def test_both_roles_may_read_what_the_lists_show(role):
    assert all(role_permits(role, action) for actions in NEEDS.values() for action in actions)
    assert not role_permits(AUDITOR, "iam:DeleteUser")


def test_an_account_out_of_sight_is_like_none(as_bob, bob):
    allow(bob, LOOK, assume(EAST))
    hidden, none = (as_bob.get(USERS, {"account": number}) for number in (WEST, "999999999999"))
    assert hidden.content.decode().count(WEST) == none.content.decode().count("999999999999")
    for answer in (hidden, none):
        assert len(answer.context["account_complaints"]) == 1
        assert [row.user_name for row in answer.context["table"].page.object_list.data] == ["eastwind-robot"]


# The navigation and the way into an account


def test_the_navigation_leads_there_for_whoever_sees_several(client, alice, bob, home, sign_in):
    sign_in(client, alice)
    assert NAVIGATION not in client.get("/users/").content.decode(), "there is one account only"
    make_account(EAST, alias="eastwind")
    assert NAVIGATION in client.get("/users/").content.decode()
    client.logout()
    sign_in(client, bob)
    assert NAVIGATION not in client.get(reverse("credentials:my-security-credentials")).content.decode()


def test_a_row_switches_into_its_account_and_goes_on(as_alice, others):
    robot = User.objects.get(user_name="westwind-robot")
    page = as_alice.get(USERS).content.decode()
    there = f"/{WEST}/users/{robot.user_id}/"
    assert f'formaction="/accounts/{WEST}/switch/" name="next" value="{there}"' in page
    answer = as_alice.post(f"/accounts/{WEST}/switch/", {"next": there}, follow=True)
    assert answer.redirect_chain == [(f"/users/{robot.user_id}/", 302)]
    assert answer.status_code == 200
    assert answer.context["request"].caller.account_id == WEST


def test_from_another_account_the_own_rows_lead_back(as_alice, alice):
    """The lists of several accounts have no account in front: the own one is the one acted in."""
    as_alice.post(f"/accounts/{WEST}/switch/")
    page = as_alice.get(USERS).content.decode()
    there = f"/{alice.account.account_id}/users/{alice.user_id}/"
    assert f'<a class="ui-cut" href="{there}"' in page
    assert as_alice.post("/accounts/leave/", {"next": there}).url == f"/users/{alice.user_id}/"


@pytest.mark.parametrize("way", ["https://evil.example/", "//evil.example", "javascript:alert(1)"])
def test_switching_goes_nowhere_else(as_alice, way):
    assert as_alice.post(f"/accounts/{WEST}/switch/", {"next": way}).url == "/"
    assert as_alice.post("/accounts/leave/", {"next": way}).url == "/"


def test_switching_does_not_tell_which_accounts_there_are(as_bob, bob):
    allow(bob, assume(EAST))
    answers = [as_bob.post(f"/accounts/{number}/switch/") for number in (WEST, "999999999999")]
    assert [answer.status_code for answer in answers] == [403, 403]
    pages = [answer.content.decode() for answer in answers]
    assert pages[0].count(WEST) == pages[1].count("999999999999")


def test_an_account_that_is_gone_is_not_found(as_alice):
    assert as_alice.post("/accounts/999999999999/switch/").status_code == 404


# Events


@pytest.mark.parametrize(
    ("url", "name"),
    [(ACCOUNTS, "accounts"), (USERS, "users"), (KEYS, "access-keys"), (FINDINGS, "findings")],
)
def test_each_reading_is_one_event_in_the_home_account(as_alice, alice, home, url, name):
    as_alice.get(url, {"q": "wind"})
    event = Event.objects.get(action="iamconsole:ListAcrossAccounts")
    assert (event.account_id, event.principal_arn) == (home.account_id, alice.arn)
    assert (event.detail["List"], event.detail["Form"], event.detail["Filters"]) == (name, "page", "q=wind")
    assert sorted(event.detail["AccountIds"]) == [home.account_id, EAST, SOUTH, WEST]


def test_an_event_names_only_what_was_read(as_alice):
    as_alice.post(f"/accounts/{WEST}/switch/")
    exported(as_alice, "users:export-across-users", account=SOUTH)
    event = Event.objects.get(action="iamconsole:ListAcrossAccounts")
    assert (event.detail["AccountIds"], event.detail["Form"]) == ([SOUTH], "exact")


# Users


def test_users_are_narrowed_sorted_and_counted_like_those_of_one_account(as_alice, others):
    make_user(others[2], "zoe", password=PASSWORD)
    assert names(as_alice, password="yes") == ["alice", "zoe"]
    assert names(as_alice, account=WEST) == ["westwind-robot", "zoe"]
    by_account = ["westwind-robot", "zoe", "southwind-robot", "alice", "eastwind-robot"]
    assert names(as_alice, sort="-account") == by_account
    context = as_alice.get(USERS, {"access": "keys", "account": WEST}).context
    assert (context["total"], context["matching"], context["counts"]["password"]) == (5, 1, 1)


def test_the_export_begins_with_the_account(as_alice, home):
    make_user(home, "=cmd")
    rows = exported(as_alice, "users:export-across-users", q="robot", sort="-user_name")
    assert [(row["account_id"], row["account"], row["user_name"]) for row in rows] == [
        (WEST, "westwind", "westwind-robot"),
        (SOUTH, "southwind", "southwind-robot"),
        (EAST, "eastwind", "eastwind-robot"),
    ]
    assert list(rows[0])[:3] == ["account_id", "account", "user_name"]
    disarmed = exported(as_alice, "users:export-across-users", "spreadsheet", q="=cmd")
    assert disarmed[0]["user_name"] == "'=cmd"
    assert exported(as_alice, "users:export-across-users", "json", q="=cmd")[0]["user_name"] == "=cmd"


def test_a_password_expires_by_the_policy_of_its_own_account(as_alice, others):
    for account in others[:2]:
        user = make_user(account, f"ann-{account.alias}", password=PASSWORD)
        User.objects.filter(pk=user.pk).update(
            password_last_changed=timezone.now() - timedelta(days=40), password_last_used=timezone.now()
        )
    PasswordPolicy.objects.create(account=others[0], max_password_age=30)
    table = as_alice.get(USERS, {"q": "ann-"}).context["table"]
    words = [str(table.render_console_access(row)) for row in table.page.object_list.data]
    assert ["expired" in text for text in words] == [True, False]


# Access keys


def test_one_row_per_key_the_oldest_first(as_alice, alice):
    give_key(alice, days=5)
    give_key(alice, days=500, status="Inactive")
    assert names(as_alice, KEYS) == [
        "alice", "westwind-robot", "southwind-robot", "eastwind-robot", "alice",
    ]  # fmt: skip
    assert as_alice.get(KEYS).context["counts"] == {"all": 5, "active": 4, "inactive": 1}


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"key_age": "90"}, ["zoe", "westwind-robot", "southwind-robot", "eastwind-robot"]),
        ({"key_age": "365"}, ["zoe"]),
        ({"key_age": "90", "status": "active"}, ["westwind-robot", "southwind-robot", "eastwind-robot"]),
        ({"used": "never"}, ["westwind-robot", "southwind-robot", "eastwind-robot", "alice"]),
        ({"used": "yes"}, ["zoe"]),
        ({"review": "due"}, ["alice"]),
        ({"owner": "PLATFORM"}, ["zoe"]),
        ({"account": EAST}, ["eastwind-robot"]),
        ({"q": "southwind"}, ["southwind-robot"]),
        ({"sort": "user"}, ["alice", "eastwind-robot", "southwind-robot", "westwind-robot", "zoe"]),
        ({"sort": "-account"}, ["westwind-robot", "southwind-robot", "alice", "zoe", "eastwind-robot"]),
        ({"key_age": "x"}, ["zoe", "westwind-robot", "southwind-robot", "eastwind-robot", "alice"]),
    ],
)
def test_keys_are_narrowed_and_sorted(as_alice, alice, home, query, found):
    now = timezone.now()
    give_key(make_user(home, "zoe"), days=500, status="Inactive", owner="platform", last_used_date=now)
    give_key(alice, review_date=now.date())
    assert names(as_alice, KEYS, **query) == found


def test_a_key_is_exported_with_its_account_owner_and_review(as_alice, others):
    user = make_user(others[0], "pipeline")
    used = timezone.now() - timedelta(days=2)
    key = give_key(
        user,
        days=10,
        owner="platform team",
        review_date=(timezone.now() + timedelta(days=3)).date(),
        last_used_date=used,
        last_used_service="s3",
        last_used_region="eu-west-1",
    )
    (row,) = exported(as_alice, "credentials:export-across-access-keys", q="pipeline")
    assert (row["account_id"], row["account"], row["user_name"]) == (EAST, "eastwind", "pipeline")
    assert (row["access_key_id"], row["status"], row["age_days"]) == (key.access_key_id, "Active", "10")
    assert (row["last_used_service"], row["last_used_region"]) == ("s3", "eu-west-1")
    assert (row["owner"], row["review_date"]) == ("platform team", key.review_date.isoformat())


# Accounts and findings


def test_the_figures_of_each_account(as_alice, others):
    make_user(others[1], "ann", password=PASSWORD)
    evaluate(others)
    rows = {row.account.label: row for row in as_alice.get(ACCOUNTS).context["page"]}
    south = rows["southwind"]
    assert (south.users, south.passwords, south.with_mfa, south.coverage, south.old_keys) == (2, 1, 0, 0, 1)
    assert rows["eastwind"].coverage is None
    own = [item.type for item in recommendations(others[1])]
    assert (south.errors, south.warnings) == (own.count("error"), own.count("warning"))


def test_the_count_of_old_keys_is_that_of_the_list_it_leads_to(as_alice, others):
    """Keys of root are a finding of their own: the list of access keys is of users."""
    give_key(User.objects.root_of(others[1]), days=200)
    rows = {row.account.label: row for row in as_alice.get(ACCOUNTS).context["page"]}
    query = {"account": SOUTH, "status": "active", "key_age": 90}
    assert rows["southwind"].old_keys == len(names(as_alice, KEYS, **query)) == 1


def test_the_age_of_the_data_is_that_of_the_sync(as_alice, others):
    synced = timezone.now() - timedelta(days=3)
    Account.objects.filter(pk=others[0].pk).update(kind=Account.Kind.LINKED)
    AccountLink.objects.create(account=others[0], synced_at=synced)
    rows = {row.account.label: row for row in as_alice.get(ACCOUNTS, {"sort": "data"}).context["page"]}
    assert rows["eastwind"].data_at == synced
    assert next(iter(rows)) == "eastwind"
    assert rows["southwind"].live
    assert "3 days ago" in as_alice.get(ACCOUNTS).content.decode()


@pytest.mark.parametrize(
    ("query", "order"),
    [
        ({}, ["eastwind", "northwind", "southwind", "westwind"]),
        ({"sort": "-account"}, ["westwind", "southwind", "northwind", "eastwind"]),
        ({"sort": "-users"}, ["southwind", "eastwind", "northwind", "westwind"]),
        ({"sort": "-keys"}, ["eastwind", "southwind", "westwind", "northwind"]),
        ({"sort": "nonsense"}, ["eastwind", "northwind", "southwind", "westwind"]),
        ({"q": "2000-0000-0002"}, ["southwind"]),
        ({"q": "nothing"}, []),
        ({"kind": "imported"}, []),
    ],
)
def test_accounts_are_found_and_sorted(as_alice, others, query, order):
    make_user(others[1], "ann")
    assert [row.account.label for row in as_alice.get(ACCOUNTS, query).context["page"]] == order


def test_the_worst_accounts_first_and_as_a_file(as_alice, others):
    make_user(others[2], "ann", password=PASSWORD)
    evaluate(others)
    rows = list(as_alice.get(ACCOUNTS, {"sort": "-errors"}).context["page"])
    assert [row.errors for row in rows] == sorted((row.errors for row in rows), reverse=True)
    assert sum(row.errors for row in rows)
    listed = exported(as_alice, "export-across-accounts", sort="-errors")
    assert [row["account_id"] for row in listed] == [row.account.account_id for row in rows]
    assert [int(row["errors"]) for row in listed] == [row.errors for row in rows]


def test_many_accounts_are_told_the_same_as_each_alone(home, alice, bob, others):
    """One question for all accounts, grouped, gives what one question per account gives."""
    PasswordPolicy.objects.create(account=others[0], max_password_age=10, hard_expiry=True)
    for account in others[:2]:
        user = make_user(account, "old", password=PASSWORD, policies=(ADMINISTRATOR_ACCESS,))
        long_ago = timezone.now() - timedelta(days=200)
        User.objects.filter(pk=user.pk).update(password_last_changed=long_ago, create_date=long_ago)
    evaluate([home, *others])
    together = recommendations_of([home, *others])
    for account in (home, *others):
        assert together[account.pk] == recommendations_of([account])[account.pk]
    unused = {
        account.label: sum(i.number for i in together[account.pk] if "not used for 90 days" in i.title)
        for account in others
    }
    assert unused == {"eastwind": 1, "southwind": 2, "westwind": 1}, "an expired password is of no use"


# Size


@pytest.mark.long
@pytest.mark.parametrize("url", [*PAGES, f"{ACCOUNTS}?sort=-errors", f"{USERS}?sort=account&size=200"])
def test_queries_do_not_grow_with_the_accounts(client, alice, home, url, sign_in):
    def filled(number: int) -> None:
        account = make_account(f"3000000000{number:02}", alias=f"plant-{number}")
        person = make_user(account, "ann", password=PASSWORD, policies=(ADMINISTRATOR_ACCESS,))
        give_key(person, days=100, review_date=timezone.now().date())

    for number in (1, 2):
        filled(number)
    sign_in(client, alice)
    counts = []
    for numbers in ((), range(3, 31)):
        for number in numbers:
            filled(number)
        client.get(url)
        with CaptureQueriesContext(connection) as found:
            assert client.get(url).status_code == 200
        counts.append(len(found))
    assert counts[0] == counts[1]
