"""The families of condition operators: what each reads, and when it is met (IAM-FACTS 8.4).

A value of the request is read once, an operand of the policy once for all requests. What a family cannot
read in a request is no doubt: it differs from every number and moment, and is neither in a network nor
outside of it. An operand that cannot be read, which AWS does not save, is one: CannotEvaluate.
"""

import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from ipaddress import IPv6Address
from typing import Any

from . import values
from .glob import Glob
from .truth import CannotEvaluate
from .variables import Filled

# Kinds of a simulation's context entries (IAM-FACTS 8.7); values of a request have none.
BOOLEAN, IP, STRING = "boolean", "ip", "string"
NUMERIC, DATE, BINARY = "numeric", "date", "binary"


@dataclass(frozen=True, slots=True)
class Operator:
    """A comparison. ``negated`` turns it round; ``variables``: whether its operands can hold them.

    ``value`` and ``operand`` read what is compared, None where they cannot. ``never`` are the kinds of
    context entries that it does not match, whatever they say.
    """

    value: Callable[[str], Any]
    operand: Callable[[Filled], Any]
    compare: Callable[[Any, Any], bool]  # the request's value, then the operand
    negated: bool
    variables: bool
    never: frozenset[str]
    unread_differs: bool
    any_text: bool  # what is no variable is read as it is written; saving refuses it elsewhere

    def read(self, filled: Filled) -> Any:
        """An operand of a policy. Raises CannotEvaluate where it makes no sense."""
        operand = self.operand(filled)
        if operand is None:
            raise CannotEvaluate(filled.plain)
        return operand


def _text(value: str) -> str:
    return value


def _plain(filled: Filled) -> str:
    return filled.plain


def _lower(filled: Filled) -> str:
    return filled.plain.lower()


def _is_true(value: str) -> bool:
    """Everything but this word is false, also in a policy."""
    return value.lower() == "true"


def _glob(filled: Filled) -> Glob:
    return filled.glob


def _fits(value: str, glob: Glob) -> bool:
    return glob.matches(value)


def _inside(value: values.Address, network: values.Network) -> bool:
    """An IPv4 address is the same in its IPv6 clothes (``::ffff:203.0.113.7``)."""
    mapped = value.ipv4_mapped if isinstance(value, IPv6Address) else None
    return value in network or (mapped is not None and mapped in network)


def _arn_globs(filled: Filled) -> tuple[Glob, ...] | None:
    """Six patterns, each for a part: a star never reaches over a colon before the resource."""
    if filled.plain == "*" and values.arn_pattern("*"):
        return (Glob.of_tokens(filled.tokens),) * 6
    parts = _six(filled.tokens)
    return tuple(map(Glob.of_tokens, parts)) if len(parts) == 6 else None


def _six(tokens: Sequence[str]) -> list[list[str]]:
    parts: list[list[str]] = [[]]
    for symbol in tokens:
        if symbol == ":" and len(parts) < 6:
            parts.append([])
        else:
            parts[-1].append(symbol)
    return parts


def _fit(parts: Sequence[str], globs: Sequence[Glob]) -> bool:
    return all(glob.matches(part) for glob, part in zip(globs, parts, strict=True))


def _of_plain(reader: Callable[[str], Any]) -> Callable[[Filled], Any]:
    return lambda filled: reader(filled.plain)


def _family(
    value: Callable[[str], Any],
    operand: Callable[[Filled], Any],
    compare: Callable[[Any, Any], bool],
    *names: str,
    variables: bool = True,
    never: frozenset[str] = frozenset(),
    unread_differs: bool = False,
    any_text: bool = False,
) -> dict[str, Operator]:
    """The operators of one comparison; a name with ``not`` is the negated one."""
    return {
        name: Operator(value, operand, compare, "not" in name, variables, never, unread_differs, any_text)
        for name in names
    }


def _texts(
    value: Callable[[str], str],
    operand: Callable[[Filled], Any],
    compare: Callable[[Any, Any], bool],
    *names: str,
) -> dict[str, Operator]:
    return _family(value, operand, compare, *names, never=frozenset({NUMERIC, DATE, BINARY}))


def _numbers(compare: Callable[[Any, Any], bool], *names: str) -> dict[str, Operator]:
    never = frozenset({BOOLEAN, IP, STRING, DATE, BINARY})
    read = values.number
    return _family(read, _of_plain(read), compare, *names, variables=False, never=never, unread_differs=True)


def _moments(compare: Callable[[Any, Any], bool], *names: str) -> dict[str, Operator]:
    read = values.moment
    return _family(read, _of_plain(read), compare, *names, variables=False, unread_differs=True)


_equal = operator.eq
OPERATORS: dict[str, Operator] = {
    **_texts(_text, _plain, _equal, "stringequals", "stringnotequals"),
    **_texts(str.lower, _lower, _equal, "stringequalsignorecase", "stringnotequalsignorecase"),
    **_texts(_text, _glob, _fits, "stringlike", "stringnotlike"),
    **_family(values.arn, _arn_globs, _fit, "arnequals", "arnlike", "arnnotequals", "arnnotlike"),
    **_family(_is_true, _of_plain(_is_true), _equal, "bool", any_text=True),
    **_family(values.binary, _of_plain(values.binary), _equal, "binaryequals", variables=False),
    **_family(
        values.requested_address,
        _of_plain(values.network),
        _inside,
        "ipaddress",
        "notipaddress",
        variables=False,
    ),
    **_numbers(_equal, "numericequals", "numericnotequals"),
    **_numbers(operator.lt, "numericlessthan"),
    **_numbers(operator.le, "numericlessthanequals"),
    **_numbers(operator.gt, "numericgreaterthan"),
    **_numbers(operator.ge, "numericgreaterthanequals"),
    **_moments(_equal, "dateequals", "datenotequals"),
    **_moments(operator.lt, "datelessthan"),
    **_moments(operator.le, "datelessthanequals"),
    **_moments(operator.gt, "dategreaterthan"),
    **_moments(operator.ge, "dategreaterthanequals"),
}
