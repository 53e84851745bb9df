"""Policies about a resource whose tags are not known: what is decided whatever they are."""

from dataclasses import replace
from functools import lru_cache

from .document import Condition, Policy, Statement, names_resource_tags
from .evaluation import NamedPolicy
from .glob import compiled

EVERYTHING = ("*",)


def with_tags_for(source: NamedPolicy) -> NamedPolicy:
    """The policy as if the tags were in its caller's favor."""
    return replace(source, policy=_assumed(source.policy, True))


def with_tags_against(source: NamedPolicy) -> NamedPolicy:
    """The policy as if they were against the caller."""
    return replace(source, policy=_assumed(source.policy, False))


@lru_cache(maxsize=512)
def _assumed(policy: Policy, allow: bool) -> Policy:
    """Statements of one effect that ask about the tags apply, those of the other do not."""
    if not policy.asks_resource_tags:
        return policy
    statements = tuple(
        _without_tags(statement) if names_resource_tags(statement) else statement
        for statement in policy.statements
        if statement.allow is allow or not names_resource_tags(statement)
    )
    return replace(policy, statements=statements)


def _without_tags(statement: Statement) -> Statement:
    """The statement without its conditions about tags, and for any resource where tags name them."""
    conditions = tuple(one for one in statement.conditions if not _is_about_tags(one))
    statement = replace(statement, conditions=conditions)
    if not names_resource_tags(statement):
        return statement
    return replace(
        statement,
        resources=EVERYTHING,
        not_resource=False,
        resource_globs=tuple(map(compiled, EVERYTHING)),
    )


def _is_about_tags(condition: Condition) -> bool:
    return any("resourcetag/" in text.lower() for text in (condition.key, *condition.values))
