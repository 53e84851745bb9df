"""The mirror of the alias by which an account is signed in to."""

from collections.abc import Mapping
from typing import Any

from iamconsole.sync.mirror_write import MirrorWrite
from iamconsole.sync.mirrors import BulkList, Mirror
from iamconsole.sync.told import OURS, Told
from users.models import Account


class Aliases(BulkList):
    """Names alone, where other lists have rows."""

    def listed(self, answer: list[str]) -> Mapping[str, list[dict[str, Any]]]:
        return {self.member: [{"AccountAlias": alias} for alias in answer]}


class AccountAlias(Mirror):
    name = "account alias"
    lists = (Aliases("ListAccountAliases", "AccountAliases"),)
    told = (
        Told(
            Account,
            "AccountAlias",
            {one.name: OURS for one in Account._meta.concrete_fields if one.name not in ("id", "alias")},
        ),
    )

    def write_lists(self, writing: MirrorWrite) -> None:
        """The first alias, for there is one at most; none while another account has it here."""
        account, listed = writing.account, writing.snapshot.lists["ListAccountAliases"]
        if listed is None or writing.recent.about("AccountAlias"):
            return
        alias = next(iter(listed), None)
        if Account.objects.filter(alias=alias).exclude(pk=account.pk).exists():
            alias = None
        writing.save(Account.objects.get(pk=account.pk), {"alias": alias})
