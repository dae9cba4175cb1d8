"""Rows by the thousand: past the ORM's long statements, with its own field values.

PostgreSQL takes them by COPY, SQLite row by row with one prepared statement. Nobody is
told (no signals), and constraints hold as always.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.db import connections, models, router

Rows = Iterable[Sequence[Any]]
# So few are one ordinary statement.
FEW = 50
# Of rows that the database numbers so many: only a statement tells their numbers.
PART = 500


def create_objects(model: type[models.Model], objects: Sequence[Any]) -> None:
    """Insert new instances in whichever way is quicker for so many."""
    if len(objects) <= FEW:
        _create_few(model, objects)
    elif _is_numbered(model, objects):
        for start in range(0, len(objects), PART):
            _create_few(model, objects[start : start + PART])
    else:
        insert_objects(model, objects)


def _is_numbered(model: type[models.Model], objects: Sequence[Any]) -> bool:
    """Whether the database gives these rows their keys."""
    return isinstance(model._meta.pk, models.AutoField) and objects[0].pk is None


def _create_few(model: type[models.Model], objects: Sequence[Any]) -> None:
    """One statement, which is not built anew from the model's fields each time."""
    if not objects:
        return
    meta = model._meta
    numbered = _is_numbered(model, objects)
    fields = [field for field in meta.concrete_fields if not field.generated]
    if numbered:
        fields.remove(meta.pk)
    rows = _values(fields, objects, add=True)
    keys = _Table(model).insert_few(fields, rows, meta.pk if numbered else None)
    for item, key in zip(objects, keys, strict=True):
        if numbered:
            item.pk = key
        item._state.adding, item._state.db = False, router.db_for_write(model)


def insert_rows(model: type[models.Model], names: Sequence[str], rows: Rows) -> None:
    """Insert a row for each sequence of values, which stand in the order of `names`.

    Other columns get their fields' defaults.
    """
    named = [_column(model, name) for name in names]
    others = [
        field
        for field in model._meta.concrete_fields
        if field not in named
        and (field.has_default() or not field.null)
        # The database numbers such rows itself.
        and not isinstance(field, models.AutoField)
    ]
    filled = ([*row, *(field.get_default() for field in others)] for row in rows)
    _Table(model).insert([*named, *others], filled)


def insert_objects(model: type[models.Model], objects: Sequence[Any]) -> None:
    """Insert new instances, every column of theirs, keys included."""
    fields = [field for field in model._meta.concrete_fields if not field.generated]
    _Table(model).insert(fields, _values(fields, objects, add=True))
    for item in objects:
        item._state.adding = False


def update_objects(
    model: type[models.Model], objects: Sequence[Any], names: Sequence[str]
) -> None:
    """Write these fields of existing instances, found by primary key."""
    if objects:
        fields = [_column(model, name) for name in (*names, "pk")]
        _Table(model).update(fields, _values(fields, objects, add=False))


def _column(model: type[models.Model], name: str) -> Any:
    return model._meta.pk if name == "pk" else model._meta.get_field(name)


def _values(fields: list[Any], objects: Iterable[Any], *, add: bool) -> Iterator[Any]:
    for item in objects:
        yield [field.pre_save(item, add) for field in fields]


class _Table:
    def __init__(self, model: type[models.Model]) -> None:
        self.connection: Any = connections[router.db_for_write(model)]
        self.quote = self.connection.ops.quote_name
        self.name = self.quote(model._meta.db_table)

    def insert(self, fields: list[Any], rows: Rows) -> None:
        if self.connection.vendor == "postgresql":
            self._copy(self.name, fields, rows)
            return
        marks = ", ".join(["%s"] * len(fields))
        self._each(
            f"INSERT INTO {self.name} ({self._names(fields)}) VALUES ({marks})",  # noqa: S608 - own names  # nosec B608
            fields,
            rows,
        )

    def insert_few(
        self, fields: list[Any], rows: Rows, key: Any | None
    ) -> Sequence[Any]:
        """The keys that the database has given, in order; None each without `key`."""
        prepared = list(self._prepared(fields, rows))
        marks = f"({', '.join(['%s'] * len(fields))})"
        statement = (
            f"INSERT INTO {self.name} ({self._names(fields)})"  # noqa: S608 - own names  # nosec B608
            f" VALUES {', '.join([marks] * len(prepared))}"
        )
        if key is not None:
            statement += f" RETURNING {self.quote(key.column)}"
        with self.connection.cursor() as cursor:
            cursor.execute(statement, [value for row in prepared for value in row])
            if key is None:
                return [None] * len(prepared)
            return [number for (number,) in cursor.fetchall()]

    def update(self, fields: list[Any], rows: Rows) -> None:
        """The last field is the primary key."""
        *written, key = [self.quote(field.column) for field in fields]
        if self.connection.vendor != "postgresql":
            changes = ", ".join(f"{column} = %s" for column in written)
            statement = f"UPDATE {self.name} SET {changes} WHERE {key} = %s"  # noqa: S608 - own names  # nosec B608
            self._each(statement, fields, rows)
            return
        changes = ", ".join(f"{column} = new.{column}" for column in written)
        with self.connection.cursor() as cursor:
            cursor.execute(
                "CREATE TEMPORARY TABLE bulk_update ON COMMIT DROP AS"  # noqa: S608 - own names  # nosec B608
                f" SELECT {self._names(fields)} FROM {self.name} WITH NO DATA"
            )
            self._copy("bulk_update", fields, rows)
            cursor.execute(
                f"UPDATE {self.name} SET {changes} FROM bulk_update AS new"  # noqa: S608 - own names  # nosec B608
                f" WHERE {self.name}.{key} = new.{key}"
            )
            cursor.execute("DROP TABLE bulk_update")

    def _copy(self, table: str, fields: list[Any], rows: Rows) -> None:
        statement = f"COPY {table} ({self._names(fields)}) FROM STDIN"
        with (
            self.connection.cursor() as cursor,
            self.connection.wrap_database_errors,
            cursor.copy(statement) as copy,
        ):
            for row in self._prepared(fields, rows):
                copy.write_row(row)

    def _each(self, statement: str, fields: list[Any], rows: Rows) -> None:
        with self.connection.cursor() as cursor:
            cursor.executemany(statement, list(self._prepared(fields, rows)))

    def _prepared(self, fields: list[Any], rows: Rows) -> Iterator[list[Any]]:
        prepare = [field.get_db_prep_save for field in fields]
        connection = self.connection
        for row in rows:
            yield [
                to_column(value, connection)
                for to_column, value in zip(prepare, row, strict=True)
            ]

    def _names(self, fields: list[Any]) -> str:
        return ", ".join(self.quote(field.column) for field in fields)
