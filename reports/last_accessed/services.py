"""When users last reached the services that policies let them reach (IAM-FACTS 8.7).

What this console knows of it: the event history has IAM and STS, attempts that were refused among
them, and access keys name the service that they were last used for.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Max, Q, QuerySet

from credentials.models import AccessKey
from iamconsole import catalogue
from iamconsole.catalogue import Action
from iamconsole.last_use import whole_minute
from iamconsole.models import Event
from reports.newest_events import Use, by_principals
from users.models import Group, GroupMembership, ManagedPolicy, PolicyAttachment, User
from users.simulator.effective import share
from users.simulator.operations.service_access import sources_of

Principal = User | Group | ManagedPolicy
TRACKED = timedelta(days=400)
REGION = "us-east-1"  # where IAM and STS are, whatever region is signed for
TOLD_BY_EVENTS = ("iam", "sts")
FEW = 25  # people whose uses are looked up one by one


@dataclass(frozen=True, slots=True, order=True)
class Access:
    """One use: when, by whom, in which region."""

    at: datetime
    who: str
    region: str = REGION


@dataclass(frozen=True, slots=True)
class Accesses:
    """The last use of each service by each user, and of each operation by any of them."""

    services: dict[str, dict[str, Access]] = field(default_factory=lambda: defaultdict(dict))
    actions: dict[str, Access] = field(default_factory=dict)

    def note(self, service: str, access: Access) -> None:
        mine = self.services[service]
        mine[access.who] = max(access, mine.get(access.who, access))

    def last(self, service: str) -> Access | None:
        return max(self.services[service].values(), default=None) if service in self.services else None


def granted(principal: Principal) -> dict[str, list[Action]]:
    """The services that the principal's policies allow, in order, each with the allowed actions."""
    if isinstance(principal, ManagedPolicy):
        policies = [principal.named().policy]
    else:
        policies = [source.named.policy for source in sources_of(principal)]
    allowed = {action for policy in policies for action in share(policy).allowed}
    services: defaultdict[str, list[Action]] = defaultdict(list)
    for action in sorted(allowed, key=str):
        services[action.service].append(action)
    return {name: services[name] for name in sorted(services)}


def holders(principal: Group | ManagedPolicy, account_id: str) -> list[QuerySet[Any]]:
    """Rows whose ``user`` is one of ``people_of``, some twice: all are read through an index."""
    if isinstance(principal, Group):
        return [GroupMembership.objects.filter(group=principal)]
    attached = PolicyAttachment.objects.filter(policy=principal, user__account__account_id=account_id)
    groups = PolicyAttachment.objects.filter(policy=principal, group__account__account_id=account_id)
    return [attached, GroupMembership.objects.filter(group__in=groups.values("group"))]


def people_of(principal: Principal, account_id: str) -> QuerySet[User]:
    """Whose uses count: the user, the group's members, or whoever has the policy, also through a group."""
    users = User.objects.people(account_id)
    if isinstance(principal, User):
        users = users.filter(pk=principal.pk)
    elif isinstance(principal, Group):
        users = users.filter(memberships__group=principal)
    else:
        attached = PolicyAttachment.objects.filter(policy=principal)
        members = GroupMembership.objects.filter(group__in=attached.values("group"))
        users = users.filter(Q(pk__in=attached.values("user")) | Q(pk__in=members.values("user")))
    return users.select_related("account").order_by("name_folded")


def accesses(users: list[User], account_id: str, until: datetime) -> Accesses:
    """The last uses up to a moment, in two queries however many users there are.

    Of a key only its very last use is known, so that one counts also when it was after the moment:
    an older one must not look like none.
    """
    found = Accesses()
    by_arn = {user.arn: user for user in users}
    note_events(found, by_arn, events_of(list(by_arn), account_id, until))
    for service, access in keys_of(users, account_id, until):
        found.note(service, access)
    return found


def note_events(found: Accesses, by_arn: Mapping[str, User], uses: Iterable[Use]) -> None:
    """Note those that are of the users. What is older than one was another person's with the same ARN."""
    for action, arn, at in uses:
        if arn in by_arn and at >= by_arn[arn].create_date:
            access = Access(at, arn)
            found.note(action.partition(":")[0], access)
            found.actions[action] = max(access, found.actions.get(action, access))


def events_of(arns: list[str], account_id: str, until: datetime) -> list[Use]:
    """The last use of each operation by each principal; where they are many, others' uses are among them."""
    if len(arns) <= FEW:
        uses = by_principals(account_id, arns, until - TRACKED, until)
        return [use for use in uses if use.action.partition(":")[0] in TOLD_BY_EVENTS]
    prefixes = [Q(action__startswith=f"{service}:") for service in TOLD_BY_EVENTS]
    rows = Event.objects.filter(prefixes[0] | prefixes[1], account_id=account_id)
    rows = rows.filter(at__gt=until - TRACKED, at__lte=until)
    last = rows.order_by().values("action", "principal_arn").annotate(last=Max("at"))
    return [Use(*row) for row in last.values_list("action", "principal_arn", "last")]


def keys_of(users: list[User], account_id: str, until: datetime) -> Iterator[tuple[str, Access]]:
    """The last use of each key of the users, with its service."""
    rows = AccessKey.objects.filter(user__account__account_id=account_id, last_used_date__gt=until - TRACKED)
    by_pk = {user.pk: user for user in users}
    if len(users) <= FEW:
        rows = rows.filter(user__in=list(by_pk))
    for key in rows.exclude(last_used_service=""):
        if key.last_used_date and key.user_id in by_pk:
            used = Access(key.last_used_date, by_pk[key.user_id].arn, key.last_used_region)
            yield key.last_used_service, used


def service_facts(
    services: dict[str, list[Action]], found: Accesses, tracked: frozenset[str] | None
) -> Iterator[dict[str, Any]]:
    """One entry a service, in the shape of IAM's reply; ``tracked`` also has those operations."""
    for name, actions in services.items():
        facts: dict[str, Any] = {
            "ServiceName": catalogue.services()[name].name,
            "ServiceNamespace": name,
            "TotalAuthenticatedEntities": len(found.services.get(name, ())),
        }
        if last := found.last(name):
            facts |= {
                "LastAuthenticated": whole_minute(last.at),
                "LastAuthenticatedEntity": last.who,
                "LastAuthenticatedRegion": last.region,
            }
        if tracked is not None:
            told = [action for action in actions if str(action) in tracked]
            facts["TrackedActionsLastAccessed"] = [action_facts(action, found) for action in told]
        yield facts


def action_facts(action: Action, found: Accesses) -> dict[str, Any]:
    facts: dict[str, Any] = {"ActionName": action.name}
    if last := found.actions.get(str(action)):
        facts |= {
            "LastAccessedEntity": last.who,
            "LastAccessedTime": whole_minute(last.at),
            "LastAccessedRegion": last.region,
        }
    return facts
