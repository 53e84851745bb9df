"""Writing the mirror of users and groups from a Snapshot. Idempotent: only what differs is written.

Users are told apart by unique ID: a renamed user is the same one, a recreated one is another.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from credentials import devices
from credentials.models import (
    AccessKey,
    LoginProfile,
    ServiceSpecificCredential,
    SigningCertificate,
    SSHPublicKey,
)
from iamconsole.models import Intent
from iamconsole.sync import guard
from iamconsole.sync.changes import Changes
from iamconsole.sync.read import Snapshot
from users.models import (
    Account,
    Group,
    GroupMembership,
    InlinePolicy,
    ManagedPolicy,
    PolicyAttachment,
    User,
)

Policies = dict[str, ManagedPolicy]
USER_COLUMNS = ("user_name", "path", "create_date", "tags", "permissions_boundary", "group_names")


@dataclass
class MirrorWrite:
    """One writing of one account's mirror, inside one transaction.

    ``settling`` are the Intents this sync settles, ``busy`` the users it must leave alone, ``recent``
    what was changed here in the last minutes, ``lost`` the access key that stands for an Intent whose
    answer never arrived.
    """

    account: Account
    snapshot: Snapshot
    settling: list[Intent] = field(default_factory=list)
    busy: set[str] = field(default_factory=set)
    recent: guard.Recent = field(default_factory=guard.Recent)
    devices_busy: bool = False
    remove_many: bool = False
    changes: Changes = field(default_factory=Changes)
    users: dict[str, User] = field(default_factory=dict)
    groups: dict[str, Group] = field(default_factory=dict)
    lost: dict[Any, str] = field(default_factory=dict)

    def details(self) -> list[dict[str, Any]]:
        """The listed users that are written now."""
        return [detail for detail in self.snapshot.users if detail["UserId"] in self.users]

    def settled_here(self, detail: Mapping[str, Any], user: User | None = None) -> bool:
        """Whether a user, or a group of it, was changed here so lately that the list may not know."""
        names = [detail["UserName"], *([user.user_name] if user else [])]
        return self.recent.has_user(*names) or self.recent.has_group(*detail.get("GroupList", []))


def write_users(writing: MirrorWrite, policies: Policies) -> None:
    """Users by unique ID; the gone ones are removed first, so that their names are free."""
    account, snapshot = writing.account, writing.snapshot
    rows = User.objects.filter(account=account, kind=User.Kind.USER).select_related("permissions_boundary")
    known = {user.user_id: user for user in rows}
    guard.check_not_foreign(account, User, "user_id", [detail["UserId"] for detail in snapshot.users])
    for mirrored in known.values():
        mirrored.account = account
    remove_gone(writing, known)
    new: list[User] = []
    changed: list[tuple[User, dict[str, Any]]] = []
    for detail in writable(writing, known):
        values, user = user_values(detail, policies), known.get(detail["UserId"])
        if user is None:
            user = new_user(writing, detail, values)
            new.append(user)
        elif differs(user, values) and not writing.settled_here(detail, user):
            changed.append((user, values))
        writing.users[user.user_id] = user
    park_names(User, [user.pk for user, values in changed if user.name_folded != values["name_folded"]])
    for existing, values in changed:
        update_user(existing, values, writing.changes)
    for created in User.objects.bulk_create(new):
        writing.changes.created(created)


def differs(row: User | Group, values: Mapping[str, Any]) -> bool:
    return any(getattr(row, column) != value for column, value in values.items())


def writable(writing: MirrorWrite, known: Mapping[str, User]) -> list[dict[str, Any]]:
    """The listed users without those that are being changed here, under their old or new name, and
    without those whose name is still held by one that may not be removed.
    """
    details = writing.snapshot.users
    listed = {detail["UserId"] for detail in details}
    holders = {user.name_folded: user.user_id for user in known.values()}
    found = []
    for detail in details:
        user_id, name = detail["UserId"], detail["UserName"].lower()
        names = {name, known[user_id].name_folded} if user_id in known else {name}
        holder = holders.get(name, user_id)
        if user_id not in known and writing.recent.has_user(name):
            continue  # deleted here, and the list does not know it yet
        if not names & writing.busy and (holder == user_id or holder in listed):
            found.append(detail)
    return found


def new_user(writing: MirrorWrite, detail: Mapping[str, Any], values: Mapping[str, Any]) -> User:
    """A user nobody can sign in as: its password is AWS's."""
    user = User(account=writing.account, user_id=detail["UserId"], **values)
    user.set_unusable_password()
    return user


def user_values(detail: Mapping[str, Any], policies: Policies) -> dict[str, Any]:
    groups = sorted(detail.get("GroupList", []), key=str.lower)
    boundary = detail.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn", "")
    return {
        "user_name": detail["UserName"],
        "name_folded": detail["UserName"].lower(),
        "path": detail.get("Path", "/"),
        "create_date": detail["CreateDate"],
        "tags": {tag["Key"]: tag["Value"] for tag in detail.get("Tags", [])},
        "permissions_boundary": policies[boundary] if boundary else None,
        "group_count": len(groups),
        "group_names": ", ".join(groups)[:400],
    }


def update_user(user: User, values: Mapping[str, Any], changes: Changes) -> None:
    before = {column: getattr(user, column) for column in USER_COLUMNS}
    for column, value in values.items():
        setattr(user, column, value)
    user.save(update_fields=list(values))
    for column, old in before.items():
        if old != values[column]:
            changes.note(user, column, text(old), text(values[column]))


