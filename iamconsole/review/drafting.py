"""Small changes to a document under work: a fix, another statement, an even layout."""

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from iamconsole import catalogue
from iamconsole.catalogue import Action
from iamconsole.policy import MalformedPolicyDocument
from iamconsole.policy.syntax import load

from .finding import Finding, listed

NO_PLACE = "The document has an error, so no statement can be added. Fix the error first."
VERB = re.compile(r"[A-Z][a-z0-9]*")


def with_fix(text: str, number: int, findings: Sequence[Finding]) -> str:
    """The text with what the finding of that number proposes; as it was where there is none."""
    if not 0 <= number < len(findings) or not findings[number].fix:
        return text
    found = findings[number]
    return text[: found.span.start] + found.fix + text[found.span.end :]


def formatted(text: str) -> str:
    """The same document, two spaces to a level. What is no JSON stays as it is."""
    try:
        return json.dumps(load(text), indent=2, ensure_ascii=False)
    except (MalformedPolicyDocument, ValueError):
        return text


def with_statement(text: str, statement: Mapping[str, Any]) -> str:
    """The document with a statement more; statements that allow or deny nothing yet give way to it.

    Raises ValueError with a sentence where the document cannot take one.
    """
    try:
        data = load(text) if text.strip() else {"Version": "2012-10-17"}
    except MalformedPolicyDocument as error:
        raise ValueError(NO_PLACE) from error
    if not isinstance(data, dict):
        raise ValueError(NO_PLACE)
    rows = [row for row in listed(data.get("Statement", [])) if not _is_blank(row)]
    return json.dumps({**data, "Statement": [*rows, statement]}, indent=2, ensure_ascii=False)


def _is_blank(row: object) -> bool:
    return isinstance(row, dict) and row.get("Action") in ([], "")


def patterns(prefix: str, levels: Iterable[str]) -> list[str]:
    """The actions of some access levels, shortened to ``Get*`` where that means none of another level."""
    service = catalogue.services()[prefix]
    wanted = {action for level in levels for action in service.at(level)}
    if wanted == set(service.actions.values()):
        return [f"{prefix}:*"]
    by_verb: defaultdict[str, list[Action]] = defaultdict(list)
    for action in service.actions.values():
        by_verb[_verb(action)].append(action)
    return sorted(
        name for verb, family in by_verb.items() for name in _family(prefix, verb, family, wanted, by_verb)
    )


def _family(
    prefix: str, verb: str, family: Sequence[Action], wanted: set[Action], verbs: Mapping[str, object]
) -> list[str]:
    """One pattern for a verb all of whose actions are wanted, else their names."""
    chosen = [action for action in family if action in wanted]
    longer = any(other != verb and other.startswith(verb) for other in verbs)
    if len(chosen) == len(family) > 1 and not longer:
        return [f"{prefix}:{verb}*"]
    return [str(action) for action in chosen]


def _verb(action: Action) -> str:
    match = VERB.match(action.name)
    return match[0] if match else action.name
