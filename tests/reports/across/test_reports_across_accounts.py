"""The credential reports of several accounts: newest of each, new ones as jobs, all in one CSV."""

import csv
import io
import json
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from iamconsole.credential_report import COLUMNS
from iamconsole.models import Event, Job
from reports.across.reports import HEADER
from reports.credential_report import generation
from reports.models import CredentialReport
from tests.cast import ADMINISTRATOR_ACCESS, PASSWORD, make_account, make_user
from users.callers.build import AUDITOR
from users.models import Account, InlinePolicy

pytestmark = pytest.mark.django_db
PAGE = "/all-accounts/credential-reports/"
EAST, SOUTH, WEST = "200000000001", "200000000002", "200000000003"


@pytest.fixture
def others(home) -> list[Account]:
    accounts = []
    for number, name in enumerate(("eastwind", "southwind", "westwind"), start=1):
        account = make_account(f"20000000000{number}", alias=name)
        make_user(account, f"{name}-robot")
        accounts.append(account)
    return accounts


@pytest.fixture
def as_alice(client, alice, others, sign_in):
    return sign_in(client, alice)


@pytest.fixture
def as_auditor_of_east(client, bob, others, sign_in):
    """Bob, who may take one role of one account and nothing else."""
    role = f"arn:aws:iam::{EAST}:role/{AUDITOR}"
    document = {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Action": "iamconsole:ListAcrossAccounts", "Resource": "*"},
            {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": role},
        ],
    }
    InlinePolicy.objects.create(user=bob, policy_name="p", name_folded="p", document=json.dumps(document))
    return sign_in(client, bob)


def make_report(account: Account, *, days: int = 0, content: bytes = b"") -> CredentialReport:
    rows = 1
    if not content:
        content, rows = generation.generate(account, lambda done, total, note: None)
    return CredentialReport.objects.create(
        account=account,
        content=content,
        rows=rows,
        size=len(content),
        generated_at=timezone.now() - timedelta(days=days),
        made_by_arn="arn:aws:iam::100000000001:user/alice",
    )


def downloaded(client, form: str = "exact", **query) -> str:
    answer = client.get(f"{PAGE}{form}.csv", query)
    assert answer.streaming
    return b"".join(answer.streaming_content).decode()


def rows_of(client, **query) -> dict:
    return {row.account.label: row for row in client.get(PAGE, query).context["page"]}


def test_the_newest_report_of_each_account(as_alice, others):
    make_report(others[0], days=40)
    newest = make_report(others[0], days=3)
    rows = rows_of(as_alice)
    assert list(rows) == ["eastwind", "northwind", "southwind", "westwind"]
    assert rows["eastwind"].report == newest
    assert rows["southwind"].report is None
    assert "3 days ago" in as_alice.get(PAGE).content.decode()
    assert next(iter(rows_of(as_alice, sort="-made"))) == "eastwind"
    assert list(rows_of(as_alice, q="SOUTH")) == ["southwind"]


def test_one_csv_with_the_account_before_the_22_columns(as_alice, others, home):
    make_report(others[0], days=40)
    reports = [make_report(account) for account in (home, others[0])]
    text = downloaded(as_alice)
    lines = text.split("\n")
    assert lines[0].split(",") == ["account_id", *COLUMNS] == HEADER
    exact = [
        f"{report.account.account_id},{line}"
        for report in reports
        for line in bytes(report.content).decode().split("\n")[1:]
    ]
    assert lines[1:] == exact, "each row is the report's own, byte for byte"
    assert "\r" not in text
    assert not text.endswith("\n")


def test_the_form_for_spreadsheets(as_alice, others):
    make_user(others[0], "=cmd")
    make_report(others[0])
    text = downloaded(as_alice, "spreadsheet")
    assert text.startswith('\ufeff"account_id","user"')
    rows = list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline="")))
    assert {row["account_id"] for row in rows} == {EAST}
    assert [row["user"] for row in rows] == ["<root_account>", "'=cmd", "eastwind-robot"]


