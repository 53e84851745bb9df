"""Why something is refused, in AWS's sentences and in ours."""

from iamconsole.errors import AccessDenied, IamError
from iamconsole.policy import Decision, Match, Outcome

from .authorized import authorized
from .call import Call
from .caller import Caller
from .listed import judged_on
from .registry import find

TAGS_NOT_READ = (
    "User: {arn} is not authorized to perform: {action} on resource: {resource} because it depends on the "
    "tags of the resource, which could not be read: {why}"
)


def tags_not_read(
    caller: Caller, action: str, resource: str, error: IamError, call: Call | None = None
) -> AccessDenied:
    """The refusal where policies ask about tags that AWS does not tell."""
    named = _named(action, resource, call)
    message = TAGS_NOT_READ.format(arn=caller.arn, action=action, resource=named, why=error.told)
    return AccessDenied(message, action=action, resource=resource)


def denial(
    caller: Caller, action: str, resource: str, decision: Decision, call: Call | None = None
) -> AccessDenied:
    """AWS's sentence for a refusal (IAM-FACTS 2.6), of a page where there is no call."""
    named, reason = _named(action, resource, call), _reason(action, decision)
    message = f"User: {caller.arn} is not authorized to perform: {action} on resource: {named} {reason}"
    return AccessDenied(message, action=action, resource=resource, denied_by=denying(decision))


def _named(action: str, resource: str, call: Call | None) -> str:
    """How the operation names its first resource; what it would be called or moved to by its ARN."""
    if call is None:
        return _named_on_page(action, resource)
    is_first = resource == authorized(call).resource
    return call.operation.named(action, resource, call.params) if is_first else resource


def _named_on_page(action: str, resource: str) -> str:
    try:
        return find(action.removeprefix("iam:")).named(action, resource, {})
    except IamError:  # one that only AWS has
        return resource


def _reason(action: str, decision: Decision) -> str:
    """The stage that does not allow it, or the one that denies it and the policy's ARN where it has one."""
    where = WHERE[decision.stage]
    if decision.outcome is not Outcome.EXPLICIT_DENY:
        return f"because no {where.partition(' ')[2]} allows the {action} action"
    arn = decision.matches[0].source.arn
    return f"with an explicit deny in {where}" + (f": {arn}" if arn else "")


def denying(decision: Decision) -> tuple[str, ...]:
    """The statements that deny, each by its policy and how that comes to the caller."""
    return tuple(dict.fromkeys(_statement(match) for match in decision.matches if not match.statement.allow))


def why_not(caller: Caller, action: str, resource: str = "") -> str:
    """The end of a sentence about something blocked: nothing allows it, or which statement denies it.

    Statements are named to those who may know them.
    """
    resource = resource or judged_on(action, caller.arns)
    if caller.depends_on_unread_tags(action, resource):
        return DEPENDS_ON_TAGS
    found = denying(caller.decide(action, resource)) if caller.knows_why else ()
    return f"which {' and '.join(found)} denies" if found else NOT_ALLOWED


def locked_by(caller: Caller, action: str, resource: str = "") -> str:
    """Why what leads to the action is locked; "" where the caller can do it."""
    if caller.permits(action, resource):
        return ""
    resource = resource or judged_on(action, caller.arns)
    return f"This needs {action} on {resource}, {why_not(caller, action, resource)}."


def _statement(match: Match) -> str:
    sid = f"the statement {match.statement.sid}" if match.statement.sid else "a statement"
    via = f" of the group {match.source.via}" if match.source.via else ""
    return f"{sid} in the policy {match.source.name}{via}"


NOT_ALLOWED = "which your policies do not allow"
DEPENDS_ON_TAGS = "which depends on tags that were not read"
WHERE = {
    "identity": "an identity-based policy",
    "boundary": "a permissions boundary",
    "session": "a session policy",
    "resource": "a resource-based policy",
}
