"""The accounts a person switched to lately, for the menu and the list.

They are read from the events once a session, so that they are there after the next sign-in too.
"""

from iamconsole.models import Event
from users.models import Account
from users.requests import ConsoleRequest

RECENT = "recent_accounts"  # session key: account IDs, the last one first
MOST, EVENTS = 5, 50


def recent_accounts(request: ConsoleRequest) -> list[str]:
    """IDs of the last accounts that were switched to, the latest first."""
    if RECENT not in request.session:
        switched = Event.objects.filter(
            action="sts:AssumeRole",
            principal_arn=request.user.arn,
            outcome=Event.Outcome.ALLOWED,
            # Before that the ARN was another person's.
            at__gte=request.user.create_date,
        )
        roles = switched.values_list("resource", flat=True)[:EVENTS]
        request.session[RECENT] = list(dict.fromkeys(role.split(":")[4] for role in roles))[:MOST]
    found: list[str] = request.session[RECENT]
    return found


def remember_account(request: ConsoleRequest, account_id: str) -> None:
    """Put an account first among the recent ones."""
    others = [other for other in recent_accounts(request) if other != account_id]
    request.session[RECENT] = [account_id, *others][:MOST]


def place(account: Account, own_id: int, recent: list[str]) -> tuple[int, str]:
    """Where an account comes in a list: one's own, the recent ones, then the others by name."""
    if account.pk == own_id:
        return -1, ""
    number = account.account_id
    return recent.index(number) if number in recent else len(recent), account.label.lower()
