"""The plan of a sync: what AWS will be asked, computed before it is asked (ARCHITECTURE 6).

Lists of everything come first. Users are asked about one by one only where those lists differ from
the mirror: an unchanged user costs no call. A user whose row of the report is missing, belongs to a
earlier namesake, or is the subject of an open Intent is always asked about, because the report may
be four hours old. What no list has (SSH public keys), what can change without a list showing it (a second
device, a reset flag) and what the report tells late (the use of keys) is read in rotation, the users asked
longest ago first, within a budget.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings

from iamconsole.credential_report import Row
from iamconsole.sync.known import Known
from iamconsole.sync.mirrors import MIRRORS
from iamconsole.sync.parts import Parts

# Names of questions.
Questions = frozenset[str]
PAGE = 1000
# One user in so many is read alone by a sync: syncs every hour come round in a day.
ROTATION = 24
NEVER = datetime.min.replace(tzinfo=UTC)
# A report younger than this says as much of keys as they do themselves.
REPORT_IS_FRESH = timedelta(minutes=15)


def listing_calls(counts: Mapping[str, int]) -> dict[str, int]:
    """Calls for the lists of everything, on a server that pages like AWS, from rows by operation."""
    calls = {bulk.operation: pages(counts.get(bulk.operation, 0)) for bulk in MIRRORS.lists}
    return {**calls, "GenerateCredentialReport": 1, "GetCredentialReport": 1}


def pages(count: int) -> int:
    return max(-(-count // PAGE), 1)


def everything() -> Questions:
    """All questions about a user of whom nothing is known."""
    return frozenset(question.name for question in MIRRORS.questions if question.of_new)


def in_no_list() -> Questions:
    """Those that nothing but asking answers."""
    return frozenset(question.name for question in MIRRORS.questions if not question.in_lists)


def unseen(known: Known, user_id: str) -> Questions:
    """Those whose answers about a user may have changed without any list showing it."""
    return frozenset(each.name for each in MIRRORS.questions if each.changes_unseen(known, user_id))


@dataclass
class Listing(Parts):
    """What the lists have told, as far as a plan needs it: when, by whom, how old."""

    now: datetime
    users: Iterable[Mapping[str, Any]]
    # Rows of the report by user.
    rows: Mapping[str, Row]
    # Rows by operation, None where AWS did not list them.
    lists: Mapping[str, Any] = field(default_factory=dict)
    report_at: datetime | None = None
    in_doubt: frozenset[str] = frozenset()
    # Actions that AWS denied the last time: one user is asked about, whether it still does.
    denied: frozenset[str] = frozenset()


@dataclass
class Plan:
    """Who is asked about and what, by unique ID in the order of asking; and the calls expected."""

    questions: dict[str, Questions] = field(default_factory=dict)
    expected: Counter[str] = field(default_factory=Counter)
    # How many of them have their turn in the rotation; and who is read whole, those who are new too.
    rotated: int = 0
    turns: frozenset[str] = frozenset()

    @classmethod
    def of(cls, known: Known, listing: Listing) -> "Plan":
        """The plan for the users that the lists have told of."""
        plan = cls(expected=Counter(listing_calls(known.counts)))
        due: list[tuple[datetime, str]] = []
        oldest = listing.now - timedelta(hours=settings.SYNC_FRESH_HOURS)
        for detail in listing.users:
            user_id = detail["UserId"]
            if asked := questions_of(known, listing, detail):
                plan.questions[user_id] = asked
            last = known.turns.get(user_id)
            if user_id not in known.turns:
                plan.turns |= {user_id}
            elif last is None or last < oldest:
                due.append((last or NEVER, user_id))
        plan._rotate(known, listing, sorted(due))
        plan._drop_denied(listing.denied)
        plan._expect(known)
        return plan

    def _rotate(self, known: Known, listing: Listing, due: list[tuple[datetime, str]]) -> None:
        """Give users their turn, those asked longest ago first, until the budget is spent."""
        fresh = listing.report_at is not None and listing.now - listing.report_at < REPORT_IS_FRESH
        left, turns = settings.SYNC_BUDGET, -(-len(known.asked) // ROTATION)
        for _, user_id in due[:turns]:
            more = unseen(known, user_id) if listing.report_at else everything()
            if not fresh:
                more |= {each.name for each in MIRRORS.questions if each.is_told_late(known, user_id)}
            cost = sum(each.calls(known, user_id) for each in MIRRORS.questions if each.name in more)
            if cost > left:
                return
            left -= cost
            self.rotated += 1
            self.turns |= {user_id}
            self.questions[user_id] = self.questions.get(user_id, frozenset()) | more

    def _drop_denied(self, denied: frozenset[str]) -> None:
        for question in MIRRORS.questions:
            if question.action in denied and question.probed:
                having = [user_id for user_id, asked in self.questions.items() if question.name in asked]
                for user_id in having[1:]:
                    self.questions[user_id] -= {question.name}
        self.questions = {user_id: asked for user_id, asked in self.questions.items() if asked}

    def _expect(self, known: Known) -> None:
        for question in MIRRORS.questions:
            having = (user_id for user_id, asked in self.questions.items() if question.name in asked)
            self.expected[question.action] += sum(question.calls(known, user_id) for user_id in having)
        self.expected = +self.expected


def questions_of(known: Known, listing: Listing, detail: Mapping[str, Any]) -> Questions:
    """What has to be asked about one user besides the rotation."""
    user_id = detail["UserId"]
    row = listing.rows.get(user_id)
    never: Questions = frozenset() if known.asked.get(user_id) else in_no_list()
    if detail["UserName"].lower() in listing.in_doubt:
        return everything()
    if row is None:
        # Without any report the users asked before take turns: asking all of them would cost thousands.
        waits = listing.report_at is None and not never
        return frozenset() if waits else (everything() - in_no_list()) | never
    return never | {each.name for each in MIRRORS.questions if each.differs(known, listing, user_id, row)}
