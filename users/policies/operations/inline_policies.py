"""The policies that belong to one user: put, get, list, delete (IAM-FACTS 2.4, 8.2, 9.2)."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from django.db.models import QuerySet

from iamconsole.errors import IamError
from iamconsole.operations import Call, Facts, Operation, Undo, operation
from iamconsole.operations.news import News, by_oneself
from iamconsole.operations.wanted import Params, Wanted, has, same_document, without_case
from users import quotas
from users.at_aws import wanted_user
from users.callers.last_administrator import KeepsAnAdministrator
from users.lookups import find_user, page_by_name, user_resources
from users.models import InlinePolicy, User, in_accounts
from users.policies.documents import check_document, size
from users.policies.operations.boundaries import UserPermissionOperation

INLINE_SIZE_PER_USER = 2048  # characters in all, white space outside strings not counted


def size_with(document: str, others: QuerySet[InlinePolicy]) -> int:
    """The characters of a document and of other inline policies together, as the quota counts them."""
    return sum(map(size, [document, *others.values_list("document", flat=True)]))


def inline_rows(call: Call) -> QuerySet[InlinePolicy]:
    return InlinePolicy.objects.filter(user=call.user, name_folded=call.params["PolicyName"].lower())


def put_back(call: Call, name: str) -> list[tuple[str, Params]]:
    """Writes the policy of the name as it is known here; nothing where there is none."""
    user, named = call.params["UserName"], {"UserName": call.params["UserName"], "PolicyName": name}
    rows = InlinePolicy.objects.filter(in_accounts(call.account_id, "user__"), user__name_folded=user.lower())
    policy = rows.filter(name_folded=name.lower()).first()
    return [("PutUserPolicy", {**named, "PolicyDocument": policy.document})] if policy else []


def undo_put(call: Call, name: str) -> list[tuple[str, Params]]:
    """Takes back that the policy of the name is written: the one of before, else none."""
    named = {"UserName": call.params["UserName"], "PolicyName": name}
    return put_back(call, name) or [("DeleteUserPolicy", named)]


def check_size(call: Call, name: str, document: str) -> None:
    """Raises LimitExceeded where the inline policies of the user would be too long together."""
    others = InlinePolicy.objects.filter(user=call.user).exclude(name_folded=name.lower())
    text = f"Maximum policy size of {INLINE_SIZE_PER_USER} bytes exceeded for user {call.user.user_name}"
    quotas.check_size(call, partial(size_with, document, others), INLINE_SIZE_PER_USER, text)


def put(user: User, name: str, document: str) -> None:
    """Write the inline policy; one of that name, without case, is replaced and keeps its spelling."""
    InlinePolicy.objects.update_or_create(
        user=user,
        name_folded=name.lower(),
        defaults={"document": document},
        create_defaults={"document": document, "policy_name": name},
    )


def wanted_policy(before: Params, params: Params, name: str, document: str) -> Wanted:
    """The user of UserName with that inline policy."""
    policy = {"PolicyName": without_case(name), "PolicyDocument": same_document(document)}
    return wanted_user(before, params, {"UserPolicyList": has(policy)})


@operation("PutUserPolicy")
class PutUserPolicy(KeepsAnAdministrator, UserPermissionOperation):
    """Put over a policy of the same name, without case, replaces it and keeps its spelling."""

    needed_at_aws = {"iam:PutUserPolicy": "write inline policies of users, revoke sessions"}
    notice = News("You wrote an inline policy for yourself", by_oneself)

    def undo(self, call: Call) -> Undo:
        return undo_put(call, call.params["PolicyName"])

    def check(self, call: Call) -> None:
        check_document(call.params["PolicyDocument"])
        check_size(call, call.params["PolicyName"], call.params["PolicyDocument"])

    def write(self, call: Call, facts: Facts) -> None:
        put(call.user, call.params["PolicyName"], call.params["PolicyDocument"])

    def effect(self, change: Any, params: Params) -> None:
        change.put_inline("User", params["UserName"], params["PolicyName"], params["PolicyDocument"])

    def wanted(self, before: Params, params: Params) -> Wanted:
        return wanted_policy(before, params, params["PolicyName"], params["PolicyDocument"])


@operation("DeleteUserPolicy")
class DeleteUserPolicy(KeepsAnAdministrator, UserPermissionOperation):
    needed_at_aws = {"iam:DeleteUserPolicy": "delete inline policies of users"}

    def undo(self, call: Call) -> Undo:
        return put_back(call, call.params["PolicyName"])

    def check(self, call: Call) -> None:
        if not inline_rows(call).exists():
            name = call.params["PolicyName"]
            raise IamError("NoSuchEntity", f"The user policy with name {name} cannot be found.")

    def write(self, call: Call, facts: Facts) -> None:
        inline_rows(call).delete()

    def effect(self, change: Any, params: Params) -> None:
        change.delete_inline("User", params["UserName"], params["PolicyName"])

    def wanted(self, before: Params, params: Params) -> Wanted:
        policy = {"PolicyName": without_case(params["PolicyName"])}
        return wanted_user(before, params, None, UserPolicyList=has(policy))


@operation("GetUserPolicy")
class GetUserPolicy(Operation):
    """The reply has the spelling that was asked for (IAM-FACTS 1.3)."""

    reads = True
    tells = ("policies",)

    def resources(self, call: Call) -> Sequence[str]:
        return user_resources(call)

    def read(self, call: Call) -> Facts:
        user, name = find_user(call.account_id, call.params["UserName"]), call.params["PolicyName"]
        policy = InlinePolicy.objects.filter(user=user, name_folded=name.lower()).first()
        if policy is None:
            raise IamError("NoSuchEntity", f"The user policy with name {name} cannot be found.")
        return {"UserName": user.user_name, "PolicyName": name, "PolicyDocument": policy.document}


@operation("ListUserPolicies")
class ListUserPolicies(Operation):
    reads = True
    tells = ("policies",)

    def resources(self, call: Call) -> Sequence[str]:
        return user_resources(call)

    def read(self, call: Call) -> Facts:
        user = find_user(call.account_id, call.params["UserName"])
        return page_by_name(call, user.inline_policies.all(), "PolicyNames", lambda row: row.policy_name)
