"""CreateUser, GetUser, ListUsers, UpdateUser, DeleteUser (IAM-FACTS 2.4, 2.5)."""

from collections.abc import Collection, Sequence
from typing import Any

from django.db.models import Func, IntegerField

from iamconsole.arn import Arns
from iamconsole.compiled_queries import CompiledQuery
from iamconsole.errors import IamError
from iamconsole.identifiers import unique_id
from iamconsole.operations import Call, Facts, Operation, Undo, lasts, operation
from iamconsole.operations.caller import Context
from iamconsole.operations.resource_tags import tags_in
from iamconsole.operations.wanted import Fact, Params, Row, Wanted, has
from users import quotas
from users.at_aws import named_back, renamed, user_row, wanted_user
from users.callers.last_administrator import KeepsOwnAccess
from users.lookups import (
    BEHIND_NAME,
    below,
    lock_account,
    lock_user,
    meant_user,
    mfa_relations,
    page_by_name,
    user_resources,
)
from users.models import Account, User
from users.policies import newer
from users.policies.operations.boundaries import find_boundary
from users.tag_rules import WithTags, request_tag_keys, tag_facts

USERS_PER_ACCOUNT = 5000  # IAM-FACTS 9.1


def user_facts(user: User) -> dict[str, Any]:
    """A user in the shape of IAM's replies; root has neither path nor name (IAM-FACTS 2.4)."""
    name = {} if user.is_root else {"Path": user.path, "UserName": user.user_name}
    return name | _more_facts(user, user.arn)


def _listed(user: Any, arns: Arns) -> dict[str, Any]:
    """The same of an IAM user of whom only ``LISTED`` was read: a list has up to a thousand."""
    name = {"Path": user.path, "UserName": user.user_name}
    return name | _more_facts(user, arns.user(user.path, user.user_name))


LISTED = ("path", "user_name", "name_folded", "user_id", "create_date", "password_last_used")


def _more_facts(user: Any, arn: str) -> dict[str, Any]:
    facts = {"UserId": user.user_id, "Arn": arn, "CreateDate": user.create_date}
    if user.password_last_used:
        facts["PasswordLastUsed"] = user.password_last_used
    return facts


