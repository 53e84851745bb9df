"""What is done once AWS was asked and the database does not answer: to ask again could do it twice."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.db import DatabaseError, close_old_connections

from iamconsole.errors import OutcomeUnknown
from iamconsole.transient import reason_of

from .caller import Caller

# How long a job holds AWS's answer in its hands, which may be a secret that AWS shows once, and how long
# between two attempts to write it. A person waits no longer than two changes at once need to part.
PATIENCE_SECONDS, PERSONS_SECONDS, PAUSE_SECONDS = 60.0, 1.0, 0.3
NOT_WRITTEN_DOWN = (
    "AWS was asked, but this console's database did not answer, so the result is not known here. Sync the "
    "account to find out, then do the rest."
)


@contextmanager
def known_or_unknown() -> Iterator[None]:
    """Around what follows the Intent: where the database fails, the outcome is unknown and the Intent stays
    open. Raises OutcomeUnknown.
    """
    try:
        yield
    except DatabaseError as error:
        if reason_of(error) is None:
            raise
        raise OutcomeUnknown(NOT_WRITTEN_DOWN) from error


def patiently(caller: Caller, write: Callable[[], None]) -> None:
    """Write AWS's answer, for a job again and again while the database does not take it."""
    end = time.monotonic() + (PATIENCE_SECONDS if caller.job_id else PERSONS_SECONDS)
    while True:
        try:
            return write()
        except DatabaseError as error:
            if reason_of(error) is None or time.monotonic() > end:
                raise
            time.sleep(PAUSE_SECONDS)
            close_old_connections()
