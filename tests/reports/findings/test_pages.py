"""A finding's page, the rules and the standards: what they show, and what is decided there."""

import csv
import io
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from reports.findings.evaluation import evaluate
from reports.findings.rule import today
from reports.findings.rules import BY_ID
from reports.models import Attestation, Finding, FindingSettings, RuleLevel, RuleResult
from tests.cast import ADMINISTRATOR_ACCESS, PASSWORD, make_user
from tests.reports.findings.test_evaluation import OLD, UNUSED_90, make_key
from tests.reports.findings.test_lists import allow, reads
from users.models import Account, AccountLink

pytestmark = pytest.mark.django_db
SOON = (today() + timedelta(days=30)).isoformat()


@pytest.fixture
def finding(home):
    make_key(make_user(home, "erin"), 100, used_days=95)
    evaluate([home])
    return Finding.objects.get(rule=UNUSED_90)


@pytest.fixture
def as_alice(client, alice, finding, sign_in):
    return sign_in(client, alice)


@pytest.fixture
def attested(monkeypatch):
    """A rule that a person attests."""
    monkeypatch.setattr(type(BY_ID[OLD]), "attested", True)
    return BY_ID[OLD]


def text_of(answer) -> str:
    return " ".join(answer.content.decode().split())


def send(client, finding, do, **fields):
    answer = client.post(f"/findings/{finding.pk}/", {"do": do, **fields})
    finding.refresh_from_db()
    return answer


# A finding


def test_a_finding_says_what_is_the_matter_and_what_to_do(as_alice, finding):
    page = text_of(as_alice.get(f"/findings/{finding.pk}/"))
    for words in (
        "Access key not used for 90 days",
        "Last used on ",
        "Nobody misses it",
        "Review unused access keys",
        "PCI DSS 4.0.1",
        "8.2.6",
        "Live",
        "90 days",
        'href="/reports/unused-credentials/?days=90&amp;kind=key"',
    ):
        assert words in page, words


def test_all_decisions_of_the_page(as_alice, finding):
    assert send(as_alice, finding, "acknowledge").status_code == 302
    assert finding.state == "acknowledged"
    assert "Take back acknowledgment" in text_of(as_alice.get(f"/findings/{finding.pk}/"))
    send(as_alice, finding, "unacknowledge")
    assert finding.state == "open"
    send(as_alice, finding, "details", owner="ops@example.com", due_date=SOON, ticket="https://t.example/1")
    assert (finding.owner, finding.due_date.isoformat(), finding.ticket) == (
        "ops@example.com", SOON, "https://t.example/1",
    )  # fmt: skip
    changes = finding.changes.count()
    send(as_alice, finding, "details", owner="ops@example.com", due_date=SOON, ticket="https://t.example/1")
    assert finding.changes.count() == changes, "what did not change writes nothing"
    send(as_alice, finding, "comment", text="Asked <b>the team</b>.")
    send(as_alice, finding, "exempt", reason="Replaced in spring.", ends_on=SOON)
    assert finding.state == "exempt"
    page = text_of(as_alice.get(f"/findings/{finding.pk}/"))
    assert "Asked &lt;b&gt;the team&lt;/b&gt;." in page
    assert "Replaced in spring." in page
    send(as_alice, finding, "end")
    assert finding.state == "open", "the rule never stopped finding fault with it"
    page = text_of(as_alice.get(f"/findings/{finding.pk}/"))
    for words in ("Acknowledged", "Assigned", "Due date set", "Exemption granted", "Exemption ended"):
        assert words in page, words


@pytest.mark.parametrize(
    ("do", "fields", "sentence"),
    [
        ("details", {"due_date": "2020-01-01"}, "is over"),
        ("details", {"due_date": "soon"}, "is not a date"),
        ("details", {"ticket": "javascript:alert(1)"}, "begins with https://"),
        ("exempt", {"reason": "x", "ends_on": ""}, "Without an end it would never be looked at again"),
        ("exempt", {"reason": "x", "ends_on": "2099-01-01"}, "more than 366 days away"),
        ("exempt", {"reason": "", "ends_on": SOON}, "Enter the reason"),
        ("comment", {"text": ""}, "Enter a comment"),
        ("end", {}, "not exempt"),
        ("nothing-known", {}, "does not know this action"),
    ],
)
def test_bad_input_has_a_sentence_and_changes_nothing(as_alice, finding, do, fields, sentence):
    answer = send(as_alice, finding, do, **fields)
    assert answer.status_code == 400
    assert sentence in text_of(answer)
    assert (finding.state, finding.changes.count()) == ("open", 0)


def test_one_proposes_and_another_grants(as_alice, client, finding, home, sign_in):
    FindingSettings.objects.create(account=home, second_person=True)
    page = text_of(as_alice.get(f"/findings/{finding.pk}/"))
    assert 'value="exempt"' not in page
    send(as_alice, finding, "propose", reason="Replaced in spring.", ends_on=SOON)
    assert "Somebody else has to grant it" in text_of(as_alice.get(f"/findings/{finding.pk}/"))
    assert 'value="grant"' not in text_of(as_alice.get(f"/findings/{finding.pk}/"))
    client.logout()
    sign_in(client, make_user(home, "carol", password=PASSWORD, policies=(ADMINISTRATOR_ACCESS,)))
    page = text_of(client.get(f"/findings/{finding.pk}/"))
    assert "alice proposes it" in page
    send(client, finding, "grant")
    exemption = finding.exemptions.get()
    assert (finding.state, exemption.reason) == ("exempt", "Replaced in spring.")


