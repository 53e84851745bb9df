"""What stands around every page: filled from ``AppConfig.ready`` by the applications, drawn by ``base.html``.

Lists, each in the order of its ``order``: entries of the side navigation, entries of the menu under the
user's name, notices that every page shows; the numbers that these need; and the page that the search at
the top leads to.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from django.db.models import QuerySet, Subquery

from iamconsole.addresses import reverse

from .counting import number
from .jobs import stuck
from .models import Job
from .operations import Caller
from .ops import broker

# Key of a section -> its title, from top to bottom.
SECTIONS = {
    "first": "",
    "all-accounts": "",
    "own": "My access",
    "access": "Access management",
    "reports": "Reports",
    "console": "Console",
}
QUEUE_SILENT = "The job queue does not answer. Jobs wait and run as soon as it does. Nothing is lost."
Audience = Literal["readers", "others", "all"]


class Viewer(Protocol):
    """Who looks at the page, as entries and notices ask for it."""

    @property
    def caller(self) -> Caller: ...

    @property
    def own_caller(self) -> Caller:
        """The person in their own account, also while they act in another."""

    @property
    def own_only(self) -> bool:
        """Whether it sees no users of the account but itself."""

    @property
    def menu_accounts(self) -> Sequence[Any]:
        """The accounts it may act in; empty where that is only one."""

    @property
    def counts(self) -> Mapping[str, int]:
        """The numbers of ``add_counts``, for the account that the page is about."""

    @property
    def user(self) -> Any:
        """Who is signed in."""

    @property
    def acting_account(self) -> Any:
        """The account that the page is about."""

    @property
    def path(self) -> str:
        """The address of the page, without the account in front."""


def everybody(viewer: Viewer) -> bool:
    return True


def uncounted(viewer: Viewer) -> int | None:
    return None


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the side navigation.

    ``prefix`` is where it is the current one. ``audience``: those who see the users of the account
    ("readers"), those who see only themselves ("others"), or all. ``shown`` decides for one of these.
    """

    section: str
    order: int
    label: str
    url_name: str
    icon: str
    prefix: str
    shown: Callable[[Viewer], bool] = everybody
    count: Callable[[Viewer], int | None] = uncounted
    audience: Audience = "readers"

    def is_for(self, viewer: Viewer) -> bool:
        mine = "others" if viewer.own_only else "readers"
        return self.audience in (mine, "all") and self.shown(viewer)

    def covers(self, path: str) -> bool:
        """Whether a page belongs to it."""
        return path == self.prefix if self.prefix == "/" else path.startswith(self.prefix)

    def drawn(self, viewer: Viewer, *, current: bool) -> dict[str, Any]:
        """What the template takes."""
        return {
            "label": self.label,
            "url": reverse(self.url_name),
            "icon": self.icon,
            "count": self.count(viewer),
            "current": current,
        }


@dataclass(frozen=True, slots=True)
class MenuEntry:
    """A line of the menu under the user's name; ``post`` for what is a button."""

    order: int
    label: str
    url_name: str
    icon: str
    post: bool = False

    @property
    def url(self) -> str:
        return reverse(self.url_name)


@dataclass(frozen=True, slots=True)
class Notice:
    """A sentence at the head of every page, with a way to go on. A POST to ``hide_url`` hides it for good."""

    tag: Literal["info", "warning"]
    text: str
    url: str = ""
    link_text: str = ""
    hide_url: str = ""


NoticeSource = Callable[[Viewer], Notice | None]
CountedRows = Callable[[str], QuerySet[Any]]  # by the ID of the account
_counted: dict[str, CountedRows] = {}
_entries: list[Entry] = []
_menu: list[MenuEntry] = []
_notices: list[tuple[int, NoticeSource]] = []
_search: list[str] = []


def add_entries(*entries: Entry) -> None:
    """Register lines of the side navigation. Raises KeyError for a section that there is not."""
    for entry in entries:
        SECTIONS[entry.section]
        _entries.append(entry)


def add_menu_entries(*entries: MenuEntry) -> None:
    """Register lines of the menu under the user's name."""
    _menu.extend(entries)


def add_notice(order: int, source: NoticeSource) -> None:
    """Register what may ask for attention on every page; the lowest order is the most pressing."""
    _notices.append((order, source))


def add_counts(**rows: CountedRows) -> None:
    """Register rows whose number every page shows. All are counted by one query."""
    _counted.update(rows)


def counted_names() -> list[str]:
    return list(_counted)


def counted(account_id: str) -> dict[str, Subquery]:
    """The numbers of what was registered, as columns of a query."""
    return {name: number(rows(account_id)) for name, rows in _counted.items()}


def search_at(url_name: str, list_name: str) -> None:
    """Set the page of the search at the top, which takes its words as ``q``, and the list while typing."""
    _search[:] = [url_name, list_name]


def navigation(viewer: Viewer, path: str) -> list[dict[str, Any]]:
    """The sections of the side navigation in which there is something for this viewer."""
    shown = sorted((entry for entry in _entries if entry.is_for(viewer)), key=lambda entry: entry.order)
    # /me/ is not the current one on /me/activity/, which has an entry of its own.
    prefix = max((entry.prefix for entry in shown if entry.covers(path)), key=len, default="")
    sections = []
    for key, title in SECTIONS.items():
        items = [
            entry.drawn(viewer, current=entry.prefix == prefix) for entry in shown if entry.section == key
        ]
        if items:
            sections.append({"title": title, "items": items})
    return sections


def pages(viewer: Viewer) -> list[Entry | MenuEntry]:
    """Every page that the navigation and the menu lead this viewer to, each once."""
    lines: list[Entry | MenuEntry] = [entry for entry in _entries if entry.is_for(viewer)]
    there = {line.url_name for line in lines}
    return lines + [entry for entry in user_menu() if not entry.post and entry.url_name not in there]


def user_menu() -> list[MenuEntry]:
    return sorted(_menu, key=lambda entry: entry.order)


def notices(viewer: Viewer) -> list[Notice]:
    """What asks for attention, the most pressing first."""
    sources = sorted(_notices, key=lambda registered: registered[0])
    return [notice for _, source in sources if (notice := source(viewer))]


def search_url() -> str:
    return reverse(_search[0]) if _search else ""


def search_list_url() -> str:
    return reverse(_search[1]) if _search else ""


def silent_queue(viewer: Viewer) -> Notice | None:
    """Jobs wait: at once where the broker is known not to work, else when they have waited too long."""
    if viewer.counts["stuck_jobs"]:
        return Notice("warning", broker.why_jobs_wait() or QUEUE_SILENT)
    if viewer.counts["open_jobs"] and broker.is_known_bad():
        return Notice("warning", broker.why_jobs_wait())
    return None


def open_jobs(viewer: Viewer) -> int | None:
    """Jobs of the account that wait or run; no number where there is none."""
    return viewer.counts["open_jobs"] or None


def register() -> None:
    """What the core itself has in the frame."""
    add_entries(
        Entry(
            "console",
            20,
            "Jobs",
            "jobs",
            "list-checks",
            "/jobs/",
            shown=lambda viewer: viewer.caller.permits("iamconsole:ListJobs"),
            count=open_jobs,
            audience="all",
        )
    )
    add_counts(
        open_jobs=lambda account_id: Job.objects.filter(account_id=account_id, state__in=Job.OPEN_STATES),
        stuck_jobs=lambda account_id: stuck(),
    )
    add_notice(10, silent_queue)
