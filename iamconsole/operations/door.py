"""The way through the door: normalise, authorize, then the local or the linked path."""

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from django.db import IntegrityError, transaction

from iamconsole import gateway
from iamconsole.errors import AccessDenied, IamError, LinkRefused, NotRecent, OutcomeUnknown
from iamconsole.models import Event, Intent
from iamconsole.policy import Outcome
from iamconsole.typed_forms import check_sent

from . import at_aws, events, listeners, races, registry, single_reads, undoing
from .authorized import authorized, changed, check_own, look
from .call import Call, Facts
from .caller import Caller, Context
from .denials import denial, tags_not_read
from .listed import judged_on
from .locking import GUARDED, hold, lock, lock_and_check
from .new_key import with_key_id
from .patience import known_or_unknown, patiently
from .refused import refused_as_event
from .step import Step
from .unread import require_read

log = logging.getLogger(__name__)

T = TypeVar("T")
Then = Callable[[Facts], object]

READ_ONLY = "This account was imported from a credential report and is read-only."
PLANNED = ("UserName", "GroupName")  # what later steps of the same work act on
# Of so many steps at most the tags are read before the first one runs: somebody waits for the page.
ASKED_AT_ONCE = 20
STILL_OPEN = (
    "AWS did not answer in time, so the change may or may not have been made there. "
    "Syncs of this account find out. Wait for one before you try again: AWS can take five minutes to show "
    "a change."
)
NOT_WRITTEN = (
    "AWS has made the change. It is not shown here yet, because what it is about was changed here at the "
    "same moment. The next sync shows it."
)


def nothing_more(facts: Facts) -> None:
    """Nothing belongs to the transaction besides what the operation writes."""


def execute(caller: Caller, name: str, /, **params: Any) -> Facts:
    """Run one operation. Returns its output in the model's shape; raises IamError.

    Owns the outermost transaction: nothing may be open when it is called.
    """
    return execute_step(caller, Step(name, params))


def execute_step(caller: Caller, step: Step, then: Then = nothing_more) -> Facts:
    """The same for a step. Raises ConcurrentModification where a name stands for another thing by now.

    ``then`` gets the facts in the transaction that writes them: a job keeps there that its step is done.
    """

    def attempt(last: bool) -> Facts:
        call = _call(caller, step.name, dict(step.params))
        call.last_try = last
        return _run(_admitted(call, step), then)

    return races.again(attempt)


def execute_all(caller: Caller, steps: Sequence[Step], then: Then = nothing_more) -> list[Facts]:
    """Authorize all steps, then run them in one transaction of a local account, with ``then`` at its end.

    AWS has no such transaction: what it is asked on a linked account runs as a Job (``iamconsole.jobs``).
    Operations that ask nothing of AWS run here.
    """
    if caller.link and not all(registry.find(step.name).console_only for step in steps):
        raise ValueError("Steps on a linked account run as a job.")

    def attempt(last: bool) -> list[Facts]:
        calls = admit_all(caller, steps)
        for call in calls:
            call.last_try = last
        return refused_as_event(lambda: _write_local(_prepared(calls), then), calls)

    return races.again(attempt)


def execute_row(caller: Caller, steps: Sequence[Step], then: Then) -> None:
    """The steps of a job's row: in one transaction of a local account, one after the other at AWS."""
    if not caller.link:
        execute_all(caller, steps, then)
        return
    for step in steps[:-1]:
        execute_step(caller, step)
    execute_step(caller, steps[-1], then)


def admit_all(caller: Caller, steps: Sequence[Step]) -> list[Call]:
    """Normalise and authorize every step before the first one runs.

    Of more than a few steps each asks AWS itself about tags that its decision hinges on, when it runs.
    """
    calls, ask = _planned_calls(caller, steps), len(steps) <= ASKED_AT_ONCE
    return [_admitted(call, step, ask=ask) for call, step in zip(calls, steps, strict=True)]


def refusals(caller: Caller, steps: Sequence[Step]) -> list[AccessDenied]:
    """What of the steps the caller may not do, told beforehand on a page: nothing is asked for yet,
    so nothing is refused and there is no Event. What hinges on tags that were not read is told later.
    Raises IamError for parameters that do not fit.
    """
    calls = _planned_calls(caller, steps)
    return [error for call in calls for _, error in _denials(call, ask=False)]


def admit(caller: Caller, name: str, params: dict[str, Any]) -> Call:
    """A call with checked parameters that its caller may make. Raises IamError."""
    return _admitted(_call(caller, name, params))


