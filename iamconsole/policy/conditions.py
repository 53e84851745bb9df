"""Condition operators and what an absent key means (IAM-FACTS 8.4)."""

import base64
import binascii
import ipaddress
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation

from .document import Condition
from .glob import matches
from .variables import Context, plain, substitute

Compare = Callable[[str, str], bool]  # (value in the policy, value in the request)


class CannotEvaluate(Exception):
    """An operator or value the engine does not know: an Allow does not match, a Deny does."""


def holds(condition: Condition, context: Context, *, variables: bool) -> bool:
    """Whether one condition is met. ``context`` has lower-case keys. Raises CannotEvaluate."""
    operator, quantifier, if_exists = _split(condition.operator)
    value = context.get(condition.key.lower())
    if operator == "null":
        return _null(condition, value)
    compare, negated, substitutes = _operator(operator)
    wanted = _wanted(condition.values, context, variables and substitutes)
    if value is None:
        return _absent(quantifier, negated, if_exists)
    if quantifier:
        return _quantified(quantifier, compare, negated, wanted, [value] if isinstance(value, str) else value)
    if not isinstance(value, str):
        return False  # several values under a plain operator never match, also negated
    return _one(compare, negated, wanted, value)


def _split(name: str) -> tuple[str, str, bool]:
    """``ForAnyValue:StringEqualsIfExists`` -> operator, quantifier, whether IfExists was said."""
    prefix, _, operator = name.lower().rpartition(":")
    if prefix not in ("", "forallvalues", "foranyvalue"):
        raise CannotEvaluate(name)
    return operator.removesuffix("ifexists"), prefix, operator.endswith("ifexists")


def _null(condition: Condition, value: str | Sequence[str] | None) -> bool:
    absent = "true" if value is None or (not isinstance(value, str) and not value) else "false"
    return any(wanted.lower() == absent for wanted in condition.values)


def _absent(quantifier: str, negated: bool, if_exists: bool) -> bool:
    if quantifier == "forallvalues":
        return True
    if quantifier == "foranyvalue":
        return if_exists
    return if_exists or negated


def _wanted(values: Sequence[str], context: Context, variables: bool) -> list[str]:
    """The policy's values; one whose variable has no value can match nothing."""
    if not variables:
        return list(values)
    return [filled for value in values if (filled := substitute(value, context)) is not None]


def _one(compare: Compare, negated: bool, wanted: Sequence[str], value: str) -> bool:
    """OR over the policy's values; a negated operator is NOR."""
    return any(compare(item, value) for item in wanted) is not negated


def _quantified(
    quantifier: str, compare: Compare, negated: bool, wanted: Sequence[str], values: Sequence[str]
) -> bool:
    results = [_one(compare, negated, wanted, value) for value in values]
    return all(results) if quantifier == "forallvalues" else any(results)


def _operator(name: str) -> tuple[Compare, bool, bool]:
    """The comparison, whether it is negated, and whether its values may hold variables."""
    positive = POSITIVE_OF.get(name)
    compare = COMPARE.get(positive or name)
    if compare is None:
        raise CannotEvaluate(name)
    return compare, positive is not None, (positive or name).startswith(("string", "arn", "bool"))


def _number(test: Callable[[Decimal, Decimal], bool]) -> Compare:
    def compare(wanted: str, value: str) -> bool:
        try:
            return test(Decimal(value.strip()), Decimal(wanted.strip()))
        except InvalidOperation:
            return False

    return compare


def _date(test: Callable[[float, float], bool]) -> Compare:
    def compare(wanted: str, value: str) -> bool:
        moment = _moment(wanted)
        if moment is None:
            raise CannotEvaluate(wanted)
        given = _moment(value)
        return given is not None and test(given, moment)

    return compare


def _moment(text: str) -> float | None:
    """Seconds since the epoch of an ISO 8601 date or an epoch number, to the millisecond."""
    try:
        return round(float(text), 3)
    except ValueError:
        pass
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    return round((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp(), 3)


def _ip(wanted: str, value: str) -> bool:
    try:
        network = ipaddress.ip_network(wanted.strip(), strict=False)
    except ValueError as error:
        raise CannotEvaluate(wanted) from error
    try:
        address = ipaddress.ip_address(value.strip())
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address) in network


def _arn(wanted: str, value: str) -> bool:
    """Six parts, each matched by itself."""
    patterns, parts = wanted.split(":", 5), value.split(":", 5)
    if len(patterns) < 6 or len(parts) < 6:
        return False
    return all(matches(pattern, part) for pattern, part in zip(patterns, parts, strict=True))


def _binary(wanted: str, value: str) -> bool:
    try:
        return base64.b64decode(wanted, validate=True) == base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        return False


COMPARE: dict[str, Compare] = {
    "stringequals": lambda wanted, value: plain(wanted) == value,
    "stringequalsignorecase": lambda wanted, value: plain(wanted).casefold() == value.casefold(),
    "stringlike": matches,
    "numericequals": _number(lambda value, wanted: value == wanted),
    "numericlessthan": _number(lambda value, wanted: value < wanted),
    "numericlessthanequals": _number(lambda value, wanted: value <= wanted),
    "numericgreaterthan": _number(lambda value, wanted: value > wanted),
    "numericgreaterthanequals": _number(lambda value, wanted: value >= wanted),
    "dateequals": _date(lambda value, wanted: value == wanted),
    "datelessthan": _date(lambda value, wanted: value < wanted),
    "datelessthanequals": _date(lambda value, wanted: value <= wanted),
    "dategreaterthan": _date(lambda value, wanted: value > wanted),
    "dategreaterthanequals": _date(lambda value, wanted: value >= wanted),
    "bool": lambda wanted, value: (value.lower() == "true") == (wanted.lower() == "true"),
    "binaryequals": _binary,
    "ipaddress": _ip,
    "arnequals": _arn,
    "arnlike": _arn,
}
POSITIVE_OF = {
    "stringnotequals": "stringequals",
    "stringnotequalsignorecase": "stringequalsignorecase",
    "stringnotlike": "stringlike",
    "numericnotequals": "numericequals",
    "datenotequals": "dateequals",
    "notipaddress": "ipaddress",
    "arnnotequals": "arnequals",
    "arnnotlike": "arnlike",
}
