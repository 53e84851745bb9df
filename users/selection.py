"""Ticking rows of a list that is searched and paged: the ticks stay while one looks around.

The page is one form. Each of its buttons sends ``go`` (``search``, ``page:3``, ``save``), the rows that
were shown, and the ticks; what was ticked on other pages rides along in hidden fields. So nothing is
kept on the server, and everything works without JavaScript.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet

from users.requests import ConsoleRequest

PER_PAGE = 25
MOST = 500  # more ticks than any quota allows


@dataclass(frozen=True, slots=True)
class Row:
    """One line to tick."""

    value: str
    name: str
    kind: str = ""
    detail: str = ""
    ticked: bool = False
    # Of a policy: its document where that is short, and the page that has it.
    document: str = ""
    url: str = ""


@dataclass(slots=True)
class Picking:
    """What a picking page shows, and what has been ticked."""

    page: Page[Any]
    rows: list[Row]
    words: str
    chosen: list[str]
    save: bool
    # Ticked, but not to be had: attached meanwhile, or deleted. Nothing is saved then.
    missing: list[str]

    @property
    def nothing(self) -> bool:
        """Whether it was to be saved without a tick."""
        return self.save and not self.chosen

    @property
    def elsewhere(self) -> list[str]:
        """Ticked values that this page does not show."""
        shown = {row.value for row in self.rows}
        return [value for value in self.chosen if value not in shown]


def pick(
    request: ConsoleRequest,
    things: QuerySet[Any],
    key: str,
    row: Callable[[Any], Row],
    find: Callable[[QuerySet[Any], str], QuerySet[Any]],
) -> Picking:
    """Read the form of a picking page.

    ``key`` is the column that a tick names, ``find`` narrows ``things`` by words, ``row`` shows one.
    """
    sent = request.POST if request.method == "POST" else request.GET
    words = sent.get("q", "").strip()
    go, _, number = sent.get("go", "").partition(":")
    chosen = still_ticked(request)
    page = Paginator(find(things, words) if words else things, PER_PAGE).get_page(
        number if go == "page" else 1
    )
    there = set(things.filter(**{f"{key}__in": chosen}).values_list(key, flat=True)) if chosen else set()
    missing = [value for value in chosen if value not in there]
    chosen = [value for value in chosen if value in there]
    rows = [ticked(row(thing), chosen) for thing in page]
    return Picking(page, rows, words, chosen, go in ("save", "review") and not missing, missing)


def still_ticked(request: ConsoleRequest) -> list[str]:
    """What was ticked before and not unticked on the page that was sent, then its own ticks."""
    shown, picked = set(request.POST.getlist("shown")), request.POST.getlist("pick")
    kept = [value for value in request.POST.getlist("kept") if value not in shown]
    return list(dict.fromkeys([*kept, *picked]))[:MOST]


def ticked(row: Row, chosen: Sequence[str]) -> Row:
    return replace(row, ticked=row.value in chosen)


def chosen_things(things: QuerySet[Any], key: str, picking: Picking) -> list[Any]:
    """The ticked rows, in the list's order."""
    return list(things.filter(**{f"{key}__in": picking.chosen}))
