"""What an action gives beyond itself on the resources of its statement: rights, or somebody's ways in."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

from iamconsole.policy.glob import Glob, compiled

from .dangers import (
    ADMINISTRATOR_ROLE,
    ASSUME_ROLE,
    BORROWING,
    LINKING,
    RAISING,
    ROLES,
    TAGGING,
    THROUGH_THE_ROLE,
    Person,
    Surroundings,
)
from .denied import ALL, ALL_USERS, Denied
from .finding import Kind, listed

OWN = "${aws:username}"
NAMED = 3  # administrators in one sentence
BOUND_IT = "List specific resources, or set a permissions boundary on the users who have it."
NAME_USERS = (
    "List only users whose permissions its holder already has, or use ${aws:username} for the holder."
)
NAME_ROLES = "List the accounts that need it, or use IamConsoleAuditor, which is read-only."


class Caution(NamedTuple):
    """A finding about one action, without its place."""

    kind: Kind
    title: str
    remedy: str


@dataclass(frozen=True)
class Reach:
    """The resources of a statement, looked through once for all its actions. ``wide``: all of a kind.

    ``around``: what is known of the account; ``denied``: what the document takes back.
    """

    patterns: tuple[str, ...]
    negated: bool
    wide: bool
    around: Surroundings | None
    denied: Denied

    @classmethod
    def of(cls, row: Mapping[str, Any], around: Surroundings | None, denied: Denied) -> "Reach":
        negated = "NotResource" in row
        patterns = tuple(map(str, listed(row.get("NotResource" if negated else "Resource", []))))
        return cls(patterns, negated, negated or any(map(_is_wide, patterns)), around, denied)

    @cached_property
    def others(self) -> tuple[str, ...]:
        """The patterns that can mean users other than the holder."""
        return tuple(text for text in self.patterns if not _is_own(text) and _can_be(text, "user/"))

    @property
    def reaches_users(self) -> bool:
        return self.negated or bool(self.others)

    @cached_property
    def reaches_console_role(self) -> bool:
        """Whether the administrators' role of this console is named in some account."""
        roles = (text for text in self.patterns if _can_be(text, "role/"))
        return not self.negated and any(_last(text).matches(ADMINISTRATOR_ROLE) for text in roles)

    @cached_property
    def administrators(self) -> tuple[Person, ...]:
        """Whom of the known administrators the resources mean. A variable can stand for anything."""
        globs = [compiled(_with_stars(text)) for text in (self.patterns if self.negated else self.others)]
        return tuple(
            person
            for person in (self.around.administrators if self.around is not None else ())
            if any(glob.matches(person.arn) for glob in globs) is not self.negated
        )

    @cached_property
    def _spared(self) -> dict[str, frozenset[Person]]:
        """The administrators to whom an action is denied, by action."""
        return {
            action: frozenset(one for one in self.administrators if self.denied.takes(action, one.arn))
            for action in (*BORROWING, *TAGGING)
        }

    def whom(self, ways: Iterable[str]) -> list[Person]:
        """The administrators on whom one of the ways is open."""
        if not self.denied.anything:
            return list(self.administrators)
        spared = frozenset.intersection(*(self._spared[way] for way in ways))
        return [person for person in self.administrators if person not in spared]

    def open_ways(self, ways: Mapping[str, str], patterns: Sequence[str]) -> dict[str, str]:
        """Those of the ways that are not denied on everything of one of the patterns."""
        return {way: why for way, why in ways.items() if not self.denied.takes_all(way, patterns)}


def borrowing(name: str, reach: Reach) -> Caution | None:
    """What acting as somebody else an action allows; nothing for the holder's own user."""
    ways: dict[str, str] = {}
    if reach.reaches_users:
        tags_decide = reach.around is not None and reach.around.tags_decide
        known = {**BORROWING, **(TAGGING if tags_decide else {})}
        ways = reach.open_ways(_covered(name, known), ALL_USERS)
    if not ways:
        return None
    told = _as_whom(reach, ways)
    return Caution(
        told.kind, f"{name} lets its holder act as {told.whom}: it {_way(name, ways)}.", NAME_USERS
    )


