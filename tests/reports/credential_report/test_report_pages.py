"""Credential reports on screen: found, sorted, marked; said to be ready; and any two of them compared."""

import hashlib
from datetime import UTC, datetime, timedelta

import pytest
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from lxml import html

from iamconsole import jobs
from iamconsole.models import Event, Job
from reports.credential_report import marks
from reports.credential_report.marks import Mark
from reports.models import CredentialReport
from tests.cast import make_account, make_user
from tests.reports.uploads import report, row
from users.models import Account, AccountLink

pytestmark = pytest.mark.django_db
AT = datetime(2026, 11, 1, 10, 20, 30, tzinfo=UTC)
OLD = "2025-01-01T00:00:00Z"
NEW = "2026-10-30T00:00:00Z"


def kept(account, content: bytes, source: str = "console", at: datetime = AT) -> CredentialReport:
    return CredentialReport.objects.create(
        account=account,
        source=source,
        content=content,
        size=len(content),
        rows=content.count(b"\n"),
        sha256=hashlib.sha256(content).hexdigest(),
        made_by_arn=f"arn:aws:iam::{account.account_id}:user/alice",
        generated_at=at,
    )


def page_of(client, made: CredentialReport, query: str = ""):
    return client.get(reverse("reports:view-credential-report", args=[made.id]) + query)


def cells(answer) -> list[list[str]]:
    """The cells of the table of a page, line by line."""
    lines = html.fromstring(answer.content).xpath("//main//table/tbody/tr | //main//table/tr[td]")
    return [[" ".join(cell.text_content().split()) for cell in line.xpath("td")] for line in lines]


PEOPLE = report(
    row("zoe", password_enabled="true", password_last_used=NEW, password_last_changed=OLD),
    row("ann", mfa_active="true", password_enabled="true", password_last_used=NEW),
    row("bot", access_key_1_active="true", access_key_1_last_rotated=OLD),
    row("new", access_key_1_active="true", access_key_1_last_rotated=NEW),
    row("gone", access_key_1_last_rotated=OLD),
)


def test_rows_are_found_sorted_and_marked(client, alice, sign_in):
    """As of the time of the report; new and inactive keys are no findings."""
    sign_in(client, alice)
    zoe = make_user(alice.account, "zoe")
    made = kept(alice.account, PEOPLE)
    lines = {line[0]: line[1] for line in cells(page_of(client, made))}
    assert lines == {
        "<root_account>": "–",
        "zoe": "Password without MFA",
        "ann": "–",
        "bot": "Access key of 669 days Access key never used in 669 days",
        "new": "–",
        "gone": "–",
    }
    assert [line[0] for line in cells(page_of(client, made, "?show=marked"))] == ["zoe", "bot"]
    assert [line[0] for line in cells(page_of(client, made, "?q=NN"))] == ["ann"]
    assert [line[0] for line in cells(page_of(client, made, "?sort=-user"))][:2] == ["zoe", "new"]
    by_use = [line[0] for line in cells(page_of(client, made, "?sort=password_last_used"))]
    assert set(by_use[:2]) == {"ann", "zoe"}, "what is absent comes last"
    chosen = page_of(client, made, "?column=user&column=cert_2_active&column=nonsense")
    assert [len(line) for line in cells(chosen)] == [3] * 6
    assert "Certificate 2 active" in chosen.content.decode()
    assert reverse("users:user", args=[zoe.user_id]) in chosen.content.decode()
    text = page_of(client, made).content.decode()
    assert hashlib.sha256(PEOPLE).hexdigest() in text
    assert f"{alice.account.arn.removesuffix('root')}user/alice" in text


def test_another_source_of_marks_takes_the_place_of_the_rules(client, alice, sign_in, monkeypatch):
    sign_in(client, alice)
    monkeypatch.setattr(marks, "_SOURCE", [])
    marks.mark_with(
        lambda line, at: iter([Mark("user", "error", "Because")] if line["user"] == "ann" else [])
    )
    lines = {line[0]: line[1] for line in cells(page_of(client, kept(alice.account, PEOPLE)))}
    assert {name for name, why in lines.items() if why == "Because"} == {"ann"}


@pytest.mark.parametrize(
    ("kind", "source", "said"),
    [
        ("local", "console", ("This console&#x27;s directory", "As of 2026-11-01 10:20:30 UTC")),
        ("linked", "aws", ("AWS&#x27;s report", "AWS made it 2026-11-01 10:20:30 UTC")),
        ("imported", "upload", ("An uploaded file", f"The latest time in it is {NEW}")),
        ("imported", "console", ("This console&#x27;s copy of the account", "As of the last sync")),
    ],
)
def test_the_page_says_what_the_facts_are_from(kind, source, said, client, alice, sign_in):
    Account.objects.filter(pk=alice.account.pk).update(kind=kind)
    if kind == "linked":
        AccountLink.objects.create(account=alice.account, synced_at=timezone.now())
    sign_in(client, alice)
    text = page_of(client, kept(alice.account, PEOPLE, source)).content.decode()
    for words in said:
        assert words in text


