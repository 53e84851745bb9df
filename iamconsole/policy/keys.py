"""The condition keys that policies mention: in conditions and in variables (IAM-FACTS 8.7)."""

from collections.abc import Iterable, Iterator

from .context import folded
from .document import CURRENT, OLD, Policy, Statement
from .operator_names import is_known_operator
from .syntax import MalformedPolicyDocument, load
from .variables import LITERALS, VARIABLE


def context_keys(policy: Policy) -> list[str]:
    """All keys of a policy as they are first written, without repetition."""
    return distinct(
        key for statement in policy.statements for key in statement_keys(statement, policy.has_variables)
    )


def mentioned_keys(document: str, *, any_operator: bool = False) -> list[str]:
    """The keys that a text mentions, as they are spelled, each spelling once (IAM-FACTS 8.7).

    Unlike ``parse`` it takes statements that lack parts or have a principal. A literal such as ``${*}`` gives
    its character. Raises MalformedPolicyDocument for what is no JSON object, a version that does not exist
    and, unless ``any_operator``, an operator that AWS does not have.
    """
    data = load(document)
    version = data.get("Version", OLD) if isinstance(data, dict) else None
    if not isinstance(data, dict) or version not in (OLD, CURRENT):
        raise MalformedPolicyDocument
    statements = data.get("Statement", [])
    keys: dict[str, None] = {}
    for statement in statements if isinstance(statements, list) else [statements]:
        if not isinstance(statement, dict):
            raise MalformedPolicyDocument(element="Statement")
        keys.update(dict.fromkeys(_loose_keys(statement, version == CURRENT, any_operator)))
    return list(keys)


def _loose_keys(statement: dict[str, object], variables: bool, any_operator: bool) -> Iterator[str]:
    texts = [statement.get("Resource"), statement.get("NotResource")]
    conditions = statement.get("Condition", {})
    if not isinstance(conditions, dict):
        raise MalformedPolicyDocument(element="Condition")
    for operator, keys in conditions.items():
        if not isinstance(keys, dict) or (keys and not any_operator and not is_known_operator(operator)):
            raise MalformedPolicyDocument(element="Condition")
        yield from keys
        texts += keys.values()
    for text in texts if variables else ():
        for one in text if isinstance(text, list) else [text]:
            if isinstance(one, str):
                yield from (match["key"].strip() for match in VARIABLE.finditer(one))


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
