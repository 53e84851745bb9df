"""Numbers of a list's rows, each counted by a subquery of its own.

Counted over joins of one query the rows would multiply: a group with 5,000 users and ten policies would
be 50,000 rows before anything is counted.
"""

from typing import Any

from django.db.models import Func, IntegerField, QuerySet, Subquery


def number(rows: QuerySet[Any]) -> Subquery:
    """How many ``rows`` there are for a row of the outer query: 0 where there are none.

    ``rows`` name the outer row by ``OuterRef``, in a column that has an index.
    """
    counted = rows.order_by().annotate(number=Func("pk", function="COUNT")).values("number")
    return Subquery(counted, output_field=IntegerField())
