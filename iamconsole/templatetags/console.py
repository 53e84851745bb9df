"""What the components need of Python: icons, times, numbers, form controls and addresses.

``icon`` and ``status`` are plain functions as well, so that a django-tables2 column can use them.
"""

import html
import itertools
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Any, NamedTuple
from urllib.parse import urlencode

from django import template
from django.forms import BoundField
from django.template.context import Context
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from lucide.templatetags.lucide import lucide

from iamconsole import choices
from iamconsole.not_known import as_not_known
from iamconsole.operations import NOT_ALLOWED, why_not
from iamconsole.viewer_zone import day_of
from iamconsole.words import plural

register = template.Library()
register.filter(plural)  # {{ number|plural:"user" }}
register.simple_tag(as_not_known, name="not_known")

# One icon for one meaning, and the states of a job beside the types of a status.
STATUS_ICONS = {
    "error": "octagon-x",
    "warning": "triangle-alert",
    "success": "circle-check",
    "info": "info",
    "inactive": "circle-minus",
    "new": "circle-dashed",
    "running": "loader-circle",
    "waiting": "clock",
    "blocked": "lock",
}
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
STATUS_OF_STATE = {"done": "success", "failed": "error", "cancelled": "inactive", "undone": "inactive"}
WIDGET_KINDS = {
    "CheckboxInput": "checkbox",
    "RadioSelect": "choices",
    "CheckboxSelectMultiple": "choices",
    "PasswordInput": "password",
    "Textarea": "textarea",
    "Select": "select",
    "NullBooleanSelect": "select",
    "SelectMultiple": "select",
}
_numbers = itertools.count(1)


@lru_cache(maxsize=512)
def _drawn(name: str, size: int, label: str) -> SafeString:
    attrs = {"class": "ui-icon", "stroke-width": "1.9"}
    attrs |= {"role": "img", "aria-label": label} if label else {"aria-hidden": "true"}
    return SafeString(lucide(name, size=size, **attrs))


@register.simple_tag
def icon(name: str, size: int = 16, label: str = "") -> SafeString:
    """A Lucide icon. Without a label it is hidden from screen readers, so text must stand beside it."""
    return _drawn(str(name), int(size or 16), str(label or ""))


@register.filter
def status_type(value: Any) -> str:
    """The type of a status from its own name or from a state of a job."""
    word = str(value or "").lower()
    return STATUS_OF_STATE.get(word, word)


@register.filter
def status_icon(value: Any) -> str:
    """The icon of a status type, "" for the types that have none (normal, none)."""
    return STATUS_ICONS.get(status_type(value), "")


@register.simple_tag
def status(type: str, text: str, title: str = "") -> SafeString:
    """The status of a table cell: its icon hangs in the gap left of the text.

    Types: those of STATUS_ICONS, "normal" (no icon) and "none" (grey).
    """
    before, after = _status_frame(type)
    titled = f' title="{html.escape(title)}"' if title else ""
    return SafeString(f"{before}{titled}>{after}{html.escape(str(text))}</span>")


@lru_cache(maxsize=64)
def _status_frame(type: str) -> tuple[str, str]:
    """What stands before the title and before the text: the same in every cell of a type."""
    kind = status_type(type)
    name = status_icon(kind)
    return f'<span class="ui-status ui-status-{html.escape(kind)} ui-hang"', icon(name, 14) if name else ""


def _moment(value: date | datetime) -> datetime:
    if not isinstance(value, datetime):
        return datetime(value.year, value.month, value.day, tzinfo=UTC)
    if value.tzinfo is UTC:
        return value
    return value.astimezone(UTC) if timezone.is_aware(value) else value.replace(tzinfo=UTC)


@register.filter
def relative(value: date | datetime | None) -> str:
    """Today, Yesterday, 3 days ago, Tomorrow, In 6 days, Never. Days are the viewer's."""
    if not value:
        return "Never"
    day = day_of(_moment(value)) if isinstance(value, datetime) else value
    number = (day_of(timezone.now()) - day).days
    near = {0: "Today", 1: "Yesterday", -1: "Tomorrow"}.get(number)
    return near or (f"{number:,} days ago" if number > 0 else f"In {-number:,} days")


@register.filter
def absolute(value: date | datetime | None) -> str:
    """4 Dec 2026, 06:00 UTC for a moment and 4 Dec 2026 for a day."""
    if not value:
        return "–"
    moment = _moment(value)
    day = f"{moment.day} {MONTHS[moment.month - 1]} {moment.year}"
    return f"{day}, {moment.hour:02}:{moment.minute:02} UTC" if isinstance(value, datetime) else day


@register.filter
def clock(value: datetime) -> str:
    """4 Dec 2026, 06:00 for a column whose head says UTC."""
    return absolute(value).removesuffix(" UTC")


@register.filter
def to_the_second(value: datetime) -> str:
    """4 Dec 2026, 06:00:12 UTC."""
    return f"{clock(value)}:{_moment(value).second:02} UTC"


@register.filter
def absolute_day(value: date | datetime | None) -> str:
    """4 Dec 2026."""
    return absolute(_moment(value).date()) if value else "–"


