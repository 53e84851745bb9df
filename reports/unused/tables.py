"""The lists of unused credentials, and of users without a usable one."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import django_tables2 as tables
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from iamconsole.addresses import reverse
from iamconsole.templatetags.console import absolute, absolute_day, days, relative, status
from reports.unused import unused
from reports.unused.unused import KEY, KINDS
from users.models import User

SELECT_ALL = SafeString(
    '<span class="ui-check-target"><input type="checkbox" class="ui-needs-script"'
    ' aria-label="Select all on this page" data-select-all></span>'
)
BULK = "bulk"  # the id of the form that the check boxes belong to


class SortedColumn(tables.Column):
    """Sorted by columns of the row, ties by name. ``counts_days``: more days are an earlier moment."""

    def __init__(self, header: str, *sort_by: str, counts_days: bool = False, **options: Any) -> None:
        super().__init__(verbose_name=header, accessor=sort_by[0], empty_values=(), **options)
        self.sort_by, self.counts_days = sort_by, counts_days

    def order(self, rows: QuerySet[Any], is_descending: bool) -> tuple[QuerySet[Any], bool]:
        sign = "-" if is_descending != self.counts_days else ""
        return rows.order_by(*(sign + name for name in self.sort_by)), True


class SelectColumn(tables.Column):
    """Check boxes; its head ticks all of them, its cells need no label of their own."""

    @property
    def header(self) -> SafeString:
        return SELECT_ALL


def linked_name(name: str, user_id: str) -> SafeString:
    url = reverse("credentials:user-security-credentials", args=[user_id])
    return format_html('<a class="ui-cut" href="{}" title="{}">{}</a>', url, name, name)


def days_since(moment: datetime) -> int:
    """Days of the calendar, as "260 days ago" counts them."""
    return (timezone.now().astimezone(UTC).date() - moment.astimezone(UTC).date()).days


def key_label(row: Mapping[str, Any]) -> str:
    """The key's ID, or its place where a report did not tell it."""
    return row["key_id"] or f"{KINDS[KEY]} {row['key_slot']}"


def credential_name(row: Mapping[str, Any]) -> str:
    """What a person calls it: for check boxes and confirmations."""
    what = "password" if row["what"] != KEY else f"access key {row['key_id'] or row['key_slot']}"
    return f"{what} of {row['name']}"


class UnusedTable(tables.Table):
    select = SelectColumn(
        verbose_name="Select",
        accessor="ref",
        orderable=False,
        attrs={"td": {"class": "is-select"}, "th": {"class": "is-select"}},
    )
    user = SortedColumn("User", "folded", "what", "ref", attrs={"td": {"class": "is-name"}})
    credential = SortedColumn("Credential", "what", "folded", "ref")
    idle = SortedColumn("Unused for", "since", "folded", "ref", counts_days=True)
    last_used = SortedColumn("Last used", "used_or_never", "folded", "ref", counts_days=True)
    used_by = SortedColumn("Used with", "service", "region", "folded", "ref")
    created_at = SortedColumn("Created or set", "created", "folded", "ref")

    caption = "Unused credentials"

    def render_select(self, record: Mapping[str, Any]) -> SafeString:
        return format_html(
            '<label class="ui-check-target"><input type="checkbox" name="credential" value="{}:{}"'
            ' aria-label="Select {}" form="{}" data-select></label>',
            record["what"], record["ref"], credential_name(record), BULK,
        )  # fmt: skip

    def render_user(self, record: Mapping[str, Any]) -> SafeString:
        return linked_name(record["name"], record["user_ref"])

    def render_credential(self, record: Mapping[str, Any]) -> SafeString:
        if record["what"] != KEY:
            return status("normal", KINDS[record["what"]])
        return format_html('<span class="ui-mono">{}</span>', key_label(record))

    def render_idle(self, record: Mapping[str, Any]) -> SafeString:
        type = "warning" if record["used"] else "error"
        return status(type, days(days_since(record["since"])), absolute(record["since"]))

    def render_last_used(self, record: Mapping[str, Any]) -> SafeString:
        used: datetime | None = record["used"]
        return status("normal", relative(used), absolute(used)) if used else status("none", "Never")

    def render_used_by(self, record: Mapping[str, Any]) -> str:
        return " in ".join(filter(None, (record["service"], record["region"]))) or "–"

    def render_created_at(self, record: Mapping[str, Any]) -> SafeString:
        return status("normal", absolute_day(record["created"]), absolute(record["created"]))


class WithoutCredentialTable(tables.Table):
    user = SortedColumn("User", "name_folded", "pk", attrs={"td": {"class": "is-name"}})
    why = SortedColumn("Why", "access_key_count", "name_folded", "pk")
    created_at = SortedColumn("Created", "create_date", "name_folded", "pk")

    caption = "Users without a usable credential"

    def render_user(self, record: User) -> SafeString:
        return linked_name(record.user_name, record.user_id)

    def render_why(self, record: User) -> SafeString:
        return status("inactive", unused.why_none(record))

    def render_created_at(self, record: User) -> SafeString:
        return status("normal", absolute_day(record.create_date), absolute(record.create_date))
