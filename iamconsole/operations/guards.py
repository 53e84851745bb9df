"""The questions of guards about the steps of a job, asked while there is somebody to answer."""

from collections.abc import Sequence

from django.db import IntegrityError, transaction

from iamconsole.errors import IamError, NotConfirmed
from iamconsole.models import Event

from . import events
from .call import Call
from .locking import hold_account
from .refused import refused_as_event


def ask_guards(calls: Sequence[Call]) -> None:
    """Ask what the guards will ask about steps of a job, while there is somebody to answer.

    Each is tried after those before it, and all of it is taken back: two steps together can take what
    neither takes alone. A step that is refused leaves out the later ones of its user or group, as in the
    job. Raises NotConfirmed. Everything else is said when the step has its turn.
    """
    guarded = [call for call in calls if call.operation.is_guarded]
    refused: set[tuple[str, str]] = set()
    with transaction.atomic():
        hold_account(guarded)
        for call in guarded:
            whose = _whose(call)
            if whose in refused:
                continue
            try:
                with transaction.atomic():
                    _try(call)
            except (IamError, IntegrityError):
                refused.add(whose)
            except NotConfirmed as question:
                asked = call, question
                break
        else:
            asked = None
        transaction.set_rollback(True)
    if asked:
        events.record(asked[0], Event.Outcome.FAILED, error=asked[1].refusal)
        raise asked[1]


def _whose(call: Call) -> tuple[str, str]:
    """The user, else the group, that a step is about: parameter and name without case."""
    parameter = "UserName" if call.param("UserName") else "GroupName"
    return parameter, call.param(parameter, "").lower()


def put(call: Call, guard: str, title: str, message: str) -> None:
    """Ask a guard's question without trying the step. Raises NotConfirmed, with its Event."""
    refused_as_event(lambda: call.ask(guard, title, message), [call])


def _try(call: Call) -> None:
    """What the door does with a step on a local account, so that later steps are asked about after it.

    Only slow work is not done for a question, and with it what is written from it: setting a password takes
    nothing from anybody.
    """
    call.operation.lock(call)
    call.operation.check(call)
    call.operation.guard(call)
    if not call.operation.prepares:
        call.operation.write(call, call.operation.mint(call))
