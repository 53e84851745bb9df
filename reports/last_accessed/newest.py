"""The last use of each service by anybody of a group or a policy, however many they are.

The newest uses of anybody are looked at first: where many people are meant, one of the first is theirs. Where
few are, each is looked up. Only what others often use and none of them did is searched in the whole history.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db.models import QuerySet

from credentials.models import AccessKey
from iamconsole.distinct_values import distinct_values
from iamconsole.portions import portions
from reports.last_accessed.services import (
    FEW,
    TOLD_BY_EVENTS,
    TRACKED,
    Access,
    Accesses,
    Principal,
    accesses,
    events_of,
    holders,
    keys_of,
    note_events,
    people_of,
)
from reports.newest_events import actions_of, by_action
from users.models import Group, ManagedPolicy, User

FIRST, THEN = 8, 400  # the newest uses of an operation or with keys of a service that are looked at, in turn
AT_ONCE = 400  # names in one query


def last_uses(principal: Principal, account_id: str, until: datetime) -> Accesses:
    """Who was the last to use each service and each operation. Accesses of others are not among them."""
    if isinstance(principal, User):
        return accesses([principal], account_id, until)
    first = [rows.values_list("user", flat=True)[: FEW + 1] for rows in holders(principal, account_id)]
    pks = {pk for some in first for pk in some}
    if len(pks) <= FEW:
        people = User.objects.people(account_id).filter(pk__in=pks).select_related("account")
        return accesses(list(people), account_id, until)
    return Newest(principal, account_id, until).found


class Newest:
    """One look for the last uses of many people."""

    def __init__(self, principal: Group | ManagedPolicy, account_id: str, until: datetime) -> None:
        self.principal, self.account_id, self.until = principal, account_id, until
        self.after = until - TRACKED
        self.found = Accesses()
        self._users: dict[str, User] = {}
        left = self._by_events([one for one in actions_of(account_id) if service_of(one) in TOLD_BY_EVENTS])
        unused = self._by_keys()
        if left or unused:
            self._by_everybody(left, unused)

    def _by_events(self, actions: Sequence[str]) -> list[str]:
        """Note the last use of each operation. Those remain that were used often, and by nobody of them."""
        for most in (FIRST, THEN):
            uses = by_action(self.account_id, actions, self.after, self.until, most)
            note_events(self.found, self._theirs({use.arn for use in uses}), uses)
            often = {name for name in actions if sum(use.action == name for use in uses) == most}
            actions = [name for name in actions if name in often and name not in self.found.actions]
            if not actions:
                break
        return list(actions)

    def _theirs(self, arns: set[str]) -> dict[str, User]:
        """Those of the ARNs that are of the people who are meant, as they are now."""
        names = sorted({arn.rpartition("/")[2].lower() for arn in arns})
        users: dict[str, User] = {}
        for some in portions(names, AT_ONCE):
            rows = User.objects.people(self.account_id).filter(name_folded__in=some)
            users |= {user.arn: user for user in rows.select_related("account") if user.arn in arns}
        meant = self._meant({user.pk for user in users.values()})
        return {arn: user for arn, user in users.items() if user.pk in meant}

    def _meant(self, pks: set[int]) -> set[int]:
        rows = holders(self.principal, self.account_id)
        return {pk for some in rows for pk in some.filter(user__in=pks).values_list("user", flat=True)}

    def _by_keys(self) -> list[str]:
        """Note the last use with keys of each service. Those remain as with events."""
        services = [name for name in distinct_values(AccessKey, "last_used_service") if name]
        for most in (FIRST, THEN):
            keys = [key for name in services for key in self._keys(name)[:most]]
            meant = self._meant({key.user_id for key in keys})
            self._note_keys(key for key in keys if key.user_id in meant)
            known = {key.last_used_service for key in keys if key.user_id in meant}
            often = [name for name in services if sum(key.last_used_service == name for key in keys) == most]
            services = [name for name in often if name not in known]
            if not services:
                break
        return services

    def _keys(self, service: str) -> QuerySet[AccessKey]:
        rows = AccessKey.objects.of_people(self.account_id)
        rows = rows.filter(last_used_service=service, last_used_date__gt=self.after)
        return rows.order_by("-last_used_date").select_related("user__account")

    def _note_keys(self, keys: Iterable[AccessKey]) -> None:
        for key in keys:
            if key.last_used_date:
                used = Access(key.last_used_date, key.user.arn, key.last_used_region)
                self.found.note(key.last_used_service, used)

    def _by_everybody(self, actions: Sequence[str], services: Sequence[str]) -> None:
        """What the newest uses do not tell: everybody's last use of it."""
        people = list(people_of(self.principal, self.account_id))
        by_arn = {user.arn: user for user in people}
        uses = events_of(list(by_arn), self.account_id, self.until)
        note_events(self.found, by_arn, (use for use in uses if use.action in actions))
        for service, access in keys_of(people, self.account_id, self.until):
            if service in services:
                self.found.note(service, access)


def service_of(action: str) -> str:
    return action.partition(":")[0]
