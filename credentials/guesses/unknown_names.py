"""Counters for names that do not exist, which look like those of names that do.

Strangers can think of any number of names, so a row for each would let them grow the database; no counter
at all would tell them which names exist, because those are held. A name falls into one of 16,384 cells by
a keyed hash. Cells are kept on a fixed number of pages, which an existing name's guess reads and writes
too, so that the database does the same work for both.

Two names in one cell share its counts, so a name that nobody tried can be held. What a stranger may learn by
that is bounded by ``throttle.EVERYWHERE``: 3,000 guesses in 15 minutes fill 300 cells, under 2 in 100.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.utils.crypto import salted_hmac

from credentials.models import Throttle, UnknownNames

PAGES, CELLS_PER_PAGE = 64, 256
KEPT = timedelta(days=1)  # the longest window of a guess at a password
LONG_AGO = datetime.fromtimestamp(0, UTC)


@dataclass(slots=True)
class Cell:
    """The counters of a name, in the order of the scopes that were asked for; saved with its page."""

    row: UnknownNames
    number: str
    counters: list[Throttle]
    fresh: bool  # nobody tried the name before

    def save(self, now: datetime, *, changed: bool) -> None:
        """Write the page: with the new counts of this cell if they changed, without what is over."""
        cells = {
            number: counts
            for number, counts in self.row.cells.items()
            if any(datetime.fromtimestamp(began, UTC) + KEPT > now for _, began in counts)
        }
        if changed:
            cells[self.number] = [[c.count, c.window_start.timestamp()] for c in self.counters]
        self.row.cells = cells
        self.row.save(update_fields=["cells"])


def locked(key: str, scopes: list[str]) -> Cell:
    """The cell that a name falls into, its page locked until the end of the transaction."""
    place = int.from_bytes(salted_hmac("iamconsole.unknown-names", key, algorithm="sha256").digest()[:8])
    page, number = place % PAGES, str(place // PAGES % CELLS_PER_PAGE)
    row, _ = UnknownNames.objects.select_for_update().get_or_create(page=page)
    counts = row.cells.get(number, [[0, LONG_AGO.timestamp()]] * len(scopes))
    counters = [
        Throttle(scope=scope, count=count, window_start=datetime.fromtimestamp(began, UTC))
        for scope, (count, began) in zip(scopes, counts, strict=True)
    ]
    return Cell(row, number, counters, number not in row.cells)
