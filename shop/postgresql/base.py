"""Pooled connections are looked at before they are lent, and not asked.

Django's own check (CONN_HEALTH_CHECKS) is a question and an answer for every request.
A server that ends a connection says so, and what it has said lies there to be read.
"""

import select
from typing import Any

import psycopg
from django.db.backends.postgresql import base
from psycopg_pool import ConnectionPool


class DatabaseWrapper(base.DatabaseWrapper):
    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """A connection that nobody has ended, as far as this machine knows."""
        connection = super().get_new_connection(conn_params)
        while self.pool and not _lives(connection):
            # The pool makes another one in its place.
            self.pool.putconn(connection)
            connection = super().get_new_connection(conn_params)
        return connection


def _lives(connection: psycopg.Connection[Any]) -> bool:
    """False: it is closed now."""
    try:
        if not has_something_to_say(connection.fileno()):
            return True
        # A notice, or that it is over.
        ConnectionPool.check_connection(connection)
    except psycopg.Error:
        connection.close()
        return False
    return True


def has_something_to_say(descriptor: int) -> bool:
    """Whether the other end has sent something that nobody has read, or has gone."""
    looks = select.poll()
    looks.register(descriptor, select.POLLIN)
    return bool(looks.poll(0))
