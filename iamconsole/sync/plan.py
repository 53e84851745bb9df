"""The plan of a sync: what AWS will be asked, computed before it is asked (ARCHITECTURE 6).

Lists of everything come first. Users are asked about one by one only where those lists differ from
the mirror: an unchanged user costs no call. A user whose row of the report is missing, belongs to a
namesake of before, or is the subject of an open Intent is always asked about, because the report may
be four hours old. What no list has (SSH public keys) and what the report tells late (the state and
use of keys) is read in rotation, the users asked longest ago first, within a budget.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

from django.conf import settings

from iamconsole.credential_report import Row
from iamconsole.sync.known import Devices, Known

Question = Literal["keys", "devices", "profile", "certificates", "ssh_keys", "last_used"]
Questions = frozenset[Question]
EVERYTHING: Questions = frozenset({"keys", "devices", "profile", "certificates", "ssh_keys"})
ACTIONS: dict[Question, str] = {
    "keys": "ListAccessKeys",
    "devices": "ListMFADevices",
    "profile": "GetLoginProfile",
    "certificates": "ListSigningCertificates",
    "ssh_keys": "ListSSHPublicKeys",
    "last_used": "GetAccessKeyLastUsed",
}
PAGE = 1000
# One user in so many is read alone by a sync: syncs every hour come round in a day.
ROTATION = 24
# A report younger than this tells of keys as well as they do themselves.
REPORT_IS_FRESH = timedelta(minutes=15)


def listing_calls(counts: Mapping[str, int]) -> dict[str, int]:
    """Calls for the lists of everything, on a server that pages like AWS.

    AWS counts users, groups and policies of one answer together, a thousand to a page.
    """
    details = sum(counts.get(name, 0) for name in ("users", "groups", "policies"))
    return {
        "GetAccountAuthorizationDetails": pages(details),
        "GetAccountPasswordPolicy": 1,
        "ListAccountAliases": 1,
        "ListVirtualMFADevices": pages(counts.get("devices", 0)),
        "ListServerCertificates": pages(counts.get("certificates", 0)),
        "ListServiceSpecificCredentials": pages(counts.get("credentials", 0)),
        "GenerateCredentialReport": 1,
        "GetCredentialReport": 1,
    }


def pages(count: int) -> int:
    return max(-(-count // PAGE), 1)


@dataclass(frozen=True, slots=True)
class Facts:
    """What the lists have told, as far as a plan needs it: when, by whom, how old."""

    now: datetime
    users: Iterable[Mapping[str, Any]]
    rows: Mapping[str, Row]
    # Assigned virtual MFA devices by user, None where AWS did not list them.
    virtual: Mapping[str, Devices] | None = None
    report_at: datetime | None = None
    in_doubt: frozenset[str] = frozenset()
    # Actions that AWS denied the last time: one user is asked about, whether it still does.
    denied: frozenset[str] = frozenset()


@dataclass
class Plan:
    """Who is asked about and what, by unique ID in the order of asking; and the calls expected."""

    questions: dict[str, Questions] = field(default_factory=dict)
    expected: Counter[str] = field(default_factory=Counter)
    # How many of them have their turn in the rotation.
    rotated: int = 0

    @classmethod
    def of(cls, known: Known, facts: Facts) -> "Plan":
        """The plan for the users that the lists have told of."""
        plan = cls(expected=Counter(listing_calls(known.counts)))
        due: list[tuple[datetime, str]] = []
        oldest = facts.now - timedelta(hours=settings.SYNC_FRESH_HOURS)
        for detail in facts.users:
            user_id = detail["UserId"]
            if asked := questions_of(known, facts, detail):
                plan.questions[user_id] = asked
            last = known.asked.get(user_id)
            if last is not None and last < oldest:
                due.append((last, user_id))
        plan._rotate(known, facts, sorted(due))
        plan._drop_denied(facts.denied)
        plan._expect(known)
        return plan

    def _rotate(self, known: Known, facts: Facts, due: list[tuple[datetime, str]]) -> None:
        """Give users their turn, those asked longest ago first, until the budget is spent."""
        fresh = facts.report_at is not None and facts.now - facts.report_at < REPORT_IS_FRESH
        left, turns = settings.SYNC_BUDGET, -(-len(known.asked) // ROTATION)
        for _, user_id in due[:turns]:
            more: set[Question] = {"ssh_keys"} if facts.report_at else set(EVERYTHING)
            if not fresh and known.keys.get(user_id):
                more |= {"keys", "last_used"}
            cost = sum(calls_of(known, user_id, question) for question in more)
            if cost > left:
                return
            left -= cost
            self.rotated += 1
            self.questions[user_id] = self.questions.get(user_id, frozenset()) | more

    def _drop_denied(self, denied: frozenset[str]) -> None:
        for question, action in ACTIONS.items():
            if action in denied:
                having = [user_id for user_id, asked in self.questions.items() if question in asked]
                for user_id in having[1:]:
                    self.questions[user_id] -= {question}
        self.questions = {user_id: asked for user_id, asked in self.questions.items() if asked}

    def _expect(self, known: Known) -> None:
        for user_id, asked in self.questions.items():
            for question in asked:
                self.expected[ACTIONS[question]] += calls_of(known, user_id, question)
        self.expected = +self.expected


def calls_of(known: Known, user_id: str, question: Question) -> int:
    """How many calls one question about one user takes."""
    return len(known.active_keys(user_id)) if question == "last_used" else 1


def questions_of(known: Known, facts: Facts, detail: Mapping[str, Any]) -> Questions:
    """What has to be asked about one user besides the rotation."""
    user_id = detail["UserId"]
    row = facts.rows.get(user_id)
    never: Questions = frozenset() if known.asked.get(user_id) else frozenset({"ssh_keys"})
    if detail["UserName"].lower() in facts.in_doubt:
        return EVERYTHING
    if row is None:
        # Without any report the users asked before take turns: asking all of them would cost thousands.
        return frozenset() if facts.report_at is None and not never else (EVERYTHING - {"ssh_keys"}) | never
    differ = set(never)
    if row.key_states() != known.key_states(user_id):
        differ.add("keys")
    if devices_differ(known.devices.get(user_id, set()), row, facts.virtual, user_id):
        differ.add("devices")
    if password_differs(known.profiles.get(user_id), row):
        differ.add("profile")
    if row.certificate_states() != known.certificates.get(user_id, set()):
        differ.add("certificates")
    return frozenset(differ)


def devices_differ(known: Devices, row: Row, virtual: Mapping[str, Devices] | None, user_id: str) -> bool:
    """Security keys and hardware tokens are in no bulk answer but the report's one word."""
    if row.mfa_active != bool(known):
        return True
    return virtual is not None and virtual.get(user_id, set()) != known


def password_differs(known: datetime | None, row: Row) -> bool:
    """Whether there is one where there was none, the other way round, or a newer one."""
    if known is None or not row.password_enabled:
        return row.password_enabled != (known is not None)
    return row.password_last_changed is not None and row.password_last_changed > known
