"""Which accounts one may look into at once: exactly those one may switch to, and the home account.

Asked of the policies of this moment at every request. Nobody learns of another account, not even
by a count (ARCHITECTURE 3).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Case, CharField, Expression, F, Q, QuerySet, Value, When
from django.db.models.functions import Coalesce, Lower, NullIf

from iamconsole.errors import AccessDenied
from iamconsole.operations import Caller
from users.callers.build import ADMINISTRATOR, AUDITOR, caller_for_role, role_permits, roles_in
from users.callers.middleware import ROLES, origin_of
from users.models import Account
from users.pages import own_caller
from users.requests import ConsoleRequest

ACTION = "iamconsole:ListAcrossAccounts"
HOME_ONLY = "Only people in the home account can see several accounts at once."
# List -> what one may do in each account whose rows it shows.
NEEDS = {
    "accounts": ("iam:ListUsers",),
    "users": ("iam:ListUsers",),
    "access-keys": ("iam:ListUsers", "iam:ListAccessKeys"),
    "findings": ("iamconsole:ListFindings",),
    "who-can": ("iam:GetAccountAuthorizationDetails",),
    "credential-reports": ("iam:GetCredentialReport",),
    "search": (),  # each kind of thing asks for its own (iamconsole.search)
}
OF_A_USER = {"iam:ListAccessKeys"}  # asked about users; the others about the account


@dataclass(frozen=True, slots=True)
class Seen:
    """An account in sight, and the console roles one can take there; none in one's own account."""

    account: Account
    roles: tuple[str, ...] = ()


def in_sight(own: Caller, wanted: str) -> list[Seen]:
    """The accounts whose rows a list shows to a person of the home account. Raises AccessDenied.

    ``own`` is the person in their own account, whatever they have switched to.
    """
    accounts = list(Account.objects.select_related("link"))
    home = next((account for account in accounts if account.is_home), None)
    if home is None or own.account_id != home.account_id or own.kind not in ("user", "root"):
        raise AccessDenied(HOME_ONLY, action=ACTION)
    mine = [Seen(home)] if reads_own(own, wanted) else []
    others = (Seen(account, roles_for(own, account, wanted)) for account in accounts if account is not home)
    return [*mine, *(seen for seen in others if seen.roles)]


def reads_own(own: Caller, wanted: str) -> bool:
    """Whether the rows of one's own account may be shown."""
    any_user = own.arns.any_user
    return all(own.permits(action, any_user if action in OF_A_USER else "") for action in NEEDS[wanted])


def roles_for(own: Caller, account: Account, wanted: str) -> tuple[str, ...]:
    """The roles one may take in another account that may read what the list shows."""
    return tuple(
        role
        for role in (ADMINISTRATOR, AUDITOR)
        if own.permits("sts:AssumeRole", account.arns.role(role))
        and all(role_permits(role, action) for action in NEEDS[wanted])
    )


def accounts_of(seen: Sequence[Seen]) -> list[Account]:
    return [one.account for one in seen]


def label(prefix: str = "") -> Expression:
    """``Account.label`` for the database to sort by, without case; ``prefix`` leads to the account."""
    name = NullIf(F(f"{prefix}name"), Value(""))
    of_digits = Q(**{f"{prefix}alias__regex": r"^[0-9-]+$"})
    alias = Case(When(of_digits, then=Value(None)), default=F(f"{prefix}alias"), output_field=CharField())
    return Lower(Coalesce(alias, name, F(f"{prefix}account_id")))


def with_account_label(rows: QuerySet, path: str) -> QuerySet:  # type: ignore[type-arg]
    """Rows with ``account_label``, which their column of accounts is sorted by."""
    return rows.annotate(account_label=label(path))


def reachable(request: ConsoleRequest) -> list[Account]:
    """One's own account and those one can switch to; nobody learns of others."""
    user, own = request.user, own_caller(request)
    accounts = Account.objects.select_related("link")
    return [account for account in accounts if account.pk == user.account_id or roles_in(user, own, account)]


def role_caller(request: ConsoleRequest, account: Account) -> Caller | None:
    """The person in the role taken in an account, else in the best one; their own caller in the
    own account. None where there is no role to take.
    """
    own = own_caller(request)
    if account.pk == request.user.account_id:
        return own
    roles = roles_in(request.user, own, account)
    if not roles:
        return None
    taken = request.session.get(ROLES, {}).get(account.account_id)
    return caller_for_role(request.user, account, taken if taken in roles else roles[0], origin_of(request))


def digits_of(words: str) -> str:
    """An account ID as people group its digits, without what stands between them."""
    return words.replace("-", "").replace(" ", "")


def matches(account: Account, words: str) -> bool:
    """Whether an account is one of those looked for, by alias, name or ID with or without dashes."""
    wanted = words.lower()
    named = f"{account.alias or ''} {account.name}".lower()
    return wanted in named or (digits_of(wanted) or " ") in account.account_id
