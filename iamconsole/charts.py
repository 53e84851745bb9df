"""Charts as numbers: where bars and lines stand in an SVG of fixed size."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

WIDTH, HEIGHT = 480, 220
LEFT, RIGHT, TOP, BOTTOM = 44, 16, 30, 184  # the plot inside the picture
GOAL = 95


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: what it counts, how many, where it leads, its colour, and its place."""

    label: str
    value: int
    url: str
    fill: str
    x: float
    y: float
    width: float
    height: float
    middle: float


@dataclass(frozen=True, slots=True)
class Line:
    """A horizontal line of the grid with its number."""

    label: str
    y: float


def round_up(value: int) -> int:
    """The next pleasant number of a scale with four equal steps."""
    step = 1
    while step * 4 < value:
        step = step * 2 if str(step)[0] in "15" else step // 2 * 5
    return step * 4


def bars(counts: Sequence[tuple[str, int, str, str]]) -> tuple[list[Bar], list[Line]]:
    """Bars for (label, value, url, fill), and the lines behind them."""
    most = round_up(max((value for _, value, _, _ in counts), default=0))
    slot = (WIDTH - LEFT - RIGHT) / max(len(counts), 1)
    width = round(slot * 0.7, 1)
    found = []
    for number, (label, value, url, fill) in enumerate(counts):
        height = round((BOTTOM - TOP) * value / most, 1)
        x = round(LEFT + slot * number + (slot - width) / 2, 1)
        found.append(Bar(label, value, url, fill, x, BOTTOM - height, width, height, round(x + width / 2, 1)))
    return found, [Line(str(most * part // 4), scale(part, 4)) for part in range(5)]


def scale(value: float, most: float) -> float:
    """How high on the picture a value stands."""
    return round(BOTTOM - (BOTTOM - TOP) * value / most, 1)


@dataclass(frozen=True, slots=True)
class Curve:
    """Percentages over days, as a path and the area under it."""

    path: str
    area: str
    end_x: float
    end_y: float
    last: int
    first_day: date
    last_day: date
    goal_y: float
    lines: list[Line]


def curve(points: Sequence[tuple[date, int]]) -> Curve | None:
    """A line from 0 to 100 % over the days given; None for fewer than two days."""
    if len(points) < 2:
        return None
    first, last = points[0][0], points[-1][0]
    days = (last - first).days
    right = WIDTH - RIGHT - 44  # room for the last value
    places = [
        (round(LEFT + (right - LEFT) * (day - first).days / days, 1), scale(value, 100))
        for day, value in points
    ]
    path = "M" + " L".join(f"{x} {y}" for x, y in places)
    end_x, end_y = places[-1]
    return Curve(
        path=path,
        area=f"{path} L{end_x} {BOTTOM} L{LEFT} {BOTTOM} Z",
        end_x=end_x,
        end_y=end_y,
        last=points[-1][1],
        first_day=first,
        last_day=last,
        goal_y=scale(GOAL, 100),
        lines=[Line(f"{part * 25}", scale(part, 4)) for part in range(5)],
    )