def test_an_uploaded_report_with_a_new_column_keeps_its_place(as_alice, others):
    cells = ",".join(["ann", *["N/A"] * 21])
    content = f"{','.join(COLUMNS)},additional_credentials_info\n{cells},more\n"
    make_report(others[1], content=content.encode())
    assert downloaded(as_alice).split("\n")[1:] == [f"{SOUTH},{cells}"]


def test_the_download_is_an_event_in_each_account_and_one_at_home(as_alice, alice, others, home):
    reports = {report.account.account_id: str(report.pk) for report in map(make_report, others[:2])}
    downloaded(as_alice)
    taken = Event.objects.filter(action="iamconsole:DownloadCredentialReport")
    assert {event.account_id: event.detail["ReportId"] for event in taken} == reports
    assert {event.origin_arn for event in taken} == {alice.arn}
    event = Event.objects.get(action="iamconsole:ListAcrossAccounts")
    assert (event.account_id, event.detail["Form"]) == (home.account_id, "exact")


def test_nobody_takes_a_report_out_of_sight(as_auditor_of_east, others, home):
    for account in (home, *others):
        make_report(account)
    assert list(rows_of(as_auditor_of_east)) == ["eastwind"]
    text = downloaded(as_auditor_of_east)
    assert "eastwind-robot" in text
    assert "southwind" not in text
    assert home.account_id not in text
    as_auditor_of_east.post(f"{PAGE}generate/")
    assert [job.account_id for job in Job.objects.all()] == [EAST]
    as_auditor_of_east.post(f"{PAGE}generate/", {"account_id": WEST})
    assert not Job.objects.filter(account_id=WEST).exists()


def test_people_of_other_accounts_get_none(client, others, sign_in):
    dora = make_user(others[0], "dora", password=PASSWORD, policies=(ADMINISTRATOR_ACCESS,))
    for account in others:
        make_report(account)
    sign_in(client, dora)
    assert client.get(PAGE).status_code == 403
    assert client.get(f"{PAGE}exact.csv").status_code == 403
    assert client.post(f"{PAGE}generate/").status_code == 403
    assert not Job.objects.exists()


def test_a_job_for_each_account_and_not_twice(as_alice, others, home):
    Account.objects.filter(pk=others[2].pk).update(kind=Account.Kind.IMPORTED)
    answer = as_alice.post(f"{PAGE}generate/", follow=True)
    assert "3 reports started." in answer.content.decode()
    assert {job.account_id for job in Job.objects.all()} == {home.account_id, EAST, SOUTH}
    east = Job.objects.get(account_id=EAST)
    assert east.starter["role"] == "IamConsoleAdministrator"
    assert "assumed-role/IamConsoleAdministrator/alice" in east.started_by_arn
    answer = as_alice.post(f"{PAGE}generate/", follow=True)
    assert "No report was started" in answer.content.decode()
    assert Job.objects.count() == 3
    assert "Waiting" in answer.content.decode()


def test_a_job_for_one_account_or_for_those_shown(as_alice):
    as_alice.post(f"{PAGE}generate/", {"account_id": SOUTH})
    assert [job.account_id for job in Job.objects.all()] == [SOUTH]
    as_alice.post(f"{PAGE}generate/?q=west")
    assert {job.account_id for job in Job.objects.all()} == {SOUTH, WEST}


def test_no_other_form(as_alice):
    assert as_alice.get(f"{PAGE}pdf.csv").status_code == 404


def test_queries_do_not_grow_with_the_accounts(client, alice, home, sign_in):
    def filled(number: int) -> None:
        make_report(make_account(f"3000000000{number:02}", alias=f"plant-{number}"))

    for number in (1, 2):
        filled(number)
    sign_in(client, alice)
    counts = []
    for numbers in ((), range(3, 31)):
        for number in numbers:
            filled(number)
        client.get(PAGE)
        with CaptureQueriesContext(connection) as found:
            assert client.get(PAGE).status_code == 200
        counts.append(len(found))
    assert counts[0] == counts[1]