@register.filter
def iso(value: date | datetime | None) -> str:
    """The machine-readable form for a datetime attribute."""
    if not value:
        return ""
    return _moment(value).strftime("%Y-%m-%dT%H:%M:%SZ") if isinstance(value, datetime) else value.isoformat()


@register.filter
def age(value: date | datetime | None) -> int | None:
    """Whole days since a moment."""
    return (timezone.now() - _moment(value)).days if value else None


@register.filter
def days(value: int | timedelta | date | datetime | None) -> str:
    """214 days, 1 day, 1,204 days; a moment counts from now; "–" for none."""
    if value is None or value == "":
        return "–"
    if isinstance(value, date):
        value = age(value) or 0
    number = value.days if isinstance(value, timedelta) else int(value)
    return plural(number, "day")


@register.filter
def grouped(account_id: Any) -> str:
    """471122093381 as 4711-2209-3381."""
    text = str(account_id or "")
    return f"{text[:4]}-{text[4:8]}-{text[8:]}" if len(text) == 12 and text.isdigit() else text


@register.filter
def short_name(arn: Any) -> str:
    """The name at the end of an ARN: DeveloperBoundary of arn:aws:iam::…:policy/DeveloperBoundary."""
    return str(arn or "").rpartition("/")[2]


@register.filter
def lookup(mapping: Mapping[str, Any] | None, key: Any) -> Any:
    """The entry of a mapping under a key of which only the template knows."""
    return (mapping or {}).get(key, (mapping or {}).get(str(key), ""))


@register.filter
def as_attributes(attrs: Any) -> SafeString:
    """The attributes a component passes through, each value escaped (printing them directly is not safe)."""
    given = attrs.attrs_dict().items()
    return format_html_join(
        "", ' {}="{}"', ((k, "" if v is True else v) for k, v in given if v not in (None, False))
    )


@register.simple_tag
def unique(prefix: str) -> str:
    """An id that no other element of the page has."""
    return f"{prefix}-{next(_numbers)}"


@register.filter
def field_kind(field: BoundField) -> str:
    """How a field is laid out: checkbox, choices, password, textarea, select, file, hidden or input."""
    widget = field.field.widget
    if widget.is_hidden:
        return "hidden"
    for base in type(widget).__mro__:
        if base.__name__ in WIDGET_KINDS:
            return WIDGET_KINDS[base.__name__]
    return "file" if getattr(widget, "input_type", "") == "file" else "input"


@register.simple_tag
def control(field: BoundField, description: Any = "", size: str = "") -> SafeString:
    """The control of a field, tied to its description and its errors."""
    kind = field_kind(field)
    classes = ["ui-check" if kind == "checkbox" else f"ui-{'select' if kind == 'select' else 'input'}"]
    if given := field.field.widget.attrs.get("class"):
        classes.append(given)
    if size:
        classes.append(f"is-{size}")
    attrs: dict[str, Any] = {"class": " ".join(classes)}
    described = [f"{field.auto_id}_helptext"] if description else []
    if field.errors:
        described.append(f"{field.auto_id}_error")
        attrs["aria-invalid"] = "true"
    if described:
        attrs["aria-describedby"] = " ".join(described)
    return field.as_widget(attrs=attrs)


@register.filter
def error_items(form: Any) -> list[dict[str, str]]:
    """The errors of a form, a form set or a list of forms as {text, id}: what an error summary lists."""
    items: list[dict[str, str]] = []
    if not form:
        return items
    several = isinstance(form, list | tuple) or hasattr(form, "management_form")
    for one in form if several else [form]:
        items += [{"text": text, "id": ""} for text in one.non_field_errors()]
        for field in one:
            target = "" if field.is_hidden else field.id_for_label or f"{field.auto_id}_0"
            for text in field.errors:
                said = f"{field.label}: {text}" if str(text).startswith("This ") else text
                items.append({"text": said, "id": target})
    if hasattr(form, "non_form_errors"):
        items += [{"text": text, "id": ""} for text in form.non_form_errors()]
    return items


@register.simple_tag(takes_context=True)
def address(context: Context, *pairs: Any) -> str:
    """This page's query string with names changed: {% address "page" 2 %}; None or "" takes a name out."""
    request = context.get("request")
    changed = dict(zip(pairs[::2], pairs[1::2], strict=True))
    given = request.GET.lists() if request else ()
    kept = [(name, value) for name, values in given if name not in changed for value in values]
    changes = [(name, value) for name, value in changed.items() if value not in (None, "")]
    return f"?{urlencode(kept + changes)}"


@register.simple_tag(takes_context=True)
def kept_query(context: Context, *without: str) -> list[tuple[str, str]]:
    """This page's query for the hidden inputs of a GET form; the page number starts anew."""
    request = context.get("request")
    if not request:
        return []
    left_out = {"page", "older", "newer", *without}
    return [(name, value) for name, values in request.GET.lists() if name not in left_out for value in values]


