"""Who wants to hear that facts of an account were read anew: a sync has ended, a report was imported."""

from collections.abc import Callable

from users.models import Account

Listener = Callable[[Account], None]
_listeners: list[Listener] = []


def listen(listener: Listener) -> None:
    """Have ``listener`` told of each account whose facts were read anew."""
    if listener not in _listeners:
        _listeners.append(listener)


def tell(account: Account) -> None:
    """Tell all listeners; they mark something for later and are quick."""
    for listener in _listeners:
        listener(account)
