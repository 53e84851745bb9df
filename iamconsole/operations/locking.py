"""Lock what a call acts on, compare it with what was authorized, and check it, before anything is written."""

from collections.abc import Callable, Sequence
from contextlib import suppress

from iamconsole.errors import IamError

from . import undoing
from .authorized import check_same
from .call import Call

_account_locks: list[Callable[[Call], None]] = []
GUARDED = ("console", "job")  # channels whose callers the console's guards are for


def hold_accounts_with(lock: Callable[[Call], None]) -> None:
    """Set how the account of a call is locked (``users.identities``, a floor above)."""
    _account_locks[:] = [lock]


def hold(calls: Sequence[Call]) -> None:
    """Lock what all steps act on and compare it before the first one changes anything: what later ones
    were authorized for, condition keys too, may be changed by earlier ones.

    The account first: else two works on the same users in another order, or a step about the account
    after one about a user, would wait for each other.
    """
    hold_account(calls)
    for call in calls:
        try:
            call.operation.lock(call)
        except IamError:
            continue  # made by an earlier step, or not there: said when the step has its turn
        check_same(call, whole=True)


def hold_account(calls: Sequence[Call]) -> None:
    """Lock the account of the calls, before anything in it."""
    for lock in _account_locks if calls else ():
        with suppress(IamError):  # the account is gone: said when the first step has its turn
            lock(calls[0])


def lock_and_check(call: Call, *, whole: bool) -> None:
    lock(call, whole=whole)
    undoing.check(call)
    call.operation.check(call)
    if call.caller.channel in GUARDED:
        call.operation.guard(call)
        undoing.look(call)


def lock(call: Call, *, whole: bool) -> None:
    """Lock the rows, which must be those that were authorized. Raises ConcurrentModification, or what
    ``lock`` says where nothing has changed.
    """
    try:
        call.operation.lock(call)
    except IamError:
        check_same(call, whole=whole)
        raise
    check_same(call, whole=whole)
