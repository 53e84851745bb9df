"""The list of users: its columns, how each is sorted, and which values are exceptions."""

import html
from collections.abc import Iterable
from copy import copy
from datetime import datetime, timedelta
from typing import Any

import django_tables2 as tables
from django.db.models import F, QuerySet
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from iamconsole.addresses import reverse
from iamconsole.templatetags.console import absolute, absolute_day, relative, status
from users import credential_status
from users.models import Account, User

CHECK = (
    '<td class="is-select" role="cell"><label class="ui-check-target"><input type="checkbox" %s value="%s" '
    'aria-label="Select %s" data-select></label></td>'
)


ANY_ID = "AIDAANYUSER"
# Which columns fall away first where there is no room (static/console/tables.js), before the last one.
FALLS_FIRST, FALLS_SECOND = {"th": {"data-falls": "1"}}, {"th": {"data-falls": "2"}}


class SortedColumn(tables.Column):
    """Sorted by columns of the row, absent values last both ways, ties by name.

    ``counts_days`` turns the order round: the cell shows days, and more days are an earlier moment.
    """

    ties: tuple[str, ...] = ("name_folded", "pk")

    def __init__(self, header: str, *sort_by: str, counts_days: bool = False, **options: Any) -> None:
        super().__init__(verbose_name=header, accessor=sort_by[0], empty_values=(), **options)
        self.sort_by, self.counts_days = sort_by, counts_days

    def __deepcopy__(self, memo: Any) -> "SortedColumn":
        """Each table asks for copies of its columns. Nothing of them is written to."""
        return copy(self)

    def order(self, queryset: QuerySet[Any], is_descending: bool) -> tuple[QuerySet[Any], bool]:
        downwards = is_descending != self.counts_days
        keys = [
            F(name).desc(nulls_last=True) if downwards else F(name).asc(nulls_last=True)
            for name in self.sort_by
        ]
        return queryset.order_by(*keys, *self.ties), True


