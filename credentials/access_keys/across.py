"""Access keys of several accounts: one row per key, with who answers for it and when it is looked at."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import timedelta
from typing import Any

import django_filters
import django_tables2 as tables
from django.db.models import Count, Q, QuerySet
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from credentials.models import AccessKey
from iamconsole.addresses import reverse
from iamconsole.downloads import minute, moment
from iamconsole.templatetags.console import absolute, absolute_day, relative, status
from users import credential_status
from users.across_ways import account_cell, way
from users.models import Account
from users.people.filters import REVIEW, DaysFilter
from users.people.tables import SortedColumn

USED = [("never", "Never"), ("yes", "At least once")]
CHIP_WORDS: Mapping[str, str] = {
    "key_age": "Older than {} days",
    "used": "Used: {}",
    "review": "Review: {}",
    "owner": "Owner {}",
}
CHUNK = 500


def keys_of(accounts: list[Account]) -> QuerySet[AccessKey]:
    """The keys of IAM users; those of root are told of among the findings."""
    keys = AccessKey.objects.of_people(accounts)
    return keys.select_related("user__account")


class AccessKeyFilter(django_filters.FilterSet):
    """Each filter is a name of the address."""

    q = django_filters.CharFilter(method="find", label="Find by user name or access key ID")
    status = django_filters.ChoiceFilter(
        method="with_status", label="Status", choices=[("active", "Active"), ("inactive", "Inactive")]
    )
    key_age = DaysFilter("Older than (days)", method="older_than")
    used = django_filters.ChoiceFilter(method="was_used", label="Used", choices=USED)
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

    def was_used(self, keys: QuerySet[AccessKey], name: str, value: str) -> QuerySet[AccessKey]:
        return keys.filter(last_used_date__isnull=value == "never")

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


class KeyColumn(SortedColumn):
    """Ties by user, then by place: two keys of a user keep their order."""

    ties = ("user__name_folded", "pk")


class AccessKeyTable(tables.Table):
    user = KeyColumn("User", "user__name_folded", attrs={"td": {"class": "is-name"}})
    account = KeyColumn("Account", "account_label")
    access_key_id = KeyColumn("Access key ID", "access_key_id")
    key_status = KeyColumn("Status", "status")
    age = KeyColumn("Age", "create_date", counts_days=True)
    last_used = KeyColumn("Last used", "last_used_date", counts_days=True)
    owner = KeyColumn("Owner", "owner")
    review = KeyColumn("Review date", "review_date")
    used_with = KeyColumn("Used with", "last_used_service", "last_used_region")

    caption = "Access keys of all accounts"

    def __init__(self, *args: Any, here: str, accounts: Iterable[Account] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.here = here
        self.unread = {account.pk: account.not_known for account in accounts}

    def render_user(self, record: AccessKey) -> SafeString:
        user = record.user
        url = reverse("credentials:user-security-credentials", args=[user.user_id])
        return way(user.account, url, user.user_name, self.here)

    def render_account(self, record: AccessKey) -> SafeString:
        return account_cell(record.user.account)

    def render_access_key_id(self, record: AccessKey) -> SafeString:
        unread = self.unread[record.user.account_id]["access_key_ids"]
        if unread and not record.access_key_id:
            return unread.cell
        return format_html('<span class="ui-mono">{}</span>', record.label)

    def render_key_status(self, record: AccessKey) -> SafeString:
        return status("normal" if record.active else "inactive", record.get_status_display())

    def render_age(self, record: AccessKey) -> SafeString:
        """An inactive key can do nothing: its age is no exception."""
        if record.age_unread:
            return record.age_unread.cell
        found = credential_status.key_age(record.create_date)
        return status(found.type if record.active else "normal", found.words, absolute(record.create_date))

    def render_last_used(self, record: AccessKey) -> SafeString:
        used = record.last_used_date
        if used is None and (unread := self.unread[record.user.account_id]["last_use"]):
            return unread.cell
        idle = record.active and credential_status.older_than(
            used or record.create_date, credential_status.UNUSED_LIMIT_DAYS
        )
        if used is None:
            return status("warning" if idle else "none", "Never")
        return status("warning" if idle else "normal", relative(used), absolute(used))

    def render_used_with(self, record: AccessKey) -> str:
        return " in ".join(filter(None, (record.last_used_service, record.last_used_region))) or "–"

    def render_owner(self, record: AccessKey) -> SafeString:
        if not record.owner:
            return status("none", "–")
        return format_html('<span class="ui-cut" title="{}">{}</span>', record.owner, record.owner)

    def render_review(self, record: AccessKey) -> SafeString:
        if record.review_date is None:
            return status("none", "–")
        return status("warning" if record.review_due else "normal", absolute_day(record.review_date))


# Column of the export -> what it is as data.
VALUES: Mapping[str, Callable[[AccessKey], Any]] = {
    "account_id": lambda key: key.user.account.account_id,
    "account": lambda key: key.user.account.label,
    "user_name": lambda key: key.user.user_name,
    "user_id": lambda key: key.user.user_id,
    "access_key_id": lambda key: key.access_key_id,
    "status": lambda key: key.status,
    "created": lambda key: moment(key.create_date) if key.age_known else None,
    "age_days": lambda key: (timezone.now() - key.create_date).days if key.age_known else None,
    "last_used": lambda key: minute(key.last_used_date),
    "last_used_service": lambda key: key.last_used_service,
    "last_used_region": lambda key: key.last_used_region,
    "owner": lambda key: key.owner,
    "review_date": lambda key: key.review_date.isoformat() if key.review_date else None,
}


def rows(keys: QuerySet[AccessKey]) -> Iterator[list[Any]]:
    """One list per key, read in chunks."""
    for key in keys.iterator(chunk_size=CHUNK):
        yield [value(key) for value in VALUES.values()]
