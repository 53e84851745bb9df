"""CreateGroup, GetGroup, ListGroups, UpdateGroup, DeleteGroup (IAM-FACTS 2.4, 2.5)."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, ClassVar

from iamconsole.errors import IamError
from iamconsole.identifiers import unique_id
from iamconsole.operations import Call, Facts, Operation, Undo, lasts, operation
from iamconsole.operations.wanted import Params, Row, Wanted
from users import quotas
from users.at_aws import group_row, named_back, renamed, wanted_group
from users.groups.operations.memberships import refresh_groups
from users.lookups import below, find_group, group_resources, lock_account, lock_group, page_by_name
from users.models import Group
from users.people.operations.users import user_facts

GROUPS_PER_ACCOUNT = 300  # IAM-FACTS 9.1


def group_facts(group: Group) -> dict[str, Any]:
    """A group in the shape of IAM's replies."""
    return {
        "Path": group.path,
        "GroupName": group.group_name,
        "GroupId": group.group_id,
        "Arn": group.arn,
        "CreateDate": group.create_date,
    }


def check_group_name_free(call: Call, name: str, but: Group | None = None) -> None:
    """Names are unique per account without case. Raises EntityAlreadyExists."""
    taken = Group.objects.filter(account=call.account, name_folded=name.lower())
    if but is not None:
        taken = taken.exclude(pk=but.pk)
    if taken.exists():
        raise IamError("EntityAlreadyExists", f"Group with name {name} already exists.")


@operation("CreateGroup")
class CreateGroup(Operation):
    lasting = lasts.MADE
    creates = "GroupName"
    needed_at_aws = {"iam:CreateGroup": "create groups"}

    def undo(self, call: Call) -> Undo:
        return [("DeleteGroup", {"GroupName": call.params["GroupName"]})]

    def resources(self, call: Call) -> Sequence[str]:
        return [call.caller.arns.group(call.param("Path", "/"), call.params["GroupName"])]

    def lock(self, call: Call) -> None:
        lock_account(call)

    def check(self, call: Call) -> None:
        check_group_name_free(call, call.params["GroupName"])
        text = f"Cannot exceed quota for GroupsPerAccount: {GROUPS_PER_ACCOUNT}"
        groups = Group.objects.filter(account=call.account)
        quotas.check_room(call, groups.count, GROUPS_PER_ACCOUNT, text)

    def mint(self, call: Call) -> Facts:
        group = {
            "Path": call.param("Path", "/"),
            "GroupName": call.params["GroupName"],
            "GroupId": unique_id("AGPA"),
            "Arn": self.resources(call)[0],
            "CreateDate": call.now,
        }
        return {"Group": group}

    def write(self, call: Call, facts: Facts) -> None:
        made = facts["Group"]
        Group.objects.create(
            account=call.account,
            group_name=made["GroupName"],
            name_folded=made["GroupName"].lower(),
            path=made["Path"],
            group_id=made["GroupId"],
            create_date=made["CreateDate"],
        )

    def unique_id(self, facts: Facts) -> str:
        return str(facts["Group"]["GroupId"])

    def detail(self, call: Call, facts: Facts) -> dict[str, Any]:
        return {"GroupId": self.unique_id(facts)}

    def wanted(self, before: Params, params: Params) -> Wanted:
        like = {"GroupName": params["GroupName"], "Path": params.get("Path", "/")}
        return wanted_group(before, params, like)


@operation("GetGroup")
class GetGroup(Operation):
    """The group and a page of its users."""

    reads = True
    tells = ("groups",)

    def resources(self, call: Call) -> Sequence[str]:
        return group_resources(call)

    def read(self, call: Call) -> Facts:
        group = find_group(call.account_id, call.params["GroupName"])
        page = page_by_name(call, group.users.select_related("account"), "Users", user_facts)
        return {"Group": group_facts(group), **page}


@operation("ListGroups")
class ListGroups(Operation):
    reads = True
    lists = "group"
    tells = ("groups",)

    def read(self, call: Call) -> Facts:
        groups = Group.objects.filter(account__account_id=call.account_id).select_related("account")
        groups = groups.filter(below(call.param("PathPrefix")))
        return page_by_name(call, groups, "Groups", group_facts)


@operation("UpdateGroup")
class UpdateGroup(Operation):
    """A new name or path is another ARN: the caller needs both (IAM-FACTS 8.9)."""

    needed_at_aws = {"iam:UpdateGroup": "rename and move groups"}

    def undo(self, call: Call) -> Undo:
        named = {"account__account_id": call.account_id, "name_folded": call.params["GroupName"].lower()}
        group = Group.objects.filter(**named).first()
        return named_back(call, "GroupName", group_row(group, ("GroupName", "Path")) if group else None)

    def resources(self, call: Call) -> Sequence[str]:
        old = group_resources(call)[0]
        path, name = old.partition(":group")[2].rpartition("/")[::2]
        new = call.caller.arns.group(call.param("NewPath", f"{path}/"), call.param("NewGroupName", name))
        return [old] if new == old else [old, new]

    def lock(self, call: Call) -> None:
        lock_account(call)
        lock_group(call)

    def check(self, call: Call) -> None:
        if name := call.param("NewGroupName"):
            check_group_name_free(call, name, but=call.found["group"])

    def write(self, call: Call, facts: Facts) -> None:
        group = call.found["group"]
        group.path = call.param("NewPath", group.path)
        if name := call.param("NewGroupName"):
            group.group_name, group.name_folded = name, name.lower()
        group.save(update_fields=["path", "group_name", "name_folded"])
        for user in group.users.all():
            refresh_groups(user)

    def before(self, call: Call, members: Collection[str]) -> Row | None:
        return group_row(call.found["group"], members)

    def wanted(self, before: Params, params: Params) -> Wanted:
        return wanted_group(before, params, renamed(params, "GroupName"))


@operation("DeleteGroup")
class DeleteGroup(Operation):
    lasting = lasts.DELETED
    needed_at_aws = {"iam:DeleteGroup": "delete groups"}
    # Reverse relation of the group -> what IAM says must be done first (IAM-FACTS 2.5).
    must_go_first: ClassVar[Mapping[str, str]] = {
        "memberships": "remove users from group first",
        "inline_policies": "delete policies first",
        "policy_attachments": "detach all policies first",
    }

    def resources(self, call: Call) -> Sequence[str]:
        return group_resources(call)

    def lock(self, call: Call) -> None:
        lock_group(call)

    def check(self, call: Call) -> None:
        """What must go first; the order of the messages is ours (IAM-FACTS 2.5)."""
        for relation, message in self.must_go_first.items():
            if getattr(call.found["group"], relation).exists():
                raise IamError("DeleteConflict", f"Cannot delete entity, must {message}.")

    def write(self, call: Call, facts: Facts) -> None:
        call.found["group"].delete()

    def wanted(self, before: Params, params: Params) -> Wanted:
        return wanted_group(before, params, None)
