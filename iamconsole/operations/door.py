"""The way through the door: normalise, authorize, then the local or the linked path."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from django.db import IntegrityError, transaction

from iamconsole import gateway
from iamconsole.errors import AccessDenied, IamError, NotConfirmed, NotRecent, OutcomeUnknown
from iamconsole.models import Event, Intent
from iamconsole.policy import Decision, Match, Outcome

from . import events, listeners, registry, shapes
from .call import Call, Facts
from .caller import Caller, Context
from .new_key import with_key_id
from .paging import paged

T = TypeVar("T")

ALREADY_CHANGING = "The same thing was being changed by another request at this moment. Try again."
READ_ONLY = "This account was imported from a credential report and is read-only."
# Operations whose result later steps of the same work act on, and the parameter that names it.
CREATES = {"CreateUser": "UserName", "CreateGroup": "GroupName"}
GUARDED = ("console", "job")  # channels whose callers the console's guards are for
STILL_OPEN = (
    "AWS did not answer in time, so the change may or may not have been made there. "
    "The next sync of this account finds out and shows the result."
)


@dataclass(frozen=True, slots=True)
class Step:
    """One operation of a piece of work that is authorized as a whole before it runs."""

    name: str
    params: Mapping[str, Any]


def execute(caller: Caller, name: str, /, **params: Any) -> Facts:
    """Run one operation. Returns its output in the model's shape; raises IamError.

    Owns the outermost transaction: nothing may be open when it is called.
    """
    call = admit(caller, name, params)
    return _run(call)


def execute_all(caller: Caller, steps: Sequence[Step]) -> list[Facts]:
    """Authorize all steps, then run them in one transaction of a local account.

    A linked account has no such transaction: there the steps run as a Job (``iamconsole.jobs``).
    """
    if caller.link:
        raise ValueError("Steps on a linked account run as a job.")
    calls = admit_all(caller, steps)
    return _refused_as_event(lambda: _write_local(_prepared(calls)), calls)


def admit_all(caller: Caller, steps: Sequence[Step]) -> list[Call]:
    """Normalise and authorize every step before the first one runs."""
    return [_admitted(call) for call in _planned_calls(caller, steps)]


def refusals(caller: Caller, steps: Sequence[Step]) -> list[AccessDenied]:
    """What of the steps the caller may not do, told beforehand on a page: nothing is asked for yet,
    so nothing is refused and there is no Event. Raises IamError for parameters that do not fit.
    """
    calls = _planned_calls(caller, steps)
    return [error for call in calls for _, error in _denials(call)]


def admit(caller: Caller, name: str, params: dict[str, Any]) -> Call:
    """A call with checked parameters that its caller may make. Raises IamError."""
    return _admitted(_call(caller, name, params))


def _admitted(call: Call) -> Call:
    authorize(call)
    if call.caller.read_only and not call.operation.reads and not call.operation.console_only:
        raise IamError("UnmodifiableEntity", READ_ONLY)
    if call.operation.needs_recent_sign_in:
        require_recent(call.caller)
    return call


def require_recent(caller: Caller) -> None:
    """Go on only if the person in the browser proved lately who it is. Raises NotRecent.

    Pages of such operations ask on entry, so that nobody fills in a form in vain. A job is not
    asked: its starter was, when the job was admitted.
    """
    if caller.channel == "console" and not caller.signed_in_recently:
        raise NotRecent


def require_recent_for(caller: Caller, steps: Sequence[Step]) -> None:
    """The same for a page that leads to several operations, if any of them asks. Raises NotRecent."""
    if any(registry.find(step.name).needs_recent_sign_in for step in steps):
        require_recent(caller)


def _planned_calls(caller: Caller, steps: Sequence[Step]) -> Iterator[Call]:
    """The calls of a piece of work, each knowing what the steps before it make."""
    planned: dict[tuple[str, str], str] = {}
    for step in steps:
        call = _call(caller, step.name, dict(step.params), planned)
        yield call
        if made := CREATES.get(step.name):
            name = call.params[made].lower()
            planned[made, name] = call.operation.resources(call)[0]
            planned["PermissionsBoundary", name] = call.param("PermissionsBoundary", "")


def _call(
    caller: Caller,
    name: str,
    params: dict[str, Any],
    planned: Mapping[tuple[str, str], str] | None = None,
) -> Call:
    """A call with its defaults filled in and its parameters checked. Raises IamError."""
    operation = registry.find(name)
    if operation.own_user_by_default and params.get("UserName") is None:
        if caller.kind == "user":
            params = {**params, "UserName": caller.user_name}
        elif caller.kind != "root" or not operation.serves_root:
            raise IamError("ValidationError", "Must specify userName when calling with non-User credentials")
    return Call(caller, operation, shapes.validate(operation.model, params), planned=planned or {})


def authorize(call: Call) -> None:
    """Ask the caller's policies. Raises AccessDenied, whose Event has a commit of its own."""
    for resource, error in _denials(call):
        events.record(call, Event.Outcome.DENIED, error=error, resource=resource)
        raise error


def _denials(call: Call) -> Iterator[tuple[str, AccessDenied]]:
    """The resources of a call on which its caller may not act, each with AWS's sentence."""
    action, context = call.operation.needed(call), call.operation.context(call)
    for resource in call.operation.resources(call):
        decision = call.caller.decide(action, resource, context)
        if not decision.allowed:
            yield resource, denial(call.caller, action, resource, decision)


