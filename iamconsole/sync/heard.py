"""Changes that AWS has answered, and others that wait for it: what a reading may not show yet."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from iamconsole.models import Intent
from iamconsole.operations.wanted import Wanted
from iamconsole.sync import guard
from iamconsole.sync.accounts import LinkedAccount
from iamconsole.sync.doubts import Rows, wanted_by
from iamconsole.sync.mirrors import MIRRORS

NAMES = ("UserName", "NewUserName", "GroupName", "NewGroupName", "PolicyArn", "NewServerCertificateName")


def subjects(intent: Intent) -> frozenset[str]:
    """What a change is about, in names without case, IDs and the ARN."""
    return guard.folded(guard.named(intent.params, *NAMES, *MIRRORS.ids) | {intent.resource})


@dataclass(frozen=True)
class Heard:
    """Of one account: ``later`` are the changes that wait for AWS now or were answered since the reading
    began, ``lately`` those answered in the minutes before it.
    """

    later: tuple[Intent, ...]
    lately: tuple[Intent, ...]

    @classmethod
    def of(cls, account: LinkedAccount, started: datetime, settling: list[Intent]) -> "Heard":
        """Read now, with the account locked; ``settling`` wait for nothing."""
        done = Intent.objects.filter(account_id=account.account_id, state=Intent.State.DONE)
        lately = done.filter(closed_at__gte=started - guard.FRESH, closed_at__lt=started)
        later = [*guard.asking_now(account, settling), *done.filter(closed_at__gte=started)]
        return cls(tuple(later), tuple(lately))

    def changes(self, intent: Intent) -> bool:
        """Whether the same thing is being changed, or was since the reading began."""
        return any(others(self.later, intent))

    def hides(self, intent: Intent, wanted: Wanted, rows: Rows) -> bool:
        """Whether the list may be older than a change that AWS has answered: it does not show that either. So
        it may show what was there before it, which can be what was wanted.
        """
        for other in others(self.lately, intent):
            asked = wanted_by(other)
            if (
                isinstance(asked, Wanted)
                and (asked.listed, asked.of) == (wanted.listed, wanted.of)
                and not asked.reached(rows)
            ):
                return True
        return False


def others(intents: Iterable[Intent], intent: Intent) -> Iterable[Intent]:
    """Those about the same thing."""
    mine = subjects(intent)
    return (other for other in intents if mine & subjects(other))
