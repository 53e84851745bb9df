"""Writing the mirror of users. Idempotent: only what differs is written.

Users are told apart by unique ID: a renamed user is the same one, a recreated one is another.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from iamconsole.operations.resource_tags import tags_in
from iamconsole.sync import guard
from iamconsole.sync.known import Known
from iamconsole.sync.mirror_write import MirrorWrite
from iamconsole.sync.mirrors import MIRRORS, Mirror
from iamconsole.sync.told import FOLLOWS, GIVEN, OURS, USE, Told
from users.account_details import DETAILS
from users.mirror_parts import Policies, park_names, settled_here
from users.models import Group, User

# Of a user's columns all are told but these.
SUMMARY = "counted from credentials and memberships, which are told themselves"
SILENT = {
    "account": GIVEN,
    "kind": GIVEN,
    "user_id": GIVEN,
    "name_folded": FOLLOWS,
    "password": OURS,
    "email": OURS,
    "unconfirmed_email": OURS,
    "user_type": OURS,
    "break_glass": OURS,
    "asked_at": OURS,
    "turn_at": OURS,
    "session_epoch": OURS,
    "token_epoch": OURS,
    "password_last_used": USE,
    "key_last_used": USE,
    "last_activity": USE,
    **dict.fromkeys(
        (
            "password_enabled",
            "password_last_changed",
            "mfa_count",
            "mfa_kind",
            "access_key_count",
            "active_key_count",
            "oldest_active_key",
            "group_count",
            "group_names",
        ),
        SUMMARY,
    ),
}


class Users(Mirror):
    name = "users"
    after = ("managed policies",)  # boundaries
    lists = (DETAILS,)
    told = (Told(User, "User", SILENT),)

    def counts(self, known: Known) -> Mapping[str, int]:
        return {DETAILS.operation: len(known.asked)}

    def write_lists(self, writing: MirrorWrite) -> None:
        write_users(writing, writing.part(Policies))

    def forget_users(self, keys: Sequence[int]) -> None:
        User.objects.filter(pk__in=keys).delete()


def write_users(writing: MirrorWrite, policies: Policies) -> None:
    """Users by unique ID; the gone ones are removed first, so that their names are free."""
    account, snapshot = writing.account, writing.snapshot
    rows = User.objects.people(account).select_related("permissions_boundary")
    known = {user.user_id: user for user in rows}
    guard.check_not_foreign(writing.linked, User, "user_id", [detail["UserId"] for detail in snapshot.users])
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
        elif differs(user, values) and not settled_here(writing, detail, user):
            changed.append((user, values))
        writing.users[user.user_id] = user
    park_names(User, [user.pk for user, values in changed if user.name_folded != values["name_folded"]])
    for existing, values in changed:
        writing.save(existing, values)
    writing.create(new)


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
        "tags": tags_in(detail),
        "permissions_boundary": policies[boundary] if boundary else None,
        "group_count": len(groups),
        "group_names": ", ".join(groups)[:400],
    }


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
        writing.changes.gone(user)
        del known[user.user_id]
    MIRRORS.forget_users([user.pk for user in gone])
