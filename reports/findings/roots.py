"""What is known of root users, by account: of local and imported ones by their rows, of linked ones by AWS's
account summary or the last look at roots of an organization, whichever is newer.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from credentials.member_roots.kinds import flags
from credentials.models import MemberRoot
from reports.findings.shared import once
from users import credential_status
from users.models import Account, AccountLink, User

REPORTED = "reported"  # that there is a device, and not which (``users.credential_status.MFA_WORDS``)
SOFT = {"virtual", "passkey"}


@dataclass(frozen=True, slots=True)
class Root:
    """A root user. None is not known: whether it has a credential of a kind, and when it was used last.

    ``pk`` is the row of its user, None where there is none; ``kinds`` those of its MFA devices.
    """

    account: Account
    pk: int | None = None
    password: bool | None = None
    keys: bool | None = None
    active_keys: int | None = None
    mfa: bool | None = None
    kinds: frozenset[str] | None = None
    used: datetime | None = None
    use_known: bool = False

    @property
    def can_act(self) -> bool | None:
        """Whether anybody can act as root; None where that is not known."""
        if self.password or self.keys:
            return True
        return None if self.password is None or self.keys is None else False

    @property
    def soft(self) -> frozenset[str]:
        """Kinds of device that are no piece of hardware of their own."""
        return (self.kinds or frozenset()) & SOFT


@once
def roots(accounts: Sequence[Account]) -> dict[int, Root]:
    """The root users by their accounts' keys, in as many queries as for one account."""
    return {root.account.pk: root for root in (*_of_rows(accounts), *_told_by_aws(accounts))}


def has_row(account: Account) -> bool:
    """Whether the console's own row of the root user speaks for it: AWS's account is asked otherwise."""
    return account.kind == Account.Kind.LOCAL or (
        account.kind == Account.Kind.IMPORTED and not account.snapshot_at
    )


def _of_rows(accounts: Sequence[Account]) -> Iterator[Root]:
    mine = {account.pk: account for account in accounts if has_row(account)}
    for user in User.objects.roots(list(mine.values())).order_by():
        user.account = mine[user.account_id]
        acts = credential_status.can_act(user)
        kinds = frozenset(user.mfa_kind.split())
        yield Root(
            account=user.account,
            pk=user.pk,
            password=user.password_enabled and acts,
            keys=user.access_key_count > 0,
            active_keys=user.active_key_count,
            mfa=user.mfa_count > 0,
            kinds=None if REPORTED in kinds else kinds,
            used=user.last_activity,
            use_known=True,
        )


def _told_by_aws(accounts: Sequence[Account]) -> Iterator[Root]:
    mine = {account.account_id: account for account in accounts if not has_row(account)}
    found: dict[str, tuple[datetime, Mapping[str, Any]]] = {}
    columns = ("password", "access_keys", "mfa_devices")
    members = MemberRoot.objects.filter(account_id__in=list(mine)).exclude(read_at=None)
    for member in members:
        if member.read_at:
            found[member.account_id] = member.read_at, {name: getattr(member, name) for name in columns}
    links = AccountLink.objects.filter(account__in=list(mine.values())).exclude(summary_at=None)
    rows: Any = links.order_by().values_list("account__account_id", "summary", "summary_at")
    for account_id, summary, read_at in rows:
        if account_id not in found or found[account_id][0] < read_at:
            found[account_id] = read_at, flags(summary)
    for account_id, (_, told) in found.items():
        mfa = told.get("mfa_devices")
        yield Root(
            account=mine[account_id],
            password=told.get("password"),
            keys=told.get("access_keys"),
            mfa=mfa,
            kinds=frozenset() if mfa is False else None,
        )