BEFORE = report(
    row("ann", mfa_active="false", password_enabled="TRUE"),
    row("bob"),
    row("carl", user_creation_time="2026-01-01T00:00:00+00:00"),
)
AFTER = report(
    row("ann", mfa_active="true", password_enabled="true"),
    row("carl", user_creation_time="2026-01-01T00:00:00Z"),
    row("dora"),
    row("Bob", user_creation_time="2026-10-01T00:00:00Z"),
)


def test_two_reports_are_compared_in_any_order_and_exported(client, alice, sign_in):
    """Spelling is no change, and a user created again under its name is another one."""
    sign_in(client, alice)
    old = kept(alice.account, BEFORE, "upload", AT - timedelta(days=30))
    new = kept(alice.account, AFTER, "aws")
    expected = [
        ["ann", "Changed", "mfa_active", "false", "true"],
        ["bob", "Removed", "", "", ""],
        ["Bob", "Added", "", "", ""],
        ["dora", "Added", "", "", ""],
    ]
    url = reverse("reports:compare-credential-reports")
    for query in (f"?before={old.id}&after={new.id}", f"?before={new.id}&after={old.id}"):
        assert cells(client.get(url + query)) == expected
    both = f"?before={old.id}&after={new.id}"
    assert cells(client.get(f"{url}{both}&kind=added&q=o")) == expected[2:]
    file = client.get(reverse("reports:export-credential-report-comparison", args=["exact"]) + both)
    lines = file.getvalue().decode().split("\r\n")
    assert lines[1:3] == ["ann,changed,mfa_active,false,true", "bob,removed,,,"]
    assert Event.objects.get(action="iamconsole:ExportReportComparison").detail["After"] == str(new.id)
    assert "Both reports say the same" in client.get(f"{url}?before={new.id}&after={new.id}").content.decode()


def test_an_older_format_is_compared_by_the_columns_that_both_have(client, alice, sign_in):
    sign_in(client, alice)
    columns = [line.split(",")[:18] for line in AFTER.decode().split("\n")]
    older = "\n".join(",".join(cells) for cells in columns).replace(
        "root,2020-01-02T03:04:05Z,true", "root,2020-01-02T03:04:05Z,not_supported"
    )
    old = kept(alice.account, older.encode(), at=AT - timedelta(days=900))
    new = kept(alice.account, AFTER)
    answer = client.get(f"{reverse('reports:compare-credential-reports')}?before={old.id}&after={new.id}")
    assert "Only the later one has cert_1_active" in answer.content.decode()
    assert cells(answer) == []
    assert len(cells(page_of(client, old, "?column=user&column=cert_1_active"))) == 5


def test_the_page_says_ready_without_javascript(client, alice, bob, sign_in):
    sign_in(client, alice)
    client.post(reverse("reports:generate-credential-report"))
    job = Job.objects.get()
    assert "is ready" not in client.get(reverse("reports:credential-report")).content.decode()
    jobs.run(str(job.id))
    page = client.get(reverse("reports:credential-report")).content.decode()
    made = CredentialReport.objects.get()
    assert "is ready" in page
    assert page.count(f'{reverse("reports:view-credential-report", args=[made.id])}"') == 2
    Job.objects.update(finished_at=timezone.now() - timedelta(hours=1))
    assert "is ready" not in client.get(reverse("reports:credential-report")).content.decode()


def test_another_accounts_report_is_not_shown_or_compared(client, alice, bob, sign_in):
    sign_in(client, alice)
    other, mine = kept(make_account("200000000002"), PEOPLE), kept(alice.account, PEOPLE)
    assert page_of(client, other).status_code == 404
    query = f"?before={other.id}&after={mine.id}"
    assert cells(client.get(reverse("reports:compare-credential-reports") + query)) == []
    url = reverse("reports:export-credential-report-comparison", args=["exact"])
    assert client.get(url + query).status_code == 404
    assert client.get(f"{url}?before=nonsense&after={mine.id}").status_code == 404


def test_many_rows_take_no_more_queries(client, alice, sign_in, django_assert_max_num_queries):
    from django.db import connection

    sign_in(client, alice)
    few = kept(alice.account, report(row("ann")))
    many = kept(alice.account, report(*(row(f"user-{number:05d}") for number in range(5_000))))
    counts = []
    for made in (few, few, many):
        with CaptureQueriesContext(
            connection,
        ) as queries:
            answer = page_of(client, made, "?sort=-user")
        assert answer.status_code == 200
        counts.append(len(queries))
    assert counts[2] == counts[1]
    assert len(cells(answer)) == 50
