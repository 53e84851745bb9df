"""All findings of a document: errors in the order in which IAM gives them, others in that of the lines."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from iamconsole.policy.places import Places

from .dangers import Surroundings
from .finding import Finding, Kind
from .grammar import errors, subject, unreadable
from .names import unknown_names
from .near import NearNames
from .risks import risks

MOST_FINDINGS = 100
ORDER = list(Kind)


@dataclass(frozen=True, slots=True)
class Reviewed:
    """The weightiest findings, and how many more there are."""

    findings: tuple[Finding, ...]
    more: int


def review(text: str) -> tuple[Finding, ...]:
    """What is wrong, risky or unknown in a document: the weightiest 100 findings."""
    return reviewed(text).findings


@lru_cache(maxsize=256)
def reviewed(text: str, around: Surroundings | None = None) -> Reviewed:
    """The same, with how many more there are. Risks are looked for when there are no errors.

    ``around``: what is known of the account that the policy is for.
    """
    if broken := unreadable(text):
        return Reviewed((broken,), 0)
    places, near = Places.of(text), NearNames()
    if wrong := list(errors(text, places, near)):
        return Reviewed(tuple(wrong[:MOST_FINDINGS]), max(len(wrong) - MOST_FINDINGS, 0))
    it = subject(text, places, near)
    return _ordered([*unknown_names(it), *risks(it, around)])


def _ordered(findings: Iterable[Finding]) -> Reviewed:
    by_weight = sorted(findings, key=lambda one: (ORDER.index(one.kind), one.span.start))
    kept = sorted(by_weight[:MOST_FINDINGS], key=lambda one: (one.span.start, ORDER.index(one.kind)))
    return Reviewed(tuple(kept), len(by_weight) - len(kept))
