"""The lists of findings: of an account and of all accounts, found, filtered, decided and exported."""

import csv
import io
import json
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from iamconsole.models import Event
from reports.findings.evaluation import evaluate
from reports.findings.rule import today
from reports.models import Finding, FindingSettings
from tests.cast import ADMINISTRATOR_ACCESS, PASSWORD, make_account, make_user
from tests.reports.findings.test_evaluation import OLD, UNUSED_45, UNUSED_90, make_key
from users.models import InlinePolicy

pytestmark = pytest.mark.django_db
HERE, ALL = "/findings/", "/all-accounts/findings/"
SOON = (today() + timedelta(days=30)).isoformat()
EAST = "200000000001"


@pytest.fixture
def keys(home):
    """Alice's two neighbors with keys: one very old and used, one old and unused."""
    made = [
        make_key(make_user(home, "dave"), 400, used_days=1),
        make_key(make_user(home, "erin"), 100, used_days=95),
    ]
    evaluate([home])
    return made


@pytest.fixture
def east(home):
    """Another account with one finding."""
    account = make_account(EAST, alias="eastwind")
    make_key(make_user(account, "robot"), 400, used_days=1)
    evaluate([account])
    return account


@pytest.fixture
def as_alice(client, alice, keys, sign_in):
    return sign_in(client, alice)


def of_keys(answer) -> list[tuple[str, str]]:
    """Rule and user of the findings about access keys that a page shows."""
    found = [row.finding for row in answer.context["rows"]]
    return [(one.rule, one.user_name) for one in found if one.rule.startswith("access-key-")]


def shown(client, url=HERE, **query) -> list[tuple[str, str]]:
    return of_keys(client.get(url, query))


def allow(user, *statements) -> None:
    document = json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
    name = f"p{user.inline_policies.count()}"
    InlinePolicy.objects.create(user=user, policy_name=name, name_folded=name, document=document)


def reads(*actions: str) -> dict:
    return {"Effect": "Allow", "Action": list(actions), "Resource": "*"}


# What is shown


def test_the_worst_first(as_alice):
    rows = shown(as_alice)
    assert rows[0] == (OLD, "dave"), "older than a year: high"
    assert set(rows[1:]) == {(OLD, "erin"), (UNUSED_90, "erin"), (UNUSED_45, "erin")}
    assert shown(as_alice, sort="-severity")[-1] == (OLD, "dave")
    page = as_alice.get(HERE).content.decode()
    assert "Access key older than 90 days" in page
    assert "Facts: Live." in " ".join(page.split())


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"rule": OLD}, {"dave", "erin"}),
        ({"rule": UNUSED_90}, {"erin"}),
        ({"severity": "2", "kind": "access-key"}, {"dave"}),
        ({"owner": "erin"}, {"erin"}),
        ({"standard": "cis-3.0", "control": "1.12"}, {"erin"}),
        ({"standard": "pci-4", "control": "8.3.9"}, {"dave", "erin"}),
        ({"control": "IAM.22"}, {"erin"}),
        ({"kind": "access-key"}, {"dave", "erin"}),
        ({"age": "1"}, set()),
        ({"age": "0", "kind": "access-key"}, {"dave", "erin"}),
        ({"overdue": "yes"}, set()),
        ({"ticket": "yes"}, set()),
        ({"q": "DAV"}, {"dave"}),
        ({"q": "older than"}, {"dave", "erin"}),
        ({"q": "nobody-at-all"}, set()),
        ({"state": "exempt"}, set()),
        ({"state": "all", "kind": "access-key"}, {"dave", "erin"}),
    ],
)
def test_filters_are_in_the_address(as_alice, query, expected):
    assert {user for _, user in shown(as_alice, **query)} == expected
    for sort in ("-subject", "due", "-opened"):
        assert {user for _, user in shown(as_alice, **query, sort=sort)} == expected


