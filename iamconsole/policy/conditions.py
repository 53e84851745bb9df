"""Conditions: quantifiers, ``IfExists``, ``Null`` and what an absent key means (IAM-FACTS 8.4)."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from .context import Context
from .document import Condition
from .glob import STEP_BITS
from .operators import OPERATORS, Operator
from .truth import CannotEvaluate, Truth, all_of, any_of, negate
from .variables import Filled, as_written, fill

FOR_ALL, FOR_ANY = "forallvalues", "foranyvalue"


@dataclass(frozen=True, slots=True)
class _Test:
    """An operator's name taken apart: ``ForAnyValue:StringEqualsIfExists``."""

    operator: Operator
    quantifier: str
    if_exists: bool


def holds(condition: Condition, context: Context, *, variables: bool) -> Truth:
    """Whether one condition is met; None when that cannot be told. ``variables``: whether they count."""
    try:
        test = _parsed(condition.operator)
        if test is None:
            return _null(condition, context)
        return _tested(test, condition, context, variables)
    except CannotEvaluate:
        return None


def is_known_operator(name: str) -> bool:
    """Whether ``ForAnyValue:StringLikeIfExists`` and the like names an operator."""
    try:
        _parsed(name)
    except CannotEvaluate:
        return False
    return True


@lru_cache(maxsize=1024)
def _parsed(name: str) -> _Test | None:
    """The parts of the name; None for Null, which asks about the key alone."""
    if name.lower() == "null":
        return None
    quantifier, _, rest = name.lower().rpartition(":")
    operator = OPERATORS.get(rest.removesuffix("ifexists"))
    if operator is None or quantifier not in ("", FOR_ALL, FOR_ANY):
        raise CannotEvaluate(name)
    return _Test(operator, quantifier, rest.endswith("ifexists"))


def _null(condition: Condition, context: Context) -> Truth:
    """``"true"`` asks that the key be absent, ``"false"`` that it be present."""
    wanted = {value.lower() for value in condition.values}
    if wanted - {"true", "false"}:
        raise CannotEvaluate(condition.operator)
    return ("false" if condition.key in context else "true") in wanted


def _tested(test: _Test, condition: Condition, context: Context, variables: bool) -> Truth:
    value = context.get(condition.key)
    if value is None:
        return _absent(test)
    if not test.quantifier and not isinstance(value, str):
        return False  # AWS: several values never satisfy a plain operator, not even a negated one
    substitute = variables and test.operator.variables
    if isinstance(value, str) and not test.quantifier:
        return _one(test.operator, condition, context, value, substitute)
    given = (value,) if isinstance(value, str) else value
    answers = (_one(test.operator, condition, context, item, substitute) for item in given)
    return any_of(answers) if test.quantifier == FOR_ANY else all_of(answers)


def _absent(test: _Test) -> bool:
    if test.quantifier == FOR_ALL or test.if_exists:
        return True
    return test.operator.negated and test.quantifier != FOR_ANY


def _one(operator: Operator, condition: Condition, context: Context, value: str, substitute: bool) -> Truth:
    """One value of the request: OR over the policy's values, NOR when the operator is negated."""
    answers: Iterable[Truth] = (
        _compared(operator, wanted, context, value, substitute) for wanted in condition.values
    )
    return negate(any_of(answers)) if operator.negated else any_of(answers)


def _compared(operator: Operator, wanted: str, context: Context, value: str, substitute: bool) -> Truth:
    """One value of the policy with one of the request; a variable without a value equals nothing."""
    try:
        filled = fill(wanted, context) if substitute else as_written(wanted)
        if context.steps is not None and filled is not None:
            context.steps.take(_steps(operator, filled, value))
        return filled is not None and operator.compare(filled, value)
    except CannotEvaluate:
        return None


def _steps(operator: Operator, filled: Filled, value: str) -> int:
    """What a comparison costs at most: numbers, dates, addresses and the like are read first."""
    reading = 1 if operator.variables else 256
    return (
        reading
        + 8 * filled.plain.count("*")
        + len(filled.plain)
        + len(value) * (1 + len(filled.plain) // STEP_BITS)
    )
