"""Databases of this run beside the one of the other tests, on the same server."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, LiteralString
from urllib.parse import urlsplit, urlunsplit

import environ
import psycopg
from psycopg import sql


def own_name(purpose: str) -> str:
    """The same names again and again: what a killed run left is replaced."""
    found = urlsplit(os.environ["TEST_FOUND_POSTGRES"]).path.rpartition("/")[2]
    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    return f"{found}_{worker}_{purpose}"


class Database:
    """A database that its maker drops, by its address and by plain SQL."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.url = _address(name)

    def create(self, template: str = "template1") -> None:
        self.drop()
        self._on_server(
            sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(
                sql.Identifier(self.name), sql.Identifier(template)
            )
        )

    def drop(self) -> None:
        name = sql.Identifier(self.name)
        self._on_server(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(name))

    def take_connections(self, *, new: bool) -> None:
        """Whether it answers who connects from now on; who is connected stays."""
        self._on_server(
            sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS {}").format(
                sql.Identifier(self.name), sql.Literal(new)
            )
        )

    def rows(self, query: LiteralString, *values: Any) -> list[tuple[Any, ...]]:
        """What the query finds, or nothing for a statement that finds nothing."""
        with _connect(self.name) as connection:
            cursor = connection.execute(query, values)
            return cursor.fetchall() if cursor.description else []

    @contextmanager
    def holding(self, query: LiteralString, *values: Any) -> Iterator[None]:
        """Meanwhile the rows that the query locks are locked."""
        with _connect(self.name) as connection, connection.transaction():
            connection.execute(query, values)
            yield

    def cut_connections(self, number: int) -> int:
        """End so many of the shop's connections, busy ones first; how many there were.

        From the server's side it is what a failover or an administrator does.
        """
        ended = self.rows(
            "SELECT pg_terminate_backend(pid) FROM (SELECT pid FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            " AND backend_type = 'client backend'"
            " ORDER BY state = 'idle', random() LIMIT %s) AS chosen",
            number,
        )
        return sum(done for (done,) in ended)

    def _on_server(self, statement: sql.Composed) -> None:
        with _connect("postgres") as connection:
            connection.execute(statement)


def _address(name: str) -> str:
    """The found DATABASE_URL with another database name at its end."""
    parts = urlsplit(os.environ["TEST_FOUND_POSTGRES"])
    path = parts.path.rpartition("/")[0] + f"/{name}"
    return urlunsplit(parts._replace(path=path))


def _connect(name: str) -> "psycopg.Connection[tuple[Any, ...]]":
    known = environ.Env.db_url_config(_address(name))
    return psycopg.connect(
        host=known["HOST"],
        port=known["PORT"] or None,
        user=known["USER"],
        password=known["PASSWORD"] or None,
        dbname=name,
        autocommit=True,
    )
