"""Unused credentials: which are listed, how they are sorted and exported, and deactivating the ticked."""

import csv
import io
import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from credentials import summary
from credentials.models import AccessKey, LoginProfile
from iamconsole.models import Event
from reports.unused.unused import Rule, unused
from tests.cast import give_password, make_account, make_user
from users.models import Account, PasswordPolicy, User

pytestmark = pytest.mark.django_db
PAGE = "reports:unused-credentials"


def ago(days: float):
    return timezone.now() - timedelta(days=days)


def key(user, number: int, *, age: float, used: float | None = None, status: str = "Active") -> AccessKey:
    made = AccessKey.objects.create(
        user=user,
        slot=number,
        access_key_id=f"AKIA{user.user_name.upper()}{number:012}",
        status=status,
        create_date=ago(age),
        last_used_date=None if used is None else ago(used),
        last_used_service="" if used is None else "s3",
    )
    summary.refresh(user)
    return made


def password(user, *, age: float, used: float | None = None) -> None:
    give_password(user)
    LoginProfile.objects.filter(user=user).update(create_date=ago(age), password_last_changed=ago(age))
    user.password_last_used = None if used is None else ago(used)
    user.save()
    summary.refresh(user)


def root_with_password(account) -> User:
    root = User.objects.root_of(account)
    give_password(root)
    return root


def listed(account, **rule) -> set[str]:
    rows = unused(account, Rule(**rule))
    return {f"{row['name']} {row['key_id'] or row['what']}" for row in rows}


@pytest.fixture
def people(home):
    """One of each kind."""
    made = {name: make_user(home, name) for name in ("used", "idle", "never", "fresh", "off", "empty", "two")}
    password(made["used"], age=300, used=1)
    password(made["idle"], age=300, used=100)
    password(made["never"], age=100)
    password(made["fresh"], age=1)
    key(made["off"], 1, age=400, used=300, status="Inactive")
    key(made["two"], 1, age=300, used=200)
    key(made["two"], 2, age=10)
    User.objects.filter(pk__in=[user.pk for user in made.values()]).update(create_date=ago(500))
    return made


IDLE = {"idle password", "never password", "two AKIATWO000000000001"}


def test_what_is_unused(home, people):
    assert listed(home, days=90) == IDLE


def test_never_used_counts_from_creation_and_new_ones_have_a_grace_period(home, people):
    assert "never password" not in listed(home, days=120)
    assert listed(home, days=120) == {"two AKIATWO000000000001"}
    assert listed(home, days=5, grace=14) == IDLE, "ten days old, never used, but within the grace period"
    assert listed(home, days=5, grace=5) == {*IDLE, "two AKIATWO000000000002"}
    assert "fresh password" in listed(home, days=1, grace=0)


def test_a_password_that_was_set_anew_is_new(home, people):
    password(people["idle"], age=2, used=100)
    assert "idle password" not in listed(home, days=90)


def test_root_and_other_accounts_are_not_listed(home, people):
    other = make_account("200000000002")
    key(make_user(other, "stranger"), 1, age=500)
    User.objects.filter(kind="root").update(password_last_used=ago(900), password_last_changed=ago(900))
    assert listed(home, days=90) == IDLE


def test_no_usable_credential_is_told_apart(client, alice, people, sign_in):
    sign_in(client, alice)
    page = client.get(reverse(PAGE), {"kind": "none"})
    text = page.content.decode()
    assert [row.record.user_name for row in page.context["table"].page] == ["empty", "off"]
    assert "No password, no access key" in text
    assert "No password, 1 inactive access key" in text
    assert "Deactivate credentials" not in text


def test_a_password_that_expired_for_good_is_not_usable(home, people):
    PasswordPolicy.objects.create(account=home, max_password_age=200, hard_expiry=True)
    assert "idle password" not in listed(home, days=90)
    PasswordPolicy.objects.update(hard_expiry=False)
    assert "idle password" in listed(home, days=90)


