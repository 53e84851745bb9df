"""Reads of what nobody has read: an answer would say "none" where it is not known."""

from collections.abc import Callable

from iamconsole.errors import IamError

from .call import Call

_why: list[Callable[[Call], str]] = []


def know_facts_with(function: Callable[[Call], str]) -> None:
    """Hand in what says why a read cannot be answered, "" where it can (``Operation.tells``)."""
    _why[:] = [function]


def require_read(call: Call) -> None:
    """Only accounts that are copies of one at AWS are asked about. Raises InvalidInput."""
    is_copy = call.caller.read_only or call.caller.link
    if call.operation.tells and is_copy and (why := _why[0](call)):
        raise IamError("InvalidInput", why)
