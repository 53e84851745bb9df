"""The sync as a job: read the lists, plan, ask about single users, write, tell what changed.

Users are asked about and written in parts, each in a transaction of its own. A worker that is killed
loses the part in hand: what is written no longer differs, so whoever takes over asks the rest.
"""

import logging
from typing import Any

from django.db import DataError, IntegrityError, transaction
from django.utils import timezone

from iamconsole import gateway
from iamconsole.errors import IamError
from iamconsole.jobs import BROKEN, JobRun, LostLease, job_kind
from iamconsole.models import Event
from iamconsole.operations import LinkSpec, events, require
from iamconsole.queues import SYNCS
from iamconsole.stopping import HandedBack
from iamconsole.sync import accounts, authors, guard, settle, telling
from iamconsole.sync.accounts import SYNC, LinkedAccount, Person
from iamconsole.sync.ask import Asker
from iamconsole.sync.changes import Changes
from iamconsole.sync.doubts import Doubts
from iamconsole.sync.known import Known
from iamconsole.sync.mirror_write import Details, MirrorWrite
from iamconsole.sync.plan import Listing, Plan
from iamconsole.sync.plan import listing_calls as expected_of_lists
from iamconsole.sync.read import Reader, chunks
from iamconsole.sync.record import Record
from iamconsole.sync.single import Turns
from iamconsole.transient import reason_of

# So many users are asked about and written at once.
PART = 500
CANNOT_STORE = (
    "AWS lists something that this console cannot store, so this part of the sync was not written. What it "
    "would have changed stays as it was read before. Sync again: AWS's lists may have changed while they "
    "were read. If it stops again, report it with the worker's log, which names the value."
)
log = logging.getLogger(__name__)


@job_kind(SYNC, queue=SYNCS)
def sync(run: JobRun) -> dict[str, Any]:
    """Bring the mirror of the job's account up to date. Safe to run again from the start."""
    account = accounts.find(run.job.account_id)
    record = Record(account, run)
    try:
        require(run.caller(), "iamconsole:SyncAccount", account.arn)
        if account.link is None:
            raise IamError("InvalidInput", "Only accounts linked to AWS can be synced.")
        return asked(Sync(account, account.link, run, record))
    except LostLease:
        record.stop()
        raise
    except HandedBack:
        raise
    except IamError as error:
        error.message = error.told + record.calls.slowed_down
        failed(account, record, error.message, getattr(error, "gone", 0))
        raise
    except (DataError, IntegrityError) as error:
        log.exception("The sync of %s could not write what AWS lists", account.account_id)
        failed(account, record, CANNOT_STORE)
        raise IamError("ServiceFailure", CANNOT_STORE) from error
    except Exception as error:
        if reason_of(error) is None:  # else the job goes on by itself
            failed(account, record, BROKEN)
        raise


def asked(sync: "Sync") -> dict[str, Any]:
    """What the sync has found. Raises IamError; an account whose link AWS does not let in any more is paused,
    and the error names the way back.
    """
    try:
        return sync.run_all()
    except IamError as error:
        refusal = gateway.refused(sync.link) if error.code in gateway.DOUBTFUL else None
        if refusal is None:
            raise
        raise IamError(refusal.code, sync.account.pause(refusal)) from error


def failed(account: LinkedAccount, record: Record, message: str, gone: int = 0) -> None:
    """Say on the account's page how the sync ended; what it has written stays."""
    record.failed(message)
    account.failed(message, gone)