def test_a_reader_sees_no_button_that_is_refused(client, bob, finding, sign_in):
    sign_in(client, bob)
    allow(bob, reads("iamconsole:ListFindings", "iam:ListAccessKeys"))
    page = text_of(client.get(f"/findings/{finding.pk}/"))
    assert 'name="do"' not in page
    assert "This needs iam:GetCredentialReport" in page, "the next step is locked, with the reason"
    assert send(client, finding, "acknowledge").status_code == 400
    assert finding.state == "open"


def test_what_is_over_says_so(as_alice, finding):
    closed = {"closed_at": timezone.now()}
    for state, words in (
        ("fixed", "no longer finds fault"),
        ("withdrawn", "not mean that anything was fixed"),
    ):
        Finding.objects.filter(pk=finding.pk).update(state=state, **closed)
        page = text_of(as_alice.get(f"/findings/{finding.pk}/"))
        assert words in page
        assert 'value="exempt"' not in page
        assert 'value="comment"' in page


@pytest.mark.parametrize(
    ("kind", "words"),
    [("linked", "Last sync, 4 Oct 2026, 06:00 UTC"), ("unlinked", "when the account was unlinked")],
)
def test_facts_have_their_age(as_alice, finding, home, kind, words):
    at = datetime(2026, 10, 4, 6, tzinfo=UTC)
    if kind == "linked":
        Account.objects.filter(pk=home.pk).update(kind=Account.Kind.LINKED)
        AccountLink.objects.create(account=home, synced_at=at)
    else:
        Account.objects.filter(pk=home.pk).update(kind=Account.Kind.IMPORTED, snapshot_at=at)
    for url in ("/findings/", "/findings/rules/", "/findings/standards/", "/findings/standards/fsbp/"):
        assert words in text_of(as_alice.get(url)), url
    if kind == "linked":
        send(as_alice, finding, "acknowledge")
        assert finding.state == "acknowledged", "findings are the console's own, whatever the kind of account"


# Rules


def test_rules_with_their_sums(as_alice, finding, home):
    Finding.objects.filter(pk=finding.pk).update(state="exempt", exempt_until=today() + timedelta(days=9))
    evaluate([home])
    rows = {row.rule.id: row for row in as_alice.get("/findings/rules/").context["rows"]}
    assert (rows[OLD].outcome, rows[OLD].to_do, rows[OLD].subjects) == ("fail", 1, 1)
    assert (rows[UNUSED_90].outcome, rows[UNUSED_90].to_do, rows[UNUSED_90].exempt) == ("exempt", 0, 1)
    page = text_of(as_alice.get("/findings/rules/"))
    assert f'href="/findings/?rule={OLD}"' in page
    assert f'href="/findings/?rule={UNUSED_90}&amp;state=exempt"' in page


def test_what_was_not_read_is_not_known(as_alice, home):
    Account.objects.filter(pk=home.pk).update(kind=Account.Kind.LINKED)
    unread = {"unknown": ["GetCredentialReport", "ListAccessKeys"]}
    AccountLink.objects.create(account=home, synced_at=timezone.now(), sync_counts=unread)
    evaluate([Account.objects.select_related("link").get(pk=home.pk)])
    row = next(row for row in as_alice.get("/findings/rules/").context["rows"] if row.rule.id == OLD)
    assert row.outcome == "not-known"
    assert "could not read" in row.why
    assert row.why in text_of(as_alice.get(f"/findings/rules/{OLD}/"))


def test_the_level_of_a_rule(as_alice, home):
    page = text_of(as_alice.get(f"/findings/rules/{OLD}/"))
    assert 'value="act"' not in page, "nothing that it does could be undone"
    assert 'value="act-dry-run"' in text_of(as_alice.get(f"/findings/rules/{UNUSED_90}/"))
    for level, expected in (("act-dry-run", ("act", True)), ("act", ("act", False)), ("off", ("off", False))):
        answer = as_alice.post(f"/findings/rules/{UNUSED_90}/", {"level": level})
        assert answer.status_code == 302
        row = RuleLevel.objects.get(account=home, rule=UNUSED_90)
        assert (row.level, row.dry_run)[: 1 if level == "off" else 2] == expected[
            : 1 if level == "off" else 2
        ]
    assert as_alice.post(f"/findings/rules/{OLD}/", {"level": "act"}).status_code == 400
    assert as_alice.get("/findings/rules/none-such/").status_code == 404
    evaluate([home])
    assert "Off" in text_of(as_alice.get(f"/findings/rules/{UNUSED_90}/"))
    assert not Finding.objects.to_do().filter(rule=UNUSED_90)


