"""Managed policies attached to users and groups (IAM-FACTS 2.4, 8.9)."""

from collections.abc import Collection, Sequence
from typing import Any

from django.db.models import QuerySet
from django.db.models.functions import Lower

from iamconsole.errors import IamError
from iamconsole.operations import Call, Facts, Operation, Undo, operation
from iamconsole.operations.caller import Context
from iamconsole.operations.keyset import Keyset
from iamconsole.operations.news import News, by_oneself
from iamconsole.operations.paging import page
from iamconsole.operations.wanted import Params, Row, Test, Wanted, has
from users import quotas
from users.at_aws import group_row, wanted_group, wanted_user
from users.callers.last_administrator import KeepsAnAdministrator
from users.lookups import (
    below,
    find_group,
    find_policy,
    find_user,
    group_resources,
    lock_group,
    user_resources,
)
from users.models import ManagedPolicy, PolicyAttachment
from users.policies import newer
from users.policies.operations.boundaries import UserPermissionOperation, check_for_users
from users.policies.operations.policies import NOT_ATTACHABLE, NOT_FOUND, hold_policy

MANAGED_POLICIES_PER_USER = 10  # IAM-FACTS 9.1
MANAGED_POLICIES_PER_GROUP = 10


def attachable(call: Call) -> ManagedPolicy:
    """The policy of PolicyArn. Raises ValidationError, NoSuchEntity or PolicyNotAttachable."""
    policy = find_policy(call, NOT_ATTACHABLE)
    check_for_users(call, policy)
    return policy


def held(policy: ManagedPolicy) -> ManagedPolicy:
    """The policy, locked where it can be deleted and made again: AWS's own cannot."""
    return hold_policy(policy) if policy.account_id else policy


def check_quota(call: Call, quota: str, limit: int, **target: Any) -> None:
    """Attaching again succeeds; one more than the quota does not."""
    attached = PolicyAttachment.objects.filter(**target)
    if attached.filter(policy__arn=call.found["policy"].arn).exists():
        return
    quotas.check_room(call, attached.count, limit, f"Cannot exceed quota for {quota}: {limit}")


def attachments(call: Call, **target: Any) -> QuerySet[PolicyAttachment]:
    """How the target has the policy: by ARN, for a linked account's row can stand in for the catalogue's."""
    return PolicyAttachment.objects.filter(policy__arn=call.found["policy"].arn, **target)


def check_attached(call: Call, **target: Any) -> None:
    if not attachments(call, **target).exists():
        raise IamError("NoSuchEntity", NOT_FOUND.format(arn=call.found["policy"].arn))


def is_attached(call: Call, to: str) -> bool:
    """Whether the policy is attached to the "user" or "group" already, as far as is known here."""
    name = call.params["UserName" if to == "user" else "GroupName"]
    found = {f"{to}__account__account_id": call.account_id, f"{to}__name_folded": name.lower()}
    return PolicyAttachment.objects.filter(**found, policy__arn=call.params["PolicyArn"]).exists()


def the_policy(params: Params) -> Test:
    """AWS's list of what is attached, with the policy of PolicyArn."""
    return has({"PolicyArn": params["PolicyArn"]})


def attached_facts(attachment: PolicyAttachment) -> dict[str, Any]:
    return {"PolicyName": attachment.policy.policy_name, "PolicyArn": attachment.policy.arn}


def attached_policies(call: Call, **target: Any) -> Facts:
    """A page of what is attached, filtered by the policies' path."""
    rows = PolicyAttachment.objects.filter(**target).select_related("policy")
    rows = rows.filter(below(call.param("PathPrefix"), "policy__path"))
    # Policies of AWS's and of the account can have the same name.
    rows = rows.annotate(policy_folded=Lower("policy__policy_name"))
    return page(call, Keyset.of("AttachedPolicies", rows, "policy_folded", attached_facts, "policy_id"))


@operation("AttachUserPolicy")
class AttachUserPolicy(KeepsAnAdministrator, UserPermissionOperation):
    needed_at_aws = {"iam:AttachUserPolicy": "attach managed policies"}
    notice = News("You attached a policy to yourself", by_oneself)

    def undo(self, call: Call) -> Undo:
        return [] if is_attached(call, "user") else [("DetachUserPolicy", dict(call.params))]

    def prepare(self, call: Call) -> None:
        newer.learn(call.caller, call.params["PolicyArn"])

    def lock(self, call: Call) -> None:
        super().lock(call)
        call.found["policy"] = held(attachable(call))

    def check(self, call: Call) -> None:
        check_quota(call, "PoliciesPerUser", MANAGED_POLICIES_PER_USER, user=call.user)

    def write(self, call: Call, facts: Facts) -> None:
        PolicyAttachment.objects.get_or_create(user=call.user, policy=call.found["policy"])

    def effect(self, change: Any, params: Params) -> None:
        change.attach("User", params["UserName"], params["PolicyArn"])

    def wanted(self, before: Params, params: Params) -> Wanted:
        return wanted_user(before, params, {"AttachedManagedPolicies": the_policy(params)})


