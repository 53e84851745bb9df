"""Keeping one row of figures per account and day."""

from datetime import UTC

from django.db.models import Count
from django.utils import timezone

from users.models import WITH_MFA, WITH_PASSWORD, Account, DailyFigures, User


def keep_today(account: Account) -> None:
    """Write today's figures of one account, in place of those of earlier today. What was not
    read has none.
    """
    if account.not_known["passwords"] or account.not_known["mfa"]:
        return
    users = User.objects.people(account)
    counts = users.aggregate(
        passwords=Count("pk", filter=WITH_PASSWORD),
        passwords_with_mfa=Count("pk", filter=WITH_PASSWORD & WITH_MFA),
    )
    today = timezone.now().astimezone(UTC).date()
    DailyFigures.objects.update_or_create(account=account, day=today, defaults=counts)


def keep_all() -> None:
    """Today's figures of every account; the scheduler asks for them every hour."""
    for account in Account.objects.select_related("link"):
        keep_today(account)
