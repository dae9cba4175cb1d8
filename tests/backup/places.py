"""Databases beside that of the tests, and what databases and folders hold."""

import hashlib
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from django.db import connection, connections

from tests.faults.database import Database, own_name


class Elsewhere:
    """A database that the shop can be told to use: empty, or a copy of `template`.

    Who made it drops it.
    """

    def __init__(self, directory: Path, purpose: str, template: str = "") -> None:
        self._on_server: Database | None = None
        self.name = str(directory / f"{purpose}.sqlite3")
        if connection.vendor == "postgresql":
            self._on_server = Database(own_name(purpose))
            self._on_server.create(template or "template0")
            self.name = self._on_server.name
        elif template:
            with (
                closing(sqlite3.connect(template)) as source,
                closing(sqlite3.connect(self.name)) as target,
            ):
                source.backup(target)

    @contextmanager
    def used(self) -> Iterator[None]:
        """Meanwhile the shop's database is this one, for other threads too."""
        usual = connections["default"]
        name = connections.settings["default"]["NAME"]
        connections.settings["default"]["NAME"] = self.name
        connections["default"] = connections.create_connection("default")
        try:
            yield
        finally:
            connections["default"].close()
            connections["default"] = usual
            connections.settings["default"]["NAME"] = name

    def drop(self) -> None:
        if self._on_server:
            self._on_server.drop()


Tables = dict[str, tuple[int, str]]


@dataclass(frozen=True)
class Saved:
    """A shop, its backup, and what it held by then."""

    place: Elsewhere
    path: Path
    tables: Tables
    pictures: dict[str, bytes]


def tables() -> Tables:
    """Each table of the shop's database: how many rows, and a digest of all of them.

    Read by plain SQL: the code under test may not vouch for itself.
    """
    with connection.cursor() as cursor:
        names = [t.name for t in connection.introspection.get_table_list(cursor)]
        found = {}
        for name in names:
            cursor.execute(f'SELECT * FROM "{name}"')  # noqa: S608 - its own name
            rows = sorted(repr(row) for row in cursor.fetchall())
            digest = hashlib.sha256("\n".join(rows).encode()).hexdigest()
            found[name] = (len(rows), digest)
    return found


def files(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def rows_by_column(names: set[str]) -> dict[str, dict[str, list[str]]]:
    """Each column of these tables, in the order of their primary keys."""
    found: dict[str, dict[str, list[str]]] = {}
    with connection.cursor() as cursor:
        for name in names:
            key = connection.introspection.get_primary_key_column(cursor, name)
            cursor.execute(f'SELECT * FROM "{name}" ORDER BY "{key}"')  # noqa: S608
            columns = [str(column[0]) for column in cursor.description]
            rows = cursor.fetchall()
            found[name] = {
                column: [repr(row[place]) for row in rows]
                for place, column in enumerate(columns)
            }
    return found