@operation("DetachUserPolicy")
class DetachUserPolicy(KeepsAnAdministrator, UserPermissionOperation):
    needed_at_aws = {"iam:DetachUserPolicy": "detach managed policies"}

    def undo(self, call: Call) -> Undo:
        return [("AttachUserPolicy", dict(call.params))] if is_attached(call, "user") else []

    def lock(self, call: Call) -> None:
        super().lock(call)
        call.found["policy"] = held(find_policy(call, NOT_FOUND))

    def check(self, call: Call) -> None:
        check_attached(call, user=call.user)

    def write(self, call: Call, facts: Facts) -> None:
        attachments(call, user=call.user).delete()

    def effect(self, change: Any, params: Params) -> None:
        change.detach("User", params["UserName"], params["PolicyArn"])

    def wanted(self, before: Params, params: Params) -> Wanted:
        return wanted_user(before, params, None, AttachedManagedPolicies=the_policy(params))


@operation("ListAttachedUserPolicies")
class ListAttachedUserPolicies(Operation):
    reads = True
    tells = ("policies",)

    def resources(self, call: Call) -> Sequence[str]:
        return user_resources(call)

    def read(self, call: Call) -> Facts:
        return attached_policies(call, user=find_user(call.account_id, call.params["UserName"]))


class GroupAttachment(Operation):
    """What attaching to a group and detaching from it have in common."""

    def resources(self, call: Call) -> Sequence[str]:
        return group_resources(call)

    def context(self, call: Call) -> Context:
        return {"iam:PolicyARN": call.params["PolicyArn"]}

    def lock(self, call: Call) -> None:
        lock_group(call)

    def before(self, call: Call, members: Collection[str]) -> Row | None:
        return group_row(call.found["group"], members)


@operation("AttachGroupPolicy")
class AttachGroupPolicy(KeepsAnAdministrator, GroupAttachment):
    needed_at_aws = {"iam:AttachGroupPolicy": "attach managed policies to groups"}

    def undo(self, call: Call) -> Undo:
        return [] if is_attached(call, "group") else [("DetachGroupPolicy", dict(call.params))]

    def prepare(self, call: Call) -> None:
        newer.learn(call.caller, call.params["PolicyArn"])

    def lock(self, call: Call) -> None:
        super().lock(call)
        call.found["policy"] = held(attachable(call))

    def check(self, call: Call) -> None:
        check_quota(call, "PoliciesPerGroup", MANAGED_POLICIES_PER_GROUP, group=call.found["group"])

    def write(self, call: Call, facts: Facts) -> None:
        PolicyAttachment.objects.get_or_create(group=call.found["group"], policy=call.found["policy"])

    def effect(self, change: Any, params: Params) -> None:
        change.attach("Group", params["GroupName"], params["PolicyArn"])

    def wanted(self, before: Params, params: Params) -> Wanted:
        return wanted_group(before, params, {"AttachedManagedPolicies": the_policy(params)})


@operation("DetachGroupPolicy")
class DetachGroupPolicy(KeepsAnAdministrator, GroupAttachment):
    needed_at_aws = {"iam:DetachGroupPolicy": "detach managed policies from groups"}

    def undo(self, call: Call) -> Undo:
        return [("AttachGroupPolicy", dict(call.params))] if is_attached(call, "group") else []

    def lock(self, call: Call) -> None:
        super().lock(call)
        call.found["policy"] = held(find_policy(call, NOT_FOUND))

    def check(self, call: Call) -> None:
        check_attached(call, group=call.found["group"])

    def write(self, call: Call, facts: Facts) -> None:
        attachments(call, group=call.found["group"]).delete()

    def effect(self, change: Any, params: Params) -> None:
        change.detach("Group", params["GroupName"], params["PolicyArn"])

    def wanted(self, before: Params, params: Params) -> Wanted:
        return wanted_group(before, params, None, AttachedManagedPolicies=the_policy(params))


@operation("ListAttachedGroupPolicies")
class ListAttachedGroupPolicies(Operation):
    reads = True
    tells = ("policies",)

    def resources(self, call: Call) -> Sequence[str]:
        return group_resources(call)

    def read(self, call: Call) -> Facts:
        return attached_policies(call, group=find_group(call.account_id, call.params["GroupName"]))
