"""How much AWS lets an account have, and has counted there (IAM-FACTS 2.15.1)."""

from collections.abc import Mapping
from typing import Any

from iamconsole.sync.mirror_write import MirrorWrite
from iamconsole.sync.mirrors import BulkList, Mirror
from iamconsole.sync.read import Reader
from users.models import AccountLink


class Summary(BulkList):
    """A map of numbers, where other lists have rows. Names that are not known are kept too."""

    def read(self, reader: Reader) -> dict[str, int]:
        numbers: dict[str, int] = reader.one(self.operation)[self.member]
        return numbers

    def listed(self, answer: dict[str, int]) -> Mapping[str, list[dict[str, Any]]]:
        return {self.member: [dict(answer)]}


READ = Summary("GetAccountSummary", "SummaryMap")


class AccountSummary(Mirror):
    name = "account summary"
    lists = (READ,)

    def write_lists(self, writing: MirrorWrite) -> None:
        """Keep the numbers with their age; where AWS did not tell them, those of before stay."""
        numbers = writing.snapshot.lists[READ.operation]
        if numbers is not None:
            links = AccountLink.objects.filter(account=writing.account)
            links.update(summary=numbers, summary_at=writing.snapshot.started)