class Sync:
    """One sync of one account."""

    def __init__(self, account: LinkedAccount, link: LinkSpec, run: JobRun, record: Record) -> None:
        self.account, self.link, self.run, self.record = account, link, run, record
        self.settling = guard.given_up(guard.open_intents(account), timezone.now())
        self.doubts = Doubts(self.settling)
        self.known = Known.of(account)
        self.changes = Changes()  # of all parts

    def run_all(self) -> dict[str, Any]:
        """All of it. Returns what the account's page shows."""
        self.record.plan(expected_of_lists(self.known.counts))
        self.snapshot = Reader(self.link, self.record.calls, self.run.progress).read()
        plan, single = Plan.of(self.known, self.listing()), Turns.of(self.account.row, self.listing())
        about_link = self.account.link_calls()
        self.record.plan({**(plan.expected + single.expected), **about_link})
        if about_link:
            self.account.look_at_link(self.record.calls)
        self.asker = Asker(self.link, self.known, self.record.calls, self.doubts.users(self.snapshot))
        single.ask(self.asker)
        self.snapshot.single, self.turns = single, plan.turns
        asked = [user for user in self.snapshot.users if user["UserId"] in plan.questions]
        others = [user for user in self.snapshot.users if user["UserId"] not in plan.questions]
        parts, done = chunks(asked, PART), 0
        for number, part in enumerate(parts):
            self.ask(part, plan, done, len(asked))
            first, last = number == 0, number == len(parts) - 1
            if last:
                self.doubts.ask(self.link, self.record.calls)
            counts = self.write([*part, *others] if first else part, first=first, last=last)
            done += len(part)
        return counts | self.look_up_authors()

    def look_up_authors(self) -> dict[str, Any]:
        """Who made the changes that were found. The sync itself is done: nothing here can make it fail."""

        def waiting() -> None:
            self.run.beat()
            self.run.progress(note="Asking AWS CloudTrail who made the changes")

        authors.look_up(self.account.account_id, self.link, self.record.calls, waiting)
        return {"calls": self.record.counted()}

    def listing(self) -> Listing:
        """What the lists have told, for the plan."""
        snapshot = self.snapshot
        return Listing(
            snapshot.started,
            snapshot.users,
            snapshot.rows(),
            lists=snapshot.lists,
            report_at=snapshot.report_at,
            in_doubt=self.doubts.users(snapshot),
            denied=self.account.unknown,
        )

    def ask(self, part: Details, plan: Plan, done: int, total: int) -> None:
        """Ask about the users of a part; the answers of the part before go."""

        def told(number: int) -> None:
            self.run.progress(done + number, total, "Reading credentials")

        self.snapshot.answers = self.asker.ask(part, plan.questions, told)
        self.doubts.keep(self.snapshot, part)
        denied = self.asker.denied - set(self.snapshot.unknown)
        self.snapshot.unknown += sorted(denied)

    def write(self, details: Details, *, first: bool, last: bool) -> dict[str, Any]:
        """One part in one transaction; the lists with the first, what is open with the last."""
        self.run.progress(note="Writing the mirror")
        with transaction.atomic(durable=True):
            self.account.lock()
            # Asked in here too: a worker that was taken over must not work on what it read long ago.
            self.run.check()
            writing = self.writing(details)
            if first:
                writing.write_lists()
            else:
                writing.users = self.users_of(writing)
            writing.write_part()
            if last:
                writing.end()
            self.tell(writing.changes)
            return self.finish(writing) if last else {}

    def writing(self, details: Details) -> MirrorWrite:
        """What may be written at this moment, and what must be left alone."""
        account, started = self.account, self.snapshot.started
        unanswered = {
            user["UserName"].lower()
            for user in self.snapshot.users
            if user["UserId"] in self.asker.unanswered
        }
        return MirrorWrite(
            account,
            self.snapshot,
            details,
            self.settling,
            turns=self.turns,
            busy=guard.busy_names(account, started, self.settling) | unanswered,
            recent=guard.recent(account, started),
            remove_many=bool(self.run.args.get("remove_many")),
            changes=Changes(self.news()),
            lost=frozenset(self.doubts.made(account, self.snapshot).values()),
        )

    def news(self) -> frozenset[str]:
        """Users that this sync has made, in a part or in an attempt before."""
        made = {arn for arn, change in self.changes.items() if change.kind == "created"}
        if self.run.job.attempts > 1:
            asked = self.known.asked
            made |= {user["Arn"] for user in self.snapshot.users if asked.get(user["UserId"]) is None}
        return frozenset(made)

    def users_of(self, writing: MirrorWrite) -> dict[str, Person]:
        """Rows of a later part, read anew: the account was not locked in between."""
        people = self.account.people([detail["UserId"] for detail in writing.details_of_part])
        return {user_id: user for user_id, user in people.items() if user.name_folded not in writing.busy}

    def tell(self, changes: Changes) -> None:
        """Events on what differs; of a new account everything is new, which is no news."""
        self.changes.add(changes)
        if not self.account.is_new:
            telling.tell(self.run.caller(), self.account.account_id, changes, self.account.synced_at)

    def finish(self, writing: MirrorWrite) -> dict[str, Any]:
        """Settle what was open, and tell how the sync went."""
        users = len(self.snapshot.users)
        self.run.progress(users, users)
        told = settle.settle(writing, self.doubts)
        counts = self.result(told)
        detail = {**self.changes.counts(), "names": self.changes.names(), "settled": told}
        events.write(
            self.run.caller(),
            "iamconsole:SyncAccount",
            self.account.arn,
            Event.Outcome.ALLOWED,
            detail=detail,
        )
        self.account.synced(counts)
        self.record.done(
            partial=bool(not counts["complete"] or counts["unanswered"]),
            users=counts["users"],
            unanswered=counts["unanswered"],
            report_at=self.snapshot.report_at,
            created=counts["created"],
            changed=counts["changed"],
            removed=counts["removed"],
        )
        return counts

    def result(self, told: list[str]) -> dict[str, Any]:
        """What the pages of the account and of the job show."""
        snapshot = self.snapshot
        return {
            **self.changes.counts(),
            "users": len(snapshot.users),
            "unknown": snapshot.unknown,
            "denied": sorted({*snapshot.denied, *self.asker.denied}),
            "complete": snapshot.complete,
            "unanswered": len(self.asker.unanswered),
            "report_at": snapshot.report_at.isoformat() if snapshot.report_at else "",
            "settled": told,
            "plan": self.record.row.planned,
            "calls": self.record.calls.facts(),
        }