def test_settings(as_alice, home):
    as_alice.post("/findings/settings/", {"contact": "ops@example.com", "second_person": "on"})
    row = FindingSettings.objects.get(account=home)
    assert (row.contact, row.second_person) == ("ops@example.com", True)
    refused = as_alice.post("/findings/settings/", {"contact": "nobody"})
    assert refused.status_code == 400
    assert "not an e-mail address" in text_of(refused)


# Standards


def test_a_standard_control_by_control(as_alice, finding):
    rows = {row.standard.id: row for row in as_alice.get("/findings/standards/").context["rows"]}
    assert rows["fsbp"].failed >= 2
    controls = {one.number: one for one in as_alice.get("/findings/standards/fsbp/").context["row"].controls}
    assert (controls["IAM.8"].outcome, controls["IAM.8"].to_do) == ("fail", 1)
    page = text_of(as_alice.get("/findings/standards/fsbp/"))
    assert 'href="/findings/?standard=fsbp&amp;control=IAM.8"' in page
    assert "1 access key checked" in page
    assert as_alice.get("/findings/standards/none/").status_code == 404


def test_controls_are_in_the_order_of_their_numbers(as_alice):
    numbers = [one.number for one in as_alice.get("/findings/standards/cis-3.0/").context["row"].controls]
    assert numbers.index("1.12") < numbers.index("1.14")
    assert [int(one.rpartition(".")[2]) for one in numbers if one.startswith("1.")] == sorted(
        int(one.rpartition(".")[2]) for one in numbers if one.startswith("1.")
    )


def test_a_standard_is_exported(as_alice, finding):
    answer = as_alice.get("/findings/standards/pci-4/export/exact/")
    rows = list(csv.DictReader(io.StringIO(b"".join(answer.streaming_content).decode())))
    (row,) = [row for row in rows if row["control"] == "8.2.6" and row["rule"] == UNUSED_90]
    assert (row["control_outcome"], row["to_do"], row["facts_from"]) == ("fail", "1", "Live")


def test_a_standard_reads_sums_and_never_the_findings(as_alice, home, finding):
    for number in range(20):
        make_key(make_user(home, f"user-{number}"), 100, used_days=95)
    evaluate([home])
    with CaptureQueriesContext(connection) as found:
        as_alice.get("/findings/standards/fsbp/")
    table = Finding._meta.db_table
    assert not [query["sql"] for query in found if f'FROM "{table}"' in query["sql"]]
    assert RuleResult.objects.get(account=home, rule=UNUSED_90).to_do == 21


def test_a_control_is_attested_until_a_day(as_alice, home, attested):
    url = f"/findings/rules/{attested.id}/attest/"
    assert as_alice.get(url).status_code == 200
    for fields, sentence in (
        ({"holds": "", "text": "x", "ends_on": SOON}, "Choose what you attest"),
        ({"holds": "yes", "text": "", "ends_on": SOON}, "Say how you know"),
        ({"holds": "yes", "text": "x", "ends_on": "2020-01-01"}, "is over"),
    ):
        answer = as_alice.post(url, fields)
        assert answer.status_code == 400
        assert sentence in text_of(answer)
    back = {"next": "/findings/standards/fsbp/"}
    answer = as_alice.post(url, {"holds": "yes", "text": "See the wiki.", "ends_on": SOON, **back})
    assert answer.url == "/findings/standards/fsbp/"
    row = Attestation.objects.get(account=home)
    assert (row.holds, row.text, row.ends_on.isoformat()) == (True, "See the wiki.", SOON)
    assert "Attested by alice" in text_of(as_alice.get("/findings/standards/fsbp/"))
    Attestation.objects.update(ends_on=today() - timedelta(days=1))
    assert "Attestation expired" in text_of(as_alice.get("/findings/standards/fsbp/"))
    as_alice.post(f"{url}withdraw/")
    assert Attestation.objects.get().withdrawn_at is not None
    assert "Nobody has attested it" in text_of(as_alice.get(f"/findings/rules/{attested.id}/"))


def test_what_this_console_checks_nobody_attests(as_alice):
    assert as_alice.get(f"/findings/rules/{UNUSED_90}/attest/").status_code == 404


# The user's page


def test_a_user_and_its_key_show_their_findings(as_alice, client, bob, finding, sign_in):
    url = f"/users/{finding.user.user_id}/security-credentials/"
    page = text_of(as_alice.get(url))
    assert page.count(f'href="/findings/{finding.pk}/"') == 2, "in the section and on the card of the key"
    as_alice.post(f"/findings/{finding.pk}/", {"do": "exempt", "reason": "Agreed.", "ends_on": SOON})
    page = text_of(as_alice.get(url))
    assert page.count(f'href="/findings/{finding.pk}/"') == 1, "the card shows what is to do"
    client.logout()
    sign_in(client, bob)
    allow(bob, reads("iam:GetUser", "iam:GetLoginProfile", "iam:ListMFADevices", "iam:ListAccessKeys"))
    assert str(finding.pk) not in text_of(client.get(url)), "Bob cannot list findings"
