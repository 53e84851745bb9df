"""The actions of a statement, arranged so that thousands of them cost next to nothing.

ReadOnlyAccess names some 2,700 actions, and a page asks it once for every button. What has no
wildcard is looked up; of the rest only those of the action's own service are tried. Actions are
compared without case (IAM-FACTS 8.1).
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from .context import folded
from .glob import Glob, compiled

ANY_SERVICE = ""


@dataclass(frozen=True, slots=True)
class ActionSet:
    """Action patterns: exact ones, and those with wildcards by service. All are folded.

    ``anywhere`` are the wildcards that reach into the service; they stand in every row of ``wild`` too.
    """

    exact: frozenset[str]
    wild: Mapping[str, tuple[Glob, ...]]
    anywhere: tuple[Glob, ...]
    services: frozenset[str]

    @classmethod
    def of(cls, patterns: Iterable[str]) -> "ActionSet":
        exact: set[str] = set()
        wild: defaultdict[str, list[Glob]] = defaultdict(list)
        for pattern in map(folded, patterns):
            if _has_wildcard(pattern):
                wild[_service(pattern)].append(compiled(pattern))
            else:
                exact.add(pattern)
        anywhere = tuple(wild.pop(ANY_SERVICE, ()))
        services = frozenset(wild) | {name.partition(":")[0] for name in exact}
        by_service = {service: (*found, *anywhere) for service, found in wild.items()}
        return cls(frozenset(exact), by_service, anywhere, services)

    def __contains__(self, action: str) -> bool:
        name = folded(action)
        return self.has(name, name.partition(":")[0])

    def has(self, name: str, service: str) -> bool:
        """Whether a folded name, of that service, is in the set."""
        if name in self.exact:
            return True
        for glob in self.wild.get(service, self.anywhere):  # noqa: SIM110  (half the time of any)
            if glob.matches(name):
                return True
        return False

    def steps(self, name: str, service: str) -> int:
        """What ``has`` costs at most."""
        return 8 + sum([glob.steps(name) for glob in self.wild.get(service, self.anywhere)])

    def may_have(self, service: str) -> bool:
        """Whether it can hold actions of a service at all."""
        return service in self.services or bool(self.anywhere)


def _has_wildcard(text: str) -> bool:
    return "*" in text or "?" in text


def _service(pattern: str) -> str:
    """The service that alone the pattern can match; none when wildcards reach into that part."""
    service, colon, _ = pattern.partition(":")
    return service if colon and not _has_wildcard(service) else ANY_SERVICE
