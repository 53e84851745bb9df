"""Finding and locking what an operation acts on, and the ARNs it needs for authorization."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from django.db.models import Q, QuerySet, Value
from django.db.models.functions import Substr
from django.db.models.lookups import Exact
from django_otp.models import Device

from iamconsole.compiled_queries import CompiledQuery
from iamconsole.errors import IamError
from iamconsole.operations import Call, Facts
from iamconsole.operations.keyset import Keyset
from iamconsole.operations.paging import page
from users.models import Account, Group, ManagedPolicy, User

Row = TypeVar("Row")
YOU_ARE_GONE = "The user you act as has just been deleted. Nothing was changed."


def no_such_user(name: str) -> IamError:
    return IamError("NoSuchEntity", f"The user with name {name} cannot be found.")


def no_such_account(account_id: str) -> IamError:
    return IamError("NoSuchEntity", f"There is no account {account_id}.")


def no_such_role(name: str) -> IamError:
    return IamError("NoSuchEntity", f"The role with name {name} cannot be found.")


def no_such_group(name: str) -> IamError:
    return IamError("NoSuchEntity", f"The group with name {name} cannot be found.")


def user_resources(call: Call) -> Sequence[str]:
    """The ARN of the user the call names: the stored one, a planned one, or what it would be."""
    try:
        return [meant_user(call).arn]
    except IamError:
        name = call.param("UserName")
        if not name:
            return [call.caller.arns.root]
        planned = call.planned.get(("UserName", name.lower()))
        return [planned or call.caller.arns.user("/", name)]


def group_resources(call: Call) -> Sequence[str]:
    """The ARN of the group the call names: the stored one, a planned one, or what it would be."""
    name = call.params["GroupName"]
    try:
        return [find_group(call.account_id, name).arn]
    except IamError:
        planned = call.planned.get(("GroupName", name.lower()))
        return [planned or call.caller.arns.group("/", name)]


def root_of(account_id: str) -> User:
    """The account's root, who is meant where root leaves out UserName (IAM-FACTS 2.4).

    Raises NoSuchEntity where the account is gone.
    """
    rows = User.objects.select_related("account")
    root = rows.roots(account_id).first()
    if root is None:
        raise no_such_account(account_id)
    return root


def find_account(account_id: str) -> Account:
    """The account of that ID. Raises NoSuchEntity: it may have been deleted since its caller was built."""
    account = Account.objects.filter(account_id=account_id).first()
    if account is None:
        raise no_such_account(account_id)
    return account


def meant_user(call: Call) -> User:
    """The user of UserName, or root where there is none, looked up once a call. Raises NoSuchEntity."""
    if "meant" not in call.seen:
        name = call.param("UserName")
        call.seen["meant"] = find_user(call.account_id, name) if name else root_of(call.account_id)
    user: User = call.seen["meant"]
    return user


def find_user(account_id: str, name: str) -> User:
    """The IAM user of that name, without case. Raises NoSuchEntity."""
    user: User | None = BY_NAME.first(account_id, name.lower())
    if user is None:
        raise no_such_user(name)
    return user


BY_NAME = CompiledQuery(
    lambda account_id, name: (
        User.objects.select_related("account", "permissions_boundary")
        .order_by()
        .people(account_id)
        .with_name(name)
    ),
    "the account",
    "the name",
)


# Key and unique ID of who has a name, where no more is asked.
BEHIND_NAME = CompiledQuery(
    lambda account_id, name: (
        User.objects.order_by().people(account_id).with_name(name).values_list("pk", "user_id")
    ),
    "the account",
    "the name",
)


def find_group(account_id: str, name: str) -> Group:
    """The group of that name, without case. Raises NoSuchEntity."""
    rows = Group.objects.select_related("account")
    group = rows.filter(account__account_id=account_id, name_folded=name.lower()).first()
    if group is None:
        raise no_such_group(name)
    return group


def lock_account(call: Call) -> None:
    """Lock the account row: what is counted or unique per account changes one at a time. Its key stays, so
    rows that only point to the account need not wait.

    Raises NoSuchEntity.
    """
    call.account = LOCKED_ACCOUNT.first(call.account_id)
    if call.account is None:
        raise no_such_account(call.account_id)


LOCKED_ACCOUNT = CompiledQuery(
    lambda account_id: (
        Account.objects.order_by().select_for_update(no_key=True).filter(account_id=account_id)
    ),
    "the account",
)


def lock_user(call: Call) -> None:
    """Lock the user of UserName; root where there is no name. Raises NoSuchEntity."""
    name = call.param("UserName", "")
    if not name:
        lock_root(call)
    elif not _lock_user_row(call, kind=User.Kind.USER, name_folded=name.lower()):
        raise no_such_user(name)


def lock_root(call: Call) -> None:
    """Lock the account's root. Raises NoSuchEntity where the account is gone."""
    if not _lock_user_row(call, kind=User.Kind.ROOT):
        raise no_such_account(call.account_id)


