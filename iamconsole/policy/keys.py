"""The condition keys that policies mention: in conditions and in variables (IAM-FACTS 8.7)."""

from collections.abc import Iterable, Iterator

from .context import folded
from .document import Policy, Statement
from .variables import LITERALS, VARIABLE


def context_keys(policy: Policy) -> list[str]:
    """All keys of a policy as they are first written, without repetition."""
    return distinct(
        key for statement in policy.statements for key in statement_keys(statement, policy.has_variables)
    )


def statement_keys(statement: Statement, variables: bool) -> Iterator[str]:
    """The keys of one statement. ``variables``: whether they count in its policy."""
    for condition in statement.conditions:
        yield condition.key
    if not variables:
        return
    for text in (*statement.resources, *(value for item in statement.conditions for value in item.values)):
        for match in VARIABLE.finditer(text):
            if match["key"] not in LITERALS:
                yield match["key"].strip()


def distinct(keys: Iterable[str]) -> list[str]:
    """Keys are the same whatever their capital letters."""
    found: dict[str, str] = {}
    for key in keys:
        found.setdefault(folded(key), key)
    return list(found.values())
