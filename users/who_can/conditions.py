"""What an answer depends on, in words: the common conditions as people say them, the others as written."""

from collections.abc import Mapping

from iamconsole.policy import Condition
from iamconsole.policy.context import folded
from iamconsole.policy.reach import Reach

IF_EXISTS = "ifexists"
MFA, MFA_AGE = "aws:multifactorauthpresent", "aws:multifactorauthage"
WITH_MFA, WITHOUT_MFA = "Only with MFA", "Only without MFA"
NOT_WITHOUT = "Not in a console session without MFA"
# An operator that says the opposite: a Deny of the one is an Allow of the other.
OPPOSITES = {
    "ipaddress": "notipaddress",
    "stringequals": "stringnotequals",
    "stringlike": "stringnotlike",
    "arnlike": "arnnotlike",
    "arnequals": "arnnotequals",
    "datelessthan": "dategreaterthanequals",
    "dategreaterthan": "datelessthanequals",
    "numericlessthan": "numericgreaterthanequals",
    "numericgreaterthan": "numericlessthanequals",
    "numericequals": "numericnotequals",
}
OPPOSITES |= {other: one for one, other in OPPOSITES.items()}
# Condition key -> operator -> words, where it is asked for. A Deny is turned into its opposite first.
WORDS: Mapping[str, Mapping[str, str]] = {
    "aws:sourceip": {"ipaddress": "Only from {}", "notipaddress": "Not from {}"},
    "aws:requestedregion": {
        "stringequals": "Only in {}",
        "stringlike": "Only in {}",
        "stringnotequals": "Not in {}",
        "stringnotlike": "Not in {}",
    },
    "aws:sourcevpc": {"stringequals": "Only from {}", "stringnotequals": "Not from {}"},
    "aws:sourcevpce": {"stringequals": "Only from {}", "stringnotequals": "Not from {}"},
    "aws:currenttime": {
        "datelessthan": "Only before {}",
        "datelessthanequals": "Only until {}",
        "dategreaterthan": "Only after {}",
        "dategreaterthanequals": "Only from {} on",
    },
    MFA_AGE: {
        "numericlessthan": "Only with MFA of the last {} seconds",
        "numericlessthanequals": "Only with MFA of the last {} seconds",
    },
}
TAGS = {"aws:resourcetag/": "the resource has the tag", "aws:requesttag/": "the request has the tag"}


def in_words(reach: Reach) -> tuple[str, ...]:
    """What the conditions of a statement come to; () where it has none that the request decides."""
    conditions = reach.conditions
    if not conditions:
        return ()
    if reach.statement.allow:
        return tuple(dict.fromkeys(_asked(one) for one in conditions))
    if len(conditions) == 1:
        return (_refused(conditions[0]),)
    return ("Not if " + " and ".join(map(_as_written, conditions)),)


def _asked(condition: Condition) -> str:
    """A condition of an Allow."""
    operator, exists = _operator(condition)
    key, said = folded(condition.key), _values(condition)
    if key == MFA and operator == "bool":
        # A long-term access key has no such key in its requests (IAM-FACTS 8.6).
        return _of_mfa(said, by_access_key=exists)
    if key == MFA_AGE and operator == "null":
        return WITH_MFA if said == "false" else WITHOUT_MFA
    if key == "aws:securetransport" and operator == "bool" and said == "true":
        return "Only over TLS"
    words = WORDS.get(key, {}).get(operator)
    if words and not exists:
        return words.format(said)
    if words and operator.startswith("not"):
        return words.format(said)
    return _of_tag(condition, operator, exists) or f"Only if {_as_written(condition)}"


def _refused(condition: Condition) -> str:
    """The one condition of a Deny: what must not be."""
    operator, exists = _operator(condition)
    key, said = folded(condition.key), _values(condition)
    if key == MFA and operator == "bool":
        if said == "false":
            return WITH_MFA if exists else NOT_WITHOUT
        return WITHOUT_MFA
    if key == MFA_AGE and operator == "null":
        return WITH_MFA if said == "true" else WITHOUT_MFA
    if key == "aws:securetransport" and operator == "bool" and said == "false":
        return "Only over TLS"
    opposite = OPPOSITES.get(operator, "")
    words = WORDS.get(key, {}).get(opposite)
    return words.format(said) if words else f"Not if {_as_written(condition)}"


def _of_mfa(said: str, *, by_access_key: bool) -> str:
    if said == "true":
        return NOT_WITHOUT if by_access_key else WITH_MFA
    return WITHOUT_MFA


def _of_tag(condition: Condition, operator: str, exists: bool) -> str:
    key = folded(condition.key)
    for prefix, words in TAGS.items():
        if key.startswith(prefix) and operator in ("stringequals", "stringlike") and not exists:
            return f"Only if {words} {condition.key[len(prefix) :]}: {_values(condition)}"
    return ""


def _operator(condition: Condition) -> tuple[str, bool]:
    """The operator without case and without ``IfExists``, and whether it had that. One with a quantifier
    keeps it, and so is none of those that have words.
    """
    name = condition.operator.lower()
    return name.removesuffix(IF_EXISTS), name.endswith(IF_EXISTS)


def _values(condition: Condition) -> str:
    return ", ".join(condition.values)


def _as_written(condition: Condition) -> str:
    return f"{condition.operator} {condition.key}: {_values(condition)}"
