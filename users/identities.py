"""How the door tells the row a name stands for from a later one of the same name, and holds an account."""

from iamconsole.compiled_queries import CompiledQuery
from iamconsole.operations.authorized import identified_by
from iamconsole.operations.locking import hold_accounts_with
from users.lookups import BEHIND_NAME, lock_account

from .models import Account, Group, ManagedPolicy, Scope
from .models.policies import scope_of

hold_accounts_with(lock_account)

# Asked twice at every change.
ACCOUNT = CompiledQuery(
    lambda account_id: Account.objects.order_by().filter(account_id=account_id).values_list("pk"),
    "the account",
)


@identified_by("AccountId")
def account_identity(account_id: str, value: str) -> str | None:
    row = ACCOUNT.first(value)
    return str(row[0]) if row else None


@identified_by("UserName")
def user_identity(account_id: str, value: str) -> str | None:
    row = BEHIND_NAME.first(account_id, value.lower())
    return row[1] if row else None


@identified_by("GroupName")
def group_identity(account_id: str, value: str) -> str | None:
    groups = Group.objects.filter(account__account_id=account_id, name_folded=value.lower())
    return groups.values_list("group_id", flat=True).first()


@identified_by("PolicyArn")
@identified_by("PermissionsBoundary")
def policy_identity(account_id: str, value: str) -> str | None:
    """Of AWS's own the ARN, which never means another policy, whichever row counts in a linked account, and
    whether or not one is there yet (users.policies.newer).
    """
    if scope_of(value) == Scope.AWS:
        return value
    rows = ManagedPolicy.objects.known_to(account_id).filter(arn=value)
    pk = rows.values_list("pk", flat=True).first()
    return str(pk) if pk else None
