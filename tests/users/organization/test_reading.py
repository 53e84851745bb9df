"""What an organization has is found by hand and by the schedule; what is new there is said once."""

from datetime import timedelta

import pytest
import time_machine
from django.db.models import F
from django.urls import reverse
from django.utils import timezone

from iamconsole import jobs
from iamconsole.models import Event, Job
from tests.aws_organization import MANAGEMENT, Account
from tests.users.organization.conftest import PAYMENTS, PROD, SANDBOX, SEARCH, WORK
from users import tasks
from users.models import Account as Here
from users.models import Organization, OrganizationAccount

pytestmark = pytest.mark.django_db(transaction=True)
URL = "users:link-organization"
SETTINGS = {"role_name": "IamConsole", "external_id": "x-1", "read_every": "4"}


def passed(hours: int) -> None:
    """So much time has passed since the last reading, by the clock of the database."""
    ago = timedelta(hours=hours)
    Organization.objects.update(read_at=F("read_at") - ago, scheduled_at=F("scheduled_at") - ago)


def run_jobs() -> Job:
    """Run what waits; gives the newest job."""
    for job in Job.objects.filter(state="waiting"):
        jobs.run(str(job.id))
    return Job.objects.first()


def read(client, **sent) -> Job:
    assert client.post(reverse("users:read-organization"), sent).status_code == 302
    return run_jobs()


def units() -> dict[str, str]:
    rows = OrganizationAccount.objects.present().select_related("unit")
    return {row.account_id: row.unit.full_name if row.unit else "" for row in rows}


def news() -> list[tuple[str, str]]:
    """What has happened in the organization, the oldest first."""
    names = Event.objects.filter(action__contains="Account").order_by("at")
    told = names.exclude(detail__Name=None)
    return [(event.action.partition(":")[2], event.detail["AccountId"]) for event in told]


def test_accounts_states_and_units_are_read_one_call_at_a_time(as_alice, server, organization):
    organization.accounts["444444444444"] = Account("Old", state="", status="ACTIVE")
    organization.accounts["555555555555"] = Account("Strange", state="")
    organization.empty_pages, organization.page = True, 2
    assert "Read now" in as_alice.get(reverse(URL)).content.decode()
    job = read(as_alice)
    assert (job.state, job.error) == ("done", "")
    assert server.most_at_once == 1
    assert units()[PAYMENTS] == "Root / Work / Prod"
    assert units()[MANAGEMENT] == "Root"
    to_link = set(OrganizationAccount.objects.to_link().values_list("account_id", flat=True))
    assert to_link == {MANAGEMENT, PAYMENTS, SEARCH, "444444444444", "555555555555"}
    text = as_alice.get(reverse(URL) + "?show=all").content.decode()
    for said in ("Suspended", "Root / Work / Prod", "AWS did not tell the state", "o-aaaaaaaaaa"):
        assert said in text
    assert news() == [], "of the first reading nothing is news"
    assert "ListAccountsForParent" not in server.asked()


@pytest.mark.parametrize("paths", [True, False])
def test_new_moved_closed_and_left_accounts_are_events_and_one_notice(
    as_alice, server, organization, paths, alice
):
    organization.paths = paths
    read(as_alice)
    assert units()[PAYMENTS] == "Root / Work / Prod"
    sent = {**SETTINGS, "accounts": [PAYMENTS], "seen_until": Organization.objects.get().read_at.isoformat()}
    assert as_alice.post(reverse(URL), sent).status_code == 302
    assert run_jobs().state == "done"
    assert Here.objects.get(account_id=PAYMENTS).link.external_id == "x-1"
    accounts = reverse("users:accounts")
    assert "new account" not in as_alice.get(accounts).content.decode()
    organization.accounts["666666666666"] = Account("Fresh", WORK)
    organization.accounts["777777777777"] = Account("Fresher", PROD)
    organization.accounts[PAYMENTS].parent = WORK
    del organization.units[PROD]
    organization.accounts["777777777777"].parent = WORK
    organization.accounts[SEARCH].state = "CLOSED"
    del organization.accounts[SANDBOX]
    passed(hours=3)
    tasks.read_organizations.run()
    assert not Job.objects.filter(state="waiting", kind="read-organization").exists(), "it is not due"
    passed(hours=2)
    tasks.read_organizations.run()
    tasks.read_organizations.run()
    assert Job.objects.filter(state="waiting", kind="read-organization").count() == 1
    with time_machine.travel(timezone.now() + timedelta(hours=5), tick=True):
        job = run_jobs()
        assert job.result | {"calls": 0} == {
            "accounts": 5, "calls": 0, "joined": 2, "moved": 1, "closed": 1, "left": 1,
        }  # fmt: skip
    assert sorted(news()) == [
        ("AccountClosed", SEARCH),
        ("AccountJoinedOrganization", "666666666666"),
        ("AccountJoinedOrganization", "777777777777"),
        ("AccountLeftOrganization", SANDBOX),
        ("AccountMovedInOrganization", PAYMENTS),
    ]
    moved = Event.objects.get(action="iamconsole:AccountMovedInOrganization")
    assert (moved.detail["From"], moved.detail["To"]) == ("Root / Work / Prod", "Root / Work")
    assert moved.account_id == alice.account.account_id
    text = as_alice.get(accounts).content.decode()
    assert text.count("2 new accounts in the organization.") == 1
    assert as_alice.post(reverse(URL), {**SETTINGS, "save": "1", "seen_until": "2126-01-01T00:00:00+00:00"})
    assert "new account" not in as_alice.get(accounts).content.decode()
    assert "666666666666" in as_alice.get(reverse(URL)).content.decode(), "it can still be linked"


