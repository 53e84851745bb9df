"""Ticking rows of a list that is searched and paged: the ticks stay while one looks around.

The page is one form. Each of its buttons sends ``go`` (``search``, ``page:3``, ``save``), the rows that
were shown, and the ticks; what was ticked on other pages or before another search stands above the list, by
name, to be unticked. So nothing is kept on the server, nothing is acted on that is not seen, and everything
works without JavaScript.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Q, QuerySet

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
    # Ticked, but not among the rows of this page.
    elsewhere: list[Row]
    # The kinds to filter by, each with its words; the one that is shown, "" for all.
    kinds: Mapping[str, str] = field(default_factory=dict)
    kind: str = ""
    # One is chosen, not several.
    single: bool = False

    @property
    def nothing(self) -> bool:
        """Whether it was to be saved without a tick."""
        return self.save and not self.chosen


def pick(
    request: ConsoleRequest,
    things: QuerySet[Any],
    key: str,
    row: Callable[[Any], Row],
    find: Callable[[QuerySet[Any], str], QuerySet[Any]],
    kinds: Mapping[str, tuple[str, Q]] | None = None,
    single: bool = False,
) -> Picking:
    """Read the form of a picking page.

    ``key`` is the column that a tick names, ``find`` narrows ``things`` by words, ``row`` shows one.
    ``kinds`` are the words and the condition of each filter; ``single``: one is chosen, not several.
    """
    sent = request.POST if request.method == "POST" else request.GET
    words = sent.get("q", "").strip()
    go, _, number = sent.get("go", "").partition(":")
    chosen = still_ticked(request)
    kind = number if go == "kind" else sent.get("kind", "")
    kind = kind if kind in (kinds or {}) else ""
    listed = things.filter(kinds[kind][1]) if kinds and kind else things
    page = Paginator(find(listed, words) if words else listed, PER_PAGE).get_page(
        number if go == "page" else 1
    )
    there = set(things.filter(**{f"{key}__in": chosen}).values_list(key, flat=True)) if chosen else set()
    missing = [value for value in chosen if value not in there]
    chosen = [value for value in chosen if value in there]
    if single:
        chosen = [value for value in chosen if value in request.POST.getlist("pick")] or chosen
    rows = [ticked(row(thing), chosen) for thing in page]
    shown = {one.value for one in rows}
    others = [value for value in chosen if value not in shown]
    elsewhere = [row(thing) for thing in things.filter(**{f"{key}__in": others})] if others else []
    labels = {name: label for name, (label, _) in (kinds or {}).items()}
    save = go == "save" and not missing
    return Picking(page, rows, words, chosen, save, missing, elsewhere, labels, kind, single)


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