def test_a_filter_that_makes_no_sense_is_told(as_alice):
    page = as_alice.get(HERE, {"rule": "none-such", "severity": "9"}).content.decode()
    assert "A filter in this address is not valid" in page
    assert "Rule: none-such" in page


def test_pages_go_on_from_a_row(as_alice, home):
    for number in range(30):
        make_key(make_user(home, f"user-{number:02}"), 100, used_days=1)
    evaluate([home])
    for sort in ("severity", "subject", "due", "-opened"):
        first = as_alice.get(HERE, {"rule": OLD, "sort": sort})
        more = as_alice.get(HERE, {"rule": OLD, "sort": sort, "older": first.context["page"].older})
        ids = [row.finding.pk for answer in (first, more) for row in answer.context["rows"]]
        assert len(ids) == len(set(ids)) == 32, sort
        back = as_alice.get(HERE, {"rule": OLD, "sort": sort, "newer": more.context["page"].newer})
        assert [row.finding.pk for row in back.context["rows"]] == ids[:25]
    assert first.context["matching"] == "32"


def test_nothing_to_do_and_not_evaluated_yet(client, alice, home, sign_in):
    sign_in(client, alice)
    assert "Not evaluated yet" in client.get(HERE).content.decode()
    evaluate([home])
    Finding.objects.all().delete()
    assert "Nothing to do" in client.get(HERE).content.decode()
    assert "No matches" in client.get(HERE, {"q": "x"}).content.decode()


# Who sees what


def test_it_needs_the_permission(client, bob, keys, sign_in):
    sign_in(client, bob)
    assert client.get(HERE).status_code == 403
    allow(bob, reads("iamconsole:ListFindings"))
    answer = client.get(HERE)
    assert of_keys(answer) == [], "Bob cannot list access keys"
    assert "not shown" in answer.content.decode()
    finding = Finding.objects.filter(rule=OLD).first()
    assert client.get(f"/findings/{finding.pk}/").status_code == 404
    assert OLD not in exported(client, reverse("reports:export-findings", args=["json"]))
    allow(bob, reads("iam:ListAccessKeys"))
    assert len(shown(client)) == 4
    assert client.get(f"/findings/{finding.pk}/").status_code == 200


def test_findings_of_another_account_are_not_found(as_alice, east):
    assert len(shown(as_alice)) == 4
    other = Finding.objects.get(account=east, rule=OLD)
    assert as_alice.get(f"/findings/{other.pk}/").status_code == 404


