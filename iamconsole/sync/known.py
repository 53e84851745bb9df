"""What the mirror knows of an account's users: what AWS's bulk answers are compared with."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from iamconsole.sync.accounts import LinkedAccount
from iamconsole.sync.mirrors import MIRRORS
from iamconsole.sync.parts import Parts


@dataclass
class Known(Parts):
    """Of the account, by unique ID of the user; each mirror has its own parts (``Mirror.known``).

    Moments are cut to seconds, as AWS's report has them.
    """

    account: Any = None
    # When AWS was last asked about a user alone; a user that is not in here is new.
    asked: dict[str, datetime | None] = field(default_factory=dict)
    # When a user last had its turn in the rotation.
    turns: dict[str, datetime | None] = field(default_factory=dict)
    # How many rows each paged list of the whole account has, by operation.
    counts: Mapping[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, account: LinkedAccount) -> "Known":
        """All of it, read now: threads that ask AWS have no database."""
        counts = Counter[str]()
        known = cls(account=account.row, asked=account.asked(), turns=account.turns())
        for mirror in MIRRORS:
            for kind in mirror.known:
                known.part(kind)
            counts.update(mirror.counts(known))
        known.counts = counts
        return known
