"""The accounts that a page is framed by, and the numbers beside its navigation: one query for a request."""

from functools import cache

from django.db.models import Q, QuerySet, Value
from django.db.models.functions import Coalesce, Lower, NullIf

from iamconsole import frame
from iamconsole.compiled_queries import CompiledQuery
from users.callers.recent_accounts import MOST, recent_accounts
from users.models import Account
from users.requests import ConsoleRequest

FIRST = 24  # accounts that a menu chooses from, unless one may switch to too few of them
NONE = [""] * MOST
COUNTED = "counted_"  # before the names of the numbers, which stand in every row


def account_rows(request: ConsoleRequest) -> list[Account]:
    """The account that the page acts in and, for people of the home account, those that a menu begins with:
    where they were lately, and the first ones by name. Each with its link.
    """
    found: list[Account] | None = getattr(request, "account_rows", None)
    if found is None:
        own = request.user.account
        recent = (recent_accounts(request) + NONE)[:MOST] if own.is_home else []
        question = _question(others=own.is_home)
        found = list(question.run(acting_id(request), *recent))
        request.account_rows = found  # type: ignore[attr-defined]
    return found


def all_account_rows(request: ConsoleRequest) -> list[Account]:
    """Every account, where those of ``account_rows`` are not enough."""
    first = account_rows(request)
    if len(first) < FIRST:
        return first
    return list(Account.objects.select_related("link").order_by())


def acting_account(request: ConsoleRequest) -> Account:
    """The account that the page acts in. Raises Account.DoesNotExist."""
    own: Account = request.user.account
    if acting_id(request) == own.account_id:
        return own
    for account in account_rows(request):
        if account.account_id == acting_id(request):
            return account
    raise Account.DoesNotExist


def counts(request: ConsoleRequest) -> dict[str, int]:
    """The numbers of ``iamconsole.frame.add_counts``, for the account that the page acts in."""
    rows = account_rows(request)
    return {name: getattr(rows[0], COUNTED + name) if rows else 0 for name in frame.counted_names()}


def acting_id(request: ConsoleRequest) -> str:
    return getattr(request, "account_id", "") or request.user.account.account_id


@cache
def _question(*, others: bool) -> CompiledQuery:
    def rows(account_id: str, *recent: str) -> QuerySet[Account]:
        numbers = {COUNTED + name: number for name, number in frame.counted(account_id).items()}
        wanted = Q(account_id=account_id)
        if others:
            wanted |= Q(account_id__in=recent) | Q(pk__in=first_by_name().values("pk"))
        accounts = Account.objects.filter(wanted)
        return accounts.select_related("link").annotate(**numbers).order_by()

    return CompiledQuery(rows, "an account", *(f"recent {one}" for one in range(MOST if others else 0)))


def first_by_name() -> QuerySet[Account]:
    name = Coalesce(NullIf("alias", Value("")), NullIf("name", Value("")), "account_id")
    return Account.objects.order_by(Lower(name), "pk")[:FIRST]