def test_a_closed_account_is_marked_and_not_synced_by_the_schedule(as_alice, server, organization):
    read(as_alice)
    as_alice.post(reverse(URL), {**SETTINGS, "accounts": [PAYMENTS, SEARCH]})
    run_jobs()
    organization.accounts[SEARCH].state = "PENDING_CLOSURE"
    read(as_alice)
    tasks.start_due_syncs.run()
    assert [job.account_id for job in Job.objects.filter(kind="sync")] == [PAYMENTS]
    assert "Being closed at AWS" in as_alice.get(reverse("users:accounts")).content.decode()
    text = as_alice.get(reverse("users:account", args=[SEARCH])).content.decode()
    assert "Syncs are paused since" in text
    assert "shows this account as being closed." in text
    assert Event.objects.get(action="iamconsole:PauseSyncs").account_id == SEARCH
    organization.accounts[SEARCH].state = "ACTIVE"
    read(as_alice)
    tasks.start_due_syncs.run()
    assert Job.objects.filter(kind="sync", account_id=SEARCH).exists(), "the way back is another reading"


def test_a_reading_that_fails_changes_nothing_and_says_why(as_alice, server, organization):
    read(as_alice)
    saved = as_alice.post(reverse(URL), {**SETTINGS, "save": "1"})
    assert saved.status_code == 302, saved.context["form"].errors
    before = units()
    organization.denied = {"ListAccounts"}
    job = read(as_alice)
    assert (job.state, job.error) == ("failed", "You cannot ListAccounts.")
    assert units() == before
    assert "You cannot ListAccounts." in as_alice.get(reverse(URL)).content.decode()
    assert (
        "The organization could not be read since. You cannot ListAccounts."
        in as_alice.get(reverse("users:accounts")).content.decode()
    )
    organization.denied = {"ListOrganizationalUnitsForParent"}
    assert read(as_alice).state == "done"
    assert units() == before, "units that were not read stay"
    assert "You cannot ListOrganizationalUnitsForParent." in as_alice.get(reverse(URL)).content.decode()
    organization.denied, organization.throttled = set(), 1
    assert read(as_alice).state == "done"


def test_no_organization_is_said(as_alice, aws):
    job = read(as_alice)
    assert job.state == "failed"
    assert "not a member of an organization" in job.error


@pytest.mark.parametrize(
    ("changes", "field", "sentence"),
    [
        ({"accounts": []}, "accounts", "at least one account"),
        ({"accounts": ["444444444444"]}, "accounts", "Choose accounts from the list"),
        ({"accounts": [SANDBOX]}, "accounts", "Choose accounts from the list"),
        ({"role_name": "a b"}, "role_name", "letters, digits"),
        ({"role_name": ""}, "role_name", "Enter the role name."),
        ({"read_every": "7"}, "read_every", "valid choice"),
    ],
)
def test_what_does_not_fit_is_said_at_its_field(as_alice, server, changes, field, sentence):
    read(as_alice)
    answer = as_alice.post(reverse(URL), {**SETTINGS, "accounts": [PAYMENTS], **changes})
    assert answer.status_code == 400
    assert sentence in answer.context["form"].errors[field][0]
    assert not Job.objects.filter(kind="link-accounts").exists()


def test_a_linked_account_can_be_the_one_that_reads(as_alice, server):
    read(as_alice)
    as_alice.post(reverse(URL), {**SETTINGS, "accounts": [PAYMENTS]})
    run_jobs()
    server.calls.clear()
    assert read(as_alice, reader=PAYMENTS).state == "done"
    keys = {call.access_key_id for call in server.calls if call.service == "organizations"}
    assert keys.isdisjoint({"AKIAIOSFODNN7EXAMPLE"}), "the role's session asks"
    assert Organization.objects.get().reader.account_id == PAYMENTS
    assert read(as_alice, reader="123").state == "done", "an unknown identity starts no other reading"
    assert Job.objects.filter(kind="read-organization").count() == 2


def test_lists_of_accounts_are_narrowed_to_a_unit_and_those_below(as_alice, server, organization):
    read(as_alice)
    as_alice.post(reverse(URL), {**SETTINGS, "accounts": [PAYMENTS, SEARCH, MANAGEMENT]})
    run_jobs()
    for name in (
        "users:accounts", "across-accounts", "users:across-users", "credentials:across-access-keys",
        "across-findings", "reports:across-credential-reports",
    ):  # fmt: skip
        page = as_alice.get(reverse(name), {"unit": WORK})
        text = page.content.decode()
        assert "Root / Work / Prod" in text, name
        shown = page.context["page"] if name in ("users:accounts", "across-accounts") else None
        if shown is not None:
            ids = {getattr(row, "account", row).account_id for row in shown}
            assert ids == {PAYMENTS, SEARCH}, name
        missing = as_alice.get(reverse(name), {"unit": "ou-root-nothing0"})
        assert missing.status_code == 200
    event = Event.objects.filter(action="iamconsole:ListAcrossAccounts", detail__OrganizationalUnitId=WORK)
    assert set(event.first().detail["AccountIds"]) == {PAYMENTS, SEARCH}
    exported = as_alice.get(reverse("export-across-accounts", args=["json"]), {"unit": PROD})
    assert b"Payments" in b"".join(exported.streaming_content)
    assert b"Search" not in b"".join(
        as_alice.get(exported.request["PATH_INFO"], {"unit": PROD}).streaming_content
    )


def test_only_administrators_of_the_home_account_read_it(client, bob, sign_in, server):
    bobs = sign_in(client, bob)
    assert bobs.post(reverse("users:read-organization")).status_code == 403
    assert bobs.get(reverse(URL)).status_code == 403
    assert not server.asked()
