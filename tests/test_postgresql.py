"""A pooled connection that the server has ended is not lent to anybody."""

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from django.db import OperationalError, connections
from psycopg_pool import ConnectionPool

from shop.postgresql.base import DatabaseWrapper, has_something_to_say
from tests.faults.processes import wait_until
from tests.faults.shop import environment, manage

pytestmark = pytest.mark.postgres


@pytest.fixture
def pooled() -> Iterator[DatabaseWrapper]:
    """A way to the database by a pool of its own, as each process of the shop has it.

    (The tests' own connection has none.)
    """
    known = connections["default"].settings_dict
    options = {**known["OPTIONS"], "pool": {"min_size": 1, "max_size": 1, "timeout": 5}}
    name = connections["default"].get_connection_params()["dbname"]
    wrapper = DatabaseWrapper({**known, "NAME": name, "OPTIONS": options}, alias="own")
    wrapper.inc_thread_sharing()
    yield wrapper
    wrapper.close()
    wrapper.close_pool()


def session(wrapper: DatabaseWrapper) -> int:
    """The server's number of the connection that is lent now."""
    with wrapper.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return int(cursor.fetchone()[0])


def end(wrapper: DatabaseWrapper, number: int) -> None:
    """As an administrator does it, or a server that is started again."""
    with psycopg.connect(**wrapper.get_connection_params(), autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s)", [number])
        gone = "SELECT count(*) FROM pg_stat_activity WHERE pid = %s"
        wait_until(
            lambda: other.execute(gone, [number]).fetchone() == (0,), "it is gone"
        )


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        (
            {"DATABASE_URL": "mysql://u@127.0.0.1:1/x"},
            "DATABASE_URL is a postgres:// or sqlite:// address.",
        ),
        (
            {
                "DATABASE_URL": "postgres://u@127.0.0.1:1/x",
                "DATABASE_REPLICA_URL": "mysql://u@127.0.0.1:1/x",
            },
            "DATABASE_REPLICA_URL is a postgres:// address.",
        ),
    ],
)
def test_another_database_is_not_taken_for_postgresql(
    variables: dict[str, str], said: str
) -> None:
    refused = manage(environment(**variables), "check")
    assert refused.returncode == 1
    assert f"ImproperlyConfigured: {said}" in refused.stderr


@pytest.mark.django_db
def test_one_that_was_ended_is_not_lent(pooled: DatabaseWrapper) -> None:
    first = session(pooled)
    pooled.close()
    end(pooled, first)
    second = session(pooled)
    assert second != first
    # It is the pool's from now on.
    pooled.close()
    assert session(pooled) == second


@pytest.mark.django_db
def test_without_a_look_it_would_be_lent(
    pooled: DatabaseWrapper, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = session(pooled)
    pooled.close()
    end(pooled, first)
    monkeypatch.setattr("shop.postgresql.base._lives", lambda connection: True)
    with pytest.raises(OperationalError):
        session(pooled)


@pytest.mark.django_db
def test_one_that_lives_is_not_asked(
    pooled: DatabaseWrapper, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = session(pooled)
    pooled.close()

    def ask(connection: Any) -> None:
        pytest.fail("this takes a moment of each request")

    monkeypatch.setattr(ConnectionPool, "check_connection", staticmethod(ask))
    assert session(pooled) == first


@pytest.mark.django_db
def test_what_else_it_says_does_not_end_it(pooled: DatabaseWrapper) -> None:
    """Such as a notice of another session."""
    with pooled.cursor() as cursor:
        cursor.execute("LISTEN anything")
    first = session(pooled)
    descriptor = pooled.connection.fileno()
    pooled.close()
    with psycopg.connect(**pooled.get_connection_params(), autocommit=True) as other:
        other.execute("NOTIFY anything")
    wait_until(lambda: has_something_to_say(descriptor), "it is told")
    assert session(pooled) == first
