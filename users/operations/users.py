"""CreateUser, GetUser, ListUsers, DeleteUser (IAM-FACTS 2.4, 2.5)."""

from collections.abc import Sequence
from typing import Any

from iamconsole.arn import user_arn
from iamconsole.errors import IamError
from iamconsole.identifiers import unique_id
from iamconsole.operations import Call, Facts, Operation, operation
from iamconsole.operations.caller import Context
from users.models import User

from .rows import find_policy, find_user, lock_account, lock_user, user_resources

USERS_PER_ACCOUNT = 5000  # IAM-FACTS 9.1


def user_facts(user: User) -> dict[str, Any]:
    """A user in the shape of IAM's replies."""
    facts: dict[str, Any] = {
        "Path": user.path,
        "UserName": user.user_name,
        "UserId": user.user_id,
        "Arn": user.arn,
        "CreateDate": user.create_date,
    }
    if user.password_last_used:
        facts["PasswordLastUsed"] = user.password_last_used
    return facts


@operation("CreateUser")
class CreateUser(Operation):
    def resources(self, call: Call) -> Sequence[str]:
        return [user_arn(call.account_id, call.param("Path", "/"), call.params["UserName"])]

    def context(self, call: Call) -> Context:
        tags = call.param("Tags", [])
        keys: dict[str, str | Sequence[str]] = {f"aws:RequestTag/{t['Key']}": t["Value"] for t in tags}
        if tags:
            keys["aws:TagKeys"] = [tag["Key"] for tag in tags]
        if boundary := call.param("PermissionsBoundary"):
            keys["iam:PermissionsBoundary"] = boundary
        return keys

    def lock(self, call: Call) -> None:
        lock_account(call)

    def check(self, call: Call) -> None:
        name = call.params["UserName"]
        users = User.objects.filter(account=call.account, kind=User.Kind.USER)
        if users.filter(name_folded=name.lower()).exists():
            raise IamError("EntityAlreadyExists", f"User with name {name} already exists.")
        if users.count() >= USERS_PER_ACCOUNT:
            raise IamError("LimitExceeded", f"Cannot exceed quota for UsersPerAccount: {USERS_PER_ACCOUNT}")
        check_tags(call.param("Tags", []))
        if call.param("PermissionsBoundary"):
            call.found["boundary"] = find_boundary(call)

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
            tags={tag["Key"]: tag["Value"] for tag in call.param("Tags", [])},
        )
        call.user.set_unusable_password()
        call.user.save(force_insert=True)

    def detail(self, call: Call, facts: Facts) -> dict[str, Any]:
        return {"UserId": facts["User"]["UserId"]}


def check_tags(tags: Sequence[dict[str, str]]) -> None:
    """Keys of a user's tags are unique without case, and aws: is AWS's own (IAM-FACTS 1.3, 2.6)."""
    folded = [tag["Key"].lower() for tag in tags]
    if len(set(folded)) < len(folded):
        raise IamError(
            "InvalidInput", "Duplicate tag keys found. Please note that Tag keys are case insensitive."
        )
    if any(key.startswith("aws:") for key in folded):
        raise IamError("InvalidInput", "Tag keys beginning with aws: are reserved for system use.")


def find_boundary(call: Call) -> Any:
    arn = call.params["PermissionsBoundary"]
    wanted = Call(call.caller, call.operation, {"PolicyArn": arn})
    return find_policy(wanted, f"Scope ARN: {arn} does not exist or is not attachable.")


@operation("GetUser")
class GetUser(Operation):
    reads = True
    own_user_by_default = True

    def resources(self, call: Call) -> Sequence[str]:
        return user_resources(call)

    def read(self, call: Call) -> Facts:
        user = find_user(call.account_id, call.params["UserName"])
        facts = user_facts(user)
        if user.tags:
            facts["Tags"] = [{"Key": key, "Value": value} for key, value in user.tags.items()]
        if user.permissions_boundary:
            facts["PermissionsBoundary"] = {
                "PermissionsBoundaryType": "Policy",
                "PermissionsBoundaryArn": user.permissions_boundary.arn,
            }
        return {"User": facts}


@operation("ListUsers")
class ListUsers(Operation):
    """All or nothing, ordered by name without case. The marker is the last name of the page before."""

    reads = True

    def read(self, call: Call) -> Facts:
        users = User.objects.filter(account__account_id=call.account_id, kind=User.Kind.USER)
        users = users.select_related("account").filter(path__startswith=call.param("PathPrefix", "/"))
        if marker := call.param("Marker"):
            users = users.filter(name_folded__gt=marker)
        size = call.param("MaxItems", 100)
        page = list(users.order_by("name_folded")[: size + 1])
        facts: Facts = {"Users": [user_facts(user) for user in page[:size]], "IsTruncated": len(page) > size}
        if facts["IsTruncated"]:
            facts["Marker"] = page[size - 1].name_folded
        return facts


@operation("DeleteUser")
class DeleteUser(Operation):
    def resources(self, call: Call) -> Sequence[str]:
        return user_resources(call)

    def lock(self, call: Call) -> None:
        lock_user(call)

    def guard(self, call: Call) -> None:
        if call.caller.user_id == call.user.user_id:
            raise IamError("InvalidInput", "You cannot delete the user you are signed in as.")

    def check(self, call: Call) -> None:
        """What must go first; the order of the messages is ours (IAM-FACTS 2.5)."""
        for relation, message in MUST_GO_FIRST.items():
            if related_exists(call.user, relation):
                raise IamError("DeleteConflict", f"Cannot delete entity, must {message}.")

    def write(self, call: Call, facts: Facts) -> None:
        call.user.delete()


# Reverse relation of the user -> what IAM says must be done first. Credentials live a floor above;
# their relations are known here by name only.
MUST_GO_FIRST = {
    "login_profile": "delete login profile first",
    "access_keys": "delete access keys first",
    "mfa_devices": "remove tokens from principal first",
    "inline_policies": "delete policies first",
    "policy_attachments": "detach all policies first",
    "memberships": "remove users from group first",
}


def related_exists(user: User, relation: str) -> bool:
    """Whether any row stands at a reverse relation of the user."""
    field = User._meta.get_field(relation)
    rows = field.related_model._default_manager  # type: ignore[union-attr]
    return bool(rows.filter(**{field.remote_field.name: user}).exists())  # type: ignore[union-attr]