def names(page) -> list[str]:
    return [
        f"{row.record['name']} {row.record['key_id'] or ''}".strip() for row in page.context["table"].page
    ]


def test_it_is_sorted_by_the_database(client, alice, people, sign_in):
    sign_in(client, alice)
    url = reverse(PAGE)
    assert names(client.get(url)) == ["two AKIATWO000000000001", "idle", "never"], "the longest unused first"
    assert names(client.get(url, {"sort": "idle"})) == ["never", "idle", "two AKIATWO000000000001"]
    assert names(client.get(url, {"sort": "user"})) == ["idle", "never", "two AKIATWO000000000001"]
    assert names(client.get(url, {"sort": "-user"})) == ["two AKIATWO000000000001", "never", "idle"]
    assert names(client.get(url, {"sort": "credential"}))[0] == "two AKIATWO000000000001"
    assert names(client.get(url, {"sort": "-last_used"})) == ["never", "two AKIATWO000000000001", "idle"]
    assert names(client.get(url, {"kind": "password", "sort": "-created_at"})) == ["never", "idle"]


@pytest.mark.parametrize(
    "query",
    [
        {"days": "-1"},
        {"days": "1e9", "grace": "x"},
        {"days": "99999999999999999999"},
        {"grace": "٣"},
        {"sort": "password"},
        {"sort": "--user"},
        {"sort": "select"},
        {"kind": "everything"},
        {"page": "999"},
        {"page": "x"},
        {"size": "0"},
        {"q": "%_'"},
    ],
)
def test_a_senseless_address_is_a_page(client, alice, people, sign_in, query):
    sign_in(client, alice)
    assert client.get(reverse(PAGE), query).status_code == 200


def test_it_is_narrowed_and_paged_by_the_database(client, alice, home, people, sign_in):
    sign_in(client, alice)
    for number in range(30):
        key(make_user(home, f"robot{number}"), 1, age=500)
    page = client.get(reverse(PAGE), {"size": "25", "page": "2"})
    assert len(page.context["table"].page.object_list) == 8
    assert page.context["counts"] == {"password": 2, "key": 31, "all": 33, "none": 2}
    assert names(client.get(reverse(PAGE), {"q": "IDL"})) == ["idle"]
    assert names(client.get(reverse(PAGE), {"q": "akiatwo000000000001"})) == ["two AKIATWO000000000001"]
    assert "No matches" in client.get(reverse(PAGE), {"q": "nobody"}).content.decode()


def test_it_takes_the_same_queries_for_one_and_for_fifty_rows(
    client, alice, home, sign_in, django_assert_max_num_queries
):
    sign_in(client, alice)
    key(make_user(home, "one"), 1, age=500)
    client.get(reverse(PAGE), {"size": "100"})
    with django_assert_max_num_queries(60) as few:
        client.get(reverse(PAGE), {"size": "100"})
    for number in range(50):
        key(make_user(home, f"robot{number}"), 1, age=500)
    with django_assert_max_num_queries(len(few)):
        client.get(reverse(PAGE), {"size": "100"})


def test_export_in_both_forms_is_an_event(client, alice, home, people, sign_in):
    sign_in(client, alice)
    key(make_user(home, "=cmd"), 1, age=500)
    url = reverse("reports:export-unused-credentials", args=["exact"])
    exact = b"".join(client.get(url, {"kind": "key"})).decode()
    rows = list(csv.reader(io.StringIO(exact)))
    assert rows[1][:4] == ["=cmd", home.account_id, "Access key", "AKIA=CMD000000000001"]
    assert (rows[1][5], rows[1][8]) == ("N/A", "500")
    assert [row[0] for row in rows] == ["user", "=cmd", "two"]
    url = reverse("reports:export-unused-credentials", args=["spreadsheet"])
    sheet = b"".join(client.get(url)).decode()
    assert '"\'=cmd"' in sheet
    assert sheet.startswith("\ufeff")
    assert client.get(url.replace("spreadsheet", "xlsx")).status_code == 404
    assert Event.objects.filter(action="iamconsole:ExportUnusedCredentials").count() == 2


