"""Facts that AWS tells user by user: where some users were not asked about yet, nothing is certain."""

from collections.abc import Sequence

from iamconsole.not_known import NotKnown
from reports.findings import populations
from reports.findings.rule import Population
from reports.findings.shared import once
from users.facts import NOT_ASKED
from users.models import Account, User


def not_asked(accounts: Sequence[Account], what: str) -> dict[int, NotKnown]:
    """Accounts of AWS's in which some users were never asked about, and why ``what`` is not known there."""
    why = NOT_ASKED.format(what=what).replace("this user", "each user")
    return {pk: NotKnown(what, why) for pk in _unasked(accounts)}


@once
def _unasked(accounts: Sequence[Account]) -> Population:
    away = [account for account in accounts if account.kind != Account.Kind.LOCAL]
    if not away:
        return {}
    return populations.by_account(User.objects.people(away).filter(asked_at=None))
