"""Gains and losses as a table for people: services by access level, those that fare alike in one row."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from iamconsole import catalogue
from iamconsole.catalogue import LEVELS, Action
from iamconsole.review.changes import GAIN, LESS, LOSS, MORE, OTHER, UNKNOWN_LEVEL, Verdict
from iamconsole.words import plural
from users.callers.console_actions import own_actions

COLUMNS = (*LEVELS, UNKNOWN_LEVEL)
MOST_ROWS, MOST_NAMES, MOST_EXCEPT, MOST_ACTIONS = 40, 6, 5, 12
CONSOLE = "This console"
WORDS = {GAIN: "Gains", LOSS: "Loses", MORE: "Gains more of", LESS: "Loses part of", OTHER: "Differs in"}
# The looks of a status.
TONES = {GAIN: "success", MORE: "success", LOSS: "error", LESS: "warning", OTHER: "info"}


@dataclass(frozen=True, slots=True)
class Cell:
    """One thing that happens to the actions of a level: ``Loses all`` or ``Gains 3 of 12, in part``."""

    text: str
    tone: str


@dataclass(frozen=True, slots=True)
class ServiceRow:
    """Services that fare alike. ``names`` are all of them where the label only counts them."""

    label: str
    names: tuple[str, ...]
    cells: tuple[tuple[str, tuple[Cell, ...]], ...]


@dataclass(frozen=True, slots=True)
class Table:
    """The rows, the columns that any of them fills, and how many rows more there are."""

    rows: Sequence[ServiceRow]
    columns: Sequence[str]
    more: int


Cells = dict[str, tuple[Cell, ...]]


def table_of(found: Sequence[Verdict]) -> Table:
    """The table of some verdicts; services with the longest row first, then by name."""
    services = cells_of(found)
    alike: defaultdict[frozenset[tuple[str, tuple[Cell, ...]]], list[str]] = defaultdict(list)
    for prefix, cells in services.items():
        alike[pattern_of(prefix, cells)].append(prefix)
    rows = []
    for prefixes in alike.values():
        label, names = label_of(sorted(prefixes, key=title_of))
        widest = max((services[prefix] for prefix in prefixes), key=len)
        rows.append((len(prefixes), ServiceRow(label, names, tuple(widest.items()))))
    rows.sort(key=lambda row: (-row[0], row[1].label))
    filled = {level for cells in services.values() for level in cells}
    columns = [level for level in COLUMNS if level in filled]
    shown = [
        ServiceRow(row.label, row.names, tuple((level, dict(row.cells).get(level, ())) for level in columns))
        for _, row in rows[:MOST_ROWS]
    ]
    return Table(shown, columns, max(0, len(rows) - MOST_ROWS))


def cells_of(found: Sequence[Verdict]) -> dict[str, Cells]:
    """Service -> level -> what happens there."""
    counts: defaultdict[tuple[str, str], defaultdict[tuple[str, bool], int]]
    counts = defaultdict(lambda: defaultdict(int))
    for verdict in found:
        in_part = verdict.limited and verdict.kind in (GAIN, LOSS)
        for action in verdict.actions:
            counts[action.service, action.level][verdict.kind, in_part] += 1
    cells: defaultdict[str, Cells] = defaultdict(dict)
    for level in COLUMNS:
        for (prefix, of_level), kinds in counts.items():
            if of_level == level:
                total = size_of(prefix, level)
                cells[prefix][level] = tuple(cell(*how, count, total) for how, count in sorted(kinds.items()))
    return dict(cells)


def cell(kind: str, in_part: bool, count: int, total: int) -> Cell:
    much = "all" if count == total else f"{count} of {total}" if total else str(count)
    return Cell(f"{WORDS[kind]} {much}{', in part' if in_part else ''}", TONES[kind])


def pattern_of(prefix: str, cells: Cells) -> frozenset[tuple[str, tuple[Cell, ...]]]:
    """The same for services that fare alike on every level they have."""
    kinds = set(cells.values())
    if len(kinds) == 1 and len(cells) == len(sizes_of(prefix)):
        return frozenset({("", kinds.pop())})
    return frozenset(cells.items())


def label_of(prefixes: Sequence[str]) -> tuple[str, tuple[str, ...]]:
    """How a row is called, and the names that the label leaves out."""
    names = tuple(map(title_of, prefixes))
    others = [prefix for prefix in catalogue.services() if prefix not in set(prefixes)]
    if not others:
        return "All services", ()
    if len(others) <= MOST_EXCEPT:
        return f"All services except {', '.join(map(title_of, others))}", ()
    if len(names) <= MOST_NAMES:
        return ", ".join(names), ()
    return plural(len(names), "service"), names


def title_of(prefix: str) -> str:
    service = catalogue.services().get(prefix)
    return service.name if service else CONSOLE if prefix == "iamconsole" else prefix


@cache
def sizes_of(prefix: str) -> Mapping[str, int]:
    """How many actions of each level a service has; none of one that nobody knows."""
    service = catalogue.services().get(prefix)
    own = [action for action in own_actions().values() if action.service == prefix]
    actions = [*(service.actions.values() if service else ()), *own]
    sizes: defaultdict[str, int] = defaultdict(int)
    for action in actions:
        sizes[action.level] += 1
    return dict(sizes)


def size_of(prefix: str, level: str) -> int:
    return sizes_of(prefix).get(level, 0)


def named(actions: frozenset[Action] | set[Action]) -> str:
    """Some of the actions by name, and how many more."""
    names = sorted(map(str, actions))
    more = len(names) - MOST_ACTIONS
    return ", ".join(names) if more <= 0 else f"{', '.join(names[:MOST_ACTIONS])} and {more:,} more"
