"""What becomes of a refusal: an Event after the rollback, or another attempt."""

import logging
from collections.abc import Callable, Sequence
from contextlib import nullcontext, suppress
from typing import TypeVar

from django.db import DatabaseError, IntegrityError, OperationalError

from iamconsole.errors import IamError, NotConfirmed, OutcomeUnknown
from iamconsole.models import Event
from iamconsole.transient import breaks_a_rule, reason_of

from . import events, races
from .call import Call

log = logging.getLogger(__name__)
T = TypeVar("T")
ALREADY_CHANGING = "Another request is changing the same thing right now. Try again."
BREAKS_A_RULE = "The database refuses these values. Nothing was changed. Correct them, then try again."


def refused_as_event(run: Callable[[], T], calls: Sequence[Call]) -> T:
    """Run; what is refused by a rule, by AWS or by a constraint is an Event after the rollback, and so is
    a guard's question.
    """
    try:
        return run()
    except IamError as error:
        races.check_again(error, calls)
        refusal = error
    except NotConfirmed as question:
        for call in calls:
            events.record(call, Event.Outcome.FAILED, error=question.refusal)
        raise
    except IntegrityError as error:
        refusal = _refusal_of(error, calls)
    except OperationalError as error:
        races.check_again(error, calls)
        raise
    # An Event that cannot be written must not hide that AWS was asked: else it would be asked again.
    with suppress(DatabaseError) if isinstance(refusal, OutcomeUnknown) else nullcontext():
        for call in calls:
            events.record(call, Event.Outcome.FAILED, error=refusal)
    raise refusal


def _refusal_of(error: IntegrityError, calls: Sequence[Call]) -> IamError:
    """What a broken constraint says. Raises the error itself where a newer release is being installed, and
    Raced where the calls are tried again.
    """
    races.check_again(error, calls)
    if reason := reason_of(error):
        refusal = IamError("ServiceUnavailable", reason.sentence)
        for call in calls:
            events.record(call, Event.Outcome.FAILED, error=refusal)
        raise error
    if breaks_a_rule(error):
        log.error("The database refused %s", ", ".join(call.operation.name for call in calls), exc_info=error)
        refusal = IamError("InvalidInput", BREAKS_A_RULE)
    else:
        refusal = IamError("ConcurrentModification", ALREADY_CHANGING)
    refusal.__cause__ = error
    return refusal
