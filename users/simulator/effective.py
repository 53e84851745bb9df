"""What a user's policies come to: how much of each access level of each service, and where from.

Told from the policies alone, without a request: what depends on resources or conditions is limited.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from iamconsole import catalogue
from iamconsole.catalogue import LEVELS, Action
from iamconsole.errors import IamError
from iamconsole.policy import Policy, Statement
from iamconsole.review.alike import Shortened, shortened
from iamconsole.review.summary import FULL, LIMITED, meant_actions
from users.simulator.simulation import Simulation, Source

Actions = frozenset[Action]
NOTHING: Actions = frozenset()
BUILT_IN = "Built in"
MOST_LOOKED_THROUGH = 8_000_000  # actions compared with patterns: some seconds, where nothing is kept yet
TOO_MUCH = "The policies have too many patterns of actions to tell what they come to."


@dataclass(frozen=True, slots=True)
class Share:
    """What one policy says of actions: ``always``, or only for some resources or on conditions."""

    allowed: Actions
    always_allowed: Actions
    denied: Actions
    always_denied: Actions


@dataclass(frozen=True, slots=True)
class ServiceRow:
    """One service: access level -> Full, Limited or "", who gives it, whether the boundary takes some."""

    prefix: str
    name: str
    levels: tuple[tuple[str, str], ...]
    origins: tuple[str, ...]
    bounded: bool

    @property
    def in_short(self) -> str | tuple[tuple[str, str], ...]:
        """What all levels have that the service has, else each with what it has."""
        found = {how for _, how in self.levels if how != "-"}
        return found.pop() if len(found) == 1 else self.levels


@dataclass(frozen=True, slots=True)
class EffectiveAccess:
    """The rows; whether they are all of AWS in full; how many services the boundary takes whole."""

    rows: tuple[ServiceRow, ...]
    taken_by_boundary: int

    @property
    def in_short(self) -> Shortened[ServiceRow]:
        """The rows, those of most services as one where they read the same."""
        return shortened(self.rows, lambda row: (row.in_short, row.origins, row.bounded))

    @property
    def everything(self) -> bool:
        """Whether every level of every service is there in full."""
        full = all(how in (FULL, "-") for row in self.rows for _, how in row.levels)
        return full and len(self.rows) == len(catalogue.services())


def effective_access(simulation: Simulation) -> EffectiveAccess:
    """What identity policies allow, less what is denied, within the boundary (IAM-FACTS 8.3). Raises IamError
    where that is too much to tell.
    """
    _check_patterns(simulation)
    shares = [(source, share(source.named.policy)) for source in simulation.identity]
    given = _union(one.allowed for _, one in shares)
    always = _union(one.always_allowed for _, one in shares)
    denied = _union(one.denied for _, one in shares)
    always_denied = _union(one.always_denied for _, one in shares)
    within, within_always = given, always
    if simulation.boundary:
        bounds = share(simulation.boundary.named.policy)
        within, within_always = given & bounds.allowed, always & bounds.always_allowed
        denied, always_denied = denied | bounds.denied, always_denied | bounds.always_denied
    some, full = within - always_denied, within_always - denied
    cut = {action.service for action in given - within | (always - within_always)}
    by_service = _by_service(some)
    rows = tuple(
        ServiceRow(
            prefix=prefix,
            name=catalogue.services()[prefix].name,
            levels=tuple(_levels(prefix, by_service[prefix], full)),
            origins=tuple(_origins(shares, by_service[prefix])),
            bounded=prefix in cut,
        )
        for prefix in sorted(by_service)
    )
    return EffectiveAccess(rows, len(cut - set(by_service)))


def _check_patterns(simulation: Simulation) -> None:
    sources = [*simulation.identity, *filter(None, [simulation.boundary])]
    rows = (row for source in sources for row in source.named.policy.statements)
    if (
        sum(map(catalogue.looked_through, {name for row in rows for name in row.actions}))
        > MOST_LOOKED_THROUGH
    ):
        raise IamError("InvalidInput", TOO_MUCH)


@lru_cache(maxsize=256)
def share(policy: Policy) -> Share:
    """What one policy says, whoever has it."""
    allows = [row for row in policy.statements if row.allow]
    denies = [row for row in policy.statements if not row.allow]
    return Share(
        allowed=_union(map(meant_actions, allows)),
        always_allowed=_union(map(meant_actions, filter(_is_always, allows))),
        denied=_union(map(meant_actions, denies)),
        always_denied=_union(map(meant_actions, filter(_is_always, denies))),
    )


def _is_always(statement: Statement) -> bool:
    """Whether a statement speaks of every resource, whatever the request."""
    return not statement.conditions and not statement.not_resource and "*" in statement.resources


def _union(sets: Iterable[Actions]) -> Actions:
    return NOTHING.union(*sets)


def _by_service(actions: Actions) -> dict[str, Actions]:
    found: defaultdict[str, set[Action]] = defaultdict(set)
    for action in actions:
        found[action.service].add(action)
    return {prefix: frozenset(some) for prefix, some in found.items()}


def _levels(prefix: str, some: Actions, full: Actions) -> Iterable[tuple[str, str]]:
    """Level -> Full, Limited, "" for none, - where the service has no such actions."""
    for level in LEVELS:
        known = catalogue.services()[prefix].at(level)
        if not known:
            yield level, "-"
        elif full.issuperset(known):
            yield level, FULL
        else:
            yield level, LIMITED if some.intersection(known) else ""


def _origins(shares: Sequence[tuple[Source, Share]], actions: Actions) -> Iterable[str]:
    """Where some of the actions come from, each once."""
    return dict.fromkeys(_origin(source) for source, one in shares if not actions.isdisjoint(one.allowed))


def _origin(source: Source) -> str:
    if source.named.kind == "Console":
        return BUILT_IN
    return f"Group {source.named.via}" if source.named.via else "Direct"
