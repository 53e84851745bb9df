"""Answers for people and for files: on which resources, on which conditions, and which policy says so."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, TypeVar
from urllib.parse import urlencode

from iamconsole.addresses import reverse
from iamconsole.policy.reach import Reach
from users.models import User
from users.who_can.conditions import in_words
from users.who_can.deciding import Part, Row, Said, Verdict
from users.who_can.holders import BUILT_IN, INLINE, Carried, Holder
from users.who_can.question import Question

T = TypeVar("T")
WORDS = {
    Verdict.CAN: ("success", "Can"),
    Verdict.DEPENDS: ("warning", "Depends"),
    Verdict.BLOCKED: ("inactive", "Blocked"),
}
KINDS = {"user": "User", "group": "User group", "root": "Root user"}
ANY = "Any resource"
NOT_WITHIN = "The permissions boundary does not allow it."
DENIED = "A Deny takes all of it."
ROOT = "No policy of the account limits the root user."
MOST_SIMULATED = 20  # actions that a link to the simulator asks about
MOST_SHOWN = 10  # answers of a user or group, and sentences or policies of an answer, where not all are told
HEADER = ["type", "name", "arn", "answer", "actions", "resources", "depends_on", "policies"]


@dataclass(frozen=True, slots=True)
class Place:
    """A policy that decided: its name, where it is from, which statements, and its page with them marked."""

    name: str
    origin: str
    statements: str
    url: str


@dataclass(frozen=True, slots=True)
class Line:
    """One answer about some actions."""

    type: str
    words: str
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    limits: tuple[str, ...]
    places: tuple[Place, ...]


@dataclass(frozen=True, slots=True)
class Entry:
    """A user or a group with its answers, and the ways from there; ``more`` answers are left out."""

    kind: str
    name: str
    arn: str
    url: str
    access: str
    simulator: str
    members: int
    lines: tuple[Line, ...]
    more: int = 0

    @property
    def is_group(self) -> bool:
        return self.kind == KINDS["group"]


def entry(row: Row, question: Question, most: int | None = None) -> Entry:
    """A row for people: all of it, or at most so many of its answers, and of what each of them depends on."""
    holder = row.holder
    arns = question.arns
    arn = (arns.group if holder.is_group else arns.user)(holder.path, holder.name)
    actions = [name for part in row.parts for name in part.actions][:MOST_SIMULATED]
    asked = {"principal": arn, "actions": "\n".join(actions), "resources": question.resource}
    page = "users:group-permissions" if holder.is_group else "users:user"
    return Entry(
        KINDS[holder.kind],
        holder.name,
        arn,
        reverse(page, args=[holder.unique_id]),
        "" if holder.is_group else reverse("users:user-access", args=[holder.unique_id]),
        f"{reverse('users:simulator')}?{urlencode(asked)}",
        holder.members,
        tuple(line(row, part, question, most) for part in row.parts[:most]),
        max(0, len(row.parts) - (most or len(row.parts))),
    )


def root_entry(root: User, question: Question) -> Entry:
    """The root user, whom no policy of its account limits."""
    said = Line(*WORDS[Verdict.CAN], tuple(question.asked), (question.resource or ANY,), (ROOT,), ())
    return Entry(KINDS["root"], "Root user", root.arn, "", "", "", 0, (said,))


def line(row: Row, part: Part, question: Question, most: int | None = None) -> Line:
    """One part of a row."""
    answer = part.answer
    resources: dict[str, None] = {}
    for one in answer.allows:
        resources.update(dict.fromkeys(_on(one.reach, question)))
    return Line(
        *WORDS[answer.verdict],
        part.actions,
        tuple(resources),
        first(dict.fromkeys(_limits(part)), most, "And more."),
        first(_places(row, answer.said), most),
    )


def first(found: Iterable[T], most: int | None, *rest: T) -> tuple[T, ...]:
    """The first ones, and ``rest`` in the place of the others."""
    some = tuple(islice(found, most + 1 if most else None))
    return some if most is None or len(some) <= most else (*some[:most], *rest)


def _on(reach: Reach, question: Question) -> Sequence[str]:
    if reach.whole:
        return (question.resource or ANY,)
    return reach.texts


def _limits(part: Part) -> Iterator[str]:
    """What the answer depends on besides the resources that are allowed."""
    answer = part.answer
    if answer.verdict is Verdict.BLOCKED:
        yield NOT_WITHIN if answer.by_boundary else DENIED
        return
    several = len({in_words(one.reach) for one in answer.allows}) > 1
    for one in answer.allows:
        words = in_words(one.reach)
        if words or several:
            yield (f"On {_named(one.reach)}: " if several else "") + _joined(words or ("Always",), several)
    for one in answer.bounds:
        if not one.reach.always:
            where = "" if one.reach.whole else f"only on {_named(one.reach)}"
            yield "Boundary: " + "; ".join(filter(None, (where, *map(_small, in_words(one.reach)))))
    for one in answer.denies:
        words = in_words(one.reach)
        if one.reach.whole:
            yield from words
        else:
            on = _named(one.reach)
            yield f"On {on}: {_joined(words, small=True)}" if words else f"Not on {on}"


def _joined(words: Sequence[str], small: bool) -> str:
    return "; ".join(map(_small, words) if small else words)


def _small(words: str) -> str:
    return words[:1].lower() + words[1:]


def _named(reach: Reach) -> str:
    """The resources of a statement within a sentence."""
    texts = ["any resource" if text == "*" else _small_all(text) for text in reach.texts]
    return ", ".join(texts[:3]) + (f" and {len(texts) - 3} more" if len(texts) > 3 else "")


def _small_all(text: str) -> str:
    return f"all{text[3:]}" if text.startswith("All except ") else text


def _places(row: Row, said: Iterable[Said]) -> Iterator[Place]:
    """The policies that decided, each once with all its statements that did."""
    found: dict[int | None, list[Reach]] = {}
    for one in said:
        found.setdefault(one.place, []).append(one.reach)
    for number, reaches in found.items():
        carried = row.holder.boundary if number is None else row.policies[number]
        if carried is not None:
            yield _place(carried, reaches, row.holder, bounds=number is None)


def _place(carried: Carried, reaches: Sequence[Reach], holder: Holder, *, bounds: bool) -> Place:
    statements = sorted({(one.index, one.statement.sid or f"statement {one.index + 1}") for one in reaches})
    numbers = [index + 1 for index, _ in statements]
    sids = ", ".join(sid for _, sid in statements[:3])
    more = f" and {len(statements) - 3} more" if len(statements) > 3 else ""
    return Place(carried.name, _origin(carried, holder, bounds), sids + more, _url(carried, numbers))


def _origin(carried: Carried, holder: Holder, bounds: bool) -> str:
    if bounds:
        return "Permissions boundary"
    if carried.kind == BUILT_IN:
        return f"Built in, group {carried.group}" if carried.group else "Built in"
    kind = INLINE if carried.kind == INLINE else carried.kind
    if holder.is_group:
        return kind
    return f"{kind}, group {carried.group}" if carried.group else f"{kind}, on the user directly"


def _url(carried: Carried, numbers: Sequence[int]) -> str:
    """The page of a policy with the statements marked; "" for what is built in."""
    if carried.pk is None:
        return ""
    page = "users:who-can-inline-policy" if carried.kind == INLINE else "users:policy"
    return f"{reverse(page, args=[carried.pk])}?{urlencode({'statement': numbers}, doseq=True)}#document"


def as_cells(entries: Iterable[Entry]) -> Iterator[list[Any]]:
    """The rows of a file: one for each answer of a user or group."""
    for one in entries:
        for part in one.lines:
            yield [
                one.kind,
                one.name,
                one.arn,
                part.words.lower(),
                " ".join(part.actions),
                " | ".join(part.resources),
                " | ".join(part.limits),
                " | ".join(f"{place.name} ({place.origin})" for place in part.places),
            ]