def require(caller: Caller, action: str, resource: str = "*", context: Context | None = None) -> None:
    """One authorization for a page that reads rows itself. Raises AccessDenied, with its Event."""
    decision = caller.decide(action, resource, context)
    if not decision.allowed:
        error = denial(caller, action, resource, decision)
        events.record_page(caller, action, resource, error)
        raise error


def denial(caller: Caller, action: str, resource: str, decision: Decision) -> AccessDenied:
    """AWS's sentence for a refusal (IAM-FACTS 2.6)."""
    if decision.outcome is Outcome.EXPLICIT_DENY:
        reason = f"with an explicit deny in {WHERE[decision.stage]}"
    else:
        reason = f"because no {WHERE[decision.stage].partition(' ')[2]} allows the {action} action"
    message = f"User: {caller.arn} is not authorized to perform: {action} on resource: {resource} {reason}"
    return AccessDenied(message, action=action, resource=resource, denied_by=denying(decision))


def denying(decision: Decision) -> tuple[str, ...]:
    """The statements that deny, each by its policy and how that comes to the caller."""
    return tuple(dict.fromkeys(_named(match) for match in decision.matches if not match.statement.allow))


def why_not(caller: Caller, action: str, resource: str = "*") -> str:
    """The end of a sentence about something blocked: nothing allows it, or which statement denies it.

    Statements are named to those who may know them.
    """
    found = denying(caller.decide(action, resource)) if caller.knows_why else ()
    return f"which {' and '.join(found)} denies" if found else NOT_ALLOWED


def _named(match: Match) -> str:
    sid = f"the statement {match.statement.sid}" if match.statement.sid else "a statement"
    via = f" of the group {match.source.via}" if match.source.via else ""
    return f"{sid} in the policy {match.source.name}{via}"


NOT_ALLOWED = "which your policies do not allow"
WHERE = {
    "identity": "an identity-based policy",
    "boundary": "a permissions boundary",
    "session": "a session policy",
    "resource": "a resource-based policy",
}


def _run(call: Call) -> Facts:
    operation = call.operation
    if operation.reads:
        facts = paged(call, operation.read(call))
        if operation.audited_read:
            events.record(call, Event.Outcome.ALLOWED, facts)
        return facts
    if call.caller.link and not operation.console_only:
        return _refused_as_event(lambda: _run_linked(_prepared([call])[0]), [call])
    return _refused_as_event(lambda: _write_local(_prepared([call]))[0], [call])


def _prepared(calls: Sequence[Call]) -> Sequence[Call]:
    """The slow work of all calls, before any transaction opens."""
    for call in calls:
        call.operation.prepare(call)
    return calls


def _write_local(calls: Sequence[Call]) -> list[Facts]:
    """Lock, check, mint, write and record, all in one transaction."""
    results = []
    key_ids: dict[str, str] = {}
    with transaction.atomic(durable=True):
        for call in calls:
            call.params = with_key_id(call.params, key_ids.get(call.param("UserName", ""), ""))
            _lock_and_check(call)
            facts = call.operation.mint(call)
            call.operation.write(call, facts)
            listeners.tell(call.operation.name, events.record(call, Event.Outcome.ALLOWED, facts))
            results.append(facts)
            if key := facts.get("AccessKey"):
                key_ids[call.param("UserName", "")] = key["AccessKeyId"]
    return results


def _lock_and_check(call: Call) -> None:
    call.operation.lock(call)
    call.operation.check(call)
    if call.caller.channel in GUARDED:
        call.operation.guard(call)


def ask_guards(calls: Sequence[Call]) -> None:
    """Ask what the guards will ask about steps of a job, while there is somebody to answer.

    Raises NotConfirmed. Everything else is said when the step has its turn.
    """
    for call in calls:
        _refused_as_event(lambda call=call: _ask_guard(call), [call])  # type: ignore[misc]


def _ask_guard(call: Call) -> None:
    with transaction.atomic():
        try:
            call.operation.lock(call)
            call.operation.guard(call)
        except NotConfirmed:
            raise
        except IamError:
            pass
        transaction.set_rollback(True)


def _run_linked(call: Call) -> Facts:
    """Check under lock and note the intent; ask AWS with no transaction open; write AWS's answer."""
    with transaction.atomic(durable=True):
        _lock_and_check(call)
        intent = events.open_intent(call)
    facts = _ask_aws(call, intent)
    with transaction.atomic(durable=True):
        call.operation.lock(call)
        call.operation.write(call, facts)
        listeners.tell(call.operation.name, events.record(call, Event.Outcome.ALLOWED, facts))
        intent.close(Intent.State.DONE)
    return facts


def _ask_aws(call: Call, intent: Intent) -> Facts:
    """Ask once. A refusal closes the intent; silence leaves it open for the next sync."""
    link = call.caller.link
    if link is None:
        raise ValueError("Only a linked account is asked at AWS.")
    name, params = call.operation.to_aws(call)
    try:
        return gateway.ask(link, name, params)
    except OutcomeUnknown as error:
        intent.give_up(error.message)
        raise OutcomeUnknown(STILL_OPEN) from error
    except IamError as error:
        intent.close(Intent.State.REFUSED, str(error))
        raise


def _refused_as_event(run: Callable[[], T], calls: Sequence[Call]) -> T:
    """Run; what is refused by a rule, by AWS or by a constraint is an Event after the rollback."""
    try:
        return run()
    except IamError as error:
        refusal = error
    except IntegrityError as error:
        refusal = IamError("ConcurrentModification", ALREADY_CHANGING)
        refusal.__cause__ = error
    for call in calls:
        events.record(call, Event.Outcome.FAILED, error=refusal)
    raise refusal
