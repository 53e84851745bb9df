"""Simultaneous changes: what lost a race is run again, so that nobody hears of it who did nothing wrong.

Two changes at once can collide on a unique value, on a row that goes, on locks in another order. The database
takes one of them back as a whole; a second look then either does it or says what is so by now. Only where
nothing was asked of AWS, and always from the authorization on: what the caller may do is judged anew.
"""

import logging
import random
import time
from collections.abc import Callable, Sequence
from typing import TypeVar

from django.db import DatabaseError, IntegrityError

from iamconsole.transient import Kind, is_race, reason_of

from .authorized import FactsChanged
from .call import Call

log = logging.getLogger(__name__)
T = TypeVar("T")
PAUSES = (0.02, 0.1, 0.3)  # seconds, about
PROGRAMS = ("access-key", "temporary-key")  # channels
TAKEN_BACK = (Kind.CONFLICT, Kind.OLD_SNAPSHOT)


class Raced(Exception):
    """Internal: this attempt lost a race, and there is another one."""


def lost(error: BaseException) -> bool:
    """Whether the error is that of a race that the database has taken back as a whole."""
    if isinstance(error, IntegrityError):
        return is_race(error)
    reason = reason_of(error) if isinstance(error, DatabaseError) else None
    return reason is not None and reason.kind in TAKEN_BACK


def check_again(error: BaseException, calls: Sequence[Call]) -> None:
    """Raises Raced where the calls lost a race and can be tried again.

    Of a thing that was moved or tagged meanwhile a person is told, who has seen it as it was. A program has
    seen nothing: it would only send the same again.
    """
    seen_by_nobody = isinstance(error, FactsChanged) and all(
        call.caller.channel in PROGRAMS for call in calls
    )
    if (seen_by_nobody or lost(error)) and not any(call.last_try or call.asked_aws for call in calls):
        raise Raced from error


def again(attempt: Callable[[bool], T]) -> T:
    """Run an attempt, which is told whether it is the last, until it loses no race."""
    for pause in PAUSES:
        try:
            return attempt(False)
        except Raced as raced:
            log.info("Tried again after a simultaneous change: %s", raced.__cause__)
            _wait(pause)
    return attempt(True)


def _wait(pause: float) -> None:
    time.sleep(pause * random.uniform(0.5, 1.5))  # noqa: S311  (two that collided part)
