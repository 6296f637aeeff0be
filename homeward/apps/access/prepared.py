"""Statements compiled once and run many times, for the few that every incoming interview needs.

Django compiles a query anew each time it runs, which for a small query costs ten times what running it costs. What a
statement says stays an ordinary queryset, so that scope is still defined in one place.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Generic, TypeVar
from uuid import UUID, uuid4

from django.core.exceptions import EmptyResultSet
from django.db import connection, models
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
            try:
                compiled = self._compiled[connection.vendor] = self._compile()
            except EmptyResultSet:  # Django knows without asking that there is none: a scope without any reach
                return None
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


Adapter = Callable[[Model], Any]
_INSERTS: dict[tuple[str, type[Model]], tuple[str, str, tuple[Adapter, ...]]] = {}
AS_IT_IS = (models.IntegerField, models.BooleanField)
AS_TEXT = (models.CharField, models.TextField)


class Insertion:
    """Rows of one model, complete with their ids, as one statement: made outside a transaction, run inside."""

    def __init__(self, rows: Sequence[Model]) -> None:
        self.rows = rows
        if rows:
            model = type(rows[0])
            head, places, adapters = _INSERTS.get((connection.vendor, model)) or _insert_of(model)
            self.sql = f"{head} VALUES {', '.join([places] * len(rows))}"
            self.values = [adapt(row) for row in rows for adapt in adapters]

    def run(self) -> None:
        """IntegrityError as Django raises it."""
        if not self.rows:
            return
        with connection.cursor() as cursor:
            cursor.execute(self.sql, self.values)
        for row in self.rows:
            row._state.adding, row._state.db = False, connection.alias


def _insert_of(model: type[Model]) -> tuple[str, str, tuple[Adapter, ...]]:
    quote = connection.ops.quote_name
    fields = model._meta.local_concrete_fields
    columns = ", ".join(quote(str(field.column)) for field in fields)
    head = f"INSERT INTO {quote(model._meta.db_table)} ({columns})"
    made = (head, f"({', '.join(['%s'] * len(fields))})", tuple(_adapter(field) for field in fields))
    _INSERTS[connection.vendor, model] = made
    return made


def _adapter(field: Any) -> Adapter:
    """What Django does to a value on its way, without what it does in vain for plain numbers, texts and ids."""
    name = field.attname
    kind = field.target_field if field.remote_field is not None else field
    if isinstance(kind, models.UUIDField):
        if connection.features.has_native_uuid_field:
            return lambda row: getattr(row, name)
        return lambda row: None if (value := getattr(row, name)) is None else value.hex
    if isinstance(kind, AS_IT_IS):
        return lambda row: getattr(row, name)
    if isinstance(kind, AS_TEXT):
        return lambda row: None if (value := getattr(row, name)) is None else str(value)
    return lambda row: field.get_db_prep_save(field.pre_save(row, add=True), connection=connection)
