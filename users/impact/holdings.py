"""What people hold, in memory: policies of their own and of their groups, boundaries, and who must have MFA.

A ``Change`` is told by operations what they would do (``Operation.effect``). It knows whom that can concern,
so only they are read, and is then done to what was read. Nothing is written.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Q, QuerySet

from iamconsole.portions import portions
from users.callers import mfa_requirement
from users.models import Account, Group, GroupMembership, InlinePolicy, ManagedPolicy, PolicyAttachment, User

Held = tuple[frozenset[str], str | None]  # the documents of somebody, and that of the boundary


@dataclass(slots=True)
class Holder:
    """A user or group: ARNs of managed policies, documents of inline ones by folded name."""

    attached: set[str] = field(default_factory=set)
    inline: dict[str, str] = field(default_factory=dict)
    groups: set[str] = field(default_factory=set)
    boundary: str = ""
    require_mfa: bool = False


@dataclass
class Holdings:
    """Users and groups by kind and folded name; documents by ARN, and those of versions."""

    account: Account
    people: dict[str, User] = field(default_factory=dict)
    holders: dict[tuple[str, str], Holder] = field(default_factory=dict)
    documents: dict[str, str] = field(default_factory=dict)
    require_mfa: bool = False

    def holder(self, kind: str, name: str) -> Holder:
        return self.holders.setdefault((kind, name.lower()), Holder())

    def held(self, name: str) -> Held:
        """What decides for a user; of one that is not there nothing."""
        own = self.holder("User", name)
        sources = [own, *(self.holder("Group", group) for group in own.groups)]
        texts = {text for one in sources for text in self._texts(one)}
        if self.require_mfa or any(one.require_mfa for one in sources):
            texts.add(mfa_requirement.TEXT)
        return frozenset(texts), self.documents.get(own.boundary, "") if own.boundary else None

    def _texts(self, holder: Holder) -> Iterator[str]:
        yield from (self.documents.get(arn, "") for arn in holder.attached)
        yield from holder.inline.values()


@dataclass
class Change:
    """What operations would do. ``kind`` is User or Group, as in AttachUserPolicy."""

    users: set[str] = field(default_factory=set)
    groups: set[str] = field(default_factory=set)
    joined: set[str] = field(default_factory=set)  # groups whose members are not all concerned
    written: set[str] = field(default_factory=set)  # ARNs whose document changes
    named: set[str] = field(default_factory=set)  # ARNs that are given to somebody
    born: dict[str, Mapping[str, Any]] = field(default_factory=dict)  # users to be, with their columns
    everybody: bool = False
    edits: list[Callable[[Holdings], None]] = field(default_factory=list)

    def create_user(self, name: str, boundary: str = "", **columns: Any) -> None:
        """A user who is not there yet; ``columns`` are what conditions can ask about it."""
        self.born[name.lower()] = {"user_name": name, **columns}
        if boundary:
            self.bound(name, boundary)

    def attach(self, kind: str, name: str, arn: str) -> None:
        self._concern(kind, name)
        self.named.add(arn)
        self.edits.append(lambda held: held.holder(kind, name).attached.add(arn))

    def detach(self, kind: str, name: str, arn: str) -> None:
        self._concern(kind, name)
        self.edits.append(lambda held: held.holder(kind, name).attached.discard(arn))

    def put_inline(self, kind: str, name: str, policy: str, text: str) -> None:
        self._concern(kind, name)
        self.edits.append(lambda held: held.holder(kind, name).inline.update({policy.lower(): text}))

    def delete_inline(self, kind: str, name: str, policy: str) -> None:
        self._concern(kind, name)
        self.edits.append(lambda held: _drop(held.holder(kind, name).inline, policy.lower()))

    def join(self, user: str, group: str) -> None:
        self.users.add(user.lower())
        self.joined.add(group.lower())
        self.edits.append(lambda held: held.holder("User", user).groups.add(group.lower()))

    def leave(self, user: str, group: str) -> None:
        self.users.add(user.lower())
        self.edits.append(lambda held: held.holder("User", user).groups.discard(group.lower()))

    def bound(self, user: str, arn: str) -> None:
        """Set the boundary of a user, or remove it with ``""``."""
        self.users.add(user.lower())
        self.named |= {arn} - {""}
        self.edits.append(lambda held: setattr(held.holder("User", user), "boundary", arn))

    def create(self, path: str, name: str, text: str) -> None:
        self.edits.append(lambda held: held.documents.update({held.account.arns.policy(path, name): text}))

    def write(self, arn: str, text: str) -> None:
        """Another document counts of the policy."""
        self.written.add(arn)
        self.edits.append(lambda held: held.documents.update({arn: text}))

    def use_version(self, arn: str, version: str) -> None:
        self.written.add(arn)
        self.edits.append(lambda held: held.documents.update(_version(held.account, arn, version)))

    def require_mfa(self, group: str, required: bool) -> None:
        """Of a group, or of everybody with ``""``."""
        if group:
            self.groups.add(group.lower())
            self.edits.append(lambda held: setattr(held.holder("Group", group), "require_mfa", required))
        else:
            self.everybody = True
            self.edits.append(lambda held: setattr(held, "require_mfa", required))

    def _concern(self, kind: str, name: str) -> None:
        (self.users if kind == "User" else self.groups).add(name.lower())


def _drop(inline: dict[str, str], name: str) -> None:
    inline.pop(name, None)


def _version(account: Account, arn: str, version: str) -> dict[str, str]:
    policy = ManagedPolicy.objects.known_to(account.account_id).filter(arn=arn).first()
    rows = policy.versions.all() if policy else ()
    return {arn: next((row.document for row in rows if row.version_id == version), "")}


def read(account: Account, change: Change, only: Collection[str] | None = None) -> Holdings:
    """What everybody holds whom the change can concern; of them those with ``only`` these unique IDs."""
    held = Holdings(account, require_mfa=account.require_mfa)
    policies: dict[int, str] = {}
    for user in _people(account, change, only):
        held.people[user.name_folded] = user
        if bound := user.permissions_boundary:
            held.holder("User", user.name_folded).boundary = policies[bound.pk] = bound.arn
    names = {user.pk: name for name, user in held.people.items()}
    if only is None:
        _add_born(held, change)
    groups: set[int] = set(
        _of_account(account).filter(name_folded__in=change.groups).values_list("pk", flat=True)
    )
    for some in portions(list(names)):
        rows: Any = GroupMembership.objects.filter(user__in=some).values_list(
            "user", "group", "group__name_folded"
        )
        for user_pk, group_pk, group in rows:
            held.holder("User", names[user_pk]).groups.add(group)
            groups.add(group_pk)
        _policies_of(held, "user", some, names, policies)
    joined: dict[int, Any] = {
        pk: row for pk, *row in _of_account(account).values_list("pk", "name_folded", "require_mfa")
    }
    for pk in groups | {pk for pk, (name, _) in joined.items() if name in change.joined}:
        held.holder("Group", joined[pk][0]).require_mfa = joined[pk][1]
        groups.add(pk)
    for some in portions(sorted(groups)):
        _policies_of(held, "group", some, {pk: joined[pk][0] for pk in some}, policies)
    _documents(held, policies, change)
    return held


def _add_born(held: Holdings, change: Change) -> None:
    """The users to be, who hold nothing yet."""
    for name, columns in change.born.items():
        held.people.setdefault(name, User(account=held.account, name_folded=name, **columns))


def _of_account(account: Account) -> QuerySet[Group]:
    return Group.objects.filter(account=account).order_by()


def _people(account: Account, change: Change, only: Collection[str] | None) -> Iterator[User]:
    """The users whom the change can concern, each once."""
    users = User.objects.people(account).order_by()
    users = users if only is None else users.filter(user_id__in=only)
    if change.everybody:
        pks = set(users.values_list("pk", flat=True))
    else:
        arns = change.written
        holding = PolicyAttachment.objects.filter(policy__arn__in=arns)
        groups = Q(group__name_folded__in=change.groups) | Q(
            group__in=holding.filter(group__account=account).values("group")
        )
        members = GroupMembership.objects.filter(groups, group__account=account)
        pks = {
            *(
                pk
                for some in portions(sorted(change.users))
                for pk in users.filter(name_folded__in=some).values_list("pk", flat=True)
            ),
            *_among(users, members.values("user"), only),
            *_among(users, holding.filter(user__account=account).values("user"), only),
            *users.filter(permissions_boundary__arn__in=arns).values_list("pk", flat=True),
        }
    rows = User.objects.select_related("permissions_boundary").defer("permissions_boundary__document")
    for some in portions(sorted(pks)):
        for user in rows.filter(pk__in=some):
            user.account = account
            yield user


def _among(users: QuerySet[User], found: QuerySet[Any, Any], only: Collection[str] | None) -> Iterator[int]:
    """The keys of the users found; ``users`` are read only where they are narrowed."""
    rows = found.order_by()
    pks = (
        (pk for row in rows for pk in row.values())
        if only is None
        else users.filter(pk__in=rows).values_list("pk", flat=True)
    )
    return iter(pks)


def _policies_of(
    held: Holdings, kind: str, pks: Sequence[int], names: Mapping[int, str], policies: dict[int, str]
) -> None:
    """Managed and inline policies of users, or of groups."""
    attached = PolicyAttachment.objects.filter(**{f"{kind}__in": pks})
    for pk, policy, arn in attached.values_list(kind, "policy", "policy__arn"):
        held.holder(kind.capitalize(), names[pk]).attached.add(arn)
        policies[policy] = arn
    inline = InlinePolicy.objects.filter(**{f"{kind}__in": pks})
    for pk, name, text in inline.values_list(kind, "name_folded", "document"):
        held.holder(kind.capitalize(), names[pk]).inline[name] = text


def _documents(held: Holdings, policies: Mapping[int, str], change: Change) -> None:
    """Of policies in use, and of those that are given: where two rows have one ARN, that in use."""
    given = ManagedPolicy.objects.known_to(held.account.account_id)
    for some in portions(sorted(change.named)):
        held.documents.update(given.filter(arn__in=some).values_list("arn", "document"))
    for pks in portions(sorted(policies)):
        rows = ManagedPolicy.objects.filter(pk__in=pks)
        held.documents.update(rows.values_list("arn", "document"))
