"""The events around a user: what it did, and what others did to it, in its account."""

from django.db.models import Q, QuerySet

from iamconsole.models import Event
from users.models import User

BY, ABOUT = "by", "about"


def events_of(user: User, side: str = "") -> QuerySet[Event]:
    """Those by the user, those about it by others, or both."""
    # What was done before the user was created was done by another one of its name.
    by = (Q(principal_arn=user.arn) | Q(origin_arn=user.arn)) & Q(at__gte=user.create_date)
    about = Q(resource=user.arn)
    chosen = {BY: by, ABOUT: about & ~by}.get(side, by | about)
    return Event.objects.select_related("notice", "authors").filter(
        chosen, account_id=user.account.account_id
    )
