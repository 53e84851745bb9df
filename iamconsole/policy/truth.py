"""Three answers: yes, no, and "it cannot be told" (None).

What AWS makes of operands that it would not save, of unknown operators and of malformed variables is not
known (IAM-FACTS 8.4): such a statement must neither let anyone through nor be passed over silently. The
doubt is carried up to the statement, where an Allow loses and a Deny wins; on the way it yields to whatever
is certain, so the order in which a policy is written never matters.
"""

from collections.abc import Iterable

Truth = bool | None


class CannotEvaluate(Exception):
    """Raised where a value, a variable or an operator makes no sense to the engine."""


def any_of(answers: Iterable[Truth]) -> Truth:
    """OR. Stops at the first yes."""
    doubt = False
    for answer in answers:
        if answer:
            return True
        doubt = doubt or answer is None
    return None if doubt else False


def all_of(answers: Iterable[Truth]) -> Truth:
    """AND. Stops at the first no."""
    doubt = False
    for answer in answers:
        if answer is None:
            doubt = True
        elif not answer:
            return False
    return None if doubt else True


def negate(answer: Truth) -> Truth:
    """NOT; a doubt stays a doubt."""
    return None if answer is None else not answer
