"""The comparisons behind the condition operators (IAM-FACTS 8.4).

Each takes a value of the policy and one of the request. A value in the policy that is no number, no
date, no address raises CannotEvaluate. A request's value of the wrong kind equals nothing, except
where an address or a moment should stand: there a negated operator would turn nonsense into consent.
"""

import base64
import binascii
import ipaddress
import operator
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from functools import lru_cache

from .glob import Glob
from .truth import CannotEvaluate
from .variables import Filled

Compare = Callable[[Filled, str], bool]
NUMBER = re.compile(r"[+-]?[0-9]{1,40}(\.[0-9]{1,40})?([eE][+-]?[0-9]{1,3})?")
EPOCH = re.compile(r"[+-]?[0-9]{1,15}(\.[0-9]{1,9})?")
DATE = re.compile(r"[0-9]{4}-[0-9]{2}(-[0-9]{2}(T[0-9:.]+(Z|[+-][0-9]{2}:?[0-9]{2})?)?)?")
CIDR = re.compile(r"[0-9A-Fa-f:.]+(/[0-9]{1,3})?")
Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


@dataclass(frozen=True, slots=True)
class Operator:
    """A comparison, whether it is negated, and whether its values may hold variables."""

    compare: Compare
    negated: bool
    variables: bool


def _equals(wanted: Filled, value: str) -> bool:
    return wanted.plain == value


def _equals_ignoring_case(wanted: Filled, value: str) -> bool:
    return wanted.plain.lower() == value.lower()


def _like(wanted: Filled, value: str) -> bool:
    return wanted.glob.matches(value)


def _bool(wanted: Filled, value: str) -> bool:
    """In the request everything but "true" is false; in the policy only the two words make sense."""
    expected = wanted.plain.lower()
    if expected not in ("true", "false"):
        raise CannotEvaluate(expected)
    return (value.lower() == "true") is (expected == "true")


def _binary(wanted: Filled, value: str) -> bool:
    try:
        expected = base64.b64decode(wanted.plain, validate=True)
    except (binascii.Error, ValueError) as error:
        raise CannotEvaluate(wanted.plain) from error
    try:
        return base64.b64decode(value, validate=True) == expected
    except (binascii.Error, ValueError):
        return False


def _numeric(test: Callable[[Decimal, Decimal], bool]) -> Compare:
    def compare(wanted: Filled, value: str) -> bool:
        expected = _number(wanted.plain)
        if expected is None:
            raise CannotEvaluate(wanted.plain)
        given = _number(value)
        return given is not None and test(given, expected)

    return compare


def _number(text: str) -> Decimal | None:
    """Bounded in digits and exponent: no infinities, no arithmetic on a million digits."""
    return Decimal(text.strip()) if NUMBER.fullmatch(text.strip()) else None


def _date(test: Callable[[int, int], bool]) -> Compare:
    return lambda wanted, value: test(moment(value.strip()), moment(wanted.plain.strip()))


@lru_cache(maxsize=4096)
def moment(text: str) -> int:
    """Milliseconds since the epoch of a W3C date or of seconds. Without a zone it is UTC."""
    if EPOCH.fullmatch(text):
        return int(Decimal(text) * 1000)
    if not DATE.fullmatch(text):
        raise CannotEvaluate(text)
    try:
        parsed = datetime.fromisoformat(text + "-01" if len(text) == 7 else text)
    except ValueError as error:
        raise CannotEvaluate(text) from error
    aware = parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)
    return round(aware.timestamp() * 1000)


def _ip(wanted: Filled, value: str) -> bool:
    """An IPv4 address is the same in its IPv6 clothes (``::ffff:203.0.113.7``)."""
    network, address = _network(wanted.plain.strip()), _address(value.strip())
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return address in network or (mapped is not None and mapped in network)


@lru_cache(maxsize=4096)
def _network(text: str) -> Network:
    # The pattern shuts out what Python takes and IAM does not: net masks, scopes, plain integers.
    if not CIDR.fullmatch(text):
        raise CannotEvaluate(text)
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError as error:
        raise CannotEvaluate(text) from error


def _address(text: str) -> Address:
    try:
        return ipaddress.ip_address(text)
    except ValueError as error:
        raise CannotEvaluate(text) from error


def _arn(wanted: Filled, value: str) -> bool:
    """Six parts, each matched by itself: a star never reaches over a colon before the resource."""
    patterns, parts = _six(wanted.tokens), value.split(":", 5)
    if len(patterns) < 6:
        raise CannotEvaluate(wanted.plain)
    if len(parts) < 6:
        return False
    return all(Glob.of_tokens(pattern).matches(part) for pattern, part in zip(patterns, parts, strict=True))


def _six(tokens: tuple[str, ...]) -> list[list[str]]:
    parts: list[list[str]] = [[]]
    for symbol in tokens:
        if symbol == ":" and len(parts) < 6:
            parts.append([])
        else:
            parts[-1].append(symbol)
    return parts


def _family(compare: Compare, *names: str, variables: bool = True) -> dict[str, Operator]:
    """The operators of one comparison; a name with ``not`` is the negated one."""
    return {name: Operator(compare, "not" in name, variables) for name in names}


OPERATORS: dict[str, Operator] = {
    **_family(_equals, "stringequals", "stringnotequals"),
    **_family(_equals_ignoring_case, "stringequalsignorecase", "stringnotequalsignorecase"),
    **_family(_like, "stringlike", "stringnotlike"),
    **_family(_arn, "arnequals", "arnlike", "arnnotequals", "arnnotlike"),
    **_family(_bool, "bool"),
    **_family(_binary, "binaryequals", variables=False),
    **_family(_ip, "ipaddress", "notipaddress", variables=False),
    **_family(_numeric(operator.eq), "numericequals", "numericnotequals", variables=False),
    **_family(_numeric(operator.lt), "numericlessthan", variables=False),
    **_family(_numeric(operator.le), "numericlessthanequals", variables=False),
    **_family(_numeric(operator.gt), "numericgreaterthan", variables=False),
    **_family(_numeric(operator.ge), "numericgreaterthanequals", variables=False),
    **_family(_date(operator.eq), "dateequals", "datenotequals", variables=False),
    **_family(_date(operator.lt), "datelessthan", variables=False),
    **_family(_date(operator.le), "datelessthanequals", variables=False),
    **_family(_date(operator.gt), "dategreaterthan", variables=False),
    **_family(_date(operator.ge), "dategreaterthanequals", variables=False),
}
