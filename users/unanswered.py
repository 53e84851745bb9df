"""Changes of a linked account's users that AWS did not answer, for their pages."""

from datetime import timedelta

from django.db.models import Q
from django.utils import timezone

from iamconsole.models import Intent
from users.models import User

# So long the page of a user says what became of a change without an answer.
SHOWN = timedelta(days=1)


def unanswered(user: User) -> list[Intent]:
    """The changes of the user that are open, and those settled of late; the latest first."""
    if user.account.link_spec is None:
        return []
    about = Q(evidence__Things__UserName=user.user_id) | Q(resource=user.arn)
    late = Q(state=Intent.State.SETTLED, closed_at__gte=timezone.now() - SHOWN)
    intents = Intent.objects.filter(Q(state=Intent.State.OPEN) & ~Q(outcome="") | late, about)
    return list(intents.filter(account_id=user.account.account_id))
