"""Writing the mirror of groups and of who is in them. Idempotent: only what differs is written."""

from collections.abc import Mapping, Sequence
from typing import Any

from iamconsole.sync import guard
from iamconsole.sync.known import Known
from iamconsole.sync.mirror_write import MirrorWrite
from iamconsole.sync.mirrors import Mirror
from iamconsole.sync.told import FOLLOWS, GIVEN, OURS, Told
from users import account_details
from users.mirror_parts import WrittenGroups, park_names, settled_here
from users.models import Group, GroupMembership


class Groups(Mirror):
    name = "groups"
    told = (
        Told(
            Group,
            "Group",
            {"account": GIVEN, "group_id": GIVEN, "name_folded": FOLLOWS, "require_mfa": OURS},
        ),
    )

    def counts(self, known: Known) -> Mapping[str, int]:
        return {account_details.OPERATION: Group.objects.filter(account=known.account).count()}

    def write_lists(self, writing: MirrorWrite) -> None:
        write_groups(writing)


class Memberships(Mirror):
    name = "group memberships"
    after = ("users", "groups")
    told = (
        Told(
            GroupMembership,
            "GroupMembership",
            {"group": GIVEN, "user": GIVEN},
            thing=lambda row: row.user,
            label="Group",
            name=lambda row: row.group.group_name,
        ),
    )

    def write_lists(self, writing: MirrorWrite) -> None:
        write_memberships(writing)

    def forget_users(self, keys: Sequence[int]) -> None:
        GroupMembership.objects.filter(user__in=keys).delete()


def write_groups(writing: MirrorWrite) -> None:
    """Groups by unique ID."""
    account, details = writing.account, account_details.groups(writing.snapshot)
    known = {group.group_id: group for group in Group.objects.filter(account=account)}
    guard.check_not_foreign(writing.linked, Group, "group_id", [detail["GroupId"] for detail in details])
    listed = {detail["GroupId"] for detail in details}
    remove_gone_groups(writing, known, listed)
    details = [d for d in details if not is_recent_group(writing, d, known.get(d["GroupId"]))]
    renamed = [
        d for d in details if d["GroupId"] in known and known[d["GroupId"]].group_name != d["GroupName"]
    ]
    park_names(Group, [known[detail["GroupId"]].pk for detail in renamed])
    held = {group.name_folded for group_id, group in known.items() if group_id not in listed}
    written = writing.part(WrittenGroups)
    for detail in details:
        if detail["GroupName"].lower() not in held:
            group = write_group(writing, detail, known.get(detail["GroupId"]))
            written[group.name_folded] = group


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
        writing.remove(*memberships(writing, group=group), group)


def write_group(writing: MirrorWrite, detail: Mapping[str, Any], group: Group | None) -> Group:
    values = {
        "group_name": detail["GroupName"],
        "name_folded": detail["GroupName"].lower(),
        "path": detail.get("Path", "/"),
        "create_date": detail["CreateDate"],
    }
    if group is None:
        group = Group(account=writing.account, group_id=detail["GroupId"], **values)
        writing.create([group])
        return group
    group.account = writing.account
    writing.save(group, values)
    return group


def memberships(writing: MirrorWrite, **which: Any) -> list[GroupMembership]:
    """Rows of the account with their users and groups, which they are told by."""
    rows = GroupMembership.objects.filter(group__account=writing.account, **which)
    found = list(rows.select_related("user", "group"))
    for row in found:
        row.user.account = row.group.account = writing.account
    return found


def write_memberships(writing: MirrorWrite) -> None:
    """Who is in which group, for the users and groups that are written; the users' columns about
    it are written already.
    """
    details = [
        detail
        for detail in writing.details()
        if not settled_here(writing, detail, writing.users[detail["UserId"]])
    ]
    ours = {writing.users[detail["UserId"]].pk for detail in details}
    written = writing.part(WrittenGroups)
    groups = {group.pk: group for group in written.values()}
    rows = GroupMembership.objects.filter(group__account=writing.account)
    have = {
        (group, user): key
        for key, group, user in rows.values_list("pk", "group_id", "user_id")
        if user in ours and group in groups
    }
    wanted = {
        (written[name.lower()].pk, writing.users[detail["UserId"]].pk)
        for detail in details
        for name in detail.get("GroupList", [])
        if name.lower() in written
    }
    if gone := [key for pair, key in have.items() if pair not in wanted]:
        writing.remove(*memberships(writing, pk__in=gone))
    users = {user.pk: user for user in writing.users.values()}
    new = sorted(pair for pair in wanted if pair not in have)
    writing.create([GroupMembership(group=groups[group], user=users[user]) for group, user in new])