class UserTable(tables.Table):
    """Every column there is; a person's preferences say which are shown, and in which order."""

    user_name = SortedColumn("User name", "name_folded", attrs={"td": {"class": "is-name"}})
    path = SortedColumn("Path", "path")
    groups = SortedColumn("Groups", "group_names")
    console_access = SortedColumn("Console access", "password_enabled", "mfa_count", "password_last_used")
    mfa = SortedColumn("MFA", "mfa_count", "password_enabled")
    last_activity = SortedColumn("Last activity", "last_activity", counts_days=True)
    password_age = SortedColumn("Password age", "password_last_changed", counts_days=True, attrs=FALLS_SECOND)
    last_sign_in = SortedColumn("Console last sign-in", "password_last_used", counts_days=True)
    access_key_id = SortedColumn("Access key ID", "first_key")
    active_key_age = SortedColumn("Active key age", "oldest_active_key", counts_days=True)
    key_last_used = SortedColumn("Key last used", "key_last_used", counts_days=True)
    signing_certificates = SortedColumn("Signing certificates", "certificate_count")
    arn = SortedColumn("ARN", "path", "name_folded")
    user_id = SortedColumn("Unique ID", "user_id")
    user_type = SortedColumn("Used by", "user_type")
    email = SortedColumn("E-mail address", "email")
    created = SortedColumn("Created", "create_date", attrs=FALLS_FIRST)

    caption = "Users"
    draws_rows = True

    def __init__(
        self,
        *args: Any,
        accounts: Iterable[Account] = (),
        lifetime: timedelta | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.lifetime = lifetime
        # By account: asking the users would ask the database for the account of each.
        self.unread = {account.pk: account.not_known for account in accounts}
        # Resolving a URL fifty times costs more than putting an ID into one.
        self.user_url = reverse("users:user", args=[ANY_ID])

    def lifetime_of(self, user: User) -> timedelta | None:
        """How long the user's password lives; None when it never expires."""
        return self.lifetime

    def absent(self, user: User, fact: str, words: str) -> SafeString:
        """What stands in a cell that has no value: grey words, or that it is not known."""
        unread = self.unread[user.account_id][fact]
        return unread.cell if unread else status("none", words)

    def rows_html(self, select: str, form: str) -> SafeString:
        """The rows of the page as HTML. The template of tables asks for each cell in turn, through
        django-tables2: with 50 rows that costs more than everything else of the page together.
        """
        columns = [
            (column.name, column.attrs["td"].as_html(), html.escape(column.header)) for column in self.columns
        ]
        renders = [(getattr(self, f"render_{name}"), td, header) for name, td, header in columns]
        named = format_html('name="{}" form="{}"', select, form) if form else format_html('name="{}"', select)
        found = []
        for user in self.page.object_list.data if self.page else self.data:
            check = CHECK % (named, user.pk, html.escape(user.user_name)) if select else ""
            cells = "".join(
                f'<td role="cell" data-label="{header}" {td}>{render(user)}</td>'
                for render, td, header in renders
            )
            found.append(f'<tr role="row">{check}{cells}</tr>')
        return mark_safe("".join(found))  # noqa: S308  (put together from escaped parts)

    def render_user_name(self, record: User) -> SafeString:
        url = self.user_url.replace(ANY_ID, html.escape(record.user_id))
        name = record.user_name
        shown = html.escape(name)
        return SafeString(f'<a class="ui-cut" href="{url}" title="{shown}">{shown}</a>')

    def render_path(self, record: User) -> SafeString:
        return format_html('<span class="ui-mono">{}</span>', record.path)

    def render_last_sign_in(self, record: User) -> SafeString:
        if not record.password_enabled:
            return self.absent(record, "passwords", "–")
        if record.password_last_used is None and (unread := self.unread[record.account_id]["last_use"]):
            return unread.cell
        forgotten = record.password_last_used is None and not credential_status.has_new_password(record)
        return ago(record.password_last_used, "warning" if forgotten else "normal")

    def render_access_key_id(self, record: User) -> SafeString:
        """The list has read the keys of its page beforehand (users.people.views.list)."""
        keys = record.access_keys.all()  # type: ignore[attr-defined]
        if not keys:
            return self.absent(record, "access_keys", "None")
        unread = self.unread[record.account_id]["access_key_ids"]
        if unread and not any(key.access_key_id for key in keys):
            return unread.cell
        texts = ((key.label, "" if key.active else " (inactive)") for key in keys)
        return format_html_join(", ", '<span class="ui-mono">{}</span>{}', texts)

    def render_signing_certificates(self, record: User) -> SafeString:
        """Counted by the list, where the column is shown or sorted by."""
        count = record.certificate_count  # type: ignore[attr-defined]
        return status("normal", str(count)) if count else self.absent(record, "signing_certificates", "None")

    def render_arn(self, record: User) -> SafeString:
        return format_html('<span class="ui-mono">{}</span>', record.arn)

    def render_user_id(self, record: User) -> SafeString:
        unread = self.unread[record.account_id]["unique_ids"]
        return unread.cell if unread else format_html('<span class="ui-mono">{}</span>', record.user_id)

    def render_groups(self, record: User) -> SafeString:
        if not record.group_count:
            return self.absent(record, "groups", "–")
        first = record.group_names.split(", ")[0]
        if record.group_count == 1:
            return format_html("{}", first)
        return format_html(
            '<span title="{}">{} <span class="ui-badge">+{}</span></span>',
            record.group_names, first, record.group_count - 1,
        )  # fmt: skip

    def render_console_access(self, record: User) -> SafeString:
        unread = self.unread[record.account_id]
        return standing(credential_status.console_access(record, self.lifetime_of(record), unread))

    def render_mfa(self, record: User) -> SafeString:
        return standing(credential_status.mfa(record, self.unread[record.account_id]))

    def render_last_activity(self, record: User) -> SafeString:
        found = credential_status.last_activity(record, self.unread[record.account_id])
        return standing(found, absolute(record.last_activity) if record.last_activity else "")

    def render_password_age(self, record: User) -> SafeString:
        changed = record.password_last_changed
        lifetime = self.lifetime_of(record)
        expired = lifetime is not None and credential_status.older_than(changed, lifetime.days)
        if changed is None:
            return self.absent(record, "passwords", "–")
        words = credential_status.key_age(changed).words
        return status("warning" if expired else "normal", words, absolute(changed))

    def render_active_key_age(self, record: User) -> SafeString:
        if record.oldest_active_key is None:
            return self.absent(record, "access_keys", "–")
        found = credential_status.key_age(record.oldest_active_key)
        return status(found.type, found.words, absolute(record.oldest_active_key))

    def render_key_last_used(self, record: User) -> SafeString:
        """Of the key whose age stands beside it."""
        if record.oldest_active_key is None:
            return self.absent(record, "access_keys", "–")
        used = record.key_last_used
        if used is None and (unread := self.unread[record.account_id]["last_use"]):
            return unread.cell
        found = credential_status.key_last_use(record.oldest_active_key, used)
        return standing(found, absolute(used) if used else "")

    def render_user_type(self, record: User) -> SafeString:
        return status("normal" if record.user_type else "none", record.get_user_type_display() or "–")

    def render_email(self, record: User) -> SafeString:
        return format_html("{}", record.email) if record.email else status("none", "–")

    def render_created(self, record: User) -> SafeString:
        return status("normal", absolute_day(record.create_date), absolute(record.create_date))


def standing(found: credential_status.Standing, title: str = "") -> SafeString:
    """A status in a cell, or that it is not known."""
    return found.unread.cell if found.unread else status(found.type, found.words, title)


def ago(moment: datetime | None, type: str) -> SafeString:
    """A relative time with the absolute one in the title; Never is grey unless it is an exception."""
    if moment is None:
        return status("warning" if type == "warning" else "none", "Never")
    return status(type, relative(moment), absolute(moment))
