"""Who wants to hear of changes: told after the commit, and unable to undo or break it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from django.db import transaction

from iamconsole.models import Event

Listener = Callable[[str, Event], None]
_listeners: list[Listener] = []
_silent: ContextVar[bool] = ContextVar("silent", default=False)


def listen(listener: Listener) -> Listener:
    """Have ``listener`` told of every change with the operation's name and its Event."""
    if listener not in _listeners:
        _listeners.append(listener)
    return listener


@contextmanager
def silence() -> Iterator[None]:
    """Tell nobody: for history that is made up, as the demo's is."""
    token = _silent.set(True)
    try:
        yield
    finally:
        _silent.reset(token)


def tell(name: str, event: Event) -> None:
    """Tell all listeners once the transaction around is committed.

    An error of theirs is logged by Django and reaches nobody: the change is made.
    """
    for listener in () if _silent.get() else _listeners:
        # A function, not a partial: Django names it when it logs its error.
        def call(listener: Listener = listener) -> None:
            listener(name, event)

        transaction.on_commit(call, robust=True)