@register.simple_tag(takes_context=True)
def selection_name(context: Context, kind: str) -> str:
    """The name under which the browser keeps the selection of a list until it was carried out."""
    request = context.get("request")
    return choices.selection_name(request, kind) if request and request.user.is_authenticated else kind


@register.simple_tag(takes_context=True)
def bound_table(context: Context, table: Any) -> Any:
    """A django-tables2 table that renders template columns in this page's context."""
    if not hasattr(table, "context"):
        table.context = context
    return table


@register.simple_tag
def quick_rows(table: Any, select: str, form: str) -> SafeString:
    """The rows of a table that draws its own, because the template's way is slow (users.people.tables)."""
    rows: SafeString = table.rows_html(select, form)
    return rows


@register.simple_tag
def table_names(table: Any, caption: str, select: str, form: str) -> dict[str, str]:
    """Caption, check box name and form of a table: the component's own, else the table's attributes."""
    given = {"caption": caption, "select": select, "form": form}
    return {name: value or getattr(table, name, "") for name, value in given.items()}


@register.filter
def named(thing: Any, names: str) -> Any:
    """The first of several entries (of a mapping) or attributes that is there and not empty."""
    for name in names.split(","):
        if value := thing.get(name) if isinstance(thing, Mapping) else getattr(thing, name, None):
            return value
    return ""


class Head(NamedTuple):
    """The head of a column; ``href`` sorts by it, and is "" where the column sorts nothing."""

    label: Any
    attrs: Any
    href: str
    direction: str  # ascending or descending for the column that the table is sorted by first


@register.simple_tag(takes_context=True)
def table_heads(context: Context, table: Any) -> list[Head]:
    """The heads of a django-tables2 table, with this page's address sorted otherwise."""
    order, first_page = table.order_by, table.prefixed_page_field
    first = order[0].bare if order else ""
    found = []
    for column in table.columns:
        href = direction = ""
        if column.orderable:
            alias = column.order_by_alias
            href = address(context, table.prefixed_order_by_field, alias.next, first_page, "")
            if alias.bare == first:
                direction = "descending" if alias.is_descending else "ascending"
        found.append(Head(column.header, column.attrs["th"].as_html(), href, direction))
    return found


@register.filter
def cell_label(column: Any) -> str:
    """The head of a column as plain text, for the cards of narrow screens."""
    return str(column.verbose_name or column.header)


@register.filter
def share(value: Any, whole: Any) -> str:
    """A part of a whole in per cent, between 0 and 100, for the width of a drawn bar."""
    try:
        part = 100 * float(value) / float(whole)
    except (TypeError, ValueError, ZeroDivisionError):
        part = 0
    return f"{min(100.0, max(0.0, part)):g}%"


@register.filter
def meter_type(value: Any, limit: Any) -> str:
    """How an age stands to its limit: success below, warning over it, error over a year."""
    number = int(value or 0)
    if number > 365:
        return "error"
    return "warning" if number > int(limit or 90) else "success"


@register.filter
def over(value: Any, limit: Any) -> int:
    """How far a number is beyond its limit; negative while it is below."""
    return int(value or 0) - int(limit or 0)


@register.filter
def page_numbers(page: Any) -> list[int | None]:
    """The page numbers to show: first, last and those near; None stands for a gap."""
    return [
        number if isinstance(number, int) else None
        for number in page.paginator.get_elided_page_range(page.number, on_each_side=2, on_ends=1)
    ]


@register.filter
def highlighted(text: Any, words: Any) -> SafeString:
    """A text with what was searched for marked; all of it escaped."""
    whole, wanted = str(text), str(words or "").lower()
    lowered, marked, end = whole.lower(), [], 0
    findable = bool(wanted) and len(lowered) == len(whole)  # a letter with two small ones moves all places
    while findable and (start := lowered.find(wanted, end)) >= 0:
        marked.append(format_html("{}<mark>{}</mark>", whole[end:start], whole[start : start + len(wanted)]))
        end = start + len(wanted)
    return SafeString("".join(marked) + html.escape(whole[end:]))


@register.simple_tag(takes_context=True)
def permits(context: Context, action: str, resource: str = "") -> bool:
    """Whether the caller of the request can do it, so that what leads there is live; "" is for everybody."""
    caller = getattr(context.get("request"), "caller", None)
    return not action or (caller is not None and caller.permits(action, resource))


@register.simple_tag(takes_context=True)
def nowhere(context: Context, *actions: str) -> str:
    """Why a button that leads to a choice is locked: an action that policies allow on nothing at all; ""
    where each is allowed on something.
    """
    caller = getattr(context.get("request"), "caller", None)
    missing = [action for action in actions if caller is None or not caller.somewhere(action)]
    return f"This needs {missing[0]}, {NOT_ALLOWED}." if missing else ""


@register.simple_tag(takes_context=True)
def why(context: Context, action: str, resource: str = "") -> str:
    """What stands behind "This needs … on …," on a blocked button; the caller is that of the request."""
    caller = getattr(context.get("request"), "caller", None)
    return why_not(caller, action, resource) if caller else NOT_ALLOWED
