"""Queries that are asked at every signed request, compiled once instead of every time.

To write a queryset down as SQL costs Django many times what the database needs to answer it. A
``CompiledQuery`` keeps the SQL; only the values differ from run to run.
"""

import re
from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import JSONField, QuerySet, Subquery
from django.db.models.query import get_related_populators

PLACE = re.compile(r"%s|%%")


class CompiledQuery:
    """A queryset with places for values: ``CompiledQuery(lambda name: User.objects.filter(name=name), "…")``.

    ``build`` makes the queryset; ``samples`` are values of the right type that stand for its arguments
    and occur in it as nothing else. ``run`` gives its rows for other values: model instances with
    what ``select_related`` and ``annotate`` bring, or tuples of a ``values_list``.
    """

    def __init__(self, build: Callable[..., QuerySet[Any, Any]], *samples: Any) -> None:
        self.build, self.samples = build, samples
        self._by_vendor: dict[str, _Statement] = {}

    def run(self, *values: Any) -> Iterator[Any]:
        """The rows for these values, in the order of the samples."""
        compiled = self._by_vendor.get(connection.vendor)
        if compiled is None:
            compiled = self._by_vendor[connection.vendor] = _Statement(
                self.build(*self.samples), self.samples
            )
        return compiled.rows(values)

    def first(self, *values: Any) -> Any:
        """The first row, or None."""
        return next(self.run(*values), None)


class _Statement:
    """SQL with its parameters, and how its rows become objects."""

    def __init__(self, queryset: QuerySet[Any, Any], samples: tuple[Any, ...]) -> None:
        compiler = queryset.query.get_compiler(connection=connection)
        sql, params = compiler.as_sql()
        places = {_as_sent(sample): number for number, sample in enumerate(samples)}
        self.sql = _with_constants(sql, params, places)
        # A number for a value of ``run``, else the parameter itself.
        self.params = [(places.get(param), param) for param in params if not _is_constant(param, places)]
        if {number for number, _ in self.params if number is not None} != set(range(len(samples))):
            raise ValueError("Each sample must occur in the query.")
        self.converters = compiler.get_converters([column for column, *_ in compiler.select])
        self.compiler = compiler
        # None for tuples.
        self.info: Any = compiler.klass_info if queryset.query.default_cols else None
        self.annotations = compiler.annotation_col_map
        if self.info:
            self.fields = slice(self.info["select_fields"][0], self.info["select_fields"][-1] + 1)
            self.names = [column[0].target.attname for column in compiler.select[self.fields]]
            # The types are those of Django 6, which asks for a fetch mode as well.
            self.populators = get_related_populators(  # type: ignore[call-arg]
                self.info, compiler.select, connection.alias
            )

    def rows(self, values: tuple[Any, ...]) -> Iterator[Any]:
        params = [param if number is None else _as_sent(values[number]) for number, param in self.params]
        with connection.cursor() as cursor:
            cursor.execute(self.sql, params)
            found = cursor.fetchall()
        if self.converters:
            found = self.compiler.apply_converters(found, self.converters)
        return map(self._instance, found) if self.info else map(tuple, found)

    def _instance(self, row: Any) -> Any:
        """What Django's own ModelIterable makes of a row."""
        instance = self.info["model"].from_db(connection.alias, self.names, row[self.fields])
        for populator in self.populators:
            populator.populate(row, instance)
        for name, place in self.annotations.items():
            setattr(instance, name, row[place])
        return instance


def _with_constants(sql: str, params: Any, places: dict[Any, int]) -> str:
    """The SQL with what never changes written into it.

    SQLite plans a statement anew for each value that a partial index depends on, and PostgreSQL cannot use
    such an index in a plan that it keeps.
    """
    following = iter(params)

    def place(match: re.Match[str]) -> str:
        if match[0] == "%%":
            return match[0]
        param = next(following)
        return _literal(param) if _is_constant(param, places) else match[0]

    return PLACE.sub(place, sql)


def _as_sent(value: Any) -> Any:
    """The value as Django hands it to the database."""
    if isinstance(value, UUID) and not connection.features.has_native_uuid_field:
        return value.hex
    return value


def _is_constant(param: Any, places: dict[Any, int]) -> bool:
    return isinstance(param, str | int) and not isinstance(param, bool) and param not in places


def _literal(constant: str | int) -> str:
    """The programmer's own texts and numbers; values from outside are never written into SQL."""
    if isinstance(constant, int):
        return str(constant)
    return "'{}'".format(str(constant).replace("'", "''").replace("%", "%%"))


class JsonRows(Subquery):
    """The rows of a ``values_list`` as one value, a list of lists: what would be a second question to the
    database comes with the first.
    """

    output_field = JSONField()

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        return self._listed("json_group_array(json_array({}))", compiler, connection, **context)

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        return self._listed(
            "coalesce(jsonb_agg(jsonb_build_array({})), '[]')", compiler, connection, **context
        )

    def _listed(self, function: str, compiler: Any, connection: Any, **context: Any) -> Any:
        first = (self.query.combined_queries or [self.query])[0]
        names = [*first.values_select, *first.annotation_select]
        columns = ", ".join(map(connection.ops.quote_name, names))
        # The names are those of the queryset's own columns.
        template = f"(SELECT {function.format(columns)} FROM (%(subquery)s) AS listed)"  # noqa: S608
        return self.as_sql(compiler, connection, template=template, **context)
