"""The results of a simulation for people: who decided, in which lines of which policy."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from django.utils import timezone

from iamconsole.operations import Caller
from iamconsole.policy import Outcome, distinct
from iamconsole.policy.context import folded
from users.marked_documents import Line, marked_lines
from users.models import Group, User
from users.simulator.operations.context_keys import mentioned
from users.simulator.simulation import OF_ANOTHER_TYPE, Matched, Result, Simulation, Source

T = TypeVar("T")
MOST_TOLD = 10  # statements, or keys without a value, of one decision on the page
MOST_KEYS = 200  # fields for condition keys
# What a request says by itself, unless another value is tried (IAM-FACTS 8.6).
DEFAULTS = {"aws:multifactorauthpresent": "true", "aws:securetransport": "true", "aws:viaawsservice": "false"}
WHY = {
    "identity": "No policy allows this.",
    "boundary": "The permissions boundary does not allow this.",
    OF_ANOTHER_TYPE: "This action does not act on resources of this type.",
}
READ_INLINE = "iam:Get{}Policy"  # of a user, group or role


@dataclass(frozen=True, slots=True)
class Evidence:
    """A policy with the statements that decided; no lines for those who may not read it."""

    name: str
    origin: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """One decision: its outcome, why, and where that stands."""

    result: Result
    type: str
    words: str
    why: str
    places: tuple[str, ...]
    missing: tuple[str, ...]


OUTCOMES = {
    Outcome.ALLOWED: ("success", "Allowed"),
    Outcome.EXPLICIT_DENY: ("error", "Explicitly denied"),
    Outcome.IMPLICIT_DENY: ("warning", "Implicitly denied"),
}


def principal_named(account_id: str, name: str) -> User | Group | None:
    """The user, else the group, of a name or an ARN of the account; the path of an ARN does not count."""
    last = name.rpartition("/")[2].lower().replace("\0", "")  # no name has it, and PostgreSQL refuses it
    parts = name.split(":", 5)
    if len(parts) == 6:
        kind = parts[5].partition("/")[0] if (parts[2], parts[4]) == ("iam", account_id) else "foreign"
    else:
        kind = ""
    users = User.objects.select_related("account", "permissions_boundary")
    user = users.people(account_id).with_name(last).first() if kind in ("", "user") else None
    if user is not None or kind not in ("", "group"):
        return user
    groups = Group.objects.select_related("account")
    return groups.filter(account__account_id=account_id, name_folded=last).first()


def open_keys(simulation: Simulation) -> list[str]:
    """The keys that the policies mention and that the principal itself does not settle."""
    settled = {folded(key) for key in simulation.context}
    return [key for key in mentioned(simulation.sources) if folded(key) not in settled]


def several_valued(simulation: Simulation) -> list[str]:
    """The keys that are asked about with ForAllValues or ForAnyValue."""
    return distinct(
        condition.key
        for source in simulation.sources
        for statement in source.named.policy.statements
        for condition in statement.conditions
        if ":" in condition.operator
    )


def default_of(key: str, caller: Caller) -> str:
    """A value to begin with: an ordinary request of this moment, with MFA."""
    now = timezone.now()
    of_now = {
        "aws:currenttime": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "aws:epochtime": str(int(now.timestamp())),
        "aws:sourceip": caller.source_ip or "",
    }
    name = folded(key)
    return DEFAULTS.get(name) or of_now.get(name, "")


def origin(matched: Matched) -> str:
    """Where the policy of a statement comes from."""
    named = matched.source.named
    if matched.stage == "boundary":
        return "Permissions boundary"
    if matched.stage == "resource":
        return "Resource policy"
    if named.kind == "Console":
        return f"Built in, group {named.via}" if named.via else "Built in, for everybody in this console"
    if matched.source.owner == "none":
        return "As if it were attached"
    kind = "Inline" if named.kind == "Inline" else named.kind
    return f"{kind}, group {named.via}" if named.via else f"{kind}, on the user directly"


class Readers:
    """A simulation names policies; their texts are for those who may read them anyway, asked once each."""

    def __init__(self, caller: Caller) -> None:
        self.caller = caller
        self._known: dict[tuple[str, str, str], bool] = {}

    def may_read(self, source: Source) -> bool:
        asked = (source.named.arn, source.owner, source.carrier)
        if asked not in self._known:
            self._known[asked] = self._asked(source)
        return self._known[asked]

    def _asked(self, source: Source) -> bool:
        if source.named.arn:
            return self.caller.permits("iam:GetPolicyVersion", source.named.arn)
        if source.carrier:
            return self.caller.permits(READ_INLINE.format(source.owner.title()), source.carrier)
        return True


def answers(readers: Readers, results: Sequence[Result]) -> list[Answer]:
    return [_answer(readers, result) for result in results]


def _answer(readers: Readers, result: Result) -> Answer:
    kind, words = OUTCOMES[result.outcome]
    why = WHY.get(result.stage, "") if result.outcome is Outcome.IMPLICIT_DENY else ""
    places = first(
        result.matched,
        lambda one: f"{one.source.named.name}{_at(one) if readers.may_read(one.source) else ''}",
        "more statements",
    )
    return Answer(result, kind, words, why, places, first(result.missing, str, "more keys"))


def first(rows: Sequence[T], words: Callable[[T], str], more: str) -> tuple[str, ...]:
    """The first rows in words; how many more there are."""
    told = tuple(words(row) for row in rows[:MOST_TOLD])
    return (*told, f"{len(rows) - MOST_TOLD} {more}") if len(rows) > MOST_TOLD else told


def _at(matched: Matched) -> str:
    """The lines of a statement, and its Sid."""
    first, last = _lines(matched)
    sid = f", {matched.statement.sid}" if matched.statement.sid else ""
    return f"{sid}, line {first}" + (f" to {last}" if last > first else "")


def _lines(matched: Matched) -> tuple[int, int]:
    """First and last line of a statement in the text as people see it."""
    span = matched.source.shown_spans[matched.index]
    return span.start.line, span.end.line


def evidence(readers: Readers, results: Sequence[Result]) -> list[Evidence]:
    """Every policy that decided something, once, with all its statements that did."""
    found: dict[int, list[Matched]] = {}
    for matched in (one for result in results for one in result.matched):
        found.setdefault(id(matched.source), []).append(matched)
    return [_evidence(readers, some) for some in found.values()]


def _evidence(readers: Readers, some: Sequence[Matched]) -> Evidence:
    source = some[0].source
    lines: tuple[Line, ...] = ()
    if readers.may_read(source):
        lines = marked_lines(source.shown, [one.index for one in some])
    return Evidence(source.named.name, origin(some[0]), lines)
