"""AddUserToGroup, RemoveUserFromGroup, ListGroupsForUser (IAM-FACTS 2.4, 2.6)."""

from collections.abc import Collection, Sequence
from typing import Any

from iamconsole.operations import Call, Facts, Operation, Undo, operation
from iamconsole.operations.news import News, by_oneself
from iamconsole.operations.wanted import Params, Row, Wanted, has, without_case
from users import quotas
from users.at_aws import user_row, wanted_user
from users.callers.last_administrator import KeepsAnAdministrator
from users.lookups import find_user, group_resources, lock_group, lock_user, page_by_name, user_resources
from users.models import GroupMembership, User, in_accounts

GROUPS_PER_USER = 10  # IAM-FACTS 9.1


class MembershipOperation(Operation):
    """Both are idempotent; the user is looked up before the group (IAM-FACTS 2.6)."""

    def resources(self, call: Call) -> Sequence[str]:
        return group_resources(call)

    def lock(self, call: Call) -> None:
        lock_user(call)
        lock_group(call)

    def before(self, call: Call, members: Collection[str]) -> Row | None:
        return user_row(call.user, members)


def is_member(call: Call) -> bool:
    """Whether the user is in the group already, as far as is known here."""
    return GroupMembership.objects.filter(
        in_accounts(call.account_id, "user__"),
        user__name_folded=call.params["UserName"].lower(),
        group__name_folded=call.params["GroupName"].lower(),
    ).exists()


@operation("AddUserToGroup")
class AddUserToGroup(KeepsAnAdministrator, MembershipOperation):
    needed_at_aws = {"iam:AddUserToGroup": "add users to groups"}
    notice = News("You added yourself to a group", by_oneself, of_caller=True)

    def undo(self, call: Call) -> Undo:
        return [] if is_member(call) else [("RemoveUserFromGroup", dict(call.params))]

    def check(self, call: Call) -> None:
        joined = GroupMembership.objects.filter(user=call.user)
        if joined.filter(group=call.found["group"]).exists():
            return
        text = f"Cannot exceed quota for GroupsPerUser: {GROUPS_PER_USER}"
        quotas.check_room(call, joined.count, GROUPS_PER_USER, text)

    def write(self, call: Call, facts: Facts) -> None:
        GroupMembership.objects.get_or_create(user=call.user, group=call.found["group"])
        refresh_groups(call.user)

    def effect(self, change: Any, params: Params) -> None:
        change.join(params["UserName"], params["GroupName"])

    def wanted(self, before: Params, params: Params) -> Wanted:
        return wanted_user(before, params, {"GroupList": has(without_case(params["GroupName"]))})


@operation("RemoveUserFromGroup")
class RemoveUserFromGroup(KeepsAnAdministrator, MembershipOperation):
    needed_at_aws = {"iam:RemoveUserFromGroup": "remove users from groups"}

    def undo(self, call: Call) -> Undo:
        return [("AddUserToGroup", dict(call.params))] if is_member(call) else []

    def write(self, call: Call, facts: Facts) -> None:
        GroupMembership.objects.filter(user=call.user, group=call.found["group"]).delete()
        refresh_groups(call.user)

    def effect(self, change: Any, params: Params) -> None:
        change.leave(params["UserName"], params["GroupName"])

    def wanted(self, before: Params, params: Params) -> Wanted:
        return wanted_user(before, params, None, GroupList=has(without_case(params["GroupName"])))


@operation("ListGroupsForUser")
class ListGroupsForUser(Operation):
    reads = True
    tells = ("groups",)

    def resources(self, call: Call) -> Sequence[str]:
        return user_resources(call)

    def read(self, call: Call) -> Facts:
        from users.groups.operations.groups import group_facts

        groups = find_user(call.account_id, call.params["UserName"]).groups.select_related("account")
        return page_by_name(call, groups, "Groups", group_facts)


def refresh_groups(user: User) -> None:
    """Keep the user's summary columns of groups."""
    names = list(user.groups.order_by("name_folded").values_list("group_name", flat=True))
    user.group_count, user.group_names = len(names), ", ".join(names)[:400]
    user.save(update_fields=["group_count", "group_names"])
