"""Why something is refused, in AWS's sentences and in ours."""

from iamconsole.errors import AccessDenied, IamError
from iamconsole.policy import Decision, Match, Outcome

from .caller import Caller
from .listed import judged_on

TAGS_NOT_READ = (
    "User: {arn} is not authorized to perform: {action} on resource: {resource} because it depends on the "
    "tags of the resource, which could not be read: {why}"
)


def tags_not_read(caller: Caller, action: str, resource: str, error: IamError) -> AccessDenied:
    """The refusal where policies ask about tags that AWS does not tell."""
    message = TAGS_NOT_READ.format(arn=caller.arn, action=action, resource=resource, why=error.told)
    return AccessDenied(message, action=action, resource=resource)


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


def why_not(caller: Caller, action: str, resource: str = "") -> str:
    """The end of a sentence about something blocked: nothing allows it, or which statement denies it.

    Statements are named to those who may know them.
    """
    resource = resource or judged_on(action, caller.arns)
    if caller.depends_on_unread_tags(action, resource):
        return DEPENDS_ON_TAGS
    found = denying(caller.decide(action, resource)) if caller.knows_why else ()
    return f"which {' and '.join(found)} denies" if found else NOT_ALLOWED


def _named(match: Match) -> str:
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
