"""GetAccountAuthorizationDetails: users, groups and policies with all that decides (IAM-FACTS 2.4).

One page is filled with users, then groups, then policies, then roles. Those of a linked account are not
mirrored: AWS is asked for them.
"""

from collections.abc import Iterator
from itertools import groupby
from operator import attrgetter
from typing import Any

from django.db.models import Q, QuerySet

from iamconsole.operations import Call, Facts, Operation, operation
from iamconsole.operations.keyset import Keyset
from iamconsole.operations.paging import Part, Sorted, page
from iamconsole.operations.shapes import Wording
from users.groups.operations.groups import group_facts
from users.lookups import find_account
from users.models import Group, GroupMembership, InlinePolicy, ManagedPolicy, PolicyAttachment, Scope, User
from users.people.operations.users import boundary_facts, user_facts
from users.policies.operations.policies import policy_facts, usable
from users.policies.operations.policy_versions import version_facts, versions_of
from users.roles.at_aws import check_known
from users.roles.pages import RolesAtAws
from users.roles.virtual import VirtualRole, roles_of
from users.tag_rules import tag_facts

MARKER_DIFFERS = "Marker and Filter do not match"
MEMBERS = ("UserDetailList", "GroupDetailList", "RoleDetailList", "Policies")


@operation("GetAccountAuthorizationDetails")
class GetAccountAuthorizationDetails(Operation):
    reads = True
    wording = Wording(enums={"Filter": ("LocalManagedPolicy", "User", "AWSManagedPolicy", "Role", "Group")})
    tells = ("users", "groups", "policies", "tags")

    def read(self, call: Call) -> Facts:
        none: Facts = {member: [] for member in MEMBERS}
        return none | page(call, *chosen_parts(call), bad=MARKER_DIFFERS)


def chosen_parts(call: Call) -> list[Part]:
    """The lists that Filter asks for, in the order in which they fill a page."""
    wanted = set(call.param("Filter", []))
    mine = {"account__account_id": call.account_id}
    users = User.objects.people(call.account_id).select_related("account", "permissions_boundary")
    groups = Group.objects.filter(**mine).select_related("account")
    in_use = Q(attachment_count__gt=0) | Q(boundary_count__gt=0)
    kinds = {"LocalManagedPolicy": Q(scope=Scope.LOCAL), "AWSManagedPolicy": Q(scope=Scope.AWS) & in_use}
    asked = [condition for kind, condition in kinds.items() if not wanted or kind in wanted]
    parts: list[Part] = []
    if not wanted or "User" in wanted:
        parts.append(Keyset("UserDetailList", users, ("name_folded",), user_details))
    if not wanted or "Group" in wanted:
        parts.append(Keyset("GroupDetailList", groups, ("name_folded",), group_details))
    if asked:
        condition = asked[0] | asked[-1]
        policies = usable(call.account_id).filter(condition).select_related("account")
        policies = policies.prefetch_related("versions")
        parts.append(Keyset("Policies", policies, ("create_date", "pk"), policy_details))
    if not wanted or "Role" in wanted:
        parts.append(roles(call))
    return parts


def roles(call: Call) -> Part:
    """The console's roles of a local account, those at AWS of a linked one. Raises InvalidInput of others."""
    member, caller = "RoleDetailList", call.caller
    check_known(caller, "roles")
    if caller.link:
        return RolesAtAws(member, caller, call.operation.name, {"Filter": ["Role"]})
    return Sorted(member, roles_of(find_account(call.account_id)), attrgetter("key"), VirtualRole.details)


def user_details(users: list[User]) -> Iterator[dict[str, Any]]:
    inline = by_owner(InlinePolicy.objects.filter(user__in=users).order_by("user", "name_folded"), "user_id")
    attached = by_owner(attachments().filter(user__in=users).order_by("user", "pk"), "user_id")
    member = GroupMembership.objects.filter(user__in=users).select_related("group")
    memberships = by_owner(member.order_by("user", "group__name_folded"), "user_id")
    for user in users:
        facts = user_facts(user)
        facts.pop("PasswordLastUsed", None)
        if policies := inline.get(user.pk):
            facts["UserPolicyList"] = [inline_facts(policy) for policy in policies]
        facts["GroupList"] = [row.group.group_name for row in memberships.get(user.pk, ())]
        facts["AttachedManagedPolicies"] = [attached_facts(row) for row in attached.get(user.pk, ())]
        facts["Tags"] = tag_facts(user.tags)
        if user.permissions_boundary:
            facts["PermissionsBoundary"] = boundary_facts(user.permissions_boundary.arn)
        yield facts


def group_details(groups: list[Group]) -> Iterator[dict[str, Any]]:
    inline = by_owner(
        InlinePolicy.objects.filter(group__in=groups).order_by("group", "name_folded"), "group_id"
    )
    attached = by_owner(attachments().filter(group__in=groups).order_by("group", "pk"), "group_id")
    for group in groups:
        yield {
            **group_facts(group),
            "GroupPolicyList": [inline_facts(policy) for policy in inline.get(group.pk, ())],
            "AttachedManagedPolicies": [attached_facts(row) for row in attached.get(group.pk, ())],
        }


def policy_details(policies: list[ManagedPolicy]) -> Iterator[dict[str, Any]]:
    for policy in policies:
        versions = [
            {**version_facts(version), "Document": version.document} for version in versions_of(policy)
        ]
        yield {**policy_facts(policy), "PolicyVersionList": versions}


def attachments() -> QuerySet[PolicyAttachment]:
    return PolicyAttachment.objects.select_related("policy")


def by_owner(rows: QuerySet[Any], column: str) -> dict[int, list[Any]]:
    """Rows that are sorted by their owner, by that owner."""
    return {owner: list(group) for owner, group in groupby(rows, key=lambda row: getattr(row, column))}


def inline_facts(policy: InlinePolicy) -> dict[str, str]:
    return {"PolicyName": policy.policy_name, "PolicyDocument": policy.document}


def attached_facts(row: PolicyAttachment) -> dict[str, str]:
    return {"PolicyName": row.policy.policy_name, "PolicyArn": row.policy.arn}
