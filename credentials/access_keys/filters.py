"""What narrows a list of access keys, and what of it cannot be told because nobody has read it."""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

import django_filters
from django.db.models import Count, Q, QuerySet
from django.db.models.functions import Coalesce
from django.utils import timezone

from credentials.models import AccessKey
from users.credential_status import KEY_LIMIT_DAYS
from users.models import Account
from users.people.filters import KEY_PREFIX, REVIEW, DaysBetweenFilter, DaysFilter, UnreadFilter

USED = [("never", "Never"), ("yes", "At least once")]
CHIP_WORDS: Mapping[str, str] = {
    "key_age": "Older than {} days",
    "key_days": "{} days old",
    "used": "Used: {}",
    "unused": "Unused for {} days",
    "review": "Review: {}",
    "owner": "Owner {}",
}
# Filter -> the fact that it asks about.
ASKS_ABOUT = {
    "key_age": "access_keys",
    "key_days": "access_keys",
    "used": "last_use",
    "unused": "last_use",
}


class AccessKeyFilter(django_filters.FilterSet):
    """Each filter is a name of the address."""

    q = django_filters.CharFilter(method="find", label="Find by user name or access key ID")
    status = django_filters.ChoiceFilter(
        method="with_status", label="Status", choices=[("active", "Active"), ("inactive", "Inactive")]
    )
    key_age = DaysFilter("Older than (days)", method="older_than")
    key_days = DaysBetweenFilter("Age (days, as in 30-60)", method="aged")
    used = django_filters.ChoiceFilter(method="was_used", label="Used", choices=USED)
    unused = DaysFilter("Unused for (days)", method="unused_for")
    review = django_filters.ChoiceFilter(method="with_review", label="Review", choices=REVIEW)
    owner = django_filters.CharFilter(method="owned_by", label="Owner")

    class Meta:
        model = AccessKey
        fields: list[str] = []

    def find(self, keys: QuerySet[AccessKey], name: str, value: str) -> QuerySet[AccessKey]:
        """Part of a user name, or of an access key ID."""
        words = value.strip()
        return keys.filter(
            Q(user__name_folded__contains=words.lower()) | Q(access_key_id__contains=words.upper())
        )

    def with_status(self, keys: QuerySet[AccessKey], name: str, value: str) -> QuerySet[AccessKey]:
        return keys.filter(status=AccessKey.Status[value.upper()])

    def older_than(self, keys: QuerySet[AccessKey], name: str, value: int) -> QuerySet[AccessKey]:
        return keys.filter(create_date__lt=timezone.now() - timedelta(days=int(value)))

    def aged(self, keys: QuerySet[AccessKey], name: str, value: str) -> QuerySet[AccessKey]:
        """``30-60``: more than 30 and at most 60 days old, as the dashboard counts them."""
        youngest, _, oldest = value.partition("-")
        if int(youngest):
            keys = self.older_than(keys, name, int(youngest))
        since = timezone.now() - timedelta(days=int(oldest)) if oldest else None
        return keys.filter(create_date__gte=since) if since else keys

    def was_used(self, keys: QuerySet[AccessKey], name: str, value: str) -> QuerySet[AccessKey]:
        return keys.filter(last_used_date__isnull=value == "never")

    def unused_for(self, keys: QuerySet[AccessKey], name: str, value: int) -> QuerySet[AccessKey]:
        """Since the last use; of a key that was never used, since it was made."""
        limit = timezone.now() - timedelta(days=int(value))
        return keys.alias(since=Coalesce("last_used_date", "create_date")).filter(since__lt=limit)

    def with_review(self, keys: QuerySet[AccessKey], name: str, value: str) -> QuerySet[AccessKey]:
        return keys.filter(review_date__lte=timezone.now().date())

    def owned_by(self, keys: QuerySet[AccessKey], name: str, value: str) -> QuerySet[AccessKey]:
        return keys.filter(owner__icontains=value.strip())


def status_counts(keys: QuerySet[AccessKey]) -> dict[str, int]:
    """How many keys each segment has, in one query."""
    active = Q(status=AccessKey.Status.ACTIVE)
    return keys.order_by().aggregate(
        all=Count("pk"), active=Count("pk", filter=active), inactive=Count("pk", filter=~active)
    )


def is_over_limit(key: AccessKey) -> bool:
    """Whether a key is one of the "old keys": active, and older than the limit. The same keys as ``key_age``
    finds, to the moment.
    """
    return key.active and key.create_date < timezone.now() - timedelta(days=KEY_LIMIT_DAYS)


def unread_filters(chosen: AccessKeyFilter, accounts: Iterable[Account]) -> list[UnreadFilter]:
    """The filters that are on and judge keys by what nobody has read."""
    chosen.form.is_valid()
    values: Mapping[str, Any] = chosen.form.cleaned_data
    asked = [
        (chosen.filters[name].label or name, fact)
        for name, fact in ASKS_ABOUT.items()
        if values.get(name) not in (None, "")
    ]
    if (values.get("q") or "").strip().upper().startswith(KEY_PREFIX):
        asked.append((f"Access key ID {values['q'].strip()}", "access_key_ids"))
    return [
        UnreadFilter(account, words, fact)
        for account in accounts
        for words, name in asked
        if (fact := account.not_known[name])
    ]
