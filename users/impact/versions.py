"""Does another document give more? Two versions of one policy, whoever has it."""

import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace

from iamconsole.catalogue import Action
from iamconsole.policy import MalformedPolicyDocument, Policy, Steps, TooManySteps, parse
from iamconsole.review.changes import GAIN, LESS, LOSS, MORE, OTHER, Side, Verdict, verdicts
from users.callers.console_actions import own_actions
from users.impact.effects import PAGE_STEPS
from users.impact.tables import named

NOT_READ = (
    "Whether it gives more cannot be decided: one of the documents is not known here, or cannot be read."
)
TOO_MUCH = "Whether it gives more cannot be decided: comparing these documents is too much work for a page."
SAME = "The new document gives the same, for every action known here."
UNDECIDED = "Whether the new document gives more cannot be decided for some actions."
TITLES = {
    (True, False): "The new document gives more.",
    (False, True): "The new document gives less.",
    (True, True): "The new document gives more in one place and less in another.",
}
ALLOW_ALL = json.dumps(
    {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}
)
# What is said of the allowing statements, then of the denying ones.
PARTS = (
    {
        GAIN: "Allows, and did not before",
        MORE: "Allows on more resources, or on fewer conditions",
        LOSS: "No longer allows",
        LESS: "Allows on fewer resources, or on more conditions",
        OTHER: "Allows on other resources or conditions, so neither is surely more",
    },
    {
        GAIN: "No longer denies",
        MORE: "Denies on fewer resources, or on more conditions",
        LOSS: "Denies, whatever other policies allow",
        LESS: "Denies on some resources or conditions, whatever other policies allow",
        OTHER: "Denies on other resources or conditions, so neither is surely more",
    },
)


@dataclass(frozen=True, slots=True)
class Comparison:
    """The answer in a sentence; then each part of it in words, with the actions that it is about."""

    title: str
    parts: tuple[tuple[str, str], ...] = ()
    gives_more: bool = False


def compared(old: str, new: str) -> Comparison:
    """What ``new`` gives in the place of ``old``: what it allows by itself, and what it denies to people whom
    other policies allow it.
    """
    try:
        before, after = parse(old), parse(new)
        steps, more = Steps(PAGE_STEPS), own_actions().values()
        sides = [(_only(before, True), _only(after, True)), (_only(before, False), _only(after, False))]
        both = [verdicts(*side, more=more, steps=steps) for side in sides]
    except MalformedPolicyDocument:
        return Comparison(NOT_READ)
    except TooManySteps:
        return Comparison(TOO_MUCH)
    kinds = {verdict.kind for found in both for verdict in found}
    parts = tuple(part for found, words in zip(both, PARTS, strict=True) for part in _told(found, words))
    gains, loses = bool(kinds & {GAIN, MORE}), bool(kinds & {LOSS, LESS})
    title = TITLES.get((gains, loses), UNDECIDED if kinds else SAME)
    return Comparison(title, parts, gains or OTHER in kinds)


def _only(policy: Policy, allow: bool) -> Side:
    """The statements of one effect; those that deny, beside a policy that allows everything."""
    part = replace(policy, statements=tuple(row for row in policy.statements if row.allow is allow))
    return Side(frozenset({part} if allow else {part, parse(ALLOW_ALL)}))


def _told(found: Iterable[Verdict], words: dict[str, str]) -> Iterable[tuple[str, str]]:
    actions: defaultdict[str, set[Action]] = defaultdict(set)
    for verdict in found:
        actions[verdict.kind] |= verdict.actions
    return ((words[kind], named(actions[kind])) for kind in words if kind in actions)
