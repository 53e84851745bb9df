"""The different values of a column, each by one look into an index: DISTINCT reads every row for them."""

from typing import Any

from django.db import connection, models

WALK = """
    WITH RECURSIVE found(value) AS (
        SELECT MIN({column}) FROM {table} WHERE {whose}
        UNION ALL
        SELECT (SELECT MIN({column}) FROM {table} WHERE {whose} AND {column} > found.value)
        FROM found WHERE found.value IS NOT NULL
    )
    SELECT {what} FROM found WHERE value IS NOT NULL
"""


def walk(model: type[models.Model], column: str, whose: str = "true", what: str = "value") -> str:
    """SQL with a row for each value of the column that rows have which fulfil ``whose``: ``what``, in which
    the value is ``found.value``. An index begins with the columns of ``whose`` and goes on with this one.
    Parameters of ``whose`` are given twice, then those of ``what``.
    """
    return WALK.format(table=model._meta.db_table, column=column, whose=whose, what=what)


def distinct_values(model: type[models.Model], column: str, whose: str = "true", *params: Any) -> list[Any]:
    """The different values of the column in order; see ``walk``."""
    with connection.cursor() as cursor:
        cursor.execute(walk(model, column, whose), [*params, *params])
        return sorted(value for (value,) in cursor.fetchall())