def refs(*credentials) -> list[str]:
    return [f"{'key' if isinstance(one, AccessKey) else 'password'}:{one.pk}" for one in credentials]


def choose(client, credentials) -> str:
    """Send the selection, as the list does: the address of the confirmation."""
    return client.post(reverse("reports:deactivate-credentials"), {"credential": credentials}).url


def look(client, credentials):
    return client.get(choose(client, credentials))


def confirm(client, credentials):
    return client.post(choose(client, credentials))


def test_ticked_ones_are_deactivated_after_a_look(client, alice, people, sign_in):
    sign_in(client, alice)
    old = AccessKey.objects.get(access_key_id="AKIATWO000000000001")
    ticked = refs(old, people["idle"])
    page = look(client, ticked)
    assert "1 password will be deleted." in page.content.decode()
    old.refresh_from_db()
    assert old.active, "nothing has happened yet"
    answer = confirm(client, ticked)
    assert answer.url == reverse("reports:deactivated-credentials")
    old.refresh_from_db()
    assert not old.active
    assert not LoginProfile.objects.filter(user=people["idle"]).exists()
    result = client.get(answer.url).content.decode()
    assert "2 of 2 deactivated" in result
    assert "The password was deleted." in result
    assert "The access key was deactivated." in result
    made = set(Event.objects.filter(outcome="allowed").values_list("action", flat=True))
    assert {"iam:UpdateAccessKey", "iam:DeleteLoginProfile"} <= made


def test_what_was_used_or_deleted_meanwhile_is_left(client, alice, people, sign_in):
    sign_in(client, alice)
    old = AccessKey.objects.get(access_key_id="AKIATWO000000000001")
    AccessKey.objects.filter(pk=old.pk).update(last_used_date=timezone.now())
    page = look(client, refs(old, people["idle"], people["off"])).content.decode()
    assert "It has been used or set in the meantime (today)" in page
    assert "It no longer exists" in page
    confirm(client, refs(old, people["idle"]))
    old.refresh_from_db()
    assert old.active
    assert not LoginProfile.objects.filter(user=people["idle"]).exists()
    assert "1 of 2 deactivated" in client.get(reverse("reports:deactivated-credentials")).content.decode()


def test_nobody_deactivates_the_own_password(client, alice, sign_in):
    sign_in(client, alice)
    LoginProfile.objects.filter(user=alice).update(password_last_changed=ago(500))
    User.objects.filter(pk=alice.pk).update(password_last_changed=ago(500), password_last_used=ago(400))
    page = confirm(client, refs(alice)).content.decode()
    assert "This is the password you sign in with" in page
    assert LoginProfile.objects.filter(user=alice).exists()


def test_root_is_asked_before_the_last_administrator_loses_the_password(client, alice, home, sign_in):
    password(alice, age=500, used=400)
    ticked = refs(alice)
    sign_in(client, root_with_password(home))
    confirmation = choose(client, ticked)
    question = client.post(confirmation)
    assert question.status_code == 409
    assert "This account would have no administrator left" in question.content.decode()
    assert LoginProfile.objects.filter(user=alice).exists()
    assert Event.objects.filter(action="iam:DeleteLoginProfile", outcome="failed").exists()
    answer = client.post(confirmation, {"confirmed": "last-administrator"})
    assert answer.url == reverse("reports:deactivated-credentials")
    assert not LoginProfile.objects.filter(user=alice).exists()


def test_nothing_of_another_account_and_nothing_senseless(client, alice, sign_in):
    sign_in(client, alice)
    other = make_account("200000000002")
    stranger = make_user(other, "stranger")
    old = key(stranger, 1, age=500)
    password(stranger, age=500)
    odd = ["key:x", "key:", "root:1", "key:" + "9" * 30, "key:٣"]
    answer = confirm(client, [*refs(old, stranger), *odd])
    assert answer.status_code == 405, "the list, with nothing selected"
    old.refresh_from_db()
    assert old.active
    assert LoginProfile.objects.filter(user=stranger).exists()


