"""What a document takes back whatever is asked: by its Deny statements without conditions."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from iamconsole.policy import NamedPolicy, Outcome, Policy, Statement, evaluate, parse
from iamconsole.policy.formats import PARTITIONS

MOST_PATTERNS = 100  # beyond these the review speaks as if nothing were denied
ALL = ("*",)
ALL_USERS = tuple(f"arn:{partition}:iam::*:user/*" for partition in PARTITIONS)


@dataclass(frozen=True, slots=True)
class Denied:
    """``anything``: all such statements; ``wholly``: those whose patterns say what they deny."""

    anything: tuple[NamedPolicy, ...] = ()
    wholly: tuple[NamedPolicy, ...] = ()
    _asked: dict[tuple[str, str], bool] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def of(cls, text: str) -> "Denied":
        """Of a document without errors."""
        policy = parse(text)
        rows = tuple(row for row in policy.statements if not row.allow and not row.conditions)
        if sum(len(row.actions) + len(row.resources) for row in rows) > MOST_PATTERNS:
            return cls()
        plain = tuple(row for row in rows if not row.not_resource and "?" not in "".join(row.resources))
        return cls(_sources(policy, rows), _sources(policy, plain))

    def takes(self, action: str, arn: str) -> bool:
        """Whether nobody may do it to that resource. Asked again for every statement, answered once."""
        if (action, arn) not in self._asked:
            self._asked[action, arn] = _denies(self.anything, action, arn)
        return self._asked[action, arn]

    def takes_all(self, action: str, patterns: Sequence[str]) -> bool:
        """Whether nobody can do it to any resource of one of the patterns (``ALL``, ``ALL_USERS``)."""
        return any(_denies(self.wholly, action, pattern) for pattern in patterns)


def _sources(policy: Policy, rows: tuple[Statement, ...]) -> tuple[NamedPolicy, ...]:
    return (NamedPolicy("", "", "", "", replace(policy, statements=rows)),) if rows else ()


def _denies(sources: tuple[NamedPolicy, ...], action: str, resource: str) -> bool:
    if not sources:
        return False
    return evaluate(action, resource, {}, identity=sources).outcome is Outcome.EXPLICIT_DENY
