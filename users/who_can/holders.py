"""Users and groups with all that decides what they can do, read a batch at a time as they are asked for.

Equal sets of policies are told once: most users have what their groups have and nothing else.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from django.db.models import Count, QuerySet

from iamconsole.operations.caller import PRINCIPAL_TYPES
from iamconsole.policy import Policy, parse
from iamconsole.portions import portions
from users.callers import mfa_requirement
from users.callers.build import self_service_text
from users.models import Account, Group, GroupMembership, InlinePolicy, ManagedPolicy, PolicyAttachment, User
from users.models.policies import compiled, scope_of
from users.own_password import who_may_change

INLINE, BUILT_IN = "Inline", "Built in"
SELF_SERVICE = "ConsoleSelfService"
BATCH = 500  # users or groups that are read at a time
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
    """One reading of an account. What several batches need is read once."""

    def __init__(self, account: Account, services: set[str]) -> None:
        self.account = account
        self._own_service = not services.isdisjoint(OWN_SERVICES)
        self._managed: dict[int, Carried] = {}
        self._of_groups: dict[int, tuple[Carried, ...]] = {}
        self._names: dict[int, str] = {}
        self._requiring: set[int] = set()
        self._changers: set[int] = set()
        self._self_service: dict[bool, Carried] = {}
        for may in (True, False) if self._own_service else ():
            text = self_service_text(account.partition, may_change_password=may)
            self._self_service[may] = Carried(SELF_SERVICE, BUILT_IN, "", None, parse(text))

    def users(self, users: QuerySet[User]) -> Iterator[Holder]:
        """These users of the account, by name."""
        columns = ("pk", "user_id", "user_name", "path", "tags", "permissions_boundary_id", "name_folded")
        for rows in _batches(users, columns):
            yield from self._users([row[:-1] for row in rows])

    def groups(self, groups: QuerySet[Group]) -> Iterator[Holder]:
        """These groups of the account, by name."""
        for rows in _batches(groups, ("pk", "group_id", "group_name", "path", "name_folded")):
            pks = [row[0] for row in rows]
            self._read_groups(pks)
            counted = GroupMembership.objects.filter(group__in=pks, user__kind=User.Kind.USER).order_by()
            members = dict(counted.values_list("group").annotate(number=Count("pk")))
            for pk, group_id, name, path, _ in rows:
                own = self._of_groups[pk]
                yield Holder("group", pk, group_id, name, path, own, members=members.get(pk, 0))

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

    def _users(self, rows: Sequence[Any]) -> list[Holder]:
        pks = [row[0] for row in rows]
        groups = _by_holder(GroupMembership.objects.filter(user__in=pks), "user_id", "group_id")
        attached = _by_holder(PolicyAttachment.objects.filter(user__in=pks), "user_id", "policy_id")
        self._read_groups({pk for (some) in groups.values() for (pk,) in some})
        self._read_managed(
            {pk for some in attached.values() for (pk,) in some} | {row[5] for row in rows if row[5]}
        )
        inline = _by_holder(InlinePolicy.objects.filter(user__in=pks), "user_id", *INLINE_COLUMNS)
        if self._own_service:
            self._changers |= who_may_change(self.account, pks)
        return [
            Holder(
                "user",
                pk,
                user_id,
                name,
                path,
                (*(self._managed[one] for (one,) in attached[pk]), *(_inline(one) for one in inline[pk])),
                tuple(sorted(one for (one,) in groups[pk])),
                self._managed[bounds] if bounds else None,
                tags,
            )
            for pk, user_id, name, path, tags, bounds in rows
        ]

    def _read_groups(self, pks: Iterable[int]) -> None:
        """The policies of groups that were not read yet."""
        for new in portions(sorted(set(pks) - self._of_groups.keys())):
            attached = _by_holder(PolicyAttachment.objects.filter(group__in=new), "group_id", "policy_id")
            self._read_managed({pk for some in attached.values() for (pk,) in some})
            inline = _by_holder(InlinePolicy.objects.filter(group__in=new), "group_id", *INLINE_COLUMNS)
            columns = ("pk", "group_id", "group_name", "require_mfa")
            for pk, group_id, name, requires in Group.objects.filter(pk__in=new).values_list(*columns):
                managed = (self._managed[one] for (one,) in attached[pk])
                self._of_groups[pk] = (
                    *(one._replace(group=name, group_id=group_id) for one in managed),
                    *(_inline(one, name, group_id) for one in inline[pk]),
                )
                self._names[pk] = name
                if requires:
                    self._requiring.add(pk)

    def _read_managed(self, pks: Iterable[int]) -> None:
        """Managed policies that were not read yet."""
        for new in portions(sorted(set(pks) - self._managed.keys())):
            rows = ManagedPolicy.objects.filter(pk__in=new).order_by()
            for pk, name, arn, document in rows.values_list("pk", "policy_name", "arn", "document"):
                kind = str(scope_of(arn).label)
                self._managed[pk] = Carried(name, kind, arn, pk, compiled(document))


def _batches(rows: QuerySet[Any], columns: Sequence[str]) -> Iterator[list[Any]]:
    """Some rows at a time by name, which is the last of the columns."""
    rows = rows.order_by("name_folded").values_list(*columns)
    after = ""
    while batch := list(rows.filter(name_folded__gt=after)[:BATCH]):
        yield batch
        if len(batch) < BATCH:
            return
        after = batch[-1][-1]


def _by_holder(rows: QuerySet[Any], holder: str, *columns: str) -> dict[int, list[Any]]:
    """The columns of rows in their order, by whose they are."""
    found: defaultdict[int, list[Any]] = defaultdict(list)
    for pk, *row in rows.order_by("pk").values_list(holder, *columns):
        found[pk].append(row)
    return found


INLINE_COLUMNS = ("pk", "policy_name", "document")


def _inline(row: Any, group: str = "", group_id: str = "") -> Carried:
    pk, name, document = row
    return Carried(name, INLINE, "", pk, compiled(document), group, group_id)


def _required(group: str) -> Carried:
    policy = mfa_requirement.policy(group).policy
    return Carried(mfa_requirement.NAME, BUILT_IN, "", None, policy, group)