def test_ten_thousand_ticks_change_nothing(client, alice, people, sign_in):
    sign_in(client, alice)
    old = AccessKey.objects.get(access_key_id="AKIATWO000000000001")
    answer = client.post(
        reverse("reports:deactivate-credentials"),
        {"credential": refs(old) * 10_000},
        follow=True,
    )
    assert "You selected 10,000 credentials. You can deactivate up to 500" in answer.content.decode()
    old.refresh_from_db()
    assert old.active


def test_only_what_the_policies_allow(client, alice, bob, people, home, sign_in):
    """Bob may read everything and change nothing."""
    from users.models import InlinePolicy

    document = '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":["iam:Get*","iam:List*"],"Resource":"*"}}'
    InlinePolicy.objects.create(user=bob, policy_name="read", name_folded="read", document=document)
    sign_in(client, bob)
    old = AccessKey.objects.get(access_key_id="AKIATWO000000000001")
    page = confirm(client, refs(old)).content.decode()
    assert f"This needs iam:UpdateAccessKey on {people['two'].arn}" in page
    old.refresh_from_db()
    assert old.active


def test_an_imported_account_shows_it_read_only(client, alice, sign_in, caller):
    from iamconsole.operations import execute
    from tests.reports.uploads import DAY, IMPORTED_ID, report, row

    cells = {"access_key_2_active": "true", "access_key_2_last_rotated": DAY.replace("2026", "2019")}
    content = report(row("ann", **cells), row("bea"))
    execute(caller(alice), "iamconsole:ImportAccount", AccountId=IMPORTED_ID, Content=content)
    sign_in(client, alice)
    client.post(reverse("users:switch-account", args=[IMPORTED_ID]))
    page = client.get(reverse(PAGE))
    text = page.content.decode()
    assert "Access key 2" in text
    assert "This account is read-only." in text
    assert 'name="credential"' not in text
    assert "Deactivate credentials" not in text
    old = AccessKey.objects.get(user__account__account_id=IMPORTED_ID)
    confirm(client, refs(old))
    old.refresh_from_db()
    assert old.active
    assert Account.objects.get(account_id=IMPORTED_ID).users.count() == 3
    ann = User.objects.get(user_name="ann")
    shown = client.get(reverse("credentials:user-security-credentials", args=[ann.user_id]))
    assert "Access key 2" in shown.content.decode()
    assert 'value="Inactive"' not in shown.content.decode()
    none = client.get(reverse(PAGE), {"kind": "none"}).content.decode()
    assert "bea" in none


def test_on_a_linked_account_it_is_a_job_with_a_result_per_credential(client, alice, home, sign_in):
    from iamconsole.models import Job
    from users.callers.middleware import ROLES
    from users.models import AccountLink

    linked = Account.objects.create(account_id="333333333333", name="prod", kind="linked")
    AccountLink.objects.create(account=linked)
    dora = make_user(linked, "dora")
    first, second = key(dora, 1, age=500), key(dora, 2, age=400)
    sign_in(client, alice)
    session = client.session
    session[ROLES] = {linked.account_id: "IamConsoleAdministrator"}
    client.account_id = linked.account_id
    session.save()
    url = choose(client, refs(first, second))
    page = client.get(url).content.decode()
    assert "2 access keys may be in use" in page  # AWS has not told yet when they were used
    seal = {"marked": re.search(r'name="marked"\s+value="(\w+)"', page)[1]}
    for sent in ({}, seal, {"confirm": "yes"}, {**seal, "confirm": "no"}):
        assert client.post(url, sent).status_code == 400
    assert not Job.objects.exists()
    answer = client.post(url, {**seal, "confirm": "yes"})
    job = Job.objects.get()
    assert answer.url == reverse("job", args=[job.id])
    assert [step["label"] for step in job.shown_steps] == [
        f"UpdateAccessKey dora {first.access_key_id}",
        f"UpdateAccessKey dora {second.access_key_id}",
    ]
    first.refresh_from_db()
    assert first.active, "AWS was not asked yet"
