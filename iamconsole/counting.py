"""Numbers of rows as columns of another query."""

from typing import Any

from django.db.models import Func, IntegerField, QuerySet, Subquery
from django.db.models.expressions import Star


def number(rows: QuerySet[Any]) -> Subquery:
    """How many ``rows`` there are for a row of the outer query: 0 where there are none.

    ``rows`` name the outer row by ``OuterRef``, in a column that has an index. ``COUNT(*)`` and not that of a
    column, for which the database would look at the value in each row.
    """
    counted = rows.order_by().annotate(number=Func(Star(), function="COUNT", output_field=IntegerField()))
    return Subquery(counted.values("number"), output_field=IntegerField())