def raising(name: str, reach: Reach) -> Caution | None:
    """How an action gives its holder further rights."""
    known = {**RAISING, **(ROLES if reach.wide else {})}
    if reach.around is None or reach.around.is_home:
        known |= LINKING
        if reach.reaches_console_role and not _covered(name, known) and _covered(name, {ASSUME_ROLE: ""}):
            title = f"{name} lets its holder administer other accounts: it {THROUGH_THE_ROLE}."
            return Caution(Kind.SECURITY, title, NAME_ROLES)
    if ways := reach.open_ways(_covered(name, known), ALL):
        title = f"{name} lets its holder gain more permissions: it {_way(name, ways)}."
        return Caution(Kind.SECURITY, title, BOUND_IT)
    return None


class _Whom(NamedTuple):
    kind: Kind
    whom: str


def _as_whom(reach: Reach, ways: Iterable[str]) -> _Whom:
    """Named where the editor may know; otherwise nothing is told of anybody."""
    around, found = reach.around, reach.whom(ways)
    if found:
        return _Whom(
            Kind.SECURITY,
            f"{_names(found)}, who {'administers' if len(found) == 1 else 'administer'} this account",
        )
    if around is not None and around.complete and not reach.wide:
        return _Whom(Kind.SUGGESTION, "the users it names, none of whom administers this account now")
    return _Whom(Kind.SECURITY, "other users")


def _names(found: list[Person]) -> str:
    names = [person.name for person in found[:NAMED]]
    if more := len(found) - len(names):
        return f"{', '.join(names)} and {more} more"
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))


def asks_around(names: Iterable[str]) -> bool:
    """Whether what is said of some actions depends on the account they are allowed in."""
    known = {**BORROWING, **TAGGING, **LINKING, ASSUME_ROLE: ""}
    return any(_covered(name, known) for name in names)


def _covered(name: str, known: Mapping[str, str]) -> dict[str, str]:
    """The actions that a name of the policy means."""
    fits = compiled(name.lower()).matches
    return {action: why for action, why in known.items() if fits(action.lower())}


def _way(name: str, ways: Mapping[str, str]) -> str:
    """What the first of the actions does, named where a pattern covers it, and how many more there are."""
    action, why = next(iter(ways.items()))
    by = "" if name.lower() == action.lower() else f" (with {action})"
    more = f", and {len(ways) - 1} more way{'s' if len(ways) > 2 else ''}" if len(ways) > 1 else ""
    return f"{why}{by}{more}"


def _is_wide(resource: str) -> bool:
    """Whether a pattern takes in all resources of a kind."""
    _, _, last = resource.rpartition(":")
    return last == "*" or last.partition("/")[2] == "*"


def _is_own(resource: str) -> bool:
    """Whether a pattern means the holder alone: the user's name is all that stands behind the path."""
    return resource.rpartition("/")[2].lower() == OWN


def _can_be(resource: str, kind: str) -> bool:
    """Whether a pattern can mean a thing of IAM of that kind (``user/``)."""
    if resource == "*":
        return True
    parts = _with_stars(resource).split(":", 5)
    if len(parts) < 6 or not compiled(parts[2]).matches("iam"):
        return False
    fixed = _up_to_wildcards(parts[5])
    return fixed.startswith(kind) or (fixed != parts[5] and kind.startswith(fixed))


def _up_to_wildcards(text: str) -> str:
    end = min((text.index(sign) for sign in ("*", "?") if sign in text), default=len(text))
    return text[:end]


def _last(resource: str) -> Glob:
    """What a pattern asks of the resource behind the account."""
    return compiled(_with_stars(resource).split(":", 5)[-1])


def _with_stars(pattern: str) -> str:
    """The pattern with a star in place of each variable."""
    head, *rest = pattern.split("${")
    return "".join([head, *("*" + piece.partition("}")[2] for piece in rest)])
