"""Which accounts are evaluated when: after changes made here, after each sync and import, and twice a day.

A change costs at most one small write in ``QUIET`` seconds for each process and account.
"""

import logging
import time
from collections.abc import Iterable, Sequence
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from iamconsole.models import Event
from iamconsole.operations.listeners import listen
from iamconsole.ops.pace import Pace
from iamconsole.portions import portions
from reports.findings.evaluation import evaluate
from reports.findings.rule import today
from reports.models import EvaluationDue, Finding
from users.accounts import readings
from users.models import Account

QUIET = 10.0  # seconds for which a process does not mark the same account again
SECONDS = 25.0  # of one run; what is left waits for the next
TOGETHER = 10  # accounts evaluated at once: as many as fit in memory with their findings
_marked: dict[str, float] = {}
log = logging.getLogger(__name__)


def mark(accounts: Iterable[Account]) -> None:
    """Have the accounts evaluated within a minute."""
    now = timezone.now()
    EvaluationDue.objects.bulk_create(
        [EvaluationDue(account=account, since=now) for account in accounts],
        update_conflicts=True,
        unique_fields=["account"],
        update_fields=["since"],
        batch_size=200,
    )


@listen
def note(name: str, event: Event) -> None:
    """Mark the account of a change, unless this process has just done it."""
    marked = _marked.get(event.account_id)
    if marked is not None and time.monotonic() - marked < QUIET:
        return
    _marked[event.account_id] = time.monotonic()
    mark(Account.objects.filter(account_id=event.account_id))


def note_reading(account: Account) -> None:
    """Mark an account whose facts were read anew, once that is committed."""
    transaction.on_commit(lambda: mark([account]), robust=True)


def mark_all() -> None:
    """Mark every account: ages grow without a change."""
    mark(Account.objects.order_by().only("pk").iterator(200))


def mark_ended_exemptions() -> None:
    """Mark the accounts that have an exemption whose last day is over."""
    ended = Finding.objects.filter(state=Finding.State.EXEMPT, exempt_until__lt=today())
    mark(Account.objects.filter(pk__in=ended.order_by().values("account")))


def evaluate_due() -> None:
    """Evaluate the marked accounts, those that wait longest first, as far as there is time."""
    pace = Pace(SECONDS)
    waiting = list(EvaluationDue.objects.order_by("since").values_list("account_id", flat=True))
    for some in portions(waiting, TOGETHER):
        if pace.is_over:
            return
        _evaluate(some)


def _evaluate(keys: Sequence[int]) -> None:
    """Evaluate some accounts; one that fails does not keep the others waiting."""
    began = timezone.now()
    accounts = list(Account.objects.filter(pk__in=keys).select_related("link"))
    try:
        evaluate(accounts)
    except Exception:
        if len(accounts) == 1:
            log.exception("The findings of %s could not be evaluated", accounts[0].account_id)
            EvaluationDue.objects.filter(account__in=accounts).update(since=timezone.now())
            return
        for account in accounts:
            _evaluate([account.pk])
        return
    # What a process did not mark because it had just done so, was not before this.
    before = began - timedelta(seconds=QUIET)
    EvaluationDue.objects.filter(account__in=keys, since__lt=before).delete()


def register() -> None:
    readings.listen(note_reading)
