"""All findings of a document, in the order of its lines."""

from functools import lru_cache

from iamconsole.policy.places import Places

from .finding import Finding
from .grammar import document_errors, statement_errors, subject, unreadable
from .names import unknown_names
from .risks import risks


@lru_cache(maxsize=256)
def review(text: str) -> tuple[Finding, ...]:
    """What is wrong, risky or unknown in a document. Risks are looked for when there are no errors."""
    if broken := unreadable(text):
        return (broken,)
    places = Places.of(text)
    if errors := list(document_errors(text, places)):
        return _ordered(errors)
    it = subject(text, places)
    if errors := list(statement_errors(it)):
        return _ordered(errors)
    return _ordered([*unknown_names(it), *risks(it)])


def _ordered(findings: list[Finding]) -> tuple[Finding, ...]:
    order = list(type(findings[0].kind)) if findings else []
    return tuple(sorted(findings, key=lambda one: (one.span.start, order.index(one.kind))))
