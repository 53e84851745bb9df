"""Accounts are evaluated after changes made here, after syncs and imports, and twice a day."""

from datetime import timedelta

import pytest
from django.utils import timezone

from iamconsole.operations import execute
from reports.findings import due
from reports.models import EvaluationDue, Finding
from tests.cast import make_account
from tests.reports.findings.test_evaluation import OLD, make_key
from tests.reports.uploads import IMPORTED_ID, report, row

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def nothing_marked():
    due._marked.clear()


@pytest.fixture
def committed(django_capture_on_commit_callbacks, caller, alice):
    """Run an operation as Alice, and what follows its commit."""

    def run(name, **params):
        with django_capture_on_commit_callbacks(execute=True):
            execute(caller(alice), name, **params)

    return run


def marked() -> list[str]:
    return [row.account.account_id for row in EvaluationDue.objects.order_by("since")]


def test_a_change_marks_its_account_once(committed, bob, home):
    committed("TagUser", UserName="bob", Tags=[{"Key": "team", "Value": "blue"}])
    assert marked() == [home.account_id]
    first = EvaluationDue.objects.get().since
    committed("UntagUser", UserName="bob", TagKeys=["team"])
    assert EvaluationDue.objects.get().since == first, "this process has just marked it"


def test_a_mark_goes_when_no_change_can_have_been_missed(committed, bob, home):
    make_key(bob, 400, used_days=1)
    committed("TagUser", UserName="bob", Tags=[{"Key": "team", "Value": "blue"}])
    due.evaluate_due()
    assert Finding.objects.filter(rule=OLD).exists()
    assert marked() == [home.account_id], "a change of the last seconds may have left no mark"
    EvaluationDue.objects.update(since=timezone.now() - timedelta(seconds=due.QUIET + 1))
    due.evaluate_due()
    assert marked() == []


def test_an_import_marks_its_account(committed):
    committed("iamconsole:ImportAccount", AccountId=IMPORTED_ID, Content=report(row("ann")))
    assert IMPORTED_ID in marked()


def test_all_are_marked_by_the_clock(home):
    other = make_account("200000000002")
    due.mark_all()
    assert sorted(marked()) == sorted([home.account_id, other.account_id])
