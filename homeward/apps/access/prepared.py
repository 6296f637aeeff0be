"""Statements compiled once and run many times, for the few that every incoming interview needs.

Django compiles a query anew each time it runs, which for a small query costs ten times what running it costs. What a
statement says stays an ordinary queryset, so that scope is still defined in one place.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext, suppress
from datetime import date
from functools import lru_cache
from typing import Any, Generic, TypeVar
from uuid import UUID, uuid4

from django.core.exceptions import EmptyResultSet
from django.db import DEFAULT_DB_ALIAS, connections, models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Model, QuerySet
from django.db.models.base import ModelState

from homeward.apps.access.statements import Statement, as_one, fetch_one, first_row, statements
from homeward.apps.access.writing import writing

Row = TypeVar("Row", bound=Model)
Value = str | bytes | UUID


class Prepared(Generic[Row]):
    """One row by a few values. `build` makes the queryset; the kinds say which parameters change: str, bytes, UUID."""

    def __init__(self, build: Callable[..., QuerySet[Row]], **kinds: type[Value]) -> None:
        self.build, self.kinds = build, kinds
        self._compiled: dict[str, _Compiled] = {}

    def first(self, **values: Value) -> Row | None:
        """Raises KeyError for a value that `build` did not use."""
        connection = connections[DEFAULT_DB_ALIAS]
        compiled = self._known(connection)
        if compiled is None:
            return None
        return self._row(compiled, fetch_one(connection, compiled.statement(values)), connection)

    def first_with(self, insertions: Sequence[Insertion], **values: Value) -> Row | None:
        """The rows inserted, in the transaction that is open or in one of its own, and with them a look at what is
        there besides. Whoever is not seen by it writes at the same time and has not yet committed.
        """
        connection = connections[DEFAULT_DB_ALIAS]
        compiled = self._known(connection)
        if compiled is None or connection.vendor != "postgresql":
            with writing():
                insert_all(insertions)
                return self.first(**values)
        some = [insertion for insertion in insertions if insertion.rows]
        parts = [*((each.sql, each.values) for each in some), compiled.statement(values)]
        with writing() if connection.in_atomic_block else nullcontext():  # where it fails, the outer one goes on
            found = first_row(connection, as_one(parts))
        for insertion in some:
            insertion.done()
        return self._row(compiled, found, connection)

    def _known(self, connection: BaseDatabaseWrapper) -> _Compiled | None:
        """None: Django knows without asking that there is none, as in a scope without any reach."""
        compiled = self._compiled.get(connection.vendor)
        if compiled is None:
            with suppress(EmptyResultSet):
                compiled = self._compiled[connection.vendor] = self._compile(connection.alias)
        return compiled

    def _row(self, compiled: _Compiled, found: Sequence[Any] | None, connection: BaseDatabaseWrapper) -> Row | None:
        if found is None:
            return None
        row = list(found)
        for at, (functions, expression) in compiled.converters:
            for function in functions:
                row[at] = function(row[at], expression, connection)
        values = dict(zip(compiled.names, row, strict=False))
        values.update((name, row[at]) for name, at in compiled.annotations)
        made: Row = _instance(compiled.model, values)
        made._state.adding, made._state.db = False, connection.alias
        return made

    def _compile(self, alias: str) -> _Compiled:
        marks = {name: _mark(kind) for name, kind in self.kinds.items()}
        rows = self.build(**marks)[:1]
        compiler = rows.query.get_compiler(using=alias)
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

    def statement(self, values: Mapping[str, Value]) -> Statement:
        return self.sql, [_stored(values[name], param) if name else param for name, param in self.params]


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


def filled(model: type[Row], **values: Any) -> Row:
    """A new row as its constructor makes it, from the values of columns (`child_id`, not `child`). The constructor
    looks at each argument in many ways and tells everybody who may listen: an interview is eight rows, heard by nobody.
    """
    fixed, made = _defaults(model)
    row = {**fixed, **{name: make() for name, make in made.items() if name not in values}, **values}
    if len(row) != len(model._meta.concrete_fields):
        raise TypeError(f"{model.__name__} has no column {', '.join(values.keys() - fixed.keys() - made.keys())}")
    return _instance(model, row)


def _instance(model: type[Row], values: dict[str, Any]) -> Row:
    row = model.__new__(model)
    row._state = ModelState()
    vars(row).update(values)
    return row


@lru_cache(maxsize=64)
def _defaults(model: type[Model]) -> tuple[dict[str, Any], dict[str, Callable[[], Any]]]:
    """Of each column: what may be shared, and what is made anew for each row."""
    fixed: dict[str, Any] = {}
    made: dict[str, Callable[[], Any]] = {}
    for field in model._meta.concrete_fields:
        if callable(field.default) and field.has_default():
            made[field.attname] = field.get_default
        else:
            fixed[field.attname] = field.get_default()
    return fixed, made


Adapter = Callable[[Any, BaseDatabaseWrapper], Any] | None  # of a value, on a connection; None: as it is
_INSERTS: dict[tuple[str, type[Model]], _Insert] = {}
AS_IT_IS = (models.IntegerField, models.BooleanField)
AS_TEXT = (models.CharField, models.TextField)
NATIVE = (models.UUIDField, models.DateField, models.DecimalField, models.BinaryField)


class Insertion:
    """Rows of one model, complete with their ids, as one statement: made outside a transaction, run inside."""

    def __init__(self, rows: Sequence[Model]) -> None:
        self.rows = rows
        if rows:
            model = type(rows[0])
            connection = connections[DEFAULT_DB_ALIAS]
            insert = _INSERTS.get((connection.vendor, model)) or _insert_of(model, connection)
            self.sql = f"{insert.head} VALUES {', '.join([insert.places] * len(rows))}"
            self.values = insert.values(rows, connection)

    def run(self) -> None:
        """IntegrityError as Django raises it."""
        insert_all([self])

    def done(self) -> None:
        for row in self.rows:
            row._state.adding, row._state.db = False, DEFAULT_DB_ALIAS


def insert_all(insertions: Sequence[Insertion]) -> None:
    """In this order, and on PostgreSQL as one statement."""
    some = [insertion for insertion in insertions if insertion.rows]
    changes = [(insertion.sql, insertion.values) for insertion in some]
    connection = connections[DEFAULT_DB_ALIAS]
    with statements(connection) as run:
        for change in [as_one(changes)] if changes and connection.vendor == "postgresql" else changes:
            run(*change)
    for insertion in some:
        insertion.done()


class _Insert:
    """Of one model: its statement, and what becomes of each value on its way."""

    def __init__(self, model: type[Model], connection: Any) -> None:
        quote = connection.ops.quote_name
        fields = model._meta.local_concrete_fields
        columns = ", ".join(quote(str(field.column)) for field in fields)
        self.head = f"INSERT INTO {quote(model._meta.db_table)} ({columns})"
        self.places = f"({', '.join(['%s'] * len(fields))})"
        self._columns = [(field.attname, _adapter(field, connection)) for field in fields]
        self._stamped = [
            field for field in fields if getattr(field, "auto_now", 0) or getattr(field, "auto_now_add", 0)
        ]

    def values(self, rows: Sequence[Model], connection: BaseDatabaseWrapper) -> list[Any]:
        found: list[Any] = []
        for row in rows:
            for field in self._stamped:
                field.pre_save(row, add=True)
            of_row = vars(row)
            found += [
                of_row[name] if adapt is None else adapt(of_row[name], connection) for name, adapt in self._columns
            ]
        return found


def _insert_of(model: type[Model], connection: Any) -> _Insert:
    made = _INSERTS[connection.vendor, model] = _Insert(model, connection)
    return made


def _adapter(field: Any, connection: Any) -> Adapter:
    """What Django does to a value on its way, without what it does in vain: to plain numbers and texts, to documents,
    and, where the database or its driver has them itself, to ids, days, moments and bytes.
    """
    kind = field.target_field if field.remote_field is not None else field
    native = connection.features.has_native_uuid_field
    if isinstance(kind, AS_IT_IS) or (native and isinstance(kind, NATIVE)) or isinstance(kind, models.BinaryField):
        return None
    if isinstance(kind, AS_TEXT):
        return _text
    if isinstance(kind, models.UUIDField):
        return _hex_digits
    if isinstance(kind, models.JSONField):
        return lambda value, on: None if value is None else on.ops.adapt_json_value(value, kind.encoder)
    if type(kind) is models.DateField:
        return lambda value, on: value.isoformat() if type(value) is date else field.get_db_prep_save(value, on)
    return lambda value, on: field.get_db_prep_save(value, on)


def _text(value: Any, _connection: object) -> Any:
    return value if value is None or type(value) is str else str(value)


def _hex_digits(value: UUID | None, _connection: object) -> str | None:
    return None if value is None else value.hex
