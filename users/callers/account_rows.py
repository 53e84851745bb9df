"""The accounts that a page is framed by, and the numbers beside its navigation: one query for a request."""

from functools import cache

from django.db.models import QuerySet

from iamconsole import frame
from iamconsole.compiled_queries import CompiledQuery
from users.models import Account
from users.requests import ConsoleRequest

COUNTED = "counted_"  # before the names of the numbers, which stand in every row


def account_rows(request: ConsoleRequest) -> list[Account]:
    """The account that the page acts in, and for people of the home account all others, with their links."""
    found: list[Account] | None = getattr(request, "account_rows", None)
    if found is None:
        own = request.user.account
        question = _question(every=own.is_home)
        found = list(question.run(acting_id(request)))
        request.account_rows = found  # type: ignore[attr-defined]
    return found


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
def _question(*, every: bool) -> CompiledQuery:
    def rows(account_id: str) -> QuerySet[Account]:
        numbers = {COUNTED + name: number for name, number in frame.counted(account_id).items()}
        accounts = Account.objects.all() if every else Account.objects.filter(account_id=account_id)
        return accounts.select_related("link").annotate(**numbers).order_by()

    return CompiledQuery(rows, "an account")