def _admitted(call: Call, step: Step | None = None, *, ask: bool = True) -> Call:
    authorize(call, ask=ask)
    require_read(call)
    if step:
        call.undoes = step.undoes
    if call.operation.changes:
        refused_as_event(lambda: _check_meant(call, step.things if step else {}), [call])
    if call.caller.read_only and call.operation.changes and not call.operation.console_only:
        raise IamError("UnmodifiableEntity", READ_ONLY)
    if call.operation.needs_recent_sign_in:
        require_recent(call.caller)
    return call


def _check_meant(call: Call, things: Mapping[str, str]) -> None:
    """The names stand for whom they stood for when the work, or the caller's request, began."""
    check_own(call)
    found = authorized(call).things
    for parameter, identity in things.items():
        if found.get(parameter, "") != identity:
            raise changed(call, parameter)


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
        if (made := call.operation.creates) and made in PLANNED:
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
    if not operation.reads:
        check_sent()
    if operation.own_user_by_default and params.get("UserName") is None:
        if caller.kind == "user":
            params = {**params, "UserName": caller.user_name}
        elif caller.kind != "root" or not operation.serves_root:
            raise IamError("ValidationError", "Must specify userName when calling with non-User credentials")
    return Call(caller, operation, operation.validate(params), planned=planned or {})


def authorize(call: Call, *, ask: bool = True) -> None:
    """Ask the caller's policies; what they were asked about stays on the call. Raises AccessDenied, whose
    Event has a commit of its own.
    """
    for resource, error in _denials(call, ask=ask):
        events.record(call, Event.Outcome.DENIED, error=error, resource=resource)
        raise error


def _denials(call: Call, *, ask: bool) -> Iterator[tuple[str, AccessDenied]]:
    """The resources of a call on which its caller may not act, each with AWS's sentence.

    ``ask``: AWS is asked first about tags that the decision hinges on. Else what hinges on unread ones is
    left out.
    """
    caller, unanswered = call.caller, _read_tags_of(call) if ask else {}
    call.authorized = asked = look(call)
    own = call.operation.is_own(call)
    for resource in asked.resources:
        about = asked.action, resource, asked.context
        if resource in unanswered:
            yield resource, tags_not_read(caller, asked.action, resource, unanswered[resource], call)
        elif ask or not caller.depends_on_unread_tags(*about):
            decision = caller.decide(*about)
            if not (decision.allowed or (own and decision.outcome is not Outcome.EXPLICIT_DENY)):
                yield resource, denial(caller, asked.action, resource, decision, call)


def _read_tags_of(call: Call) -> dict[str, IamError]:
    """Ask AWS for the tags that the decision hinges on. Returns the resources about which it did not answer.

    No transaction is open.
    """
    if call.caller.link is None or not call.caller.asks_tags:
        return {}
    asked = look(call)
    found = ((name, _read_tags(call.caller, asked.action, name, asked.context)) for name in asked.resources)
    return {name: error for name, error in found if error}


def _read_tags(caller: Caller, action: str, resource: str, context: Context | None) -> IamError | None:
    """Ask for those of one resource; the error where AWS does not answer."""
    if caller.link is None or not caller.hinges_on_tags(action, resource, context):
        return None
    try:
        single_reads.refresh(caller, resource)
    except IamError as error:
        return error
    return None


def require(caller: Caller, action: str, resource: str = "", context: Context | None = None) -> None:
    """One authorization for a page that reads rows itself; without a resource on that of the list, or of the
    whole account. Raises AccessDenied, with its Event.
    """
    resource = resource or judged_on(action, caller.arns)
    unanswered = _read_tags(caller, action, resource, context)
    decision = caller.decide(action, resource, context)
    if unanswered or not decision.allowed:
        error = (
            tags_not_read(caller, action, resource, unanswered)
            if unanswered
            else denial(caller, action, resource, decision)
        )
        events.record_page(caller, action, resource, error)
        raise error


def _run(call: Call, then: Then = nothing_more) -> Facts:
    operation = call.operation
    if not operation.changes:
        if operation.shows_single_read:
            _read_what_is_shown(call)
        facts = operation.read(call) if operation.reads else operation.act(call)
        if operation.audited:
            events.record(call, Event.Outcome.ALLOWED, facts)
        then(facts)
        return facts
    if call.caller.link and not operation.console_only:
        return refused_as_event(lambda: _run_linked(_prepared([call])[0], then), [call])
    return refused_as_event(lambda: _write_local(_prepared([call]), then)[0], [call])


