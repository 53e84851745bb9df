"""``manage.py sync_account``: sync a linked account, wait for the end, and say what it cost and found."""

import json
import time
from typing import Any

from django.core.management.base import CommandError, CommandParser

from iamconsole import jobs
from iamconsole.arn import as_account_id
from iamconsole.errors import IamError
from iamconsole.management.console_command import ConsoleCommand
from iamconsole.models import Job
from iamconsole.operations import execute
from iamconsole.sync.accounts import SYNC
from users.accounts.operations.accounts import exclusive_key
from users.accounts.sync_calls import calls_by_action
from users.callers.build import system_caller
from users.models import Account

TOOK_TOO_LONG = 3
POLL_SECONDS = 0.5
NOT_HERE = "There is no linked account {account}. Link it with manage.py link_account."
TOO_LONG = "The sync has not ended after {seconds} s. It continues. The account's page shows its progress."
ENDED = {Job.State.CANCELLED: "The sync was cancelled."}


class Command(ConsoleCommand):
    help = "Syncs a linked account and waits for the end. If a sync is already running, waits for that one."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("account_id", help="the 12 digits of the AWS account")
        parser.add_argument(
            "--remove-many",
            action="store_true",
            help="also remove what is missing from a list that is suddenly much shorter",
        )
        parser.add_argument("--timeout", type=float, default=3600, help="seconds to wait at most")
        parser.add_argument("--json", action="store_true", help="print one line of JSON")

    def run(self, **options: Any) -> None:
        account_id = as_account_id(options["account_id"]) or options["account_id"]
        linked = Account.objects.select_related("link").filter(kind=Account.Kind.LINKED)
        account = linked.filter(account_id=account_id).first()
        if account is None:
            raise CommandError(NOT_HERE.format(account=account_id))
        try:
            job = wait_for(started(account, remove_many=options["remove_many"]), options["timeout"])
        except IamError as error:
            raise CommandError(error.message) from error
        if job.state != Job.State.DONE:
            raise CommandError(job.error or ENDED.get(Job.State(job.state), "The sync failed."))
        account.link.refresh_from_db()
        facts = facts_of(job, account.link.sync_counts)
        if options["json"]:
            self.stdout.write(json.dumps(facts))
            return
        self.stdout.write(
            f"Synced in {facts['Seconds']} s: {facts['Created']} new, {facts['Changed']} changed, "
            f"{facts['Removed']} removed."
        )
        for action, number in (facts["Calls"] or {}).items():
            self.stdout.write(f"{number:>8} {action}")
        if facts["NotAnswered"]:
            self.stdout.write(f"AWS did not answer: {', '.join(facts['NotAnswered'])}")


def started(account: Account, *, remove_many: bool) -> Job:
    """The job of a new sync, or the one that runs already."""
    try:
        execute(system_caller(account), "iamconsole:SyncAccount", RemoveMany=remove_many)
    except jobs.AlreadyOpen as error:
        if error.job is not None:
            return error.job
    newest = Job.objects.filter(kind=SYNC, exclusive_key=exclusive_key(account.account_id))
    return newest.order_by("-created_at")[0]


def wait_for(job: Job, seconds: float) -> Job:
    """The job at its end. It is run here unless a worker was quicker; then it is waited for."""
    end = time.monotonic() + seconds
    jobs.run(str(job.id))
    job.refresh_from_db()
    while job.open:
        if time.monotonic() > end:
            raise CommandError(TOO_LONG.format(seconds=round(seconds)), returncode=TOOK_TOO_LONG)
        time.sleep(POLL_SECONDS)
        jobs.run(str(job.id))  # its worker may have died meanwhile
        job.refresh_from_db()
    return job


def facts_of(job: Job, counts: dict[str, Any]) -> dict[str, Any]:
    """What a script wants to know. ``Calls`` is null where the sync did not count them by action."""
    found = job.result or counts
    seconds = (job.finished_at - job.started_at).total_seconds() if job.finished_at and job.started_at else 0
    return {
        "AccountId": job.account_id,
        "JobId": str(job.id),
        "Seconds": round(seconds, 3),
        "Calls": calls_by_action(found),
        "Users": found.get("users", 0),
        "Created": found.get("created", 0),
        "Changed": found.get("changed", 0),
        "Removed": found.get("removed", 0),
        "Complete": found.get("complete", True),
        "NotAnswered": found.get("unknown", []),
    }
