"""Finding and locking what an operation acts on, and the ARNs it needs for authorization."""

from collections.abc import Sequence

from iamconsole.arn import user_arn
from iamconsole.errors import IamError
from iamconsole.operations import Call
from users.models import Account, ManagedPolicy, User


def no_such_user(name: str) -> IamError:
    return IamError("NoSuchEntity", f"The user with name {name} cannot be found.")


def user_resources(call: Call) -> Sequence[str]:
    """The ARN of the user the call names: the stored one, a planned one, or what it would be."""
    name = call.params["UserName"]
    try:
        return [find_user(call.account_id, name).arn]
    except IamError:
        planned = call.planned.get(name.lower())
        return [planned or user_arn(call.account_id, "/", name)]


def find_user(account_id: str, name: str) -> User:
    """The IAM user of that name, without case. Raises NoSuchEntity."""
    try:
        return User.objects.select_related("account").get(
            account__account_id=account_id, kind=User.Kind.USER, name_folded=name.lower()
        )
    except User.DoesNotExist:
        raise no_such_user(name) from None


def lock_account(call: Call) -> None:
    """Lock the account row: what is counted or unique per account changes one at a time."""
    call.account = Account.objects.select_for_update().get(account_id=call.account_id)


def lock_user(call: Call, name: str = "") -> None:
    """Lock the named user, that of UserName unless another is given. Raises NoSuchEntity."""
    name = name or call.params["UserName"]
    rows = User.objects.select_for_update(of=("self",)).select_related("account")
    try:
        call.user = rows.get(
            account__account_id=call.account_id, kind=User.Kind.USER, name_folded=name.lower()
        )
    except User.DoesNotExist:
        raise no_such_user(name) from None
    call.account = call.user.account


def find_policy(call: Call, message: str) -> ManagedPolicy:
    """The managed policy of PolicyArn that this account can use. Raises NoSuchEntity with ``message``."""
    policy = ManagedPolicy.objects.filter(arn=call.params["PolicyArn"]).select_related("account").first()
    if policy is None or (policy.account and policy.account.account_id != call.account_id):
        raise IamError("NoSuchEntity", message)
    return policy
