"""Session policies: what a temporary session may do at most, whatever its principal may (IAM-FACTS 8.3)."""

from iamconsole.operations.caller import Narrowing
from iamconsole.policy import NamedPolicy
from users.models import ManagedPolicy
from users.models.policies import UNREADABLE, compiled

NAME = "Session policy"
KIND = "Session"


def named(account_id: str, narrowing: Narrowing) -> tuple[NamedPolicy, ...]:
    """The policies of a session in its account, with the documents of this moment. A managed policy that was
    deleted since denies everything: what it denied is not known any more. Empty for a session without any.
    """
    document = narrowing.document
    inline = (NamedPolicy(NAME, "", KIND, "", compiled(document)),) if document else ()
    if not narrowing.arns:
        return inline
    rows = ManagedPolicy.objects.known_to(account_id).filter(arn__in=narrowing.arns)
    known = {row.arn: row.named() for row in rows}
    return (*inline, *(known.get(arn) or gone(arn) for arn in narrowing.arns))


def gone(arn: str) -> NamedPolicy:
    return NamedPolicy(arn, arn, KIND, "", compiled(UNREADABLE))