def lock_caller(call: Call) -> None:
    """Lock the row of the user or root who calls, by its unique ID: a later user of the name is another
    person. Raises ConcurrentModification: whoever calls was there when the request began.
    """
    if not _lock_user_row(call, user_id=call.caller.user_id):
        raise IamError("ConcurrentModification", YOU_ARE_GONE)


def _lock_user_row(call: Call, **which: str) -> bool:
    """Lock one user of the account; False where there is none."""
    rows = User.objects.select_for_update(of=("self",)).select_related("account")
    call.user = rows.filter(account__account_id=call.account_id, **which).first()
    call.account = call.user and call.user.account
    return call.user is not None


def own_resources(call: Call) -> Sequence[str]:
    """The ARN of whoever calls, as its row has it now; that of a role, which has no row, as it is."""
    try:
        return [find_caller(call).arn]
    except IamError:
        return [call.caller.arn]


def find_caller(call: Call) -> User:
    """The row of the user or root who calls, unlocked. Raises ConcurrentModification."""
    rows = User.objects.select_related("account", "permissions_boundary")
    user = rows.filter(account__account_id=call.account_id, user_id=call.caller.user_id).first()
    if user is None:
        raise IamError("ConcurrentModification", YOU_ARE_GONE)
    return user


def lock_group(call: Call) -> None:
    """Lock the group of GroupName, after its user where there is one. Raises NoSuchEntity."""
    name = call.params["GroupName"]
    rows = Group.objects.select_for_update(of=("self",)).select_related("account")
    group = rows.filter(account__account_id=call.account_id, name_folded=name.lower()).first()
    if group is None:
        raise no_such_group(name)
    call.found["group"], call.account = group, group.account


def find_policy(call: Call, message: str) -> ManagedPolicy:
    """The managed policy of PolicyArn that this account can use.

    Raises NoSuchEntity with ``message``, which has ``{arn}`` and ``{version}`` where they belong, and
    ValidationError for what is no ARN (IAM-FACTS 2.6).
    """
    arn = call.params["PolicyArn"]
    if not arn.startswith("arn:"):
        raise IamError("ValidationError", f"ARN {arn} is not valid.")
    rows = ManagedPolicy.objects.known_to(call.account_id).select_related("account")
    policy = rows.filter(arn=arn).first()
    if policy is None:
        raise IamError("NoSuchEntity", message.format(arn=arn, version=call.param("VersionId", "")))
    return policy


def below(prefix: str | None, column: str = "path") -> Q:
    """The rows whose path begins with ``prefix``, in its very spelling: SQLite's LIKE ignores case."""
    if prefix in (None, "/"):
        return Q()
    return Q(Exact(Substr(column, 1, len(prefix)), Value(prefix)))


def page_by_name(
    call: Call,
    rows: QuerySet[Any, Row],
    member: str,
    facts: Callable[[Row], Any],
    folded: str = "name_folded",
) -> Facts:
    """One page of a listing ordered by name without case.

    ``member`` is that of the answer, ``facts`` gives a row's reply, ``folded`` the column to order by, which
    tells the rows apart. Raises ValidationError for what is no marker of that list.
    """
    return page(call, Keyset.of(member, rows, folded, facts))


def mfa_relations() -> list[str]:
    """The reverse relations of a user's MFA devices, of every kind."""
    relations = [(r.name, r.related_model) for r in User._meta.related_objects]
    return [name for name, model in relations if isinstance(model, type) and issubclass(model, Device)]
