"""Everybody of an account with all that decides what they can do, in a number of queries that does not grow.

Equal sets of policies are told once: most users have what their groups have and nothing else.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from django.db.models import Q

from iamconsole.operations.caller import PRINCIPAL_TYPES
from iamconsole.policy import Policy, parse
from users.callers import mfa_requirement
from users.callers.build import self_service_text
from users.models import Account, Group, GroupMembership, InlinePolicy, ManagedPolicy, PolicyAttachment, User
from users.models.policies import compiled, scope_of
from users.own_password import who_may_change

INLINE, BUILT_IN = "Inline", "Built in"
SELF_SERVICE = "ConsoleSelfService"
OWN_SERVICES = ("iam", "iamconsole")  # what the self-service is about


class Carried(NamedTuple):
    """A policy with where it is from: ``group`` is "" where it is the holder's own; ``pk`` is that of the
    managed or the inline policy, None for one that is built in.
    """

    name: str
    kind: str
    arn: str
    pk: int | None
    policy: Policy
    group: str = ""
    group_id: str = ""


@dataclass(frozen=True, slots=True)
class Holder:
    """A user or a group. ``own`` and ``group_pks`` lead to its policies; ``facts`` tell who it is."""

    kind: str
    pk: int
    unique_id: str
    name: str
    path: str
    own: tuple[Carried, ...]
    group_pks: tuple[int, ...] = ()
    boundary: Carried | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    members: int = 0

    @property
    def is_group(self) -> bool:
        return self.kind == "group"


class Holders:
    """One reading of an account."""

    def __init__(self, account: Account, services: set[str]) -> None:
        self.account = account
        self._own_service = not services.isdisjoint(OWN_SERVICES)
        self._read()

    def __iter__(self) -> Iterator[Holder]:
        yield from self.users
        yield from self.groups

    def policies(self, holder: Holder) -> tuple[Carried, ...]:
        """All identity policies of a holder: its own, those of its groups, and what requires MFA."""
        found = list(holder.own)
        for pk in holder.group_pks:
            found += self._of_groups.get(pk, ())
        if not holder.is_group:
            found += self._built_in(holder)
        return tuple(found)

    def facts(self, holder: Holder) -> dict[str, str]:
        """The condition keys that tell who acts (IAM-FACTS 8.6); of a group nobody in particular does."""
        account = {"aws:PrincipalAccount": self.account.account_id}
        if holder.is_group:
            return account
        return {
            **account,
            "aws:username": holder.name,
            "aws:userid": holder.unique_id,
            "aws:PrincipalArn": self.arn(holder),
            "aws:PrincipalType": PRINCIPAL_TYPES["user"],
            **{f"aws:PrincipalTag/{key}": value for key, value in holder.tags.items()},
        }

    def arn(self, holder: Holder) -> str:
        arns = self.account.arns
        return (arns.group if holder.is_group else arns.user)(holder.path, holder.name)

    def _built_in(self, holder: Holder) -> Iterator[Carried]:
        if self._own_service:
            yield self._self_service[holder.pk in self._changers]
        if self.account.require_mfa:
            yield _required("")
        else:
            yield from (_required(self._names[pk]) for pk in holder.group_pks if pk in self._requiring)

    def _read(self) -> None:
        account = self.account
        managed = self._managed()
        attached = PolicyAttachment.objects.order_by("pk")
        inline = InlinePolicy.objects.order_by("pk")
        columns = ("pk", "group_id", "group_name", "path", "require_mfa")
        groups = list(Group.objects.filter(account=account).order_by("name_folded").values_list(*columns))
        self._names = {pk: name for pk, _, name, _, _ in groups}
        self._requiring = {row[0] for row in groups if row[4]}
        ids = {row[0]: row[1] for row in groups}
        of_groups: defaultdict[int, list[Carried]] = defaultdict(list)
        for pk, policy in attached.filter(group__account=account).values_list("group_id", "policy_id"):
            of_groups[pk].append(managed[policy]._replace(group=self._names[pk], group_id=ids[pk]))
        for pk, *row in inline.filter(group__account=account).values_list("group_id", *INLINE_COLUMNS):
            of_groups[pk].append(_inline(row, self._names[pk], ids[pk]))
        self._of_groups = {pk: tuple(rows) for pk, rows in of_groups.items()}
        of_users: defaultdict[int, list[Carried]] = defaultdict(list)
        for pk, policy in attached.filter(user__account=account).values_list("user_id", "policy_id"):
            of_users[pk].append(managed[policy])
        for pk, *row in inline.filter(user__account=account).values_list("user_id", *INLINE_COLUMNS):
            of_users[pk].append(_inline(row))
        self._set_people(of_users, managed)
        members: defaultdict[int, int] = defaultdict(int)
        for user in self.users:
            for pk in user.group_pks:
                members[pk] += 1
        self.groups = [
            Holder("group", pk, group_id, name, path, self._of_groups.get(pk, ()), members=members[pk])
            for pk, group_id, name, path, _ in groups
        ]
        self._set_self_service()

    def _managed(self) -> dict[int, Carried]:
        """The managed policies in use."""
        attached = PolicyAttachment.objects.order_by()
        users = User.objects.people(self.account).order_by()
        wanted = (
            Q(pk__in=attached.filter(user__account=self.account).values("policy"))
            | Q(pk__in=attached.filter(group__account=self.account).values("policy"))
            | Q(pk__in=users.exclude(permissions_boundary=None).values("permissions_boundary"))
        )
        rows = ManagedPolicy.objects.filter(wanted).order_by()
        return {
            pk: Carried(name, str(scope_of(arn).label), arn, pk, compiled(document))
            for pk, name, arn, document in rows.values_list("pk", "policy_name", "arn", "document")
        }

    def _set_people(self, of_users: Mapping[int, list[Carried]], managed: Mapping[int, Carried]) -> None:
        groups: defaultdict[int, list[int]] = defaultdict(list)
        memberships = GroupMembership.objects.filter(group__account=self.account).order_by("group_id")
        for user, group in memberships.values_list("user_id", "group_id"):
            groups[user].append(group)
        columns = ("pk", "user_id", "user_name", "path", "tags", "permissions_boundary_id")
        rows = User.objects.people(self.account).order_by("name_folded").values_list(*columns)
        self.users = [
            Holder(
                "user",
                pk,
                user_id,
                name,
                path,
                tuple(of_users.get(pk, ())),
                tuple(groups.get(pk, ())),
                managed[bounds] if bounds else None,
                tags,
            )
            for pk, user_id, name, path, tags, bounds in rows
        ]

    def _set_self_service(self) -> None:
        """What everybody can do for oneself in this console, with the own password and without."""
        self._changers: set[int] = who_may_change(self.account) if self._own_service else set()
        self._self_service: dict[bool, Carried] = {}
        for may in (True, False) if self._own_service else ():
            text = self_service_text(self.account.partition, may_change_password=may)
            self._self_service[may] = Carried(SELF_SERVICE, BUILT_IN, "", None, parse(text))


INLINE_COLUMNS = ("pk", "policy_name", "document")


def _inline(row: Any, group: str = "", group_id: str = "") -> Carried:
    pk, name, document = row
    return Carried(name, INLINE, "", pk, compiled(document), group, group_id)


def _required(group: str) -> Carried:
    policy = mfa_requirement.policy(group).policy
    return Carried(mfa_requirement.NAME, BUILT_IN, "", None, policy, group)
