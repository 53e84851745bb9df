"""The actions of a statement, arranged so that thousands of them cost next to nothing.

ReadOnlyAccess names some 2,700 actions, and a page asks it once for every button. What has no
wildcard is looked up; of the rest only those of the action's own service are tried. Actions are
compared without case (IAM-FACTS 8.1).
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from .context import folded
from .glob import matches

ANY_SERVICE = ""


@dataclass(frozen=True, slots=True)
class ActionSet:
    """Action patterns: exact ones, and those with wildcards by service."""

    exact: frozenset[str]
    wild: Mapping[str, tuple[str, ...]]

    @classmethod
    def of(cls, patterns: Iterable[str]) -> "ActionSet":
        exact: set[str] = set()
        wild: defaultdict[str, list[str]] = defaultdict(list)
        for pattern in map(folded, patterns):
            if _has_wildcard(pattern):
                wild[_service(pattern)].append(pattern)
            else:
                exact.add(pattern)
        return cls(frozenset(exact), MappingProxyType({key: tuple(found) for key, found in wild.items()}))

    def __contains__(self, action: str) -> bool:
        name = folded(action)
        if name in self.exact:
            return True
        tried = (*self.wild.get(ANY_SERVICE, ()), *self.wild.get(name.partition(":")[0], ()))
        return any(matches(pattern, name) for pattern in tried)


def _has_wildcard(text: str) -> bool:
    return "*" in text or "?" in text


def _service(pattern: str) -> str:
    """The service that alone the pattern can match; none when wildcards reach into that part."""
    service, colon, _ = pattern.partition(":")
    return service if colon and not _has_wildcard(service) else ANY_SERVICE
