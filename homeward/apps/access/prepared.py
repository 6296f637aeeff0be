"""Statements compiled once and run many times, for the few that every incoming interview needs.

Django compiles a query anew each time it runs, which for a small query costs ten times what running it costs. What a
statement says stays an ordinary queryset, so that scope is still defined in one place.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Generic, TypeVar
from uuid import UUID, uuid4

from django.db import connection
from django.db.models import Model, QuerySet

Row = TypeVar("Row", bound=Model)
Value = str | bytes | UUID


class Prepared(Generic[Row]):
    """One row by a few values. `build` makes the queryset; the kinds say which parameters change: str, bytes, UUID."""

    def __init__(self, build: Callable[..., QuerySet[Row]], **kinds: type[Value]) -> None:
        self.build, self.kinds = build, kinds
        self._compiled: dict[str, _Compiled] = {}

    def first(self, **values: Value) -> Row | None:
        """Raises KeyError for a value that `build` did not use."""
        compiled = self._compiled.get(connection.vendor)
        if compiled is None:
            compiled = self._compiled[connection.vendor] = self._compile()
        params = [_stored(values[name], param) if name else param for name, param in compiled.params]
        with connection.cursor() as cursor:
            cursor.execute(compiled.sql, params)
            found = cursor.fetchone()
        if found is None:
            return None
        row = list(found)
        for at, (functions, expression) in compiled.converters:
            for function in functions:
                row[at] = function(row[at], expression, connection)
        made: Row = compiled.model.from_db(connection.alias, compiled.names, row[: len(compiled.names)])
        for name, at in compiled.annotations:
            setattr(made, name, row[at])
        return made

    def _compile(self) -> _Compiled:
        marks = {name: _mark(kind) for name, kind in self.kinds.items()}
        rows = self.build(**marks)[:1]
        compiler = rows.query.get_compiler(using=connection.alias)
        sql, params = compiler.as_sql()
        select = [expression for expression, _, _ in compiler.select]
        columns = compiler.klass_info["select_fields"]
        return _Compiled(
            rows.model,
            sql,
            [(_named(param, marks), param) for param in params],
            [select[at].target.attname for at in columns],
            list(compiler.get_converters(select).items()),
            list(compiler.annotation_col_map.items()),
        )


class _Compiled:
    __slots__ = ("annotations", "converters", "model", "names", "params", "sql")

    def __init__(
        self,
        model: Any,
        sql: str,
        params: list[tuple[str, Any]],
        names: list[str],
        converters: list[tuple[int, Any]],
        annotations: list[tuple[str, int]],
    ) -> None:
        self.model, self.sql, self.params = model, sql, params
        self.names, self.converters, self.annotations = names, converters, annotations


def _mark(kind: type[Value]) -> Value:
    """A value that occurs nowhere else, to be found again among the parameters."""
    mark = uuid4()
    return mark if kind is UUID else mark.bytes if kind is bytes else mark.hex[:9]


def _named(param: Any, marks: dict[str, Value]) -> str:
    return next((name for name, mark in marks.items() if _plain(param) in (mark, _hex(mark))), "")


def _plain(param: Any) -> Any:
    """Without the wrapper in which a driver hands over bytes."""
    inner = getattr(param, "obj", param)
    return bytes(inner) if isinstance(inner, (bytes, bytearray, memoryview)) else inner


def _hex(mark: Value) -> Value:
    return mark.hex if isinstance(mark, UUID) else mark


def _stored(value: Value, like: Any) -> Any:
    """As this database keeps it: SQLite has ids as text, and each driver its own wrapper for bytes."""
    if isinstance(value, UUID):
        return value.hex if isinstance(like, str) else value
    return type(like)(value) if isinstance(value, bytes) else value


_INSERTS: dict[tuple[str, type[Model]], tuple[str, str, tuple[Any, ...]]] = {}


class Insertion:
    """Rows of one model, complete with their ids, as one statement: made outside a transaction, run inside."""

    def __init__(self, rows: Sequence[Model]) -> None:
        self.rows = rows
        if rows:
            model = type(rows[0])
            head, places, fields = _INSERTS.get((connection.vendor, model)) or _insert_of(model)
            self.sql = f"{head} VALUES {', '.join([places] * len(rows))}"
            self.values = [
                field.get_db_prep_save(field.pre_save(row, add=True), connection=connection)
                for row in rows
                for field in fields
            ]

    def run(self) -> None:
        """IntegrityError as Django raises it."""
        if not self.rows:
            return
        with connection.cursor() as cursor:
            cursor.execute(self.sql, self.values)
        for row in self.rows:
            row._state.adding, row._state.db = False, connection.alias


def _insert_of(model: type[Model]) -> tuple[str, str, tuple[Any, ...]]:
    quote = connection.ops.quote_name
    fields = tuple(model._meta.local_concrete_fields)
    columns = ", ".join(quote(str(field.column)) for field in fields)
    made = (f"INSERT INTO {quote(model._meta.db_table)} ({columns})", f"({', '.join(['%s'] * len(fields))})", fields)
    _INSERTS[connection.vendor, model] = made
    return made
