"""Conditions: quantifiers, ``IfExists``, ``Null`` and what an absent key means (IAM-FACTS 8.4).

A condition of a policy is taken apart once, when it is first asked; what stays for each request is to find
the key's value, to read it and to compare.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from .context import Context, Entry, folded
from .document import Condition
from .glob import STEP_BITS
from .operators import OPERATORS, Operator
from .truth import CannotEvaluate, Truth, all_of, any_of, negate
from .variables import Filled, as_written, fill, is_template

FOR_ALL, FOR_ANY = "forallvalues", "foranyvalue"
NULL = "null"
MOST_ANSWERS, LONGEST_ANSWERED = 16, 64  # that a condition remembers; characters of a value


def holds(condition: Condition, context: Context, *, variables: bool) -> Truth:
    """Whether one condition is met; None when that cannot be told. ``variables``: whether they count."""
    test = condition.test
    if test is None:
        test = _compiled(condition)
        object.__setattr__(condition, "test", test)
    try:
        met: Truth = test.met(context, variables)
    except CannotEvaluate:
        return None
    return met


@dataclass(frozen=True, slots=True)
class _Name:
    """An operator's name taken apart: ``ForAnyValue:StringEqualsIfExists``."""

    operator: Operator
    quantifier: str
    if_exists: bool


@lru_cache(maxsize=1024)
def _parsed(name: str) -> _Name | None:
    """The parts of the name; None for Null, which asks about the key alone."""
    if name.lower() == NULL:
        return None
    quantifier, _, rest = name.lower().rpartition(":")
    operator = OPERATORS.get(rest.removesuffix("ifexists"))
    if operator is None or quantifier not in ("", FOR_ALL, FOR_ANY):
        raise CannotEvaluate(name)
    return _Name(operator, quantifier, rest.endswith("ifexists"))


def _compiled(condition: Condition) -> "_Null | _Comparison | _Unknown":
    try:
        name = _parsed(condition.operator)
    except CannotEvaluate:
        return _Unknown()
    key = folded(condition.key)
    if name is None:
        return _Null(key, frozenset(value.lower() == "true" for value in condition.values))
    operands = tuple(_operand(name.operator, value) for value in condition.values)
    absent = name.quantifier == FOR_ALL or name.if_exists
    absent = absent or (name.operator.negated and name.quantifier != FOR_ANY)
    answers: dict[str, bool] | None = None if any(one.has_variables for one in operands) else {}
    return _Comparison(name.operator, name.quantifier, key, operands, absent, answers)


class _Unknown:
    """An operator that AWS does not have."""

    __slots__ = ()

    def met(self, context: Context, variables: bool) -> Truth:
        return None


@dataclass(frozen=True, slots=True)
class _Null:
    """``true`` asks that the key be absent, every other word that it be present (IAM-FACTS 8.4)."""

    key: str
    absent: frozenset[bool]

    def met(self, context: Context, variables: bool) -> Truth:
        return (not context.has(self.key)) in self.absent


@dataclass(frozen=True, slots=True)
class _Operand:
    """A value of a policy: as it was read, or with variables to be filled in first."""

    text: str
    read: Any
    readable: bool
    has_variables: bool
    steps: int


def _operand(operator: Operator, text: str) -> _Operand:
    written = as_written(text)
    steps = _steps(operator, written)
    variables = operator.variables and "${" in text and (is_template(text) or not operator.any_text)
    try:
        return _Operand(text, operator.read(written), True, variables, steps)
    except CannotEvaluate:
        return _Operand(text, None, False, variables, steps)


def _steps(operator: Operator, filled: Filled) -> int:
    """What a comparison costs besides the request's value: numbers, dates and the like are read first."""
    return (1 if operator.variables else 256) + 8 * filled.plain.count("*") + len(filled.plain)


@dataclass(frozen=True, slots=True)
class _Comparison:
    """An operator, a key and operands. ``absent`` is the answer where the key has no value.

    ``answers`` remembers those that a few short values got, where no variable makes them another's.
    """

    operator: Operator
    quantifier: str
    key: str
    operands: tuple[_Operand, ...]
    absent: bool
    answers: dict[str, bool] | None

    def met(self, context: Context, variables: bool) -> Truth:
        value = context.value(self.key)
        if value is None:
            return self.absent
        if isinstance(value, str):
            return self._one(value, context, variables)
        if not self.quantifier:
            return False  # AWS: several values never satisfy a plain operator, not even a negated one
        return self._several(value, context, variables)

    def _several(self, values: Sequence[str], context: Context, variables: bool) -> Truth:
        answers = (self._one(value, context, variables) for value in values)
        return any_of(answers) if self.quantifier == FOR_ANY else all_of(answers)

    def _one(self, text: str, context: Context, variables: bool) -> Truth:
        """One value of the request, whose answer may be known."""
        answers = self.answers
        if answers is None or context.steps is not None or type(text) is not str:
            return self._answer(text, context, variables)
        known = answers.get(text)
        if known is not None:
            return known
        answer = self._answer(text, context, variables)
        if answer is not None and len(answers) < MOST_ANSWERS and len(text) <= LONGEST_ANSWERED:
            answers[text] = answer
        return answer

    def _answer(self, text: str, context: Context, variables: bool) -> Truth:
        """OR over the policy's values, NOR when the operator is negated."""
        operator = self.operator
        if isinstance(text, Entry) and text.kind in operator.never:
            return False
        value = operator.value(text)
        if value is None and not operator.unread_differs:
            return False
        given = value, len(text)
        if len(self.operands) == 1:
            answer = self._compared(*given, self.operands[0], context, variables)
        else:
            answer = any_of(self._compared(*given, one, context, variables) for one in self.operands)
        return negate(answer) if operator.negated else answer

    def _compared(
        self, value: Any, length: int, operand: _Operand, context: Context, variables: bool
    ) -> Truth:
        """The request's value with one of the policy; a variable without a value equals nothing."""
        read, readable = operand.read, operand.readable
        steps, wide = operand.steps, len(operand.text)
        if operand.has_variables and variables:
            try:
                filled = fill(operand.text, context)
                if filled is None:
                    return False
                read, readable = self.operator.read(filled), True
            except CannotEvaluate:
                return None
            steps, wide = _steps(self.operator, filled), len(filled.plain)
        if context.steps is not None:
            context.steps.take(steps + length * (1 + wide // STEP_BITS))
        if not readable:
            return None
        return value is not None and bool(self.operator.compare(value, read))
