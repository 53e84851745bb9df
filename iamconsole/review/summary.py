"""What a policy gives and denies, service by service, as the IAM console sums it up (IAM-FACTS 13.6)."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from iamconsole import catalogue
from iamconsole.catalogue import LEVELS, Action
from iamconsole.policy import Condition, Policy, Statement
from iamconsole.review.alike import Shortened, shortened

FULL, LIMITED = "Full", "Limited"


@dataclass(frozen=True, slots=True)
class ServiceAccess:
    """One service: how much of each access level, on what, asked with which conditions."""

    prefix: str
    name: str
    levels: tuple[tuple[str, str], ...]
    resources: tuple[str, ...]
    conditions: tuple[str, ...]

    @property
    def is_full(self) -> bool:
        """Whether all actions of the service are meant."""
        return bool(self.levels) and set(dict(self.levels).values()) == {FULL} and self._all_levels

    @property
    def words(self) -> str:
        """``Full: List, Read. Limited: Write``, or ``Full access``."""
        if self.is_full:
            return "Full access"
        kinds = (FULL, LIMITED)
        parts = {kind: ", ".join(level for level, found in self.levels if found == kind) for kind in kinds}
        return ". ".join(f"{kind}: {names}" for kind, names in parts.items() if names)

    @property
    def _all_levels(self) -> bool:
        service = catalogue.services()[self.prefix]
        return {action.level for action in service.actions.values()} == {level for level, _ in self.levels}


@dataclass(frozen=True, slots=True)
class Summary:
    """Rows by service of what is allowed and of what is denied; names that AWS does not know."""

    allowed: tuple[ServiceAccess, ...]
    denied: tuple[ServiceAccess, ...]
    unknown: tuple[str, ...]

    @property
    def allowed_in_short(self) -> Shortened[ServiceAccess]:
        return shortened(self.allowed, _alike)

    @property
    def denied_in_short(self) -> Shortened[ServiceAccess]:
        return shortened(self.denied, _alike)


@lru_cache(maxsize=256)
def summary(policy: Policy) -> Summary:
    """The rows of a parsed policy."""
    names = (name for statement in policy.statements for name in statement.actions)
    return Summary(
        allowed=_rows([row for row in policy.statements if row.allow]),
        denied=_rows([row for row in policy.statements if not row.allow]),
        unknown=tuple(dict.fromkeys(name for name in names if not catalogue.matching(name))),
    )


def _alike(row: ServiceAccess) -> object:
    """What rows have in common that read the same."""
    return row.words, row.resources, row.conditions


def meant_actions(statement: Statement) -> frozenset[Action]:
    """The actions of AWS that a statement is about."""
    listed = frozenset(action for name in statement.actions for action in catalogue.matching(name))
    return frozenset(catalogue.all_actions()) - listed if statement.not_action else listed


def levels_of(prefix: str, actions: Iterable[Action]) -> tuple[tuple[str, str], ...]:
    """Which access levels of a service some of its actions fill, and whether in full."""
    found = set(actions)
    rows = []
    for level in LEVELS:
        known = catalogue.services()[prefix].at(level)
        if count := len(found.intersection(known)):
            rows.append((level, FULL if count == len(known) else LIMITED))
    return tuple(rows)


def _rows(statements: Sequence[Statement]) -> tuple[ServiceAccess, ...]:
    actions: defaultdict[str, set[Action]] = defaultdict(set)
    about: defaultdict[str, list[Statement]] = defaultdict(list)
    meant: dict[object, dict[str, set[Action]]] = {}
    for statement in statements:
        key = (frozenset(statement.actions), statement.not_action)
        if key not in meant:
            meant[key] = _by_service(statement)
        for prefix, some in meant[key].items():
            about[prefix].append(statement)
            actions[prefix] |= some
    return tuple(_row(prefix, actions[prefix], about[prefix]) for prefix in sorted(actions))


def _by_service(statement: Statement) -> dict[str, set[Action]]:
    found: defaultdict[str, set[Action]] = defaultdict(set)
    for action in meant_actions(statement):
        found[action.service].add(action)
    return found


def _row(prefix: str, actions: set[Action], statements: list[Statement]) -> ServiceAccess:
    resources = (
        f"All except {resource}" if statement.not_resource else resource
        for statement in statements
        for resource in statement.resources
    )
    conditions = (condition for statement in statements for condition in statement.conditions)
    return ServiceAccess(
        prefix=prefix,
        name=catalogue.services()[prefix].name,
        levels=levels_of(prefix, actions),
        resources=tuple(dict.fromkeys(resources)),
        conditions=tuple(dict.fromkeys(map(_words, conditions))),
    )


def _words(condition: Condition) -> str:
    return f"{condition.operator} {condition.key}: {', '.join(condition.values)}"
