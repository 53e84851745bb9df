"""The door's book-keeping: an Event for every change and refusal, an Intent before AWS is asked."""

from collections.abc import Mapping
from typing import Any

from iamconsole.errors import IamError
from iamconsole.models import Event, Intent
from iamconsole.only_headers import only_headers

from .authorized import authorized
from .call import Call, Facts
from .caller import Caller
from .shapes import without_secrets
from .wanted import Wanted


def record(
    call: Call,
    outcome: str,
    facts: Facts | None = None,
    error: IamError | None = None,
    resource: str = "",
    note: str = "",
) -> Event:
    """Write down one call, on the ARN that was authorized: after the change the name may mean nothing.

    Secrets never enter: the model marks them (``shapes.without_secrets``). ``note`` is a sentence on how
    it came out where that is not usual.
    """
    detail: dict[str, Any] = without_secrets(call.operation.model, call.params)
    if facts is not None:
        detail |= call.operation.detail(call, facts)
    if call.confirmed:
        detail["Confirmed"] = call.confirmed
    if undone := call.found.get("undone"):
        detail["Undoes"] = undone.undoes
    if note:
        detail["Note"] = note
    if call.aws_request_id:
        detail["AWSRequestId"] = call.aws_request_id
    return write(
        call.caller,
        call.operation.action,
        resource or authorized(call).resource,
        outcome,
        error=error,
        detail=detail,
    )


def record_page(caller: Caller, action: str, resource: str, error: IamError) -> Event:
    """Write down that a page was refused."""
    return write(caller, action, resource, Event.Outcome.DENIED, error=error)


def write(
    caller: Caller,
    action: str,
    resource: str,
    outcome: str,
    *,
    error: IamError | None = None,
    detail: dict[str, Any] | None = None,
) -> Event:
    """One row of the event history. What HEAD asks about was not handed out, so no row says that it was."""
    event = Event(
        account_id=caller.account_id,
        principal_arn=caller.arn,
        origin_arn=caller.origin_arn,
        action=action,
        resource=resource[:2048],
        outcome=outcome,
        error_code=error.code if error else "",
        message=error.recorded if error else "",
        channel=caller.channel,
        source_ip=caller.source_ip,
        user_agent=caller.user_agent[:400],
        mfa=caller.mfa_at is not None,
        job_id=caller.job_id or None,
        detail=detail or {},
    )
    if not (only_headers() and outcome == Event.Outcome.ALLOWED):
        event.save(force_insert=True)
    return event


def open_intent(call: Call) -> Intent:
    """Write down what AWS is about to be asked, and how it is before that."""
    params = without_secrets(call.operation.model, call.params)
    return Intent.objects.create(
        account_id=call.account_id,
        operation=call.operation.name,
        params=params,
        evidence=evidence(call, params),
        resource=authorized(call).resource,
        principal_arn=call.caller.arn,
    )


def evidence(call: Call, params: Mapping[str, Any]) -> dict[str, Any]:
    """By what the readings after AWS's silence are judged (``iamconsole.operations.wanted``)."""
    things = {name: identity for name, identity in authorized(call).things.items() if name and identity}
    kept = {"At": call.now.isoformat(), "Things": things, **call.operation.evidence(call)}
    return {**kept, "Was": was_so(call, kept, params)}


def was_so(call: Call, kept: Mapping[str, Any], params: Mapping[str, Any]) -> bool:
    """Whether it is as wanted already, as in a tag that is set again."""
    wanted = call.operation.wanted(kept, params)
    row = call.operation.before(call, wanted.members) if isinstance(wanted, Wanted) else None
    return isinstance(wanted, Wanted) and row is not None and bool(wanted.reached([row]))
