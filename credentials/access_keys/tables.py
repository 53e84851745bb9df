"""The lists of access keys: one row per key, of one account and of several."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import django_tables2 as tables
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from credentials.models import AccessKey
from iamconsole.addresses import reverse
from iamconsole.downloads import minute, moment
from iamconsole.templatetags.console import absolute, absolute_day, relative, status
from users import credential_status
from users.across_ways import account_cell, way
from users.facts import Unread
from users.models import Account
from users.people.tables import SortedColumn, standing

CHUNK = 500


class KeyColumn(SortedColumn):
    """Ties by user, then by place: two keys of a user keep their order."""

    ties = ("user__name_folded", "pk")


class AccessKeyTable(tables.Table):
    user = KeyColumn("User", "user__name_folded", attrs={"td": {"class": "is-name"}})
    access_key_id = KeyColumn("Access key ID", "access_key_id")
    key_status = KeyColumn("Status", "status")
    age = KeyColumn("Age", "create_date", counts_days=True)
    last_used = KeyColumn("Last used", "last_used_date", counts_days=True)
    used_with = KeyColumn("Used with", "last_used_service", "last_used_region")
    owner = KeyColumn("Owner", "owner")
    review = KeyColumn("Review date", "review_date")
    description = tables.Column("Description", accessor="pk", orderable=False)

    caption = "Access keys"

    def __init__(self, *args: Any, accounts: Iterable[Account] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.unread = {account.pk: account.not_known for account in accounts}

    def unread_of(self, key: AccessKey) -> Unread:
        """What is not known of the key's account: asked of the accounts, which are few."""
        return self.unread[key.user.account_id]

    def render_user(self, record: AccessKey) -> SafeString:
        name = record.user.user_name
        return format_html('<a class="ui-cut" href="{}" title="{}">{}</a>', user_url(record), name, name)

    def render_access_key_id(self, record: AccessKey) -> SafeString:
        unread = self.unread_of(record)["access_key_ids"]
        if unread and not record.access_key_id:
            return unread.cell
        return format_html('<span class="ui-mono">{}</span>', record.label)

    def render_key_status(self, record: AccessKey) -> SafeString:
        return status("normal" if record.active else "inactive", record.get_status_display())

    def render_age(self, record: AccessKey) -> SafeString:
        """An inactive key can do nothing: its age is no exception."""
        if record.age_unread:
            return record.age_unread.cell
        age = credential_status.key_age(record.create_date)
        return status(age.type if record.active else "normal", age.words, absolute(record.create_date))

    def render_last_used(self, record: AccessKey) -> SafeString:
        used = record.last_used_date
        if used is None and (unread := self.unread_of(record)["last_use"]):
            return unread.cell
        if not record.active:
            return status("normal" if used else "none", relative(used), absolute(used) if used else "")
        last = credential_status.key_last_use(record.create_date, used)
        return standing(last, absolute(used) if used else "")

    def render_used_with(self, record: AccessKey) -> str:
        return record.used_with or "–"

    def render_owner(self, record: AccessKey) -> SafeString:
        return cut(record.owner)

    def render_review(self, record: AccessKey) -> SafeString:
        if record.review_date is None:
            return status("none", "–")
        return status("warning" if record.review_due else "normal", absolute_day(record.review_date))

    def render_description(self, record: AccessKey) -> SafeString:
        """What the key is for: IAM keeps it as a tag of the user, under the ID of the key."""
        text = record.user.tags.get(record.label, "")
        unread = None if text else self.unread_of(record)["tags"]
        return unread.cell if unread else cut(text)


class AcrossAccessKeyTable(AccessKeyTable):
    """A user is reached by acting in its account: the name is a button that switches there first."""

    account = KeyColumn("Account", "account_label")

    caption = "Access keys of all accounts"

    class Meta:
        sequence = ("user", "account", "...")
        exclude = ("description",)  # the account needs its room

    def __init__(self, *args: Any, here: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.here = here

    def render_user(self, record: AccessKey) -> SafeString:
        return way(record.user.account, user_url(record), record.user.user_name, self.here)

    def render_account(self, record: AccessKey) -> SafeString:
        return account_cell(record.user.account)


def user_url(key: AccessKey) -> str:
    return reverse("credentials:user-security-credentials", args=[key.user.user_id])


def cut(text: str) -> SafeString:
    """A text of somebody's in a cell, with the whole of it in the title."""
    if not text:
        return status("none", "–")
    return format_html('<span class="ui-cut" title="{}">{}</span>', text, text)


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
    "description": lambda key: key.user.tags.get(key.label) or None,
}


def rows(keys: QuerySet[AccessKey]) -> Iterator[list[Any]]:
    """One list per key, read in chunks."""
    for key in keys.iterator(chunk_size=CHUNK):
        yield [value(key) for value in VALUES.values()]
