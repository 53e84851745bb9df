"""What AWS tells of one resource alone, read in turn by the syncs (``operations.single_reads``).

Those that were never read come first, then those that a list shows changed, then those read longest ago, as
far as the budget goes. A decision and a page that need one before its turn ask for it themselves.
"""

from collections import Counter
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.conf import settings

from iamconsole import gateway
from iamconsole.errors import IamError
from iamconsole.operations import single_reads
from iamconsole.operations.single_reads import SingleRead

if TYPE_CHECKING:
    from iamconsole.sync.ask import Asker
    from iamconsole.sync.mirror_write import MirrorWrite
    from iamconsole.sync.plan import Listing

# One in so many is read again by a sync: syncs every hour come round in a day.
ROTATION = 24
# After so many that were not answered the rest waits for the next sync.
TOLERATED = 10
Turn = tuple[SingleRead, str]


@dataclass
class Turns:
    """The resources that are asked about, in their order, and AWS's answers by ARN."""

    turns: list[Turn] = field(default_factory=list)
    answers: dict[str, Any] = field(default_factory=dict)
    unanswered: int = 0

    @classmethod
    def of(cls, account: Any, listing: "Listing") -> "Turns":
        """Whose turn it is, by what the lists tell and what is known here. Asks the database, not AWS."""
        first: list[Turn] = []
        changed: list[Turn] = []
        due: list[tuple[datetime, str, SingleRead]] = []
        known_count, oldest = 0, listing.now - timedelta(hours=settings.SYNC_FRESH_HOURS)
        for read in single_reads.all_reads():
            listed, known = read.listed(listing.lists), read.known(account)
            if read.action in listing.denied:
                # One is asked about, whether AWS still denies it.
                listed = dict(list(listed.items())[:1])
            known_count += len(known)
            for arn, state in listed.items():
                read_at, before = known.get(arn, (None, None))
                if read_at is None:
                    first.append((read, arn))
                elif state != before:
                    changed.append((read, arn))
                elif read_at < oldest:
                    due.append((read_at, arn, read))
        in_turn = [(read, arn) for _, arn, read in sorted(due, key=lambda row: row[:2])]
        turns = [*first, *changed, *in_turn[: -(-known_count // ROTATION)]]
        return cls(turns[: settings.SYNC_SINGLE_BUDGET])

    @property
    def expected(self) -> Counter[str]:
        """The calls it takes, by action."""
        return Counter(read.action for read, _ in self.turns)

    def ask(self, asker: "Asker") -> None:
        """Ask AWS, several at once. What it denies or does not answer stays as it was."""
        if not self.turns:
            return
        with ThreadPoolExecutor(asker.workers, thread_name_prefix="single") as pool:
            list(pool.map(lambda turn: self._ask_one(asker, *turn), self.turns))

    def _ask_one(self, asker: "Asker", read: SingleRead, arn: str) -> None:
        if read.action in asker.denied or self.unanswered > TOLERATED:
            return
        if asker.is_late:
            return
        try:
            self.answers[arn] = read.ask(asker, arn)
        except IamError as error:
            if error.code in gateway.DENIED_CODES:
                asker.deny(read.action)
            elif error.code != "NoSuchEntity":  # gone since the list was read; the next one tells
                self.unanswered += 1

    def write(self, writing: "MirrorWrite") -> None:
        """Write the answers, but not onto what was changed here since shortly before."""
        account_id, started = writing.linked.account_id, writing.snapshot.started
        for read, arn in self.turns:
            if arn in self.answers and arn not in writing.recent.ids:
                row = read.find(account_id, arn)
                if row is not None:
                    self._write_one(writing, row, read.values(row, self.answers[arn]), started)

    def _write_one(
        self, writing: "MirrorWrite", row: Any, values: Mapping[str, Any], started: datetime
    ) -> None:
        """What was read before is compared and told; the first reading is no news."""
        if row.read_at is not None:
            writing.changes.put(row, values)
        single_reads.put(row, values, started)
