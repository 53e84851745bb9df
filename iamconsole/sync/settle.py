"""Closing the Intents that were left open: what did AWS do when it did not answer?

Each operation says what it wanted (``iamconsole.operations.wanted``); what this sync has read is compared
with it, never the mirror, in which rows may have been spared. AWS shows a change some time after it has made
it: that it has something is believed at once, that it lacks something only minutes after it was asked.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from iamconsole.models import Intent, short_name
from iamconsole.operations.wanted import AS_WANTED, HAS_NOT, REPORT, Made, Unseen, Wanted, asked_at
from iamconsole.sync import guard
from iamconsole.sync.doubts import Doubts, question_about, wanted_by
from iamconsole.sync.heard import Heard
from iamconsole.sync.mirror_write import MirrorWrite
from iamconsole.sync.read import Snapshot

NOT_READ = (
    "AWS does not let this console read whether it has it. Look in the AWS console before you try again."
)
# How long a question waits for a list that AWS did not give.
WAITS_FOR_LISTS = timedelta(days=1)


def settle(writing: MirrorWrite, doubts: Doubts) -> list[str]:
    """Settle the Intents nobody waits for any more. Returns a sentence for each.

    An incomplete reading settles nothing: what it lacks may be there.
    """
    told: list[str] = []
    if not (doubts.intents and writing.snapshot.complete):
        return told
    heard = Heard.of(writing.linked, writing.snapshot.started, doubts.intents)
    reading = Reading(writing.snapshot, doubts, heard, doubts.made(writing.linked, writing.snapshot))
    for intent in doubts.intents:
        sentence = reading.outcome(intent)
        if sentence is not None:
            reading.keep(intent)
            intent.close(Intent.State.SETTLED, sentence)
            who = short_name(intent.principal_arn)
            told.append(f"{intent.operation} on {intent.resource}, asked for here by {who}: {sentence}")
    return told


@dataclass(frozen=True)
class Reading:
    """What one sync has read, as a witness. ``made``: IDs of new things by Intent."""

    snapshot: Snapshot
    doubts: Doubts
    heard: Heard
    made: dict[Any, str]

    def outcome(self, intent: Intent) -> str | None:
        """What the reading says of an open question; None while it cannot be told."""
        wanted = wanted_by(intent)
        if isinstance(wanted, Unseen):
            return wanted.then
        has = self.has(intent, wanted)
        if has and self.is_doubtful(intent, wanted):
            remember(intent, Seen=True)
            return None
        if has is None:
            has = bool(intent.evidence.get("Seen")) or None
        if has is None:
            return self.unread(intent, wanted)
        if has:
            return self.sentence(intent, wanted)
        return None if self.is_early(intent, wanted) else HAS_NOT

    def has(self, intent: Intent, wanted: Wanted) -> bool | None:
        """Whether AWS has what was wanted; None where that was not read. Of several questions for one new
        thing only one has it.
        """
        has = self.doubts.reached(self.snapshot, intent, wanted)
        return intent.id in self.made if has and isinstance(wanted, Made) else has

    def is_doubtful(self, intent: Intent, wanted: Wanted) -> bool:
        """Whether the lists may be older than changes made here. A new thing is in no older list."""
        if isinstance(wanted, Made):
            return False
        rows = self.doubts.rows(self.snapshot, intent, wanted) or ()
        return self.heard.changes(intent) or self.heard.hides(intent, wanted, rows)

    def keep(self, intent: Intent) -> None:
        """Keep which thing was made for it: it is no other question's."""
        if intent.id in self.made:
            remember(intent, Made=self.made[intent.id])

    def sentence(self, intent: Intent, wanted: Wanted) -> str:
        if intent.evidence.get("Was"):
            return AS_WANTED
        return wanted.then.format(thing=self.made[intent.id]) if isinstance(wanted, Made) else wanted.then

    def is_early(self, intent: Intent, wanted: Wanted) -> bool:
        """Whether AWS may have done it and not show it yet, or the lists are older than a change here."""
        if self.snapshot.started < intent.opened_at + guard.FRESH or self.heard.changes(intent):
            return True
        if wanted.listed != REPORT or self.snapshot.report_at is None:
            return False
        asked = asked_at(intent.evidence) or intent.opened_at
        return self.snapshot.report_at < asked + max(guard.FRESH, timedelta())

    def unread(self, intent: Intent, wanted: Wanted) -> str | None:
        """What AWS denies of one user or thing, it may deny for good: a question about it must not stay open
        for ever. A list of the account may be read the next time.
        """
        in_part = self.doubts.rows(self.snapshot, intent, wanted) is not None
        denied = in_part or intent.id in self.doubts.denied
        if wanted.of and wanted.listed != REPORT:
            denied = denied or question_about(wanted).action in self.snapshot.unknown
        waited = self.snapshot.started - intent.opened_at > WAITS_FOR_LISTS
        return NOT_READ if denied or waited else None


def remember(intent: Intent, **seen: Any) -> None:
    """Keep what was seen: a later sync, which may be told less, judges by it too."""
    intent.evidence = {**intent.evidence, **seen}
    intent.save(update_fields=["evidence"])
