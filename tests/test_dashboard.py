"""The first page: what it says of an account, to whom, and at what cost."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from credentials import summary
from credentials.models import AccessKey
from iamconsole import charts
from iamconsole.models import Event
from iamconsole.operations import execute
from iamconsole.ops import own_parts
from reports.dashboard.recommendations import recommendations
from reports.findings.evaluation import evaluate
from reports.findings.rules import RULES
from reports.models import Finding
from tests import past
from tests.cast import give_password, make_user
from tests.findings import lines
from users.accounts import figures
from users.callers.build import system_caller
from users.models import Account, DailyFigures, User

STRONG = {
    "MinimumPasswordLength": 14,
    "PasswordReusePrevention": 24,
    "RequireSymbols": True,
    "RequireNumbers": True,
    "RequireUppercaseCharacters": True,
    "RequireLowercaseCharacters": True,
    "MaxPasswordAge": 90,
}
pytestmark = pytest.mark.django_db


@pytest.fixture
def as_alice(client, alice, sign_in):
    return sign_in(client, alice)


def give_key(user: User, age: int, used: int | None = None, number: int = 0) -> None:
    now = timezone.now()
    AccessKey.objects.create(
        user=user,
        slot=user.access_keys.count() + 1,
        access_key_id=f"AKIA{user.pk:08}{number:08}",
        create_date=now - timedelta(days=age),
        last_used_date=None if used is None else now - timedelta(days=used),
    )
    summary.refresh(user)


def said(account) -> dict[str, str]:
    return {title: item.type for title, item in lines(account).items()}


def test_an_empty_account_shows_first_steps_not_a_dashboard(client, home, sign_in):
    sign_in(client, User.objects.root_of(home))
    assert "First steps" in client.get("/").content.decode()


def test_who_may_see_no_users_goes_to_the_own_page(client, bob, sign_in):
    sign_in(client, bob)
    assert client.get("/").url == "/me/"


def test_recommendations_name_what_is_wrong(home, alice, bob):
    give_key(bob, age=400, used=200)
    found = said(home)
    assert found["Root has no MFA"] == "error"
    assert found["User can sign in without MFA"] == "error"
    assert found["Administrator without MFA"] == "error"
    assert found["Access key older than 90 days"] == "error", "it is older than a year"
    assert found["Access key not used for 90 days"] == "warning"
    assert found["AdministratorAccess attached to a user"] == "warning"
    assert found["Passwords can be shorter than 14 characters"] == "warning"
    types = [item.type for item in recommendations(home)]
    assert types == sorted(types, key=["error", "warning", "info", "success"].index)


def test_numbers_are_sums_of_findings(as_alice, home, bob):
    """And each button leads to as many rows."""
    give_key(bob, age=400, used=200)
    evaluate([home])
    lines = [item for item in as_alice.get("/").context["recommendations"] if item.open]
    assert len(lines) > 5
    for item in lines:
        rule = next(rule for rule in RULES if rule.title == item.title)
        rows = Finding.objects.to_do().filter(account=home, rule=rule.id)
        assert item.number == rows.count() > 0, item.title
        assert as_alice.get(item.url).status_code == 200


def test_an_account_that_was_not_looked_at_says_so(as_alice, bob):
    assert "This account is being looked at." in as_alice.get("/").content.decode()


def test_recommendations_are_quiet_where_all_is_well(home, alice, caller):
    execute(caller(alice), "UpdateAccountPasswordPolicy", **STRONG)
    User.objects.filter(account=home).update(mfa_count=1, password_last_used=timezone.now())
    execute(caller(alice), "CreateGroup", GroupName="admins")
    execute(caller(alice), "AddUserToGroup", GroupName="admins", UserName="alice")
    for name, params in (
        ("AttachGroupPolicy", {"GroupName": "admins"}),
        ("DetachUserPolicy", {"UserName": "alice"}),
    ):
        execute(caller(alice), name, PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess", **params)
    found = said(home)
    # Somebody has to administer the account; what says so can be made exempt.
    assert found.pop("AWS managed policy that allows everything is attached") == "warning"
    assert set(found.values()) == {"success"}


def test_figures_and_the_histogram(as_alice, bob, charlie):
    for number, age in enumerate((5, 100)):
        give_key(bob, age, number=number)
    give_key(charlie, 500)
    context = as_alice.get("/").context
    assert [bar.value for bar in context["keys"]["bars"]] == [1, 0, 0, 1, 1]
    assert (context["keys"]["old"], context["keys"]["total"]) == (2, 3)
    assert {item["label"]: item["value"] for item in context["figures"]} == {
        "Users": 3, "User groups": 0, "Customer policies": 0, "Active access keys": 3, "MFA devices": 0,
    }  # fmt: skip


def test_every_link_of_the_page_opens(as_alice, bob):
    give_key(bob, age=400)
    context = as_alice.get("/").context
    urls = [bar.url for bar in context["keys"]["bars"]]
    assert all(item["url"] for item in context["figures"])
    urls += [item["url"] for item in context["figures"]]
    urls += [item.url for item in context["recommendations"] if item.url]
    for url in urls:
        assert as_alice.get(url).status_code == 200, url


def test_as_many_queries_for_many_users(as_alice, home):
    def queries() -> int:
        with CaptureQueriesContext(connection) as found:
            as_alice.get("/")
        return len(found)

    as_alice.get("/")
    few = queries()
    for number in range(20):
        give_key(make_user(home, f"user-{number}"), age=number * 30)
    assert queries() == few


def test_a_bar_leads_to_the_keys_it_counts(as_alice, home, bob, charlie):
    for number, age in enumerate((5, 100)):
        give_key(bob, age, number=number)
    give_key(charlie, 500)
    give_key(User.objects.root_of(home), 500, number=7)  # a recommendation of its own
    bars = as_alice.get("/").context["keys"]["bars"]
    pages = [as_alice.get(bar.url).context["table"].page for bar in bars]
    assert [[row.record.user.user_name for row in page] for page in pages] == [
        ["bob"], [], [], ["bob"], ["charlie"],
    ]  # fmt: skip
    assert [bar.value for bar in bars] == [1, 0, 0, 1, 1]


def test_an_imported_account_claims_only_what_a_report_tells(client, home, alice, bob, sign_in):
    Account.objects.update(kind=Account.Kind.IMPORTED)
    home.refresh_from_db()
    told = {title: kind for title, kind in said(home).items() if "polic" in title or "dministrator" in title}
    assert set(told.values()) == {"info"}, told
    assert "Not known: A credential report does not contain the password policy." in told
    context = sign_in(client, alice).get("/").context
    known = [item["label"] for item in context["figures"] if not item["unread"]]
    assert known == ["Users", "Active access keys", "Users with MFA"]
    assert context["addresses"][0].url.startswith("https://")
    assert not context["may_alias"]


def test_figures_are_kept_once_a_day(home, alice, bob):
    bob.mfa_count = 1
    bob.save()
    figures.keep_all()
    row = DailyFigures.objects.get()
    assert (row.passwords, row.passwords_with_mfa, row.coverage) == (2, 1, 50)
    give_password(make_user(home, "dora"))
    figures.keep_all()
    assert DailyFigures.objects.get().passwords == 3


def test_the_line_shows_the_days_that_were_kept(as_alice, home):
    today = timezone.now().date()
    for days in (10, 5):
        DailyFigures.objects.create(
            account=home, day=today - timedelta(days=days), passwords=4, passwords_with_mfa=3
        )
    coverage = as_alice.get("/").context["coverage"]
    assert [percent for _, percent in coverage["points"]] == [75, 75, 0]
    assert coverage["curve"].last == 0


def test_the_plot_keeps_inside_its_picture():
    bars, lines = charts.bars([(str(n), n * 37, "/", "info") for n in range(5)])
    assert all(charts.TOP <= bar.y <= charts.BOTTOM and bar.y + bar.height == charts.BOTTOM for bar in bars)
    assert int(lines[-1].label) >= 148
    assert charts.curve([(date(2026, 1, 1), 50)]) is None
    curve = charts.curve([(date(2026, 1, 1), 0), (date(2026, 1, 31), 100)])
    assert (curve.end_y, curve.last) == (charts.TOP, 100)


@pytest.mark.parametrize(
    ("most", "top"), [(0, 4), (4, 4), (5, 8), (9, 20), (21, 40), (96, 200), (1000, 2000)]
)
def test_scales_end_on_pleasant_numbers(most, top):
    assert charts.round_up(most) == top


def test_the_age_of_the_last_backup_is_told_to_administrators_at_home(home, alice, as_alice, settings):
    assert not any("backup" in title for title in said(home)), "the console is new"
    Account.objects.filter(pk=home.pk).update(created_at=timezone.now() - timedelta(days=8))
    home.refresh_from_db()
    assert said(home)["This console was never backed up"] == "error"
    for days in (9, 3):
        taken = timezone.now() - timedelta(days=days, hours=1)
        detail = {"TakenAt": taken.isoformat(), "Rows": 1, "Bytes": 1, "WithKeys": True}
        execute(system_caller(home), "iamconsole:RecordBackup", **detail)
        if days == 9:
            page = as_alice.get("/").content.decode()
            assert "The last backup is 9 days old" in page
            assert "iamconsole backup" in page
    assert said(home)["The last backup is 3 days old"] == "success"
    with past.rewritten():
        Event.objects.filter(action="iamconsole:RecordBackup")._raw_delete("default")
    settings.BACKUP_DAYS = 0
    assert not any("backup" in title for title in said(home))


def test_a_disk_that_fills_is_told_at_home_before_it_is_full(home, alice, as_alice, monkeypatch):
    assert not any("disk" in title.lower() for title in said(home))
    monkeypatch.setattr(own_parts, "LOW_SHARE", 1.0)
    monkeypatch.setattr(own_parts, "LOW_BYTES", 10**18)
    assert said(home)["The disk is almost full"] == "error"
    page = as_alice.get("/").content.decode()
    assert "The disk is almost full" in page
    assert 'href="/system/"' in page
