"""What pages say of the kinds of jobs: filled from ``AppConfig.ready`` by those who declare the kinds.

How a kind runs is declared with ``iamconsole.jobs.job_kind``; this is what people see of it.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.safestring import SafeString

from .words import plural

if TYPE_CHECKING:
    from .models import Job


LIMIT = "A job of this kind ends after {time} at the latest."
TIME_OVER = "This took too long. {limit} What was done stays done. Start it again for the rest."


@dataclass(frozen=True, slots=True)
class Link:
    """A button beside a job: to what it has made."""

    label: str
    url: str
    icon: str = ""
    variant: str = "normal"


def nothing(job: "Job") -> list[Link]:
    return []


def nowhere(job: "Job") -> Link | None:
    return None


def no_addresses(job: "Job", keys: Collection[str]) -> Mapping[str, str]:
    return {}


@dataclass(frozen=True, slots=True)
class JobKind:
    """Title and unit of progress; what a row of the results is about, and whether its name may be long;
    ``quiet`` kinds are not listed.

    ``minutes``: how long a worker works on one at most (``limit``, ``TIME_OVER``).

    ``about``: links to what the whole job is about, of no query, for a list of jobs has them. ``again``:
    where it is started once more. ``rows_at``: key of a row, or whom a step is about -> address of that,
    where it is still there; one question for all of them.
    """

    title: str
    unit: str = "users"
    row: str = "User"
    cut_rows: bool = True
    quiet: bool = False
    minutes: int = 60
    about: Callable[["Job"], list[Link]] = nothing
    again: Callable[["Job"], Link | None] = nowhere
    rows_at: Callable[["Job", Collection[str]], Mapping[str, str]] = no_addresses

    @property
    def seconds(self) -> float:
        return 60 * self.minutes

    @property
    def limit(self) -> str:
        """For the page of a job that is not done yet."""
        hours = self.minutes // 60
        return LIMIT.format(time=plural(hours, "hour") if hours > 1 else f"{self.minutes} minutes")

    @property
    def time_over(self) -> str:
        """The end of a job that took too long."""
        return TIME_OVER.format(limit=self.limit)


_kinds: dict[str, JobKind] = {}
_links: list[Callable[["Job"], list[Link]]] = []
_panels: list[Callable[["Job"], list[SafeString]]] = []


def describe(kind: str, said: JobKind) -> None:
    """Say how pages show jobs of a kind."""
    _kinds[kind] = said


def link_from_jobs(links: Callable[["Job"], list[Link]]) -> None:
    """Have ``links`` asked what leads from a job to what it has made."""
    if links not in _links:
        _links.append(links)


def show_on_job_page(panels: Callable[["Job"], list[SafeString]]) -> None:
    """Have ``panels`` asked what the page of a job shows below its progress."""
    if panels not in _panels:
        _panels.append(panels)


def kind_of(job: "Job") -> JobKind:
    """What is said of the job's kind; a kind that is not known any more goes by its name."""
    return _kinds.get(job.kind) or JobKind(job.kind)


def quiet_kinds() -> list[str]:
    """Kinds that nobody waits for on a page."""
    return [name for name, kind in _kinds.items() if kind.quiet]


def links_of(job: "Job") -> list[Link]:
    return [*kind_of(job).about(job), *(link for ask in _links for link in ask(job))]


def panels_of(job: "Job") -> list[SafeString]:
    return [panel for ask in _panels for panel in ask(job)]