def _read_what_is_shown(call: Call) -> None:
    """Ask AWS for what only it knows of the resource. Raises IamError where nothing is known of it."""
    for resource in authorized(call).resources:
        try:
            single_reads.refresh(call.caller, resource)
        except IamError:
            if not single_reads.is_known(call.caller, resource):
                raise


def _prepared(calls: Sequence[Call]) -> Sequence[Call]:
    """The slow work of all calls, before any transaction opens."""
    for call in calls:
        call.operation.prepare(call)
    return calls


def _write_local(calls: Sequence[Call], then: Then) -> list[Facts]:
    """Lock, check, mint, write and record, all in one transaction."""
    results = []
    key_ids: dict[str, str] = {}
    alone = len(calls) == 1
    with transaction.atomic(durable=True):
        if not alone:
            hold(calls)
        for call in calls:
            call.params = with_key_id(call.params, key_ids.get(call.param("UserName", ""), ""))
            lock_and_check(call, whole=alone)
            facts = call.operation.mint(call)
            call.operation.complete(call, facts)
            _write(call, facts)
            results.append(facts)
            if key := facts.get("AccessKey"):
                key_ids[call.param("UserName", "")] = key["AccessKeyId"]
        then(results[-1] if results else {})
    return results


def _write(call: Call, facts: Facts) -> None:
    """The rows, the Event, and what takes it back; whoever listens hears of it."""
    call.operation.write(call, facts)
    event = events.record(call, Event.Outcome.ALLOWED, facts)
    undoing.keep(call, event)
    listeners.tell(call.operation.name, event)


def _run_linked(call: Call, then: Then) -> Facts:
    """Check under lock and note the intent; ask AWS with no transaction open; write AWS's answer."""
    with transaction.atomic(durable=True):
        lock_and_check(call, whole=True)
        intent = events.open_intent(call)
    call.asked_aws = True
    with known_or_unknown():
        facts = _ask_aws(call, intent)
        call.operation.complete(call, facts)
        patiently(call.caller, lambda: _keep_answer(call, intent, facts, then))
    return facts


def _keep_answer(call: Call, intent: Intent, facts: Facts, then: Then) -> None:
    if Intent.objects.filter(pk=intent.pk, state=Intent.State.DONE).exists():
        return  # written, and the connection was lost before the database could say so
    try:
        _write_answer(call, intent, facts, then)
    except (IamError, IntegrityError) as error:
        _leave_to_sync(call, intent, facts, then, error)


def _write_answer(call: Call, intent: Intent, facts: Facts, then: Then) -> None:
    """Write AWS's answer onto the rows that were authorized, and onto no others."""
    with transaction.atomic(durable=True):
        lock(call, whole=False)
        _write(call, facts)
        intent.close(Intent.State.DONE)
        then(facts)


def _leave_to_sync(call: Call, intent: Intent, facts: Facts, then: Then, error: Exception) -> None:
    """AWS has done it, and our rows are not what they were: nothing is written onto another thing. Event
    and Intent say so, and the answer goes to the caller, who may never see a secret in it again.
    """
    log.warning("AWS's answer to %s was not written: %s", call.operation.name, error)
    with transaction.atomic(durable=True):
        event = events.record(call, Event.Outcome.ALLOWED, facts, note=NOT_WRITTEN)
        listeners.tell(call.operation.name, event)
        intent.close(Intent.State.DONE, NOT_WRITTEN)
        then(facts)


def _ask_aws(call: Call, intent: Intent) -> Facts:
    """Ask once. A refusal closes the intent; silence leaves it open for the next sync."""
    link = call.caller.link
    if link is None:
        raise ValueError("Only a linked account is asked at AWS.")
    name, params = call.operation.to_aws(call)
    try:
        facts = gateway.ask(link, name, params, call.heard)
    except OutcomeUnknown as error:
        intent.give_up(error.message)
        raise OutcomeUnknown(STILL_OPEN) from error
    except IamError as error:
        intent.close(Intent.State.REFUSED, str(error))
        if error.code in gateway.DENIED_CODES and not isinstance(error, LinkRefused):
            raise at_aws.denied(call.account_id, name, error) from error
        if call.caller.channel in GUARDED:
            raise gateway.for_people(error) from error
        raise
    at_aws.worked(call.account_id, name)
    return facts
