"""Histories are paged from a row on: every row once, the newest first, whatever comes meanwhile."""

import uuid
from collections.abc import Callable
from datetime import timedelta
from urllib.parse import quote

import pytest
from django.utils import timezone

from iamconsole.counting import counted
from iamconsole.models import Job
from reports.models import CredentialReport
from tests.cast import make_account, make_user
from users.models import Account, AccountLink, PermissionRequest, SyncRun

pytestmark = pytest.mark.django_db
ROWS = 120  # more than two pages of each history
START = timezone.now() - timedelta(days=1)
LINKED, IMPORTED = "200000000001", "200000000002"


def moment(number: int):
    """Two rows each have the same time: a page can end between them."""
    return START + timedelta(minutes=number // 2)


def add_jobs(home, first: int, number: int) -> None:
    rows = (
        Job(kind="bulk", account_id=home.account_id, state="done", created_at=moment(n), finished_at=START)
        for n in range(first, first + number)
    )
    Job.objects.bulk_create(rows)


def add_sync_runs(home, first: int, number: int) -> None:
    account = make_account_once(LINKED, "linked")
    SyncRun.objects.bulk_create(
        SyncRun(account=account, job_id=uuid.uuid4(), state="done", started_at=moment(n))
        for n in range(first, first + number)
    )


def add_requests(home, first: int, number: int) -> None:
    user = make_user(home, f"asks-{first}")
    made = PermissionRequest.objects.bulk_create(
        PermissionRequest(account=home, user=user, text="Read", state="declined")
        for _ in range(first, first + number)
    )
    for n, request in enumerate(made, start=first):
        PermissionRequest.objects.filter(pk=request.pk).update(created_at=moment(n))


def add_reports(account, first: int, number: int, source: str = "console") -> None:
    CredentialReport.objects.bulk_create(
        CredentialReport(
            account=account,
            source=source,
            content=b"user\n",
            size=5,
            rows=0,
            sha256="0" * 64,
            generated_at=moment(n),
            made_by_arn=account.arn,
        )
        for n in range(first, first + number)
    )


def add_uploads(home, first: int, number: int) -> None:
    add_reports(make_account_once(IMPORTED, "imported"), first, number, "upload")


def make_account_once(account_id: str, kind: str):
    account = Account.objects.filter(account_id=account_id).first()
    if account is None:
        account = make_account(account_id, kind=kind)
        if kind == "linked":
            AccountLink.objects.create(account=account, synced_at=START)
    return account


# Address -> what fills it, the name of the page in its context, and the column of time.
HISTORIES: dict[str, tuple[Callable[..., None], str, str]] = {
    "/jobs/?": (add_jobs, "page", "created_at"),
    f"/accounts/{LINKED}/?": (add_sync_runs, "sync_runs", "started_at"),
    "/permission-requests/?show=all": (add_requests, "page", "created_at"),
    "/reports/credential-report/?": (add_reports, "page", "generated_at"),
    f"/accounts/{IMPORTED}/uploads/?": (add_uploads, "page", "generated_at"),
}


@pytest.mark.parametrize("address", HISTORIES)
def test_every_row_of_a_history_is_on_one_page(address, home, alice, client, sign_in):
    sign_in(client, alice)
    fill, name, column = HISTORIES[address]
    fill(home, 0, ROWS)
    pages = [client.get(address).context[name]]
    assert not pages[0].newer
    fill(home, ROWS, 5)  # comes meanwhile, and moves nothing
    while pages[-1].older:
        pages.append(client.get(f"{address}&older={quote(pages[-1].older)}").context[name])
        assert pages[-1].newer
    rows = [row for page in pages for row in page.rows]
    assert len(pages) > 2
    assert len(rows) == len({row.pk for row in rows}) == ROWS
    times = [getattr(row, column) for row in rows]
    assert times == sorted(times, reverse=True)
    back = client.get(f"{address}&newer={quote(pages[-1].newer)}").context[name]
    assert [row.pk for row in back.rows] == [row.pk for row in pages[-2].rows]
    newest = client.get(address).context[name].rows
    assert getattr(newest[0], column) == moment(ROWS + 4)


def test_counts_stop_at_a_limit(home):
    add_jobs(home, 0, 12)
    assert counted(Job.objects.all(), 12) == "12"
    assert counted(Job.objects.all(), 11) == "11+"
