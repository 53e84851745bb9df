"""What several rules ask of the same accounts is asked once in an evaluation."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from typing import Any, TypeVar

from users.models import Account

Answer = TypeVar("Answer")
_answers: ContextVar[dict[Any, Any] | None] = ContextVar("answers", default=None)


@contextmanager
def reading_once() -> Iterator[None]:
    """Within it a question declared by ``once`` is asked once for the same accounts: what is written
    meanwhile is not seen. Outside of it every question is asked anew.
    """
    token = _answers.set({})
    try:
        yield
    finally:
        _answers.reset(token)


def once(question: Callable[[Sequence[Account]], Answer]) -> Callable[[Sequence[Account]], Answer]:
    """A question about accounts whose answer is kept within ``reading_once``; nobody changes the answer."""

    @wraps(question)
    def ask(accounts: Sequence[Account]) -> Answer:
        answers = _answers.get()
        if answers is None:
            return question(accounts)
        key = question, tuple(account.pk for account in accounts)
        if key not in answers:
            answers[key] = question(accounts)
        found: Answer = answers[key]
        return found

    return ask
