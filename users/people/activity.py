"""The events around a user: what it did, and what others did to it, in its account."""

from django.db.models import Q, QuerySet

from iamconsole.models import Event
from users.models import User

BY, ABOUT = "by", "about"


def events_of(user: User, side: str = "") -> list[QuerySet[Event]]:
    """Those by the user, those about it by others, or both: each event in one of the parts only, each part by
    an index of its own.
    """
    # What was done before the user was created was done by another one of its name.
    since = Q(at__gte=user.create_date)
    itself, in_a_role, about = Q(principal_arn=user.arn), Q(origin_arn=user.arn), Q(resource=user.arn)
    by = [itself & since, in_a_role & since & ~itself]
    by_others = [about & ~((itself | in_a_role) & since)]
    events = Event.objects.select_related("notice", "authors").filter(account_id=user.account.account_id)
    chosen = {BY: by, ABOUT: by_others}.get(side, by + by_others)
    return [events.filter(part) for part in chosen]
