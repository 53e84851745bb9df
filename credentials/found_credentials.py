"""What credentials of users share in the search at the top: an ID, and the page of their user."""

from collections.abc import Iterable, Sequence
from typing import Any, ClassVar

from django.db.models import Q, QuerySet

from iamconsole.addresses import address_in
from iamconsole.operations import Caller
from iamconsole.search import Hit, RowSource, Words
from users.models import in_accounts


class FoundCredentials(RowSource):
    """Credentials of IAM users by their ID. Whose one may list is judged one by one."""

    needs = ("iam:ListUsers",)
    judged_singly = True
    action: ClassVar[str]  # that lists them
    column: ClassVar[str]  # with the ID
    prefix: ClassVar[str]  # of the ID; one with another beginning is found by its end

    @property
    def order_by(self) -> str:  # type: ignore[override]
        return self.column

    def rows(self, accounts: Sequence[Any], words: Words, *, switched: bool) -> QuerySet[Any] | None:
        fitting = words.credential_id(self.column, self.prefix)
        if fitting is None:
            return None
        # Root has no name, and its credentials are on its own page only.
        people = in_accounts(accounts, "user__") & ~Q(user__name_folded="")
        return self.model._default_manager.filter(people & fitting)

    def ranks(self, words: Words) -> tuple[Q, Q]:
        return words.is_id(self.column), Q(**{f"{self.column}__startswith": words.code})

    def read(self, keys: Iterable[int]) -> dict[int, Any]:
        return self.model._default_manager.select_related("user__account").in_bulk(list(keys))

    def visible(self, row: Any, caller: Caller) -> bool:
        return caller.permits(self.action, row.user.arn)

    def hit(self, row: Any, *, exact: bool) -> Hit:
        user = row.user
        url = address_in(user.account.account_id, "credentials:user-security-credentials", user.user_id)
        return Hit(getattr(row, self.column), url, self.detail(row), exact, user.account)

    def detail(self, row: Any) -> str:
        return f"{row.get_status_display()} · {row.user.user_name}"