def test_all_accounts_one_may_read(client, alice, bob, keys, east, sign_in):
    sign_in(client, alice)
    assert (OLD, "robot") in shown(client, ALL)
    assert shown(client, ALL, account=EAST) == [(OLD, "robot")]
    page = client.get(ALL, {"account": EAST}).content.decode()
    finding = Finding.objects.get(account=east, rule=OLD)
    assert f'name="next" value="/{EAST}/findings/{finding.pk}/"' in page, "the way switches first"
    client.logout()
    sign_in(client, bob)
    allow(bob, reads("iamconsole:ListAcrossAccounts", "iamconsole:ListFindings"))
    assert client.get(ALL).status_code == 200
    assert shown(client, ALL) == [], "no role, and no keys of the own account"
    role = f"arn:aws:iam::{EAST}:role/IamConsoleAuditor"
    allow(bob, {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": role})
    assert shown(client, ALL) == [(OLD, "robot")]
    allow(bob, reads("iam:ListAccessKeys"))
    assert len(shown(client, ALL)) == 4


def test_queries_do_not_grow(client, alice, home, sign_in):
    def filled(number: int) -> None:
        account = make_account(f"3000000000{number:02}", alias=f"plant-{number}")
        make_key(make_user(account, "ann", password=PASSWORD, policies=(ADMINISTRATOR_ACCESS,)), 100)
        evaluate([account])

    sign_in(client, alice)
    for number in (1, 2):
        filled(number)
    counts = []
    for numbers in ((), range(3, 23)):
        for number in numbers:
            filled(number)
        for query in ({}, {"rule": OLD, "severity": "3"}, {"age": "0"}):
            client.get(ALL, query)
            with CaptureQueriesContext(connection) as found:
                assert client.get(ALL, query).status_code == 200
            counts.append(len(found))
    assert counts[:3] == counts[3:]


# Taking it away


def exported(client, url: str, **query) -> str:
    return b"".join(client.get(url, query).streaming_content).decode()


def test_the_view_is_exported(as_alice, east):
    url = reverse("reports:export-findings", args=["exact"])
    (row,) = csv.DictReader(io.StringIO(exported(as_alice, url, rule=UNUSED_90)))
    assert (row["rule"], row["user_name"], row["severity"], row["state"]) == (
        UNUSED_90, "erin", "medium", "open",
    )  # fmt: skip
    assert row["detail"].startswith("Last used on ")
    assert "PCI DSS 4.0.1 8.2.6" in row["controls"]
    event = Event.objects.get(action="iamconsole:ExportFindings")
    assert event.detail["Filters"] == {"rule": UNUSED_90}
    rows = json.loads(exported(as_alice, "/all-accounts/findings/export/json/", rule=OLD))
    assert {row["account"] for row in rows} == {"northwind", "eastwind"}
    assert as_alice.get("/findings/export/pdf/").status_code == 404


# Deciding


def select(client, decision: str, *, url="/findings/change/", **fields):
    """Send what the list sends; the page that confirms."""
    answer = client.post(url, {"do": decision, **fields})
    assert answer.status_code == 302
    return client.get(answer.url), answer.url


def test_selected_findings_are_acknowledged(as_alice):
    ids = [str(one.pk) for one in Finding.objects.filter(user_name="erin", rule__startswith="access-key")]
    page, url = select(as_alice, "acknowledge", finding=ids)
    assert "Acknowledge 3 findings?" in page.content.decode()
    assert not Finding.objects.filter(state="acknowledged")
    answer = as_alice.post(url, {"shown": page.context["selection"].seal})
    assert answer.status_code == 302
    assert Finding.objects.filter(state="acknowledged").count() == 3
    assert as_alice.post(url, {}).url == answer.url, "confirmed once"
    again, _ = select(as_alice, "acknowledge", finding=ids)
    assert "Left out. It is acknowledged." in again.content.decode()


def test_what_was_shown_is_what_is_done(as_alice):
    first, second = Finding.objects.filter(user_name="erin", rule__in=[OLD, UNUSED_90])
    page, url = select(as_alice, "acknowledge", finding=[str(first.pk), str(second.pk)])
    Finding.objects.filter(pk=first.pk).update(state=Finding.State.FIXED)
    answer = as_alice.post(url, {"shown": page.context["selection"].seal})
    assert answer.status_code == 400
    assert "have changed since you opened this page" in answer.content.decode()
    assert not Finding.objects.filter(state="acknowledged")


def test_all_that_match_are_assigned(as_alice):
    page, url = select(as_alice, "assign", url=f"/findings/change/?rule={OLD}", all="yes")
    seal = page.context["selection"].seal
    assert as_alice.post(url, {"shown": seal, "owner": "ops@example.com"}).url == f"/findings/?rule={OLD}"
    assert set(Finding.objects.filter(rule=OLD).values_list("owner", flat=True)) == {"ops@example.com"}
    page, url = select(as_alice, "ticket", url=f"/findings/change/?rule={OLD}", all="yes")
    seal = page.context["selection"].seal
    refused = as_alice.post(url, {"shown": seal, "ticket": "javascript:alert(1)"})
    assert refused.status_code == 400
    assert "begins with https://" in refused.content.decode()
    as_alice.post(url, {"shown": seal, "ticket": "https://tickets.example.com/7"})
    assert shown(as_alice, ticket="yes", owner="ops@example.com") == [(OLD, "dave"), (OLD, "erin")]


def test_an_exemption_needs_a_reason_and_an_end(as_alice):
    finding = Finding.objects.get(rule=UNUSED_90)
    page, url = select(as_alice, "exempt", finding=[str(finding.pk)])
    seal = page.context["selection"].seal
    for fields, sentence in (
        ({"reason": "", "ends_on": SOON}, "Enter the reason"),
        ({"reason": "x", "ends_on": ""}, "Enter the end date"),
        ({"reason": "x", "ends_on": "2020-01-01"}, "is over"),
    ):
        answer = as_alice.post(url, {"shown": seal, **fields})
        assert answer.status_code == 400
        assert sentence in answer.content.decode()
    as_alice.post(url, {"shown": seal, "reason": "Replaced in spring.", "ends_on": SOON})
    assert shown(as_alice, state="exempt") == [(UNUSED_90, "erin")]
    assert (UNUSED_90, "erin") not in shown(as_alice)


def test_where_two_people_are_needed_it_is_proposed(as_alice, home):
    FindingSettings.objects.create(account=home, second_person=True)
    finding = Finding.objects.get(rule=UNUSED_90)
    page, url = select(as_alice, "exempt", finding=[str(finding.pk)])
    assert "Somebody else has to grant it" in page.content.decode()
    as_alice.post(
        url, {"shown": page.context["selection"].seal, "reason": "Replaced in spring.", "ends_on": SOON}
    )
    finding.refresh_from_db()
    assert (finding.state, finding.exemptions.get().granted_at) == ("open", None)
    again, _ = select(as_alice, "exempt", finding=[str(finding.pk)])
    assert "An exemption is proposed already" in again.content.decode()


def test_findings_of_several_accounts_are_decided_at_once(as_alice, east):
    ids = [str(one.pk) for one in Finding.objects.filter(rule=OLD)]
    page, url = select(as_alice, "acknowledge", url="/all-accounts/findings/change/", finding=ids)
    assert "eastwind" in page.content.decode()
    as_alice.post(url, {"shown": page.context["selection"].seal})
    assert Finding.objects.filter(state="acknowledged").count() == 3
    event = Event.objects.get(action="iamconsole:AcknowledgeFinding", account_id=EAST)
    assert event.principal_arn.startswith(f"arn:aws:sts::{EAST}:assumed-role/IamConsoleAdministrator/")


def test_nothing_selected_and_nothing_allowed(as_alice, client, bob, sign_in):
    answer = as_alice.post("/findings/change/", {"do": "acknowledge", "finding": ["not-an-id"]}, follow=True)
    assert "Select findings in the list" in answer.content.decode()
    client.logout()
    sign_in(client, bob)
    allow(bob, reads("iamconsole:ListFindings", "iam:ListAccessKeys"))
    assert client.get(HERE).context["decisions"] == []
    finding = Finding.objects.get(rule=UNUSED_90)
    page, url = select(client, "acknowledge", finding=[str(finding.pk)])
    assert "This needs iamconsole:AcknowledgeFinding" in page.content.decode()
    assert client.post(url, {"shown": page.context["selection"].seal}).status_code == 400


def test_a_linked_account_is_decided_without_aws(as_alice, east):
    """Findings are known to the console only: no job, and nothing is asked of AWS."""
    from users.models import Account, AccountLink

    Account.objects.filter(pk=east.pk).update(kind=Account.Kind.LINKED)
    AccountLink.objects.create(account=east, synced_at=timezone.now())
    ids = [str(one.pk) for one in Finding.objects.filter(account=east)]
    make_key(make_user(east, "second"), 400, used_days=1)
    evaluate([Account.objects.select_related("link").get(pk=east.pk)])
    page, url = select(
        as_alice, "acknowledge", url=f"/all-accounts/findings/change/?account={EAST}&rule={OLD}", all="yes"
    )
    assert ids
    as_alice.post(url, {"shown": page.context["selection"].seal})
    assert Finding.objects.filter(account=east, rule=OLD, state="acknowledged").count() == 2
