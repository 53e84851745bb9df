"""Numbers of rows: as columns of another query, and up to a limit."""

from typing import Any

from django.db.models import Func, IntegerField, QuerySet, Subquery
from django.db.models.expressions import Star

# Above this a page says how many there are at least: to count a million takes a second.
MOST_COUNTED = 10_000


def number(rows: QuerySet[Any]) -> Subquery:
    """How many ``rows`` there are for a row of the outer query: 0 where there are none.

    ``rows`` name the outer row by ``OuterRef``, in a column that has an index. ``COUNT(*)`` and not that of a
    column, for which the database would look at the value in each row.
    """
    counted = rows.order_by().annotate(number=Func(Star(), function="COUNT", output_field=IntegerField()))
    return Subquery(counted.values("number"), output_field=IntegerField())


def counted(rows: QuerySet[Any], limit: int = MOST_COUNTED) -> str:
    """How many there are, in words: "10,000+" above the limit."""
    found = rows.order_by()[: limit + 1].count()
    return f"{limit:,}+" if found > limit else f"{found:,}"