def boundary_facts(arn: str) -> dict[str, str]:
    """A permissions boundary in the shape of IAM's replies. The model says that its type is another word; AWS
    answers this one (IAM-FACTS 2.4).
    """
    return {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": arn}


def check_name_free(call: Call, name: str, but: User | None = None) -> None:
    """Names are unique per account without case. Raises EntityAlreadyExists."""
    taken = BEHIND_NAME.first(call.account_id, name.lower())
    if taken and (but is None or taken[0] != but.pk):
        raise IamError("EntityAlreadyExists", f"User with name {name} already exists.")


# Django's own Count would group the rows, and read them.
NUMBER = CompiledQuery(
    lambda account: (
        User.objects.order_by()
        .people()
        .filter(account=account)
        .values_list(Func(template="COUNT(*)", output_field=IntegerField()))
    ),
    -1,
)


def number_of_users(account: Account) -> int:
    """How many IAM users the account has."""
    return int(NUMBER.first(account.pk)[0])


@operation("CreateUser")
class CreateUser(WithTags):
    lasting = lasts.MADE
    keys_differ_by_case = False
    creates = "UserName"
    needed_at_aws = {"iam:CreateUser": "create users"}

    def undo(self, call: Call) -> Undo:
        return [("DeleteUser", {"UserName": call.params["UserName"]})]

    def effect(self, change: Any, params: Params) -> None:
        columns = {"path": params.get("Path", "/"), "tags": tags_in(params)}
        change.create_user(params["UserName"], params.get("PermissionsBoundary", ""), **columns)

    def resources(self, call: Call) -> Sequence[str]:
        return [call.caller.arns.user(call.param("Path", "/"), call.params["UserName"])]

    def context(self, call: Call) -> Context:
        keys = dict(request_tag_keys(call.param("Tags", [])))
        if boundary := call.param("PermissionsBoundary"):
            keys["iam:PermissionsBoundary"] = boundary
        return keys

    def prepare(self, call: Call) -> None:
        if boundary := call.param("PermissionsBoundary"):
            newer.learn(call.caller, boundary)

    def lock(self, call: Call) -> None:
        lock_account(call)
        if call.param("PermissionsBoundary"):
            call.found["boundary"] = find_boundary(call)

    def check(self, call: Call) -> None:
        check_name_free(call, call.params["UserName"])
        text = f"Cannot exceed quota for UsersPerAccount: {USERS_PER_ACCOUNT}"
        quotas.check_room(call, lambda: number_of_users(call.account), USERS_PER_ACCOUNT, text)

    def mint(self, call: Call) -> Facts:
        user = {
            "Path": call.param("Path", "/"),
            "UserName": call.params["UserName"],
            "UserId": unique_id("AIDA"),
            "Arn": self.resources(call)[0],
            "CreateDate": call.now,
        }
        if call.param("Tags"):
            user["Tags"] = list(call.params["Tags"])
        if boundary := call.param("PermissionsBoundary"):
            user["PermissionsBoundary"] = boundary_facts(boundary)
        return {"User": user}

    def write(self, call: Call, facts: Facts) -> None:
        user = facts["User"]
        call.user = User(
            account=call.account,
            user_id=user["UserId"],
            user_name=user["UserName"],
            name_folded=user["UserName"].lower(),
            path=user["Path"],
            create_date=user["CreateDate"],
            permissions_boundary=call.found.get("boundary"),
            tags=tags_in(call.params),
        )
        call.user.set_unusable_password()
        call.user.save(force_insert=True)

    def unique_id(self, facts: Facts) -> str:
        return str(facts["User"]["UserId"])

    def detail(self, call: Call, facts: Facts) -> dict[str, Any]:
        return {"UserId": self.unique_id(facts)}

    def wanted(self, before: Params, params: Params) -> Wanted:
        like: dict[str, Fact] = {
            "UserName": params["UserName"],
            "Path": params.get("Path", "/"),
            "Tags": has(*params.get("Tags", [])),
        }
        if boundary := params.get("PermissionsBoundary"):
            like["PermissionsBoundary"] = {"PermissionsBoundaryArn": boundary}
        return wanted_user(before, params, like)


@operation("GetUser")
class GetUser(Operation):
    reads = True
    tells = ("users",)
    own_user_by_default = True
    serves_root = True

    def resources(self, call: Call) -> Sequence[str]:
        return user_resources(call)

    def read(self, call: Call) -> Facts:
        user = meant_user(call)
        facts = user_facts(user)
        if user.tags:
            facts["Tags"] = tag_facts(user.tags)
        if user.permissions_boundary:
            facts["PermissionsBoundary"] = boundary_facts(user.permissions_boundary.arn)
        return {"User": facts}


@operation("ListUsers")
class ListUsers(Operation):
    """All below a path, or none of them."""

    reads = True
    lists = "user"
    tells = ("users",)

    def read(self, call: Call) -> Facts:
        users = User.objects.people(call.account_id).filter(below(call.param("PathPrefix")))
        listed = users.values_list(*LISTED, named=True)
        arns = call.caller.arns
        return page_by_name(call, listed, "Users", lambda user: _listed(user, arns))


@operation("UpdateUser")
class UpdateUser(KeepsOwnAccess):
    """A new name or path is another ARN: the caller needs both (IAM-FACTS 8.9).

    The unique ID stays, and with it credentials, groups and attached policies.
    """

    needed_at_aws = {"iam:UpdateUser": "rename and move users"}

    def undo(self, call: Call) -> Undo:
        user = User.objects.people(call.account_id).with_name(call.params["UserName"]).first()
        return named_back(call, "UserName", user_row(user, ("UserName", "Path")) if user else None)

    def resources(self, call: Call) -> Sequence[str]:
        old = user_resources(call)[0]
        path, name = old.partition(":user")[2].rpartition("/")[::2]
        new = call.caller.arns.user(call.param("NewPath", f"{path}/"), call.param("NewUserName", name))
        return [old] if new == old else [old, new]

    def lock(self, call: Call) -> None:
        lock_account(call)
        lock_user(call)

    def check(self, call: Call) -> None:
        if name := call.param("NewUserName"):
            check_name_free(call, name, but=call.user)

    def write(self, call: Call, facts: Facts) -> None:
        user = call.user
        user.path = call.param("NewPath", user.path)
        if name := call.param("NewUserName"):
            user.user_name, user.name_folded = name, name.lower()
        user.save(update_fields=["path", "user_name", "name_folded"])

    def before(self, call: Call, members: Collection[str]) -> Row | None:
        return user_row(call.user, members)

    def wanted(self, before: Params, params: Params) -> Wanted:
        return wanted_user(before, params, renamed(params, "UserName"))


@operation("DeleteUser")
class DeleteUser(Operation):
    lasting = lasts.DELETED
    needed_at_aws = {"iam:DeleteUser": "delete users"}

    def resources(self, call: Call) -> Sequence[str]:
        return user_resources(call)

    def lock(self, call: Call) -> None:
        lock_user(call)

    def guard(self, call: Call) -> None:
        if call.caller.user_id == call.user.user_id:
            raise IamError("InvalidInput", "You cannot delete the user you are signed in as.")

    def must_go_first(self) -> dict[str, str]:
        """Reverse relation of the user -> what IAM says must be done first. Credentials live a floor above;
        their relations are known here by name only."""
        return {
            "login_profile": "delete login profile first",
            "access_keys": "delete access keys first",
            "signing_certificates": "delete certificates first",
            "ssh_public_keys": "remove referenced objects first",
            "service_credentials": "remove referenced objects first",
            **dict.fromkeys(mfa_relations(), "remove tokens from principal first"),
            "inline_policies": "delete policies first",
            "policy_attachments": "detach all policies first",
            "memberships": "remove users from group first",
        }

    def check(self, call: Call) -> None:
        """What must go first; the order of the messages is ours (IAM-FACTS 2.5)."""
        for relation, message in self.must_go_first().items():
            if related_exists(call.user, relation):
                raise IamError("DeleteConflict", f"Cannot delete entity, must {message}.")

    def write(self, call: Call, facts: Facts) -> None:
        call.user.delete()

    def wanted(self, before: Params, params: Params) -> Wanted:
        return wanted_user(before, params, None)


def related_exists(user: User, relation: str) -> bool:
    """Whether any row stands at a reverse relation of the user."""
    field = User._meta.get_field(relation)
    rows = field.related_model._default_manager  # type: ignore[union-attr]
    return bool(rows.filter(**{field.remote_field.name: user}).exists())  # type: ignore[union-attr]
