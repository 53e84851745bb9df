"""User groups as the search at the top finds them: by name, unique ID or ARN."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db.models import Q, QuerySet

from iamconsole.addresses import address_in
from iamconsole.search import Action, Hit, RowSource, Words, may
from users.models import Group, in_accounts

ID_PREFIX = "AGPA"  # of unique IDs of groups (IAM-FACTS 1.2)


class Groups(RowSource):
    title, icon, order = "User groups", "users", 20
    needs = ("iam:ListGroups",)
    fact = "groups"
    list_name = "users:groups"
    model = Group

    def rows(self, accounts: Sequence[Any], words: Words, *, switched: bool) -> QuerySet[Group] | None:
        named = words.named("group")
        if named is None:
            return None
        groups = Group.objects.filter(in_accounts(accounts))
        if words.is_arn:
            return groups.filter(named.part, account__account_id=named.account_id)
        return groups.filter(named.part | words.unique_id("group_id", ID_PREFIX))

    def ranks(self, words: Words) -> tuple[Q, Q]:
        named = words.named("group") or words.anything
        return named.exact | words.is_id("group_id"), named.beginning

    def read(self, keys: Iterable[int]) -> dict[int, Group]:
        return Group.objects.select_related("account").in_bulk(list(keys))

    def hit(self, row: Group, *, exact: bool) -> Hit:
        url = address_in(row.account.account_id, "users:group", row.group_id)
        return Hit(row.group_name, url, row.path, exact, row.account)


ACTIONS = (
    Action(
        "Create group",
        "users:create-group",
        "new add user group",
        may("iam:CreateGroup", lambda caller: caller.arns.group("/", "new")),
    ),
)