def text(value: Any) -> Any:
    """A value as an Event may hold it."""
    return value if isinstance(value, dict | str) else str(value or "")


def park_names(model: type[User] | type[Group], keys: list[int]) -> None:
    """Take renamed rows' names away first, so that two can swap; no name has an asterisk."""
    for key in keys:
        model._default_manager.filter(pk=key).update(name_folded=f"*{key}")


def remove_gone(writing: MirrorWrite, known: dict[str, User]) -> None:
    """Remove users that AWS no longer lists, unless that may be an error; drops them from ``known``."""
    snapshot = writing.snapshot
    if not snapshot.complete:
        return
    listed = {detail["UserId"] for detail in snapshot.users}
    names = {detail["UserName"].lower() for detail in snapshot.users}
    gone = [
        user
        for user in known.values()
        if user.user_id not in listed
        and user.name_folded not in writing.busy
        and (user.name_folded in names or not guard.too_fresh_to_remove(user.create_date, snapshot.started))
    ]
    if not writing.remove_many:
        guard.check_not_emptied(len(gone), len(known))
    for user in gone:
        writing.changes.removed(user)
        del known[user.user_id]
    remove_users([user.pk for user in gone])


def remove_users(keys: list[int]) -> None:
    """Delete users with all that hangs on them. Their MFA devices stay until AWS's list lacks them."""
    devices.release(devices.of_users(keys))
    credentials = (AccessKey, LoginProfile, SigningCertificate, SSHPublicKey, ServiceSpecificCredential)
    for rows in (*credentials, PolicyAttachment, InlinePolicy, GroupMembership):
        rows.objects.filter(user__in=keys).delete()
    User.objects.filter(pk__in=keys).delete()


def write_groups(writing: MirrorWrite) -> None:
    """Groups by unique ID."""
    account, details = writing.account, writing.snapshot.groups
    known = {group.group_id: group for group in Group.objects.filter(account=account)}
    guard.check_not_foreign(account, Group, "group_id", [detail["GroupId"] for detail in details])
    listed = {detail["GroupId"] for detail in details}
    remove_gone_groups(writing, known, listed)
    details = [d for d in details if not is_recent_group(writing, d, known.get(d["GroupId"]))]
    renamed = [
        d for d in details if d["GroupId"] in known and known[d["GroupId"]].group_name != d["GroupName"]
    ]
    park_names(Group, [known[detail["GroupId"]].pk for detail in renamed])
    held = {group.name_folded for group_id, group in known.items() if group_id not in listed}
    for detail in details:
        if detail["GroupName"].lower() not in held:
            group = write_group(writing, detail, known.get(detail["GroupId"]))
            writing.groups[group.name_folded] = group


def is_recent_group(writing: MirrorWrite, detail: Mapping[str, Any], group: Group | None) -> bool:
    """Whether a listed group was changed or deleted here so lately that the list may not know."""
    return writing.recent.has_group(detail["GroupName"], group.group_name if group else detail["GroupName"])


def remove_gone_groups(writing: MirrorWrite, known: dict[str, Group], listed: set[str]) -> None:
    """Remove groups that AWS no longer lists, as carefully as users; drops them from ``known``."""
    snapshot = writing.snapshot
    if not snapshot.complete:
        return
    gone = [
        group
        for group_id, group in known.items()
        if group_id not in listed and not guard.too_fresh_to_remove(group.create_date, snapshot.started)
    ]
    if not writing.remove_many:
        guard.check_not_emptied(len(gone), len(known), "groups")
    for group in gone:
        del known[group.group_id]
        group.account = writing.account
        writing.changes.removed(group)
        group.delete()


def write_group(writing: MirrorWrite, detail: Mapping[str, Any], group: Group | None) -> Group:
    values = {
        "group_name": detail["GroupName"],
        "name_folded": detail["GroupName"].lower(),
        "path": detail.get("Path", "/"),
        "create_date": detail["CreateDate"],
    }
    if group is None:
        group = Group(account=writing.account, group_id=detail["GroupId"], **values)
        group.save(force_insert=True)
        writing.changes.created(group)
        return group
    group.account = writing.account
    different = {
        column: getattr(group, column) for column in values if getattr(group, column) != values[column]
    }
    for column, value in values.items():
        setattr(group, column, value)
    if different:
        group.save(update_fields=list(values))
    for column in different.keys() - {"name_folded"}:
        writing.changes.note(group, column, text(different[column]), text(values[column]))
    return group


def write_memberships(writing: MirrorWrite) -> None:
    """Who is in which group, for the users and groups that are written; the users' columns that tell of
    it are written already.
    """
    details = [
        detail
        for detail in writing.details()
        if not writing.settled_here(detail, writing.users[detail["UserId"]])
    ]
    ours = {writing.users[detail["UserId"]].pk for detail in details}
    groups = {group.pk for group in writing.groups.values()}
    rows = GroupMembership.objects.filter(group__account=writing.account)
    have = {
        (group, user): key
        for key, group, user in rows.values_list("pk", "group_id", "user_id")
        if user in ours and group in groups
    }
    wanted = {
        (writing.groups[name.lower()].pk, writing.users[detail["UserId"]].pk)
        for detail in details
        for name in detail.get("GroupList", [])
        if name.lower() in writing.groups
    }
    GroupMembership.objects.filter(pk__in=[key for pair, key in have.items() if pair not in wanted]).delete()
    GroupMembership.objects.bulk_create(
        GroupMembership(group_id=group, user_id=user) for group, user in wanted if (group, user) not in have
    )
