"""The lock of the relay, on PostgreSQL and (with --embedded) on SQLite."""

import os

import pytest
from django.db import connection

from events.services.relaying import LOCK
from shop.locks import LockLost, try_lock
from tests.concurrency.helpers import run_together
from tests.events.processes import a_holder_of_the_lock
from tests.faults.processes import wait_until

pytestmark = pytest.mark.django_db(transaction=True)


def is_free(name: str) -> bool:
    """As another session sees it."""

    def look() -> bool:
        with try_lock(name) as check:
            return check is not None

    (free,) = run_together(lambda _: look(), [1])
    assert isinstance(free, bool), free
    return free


def test_only_one_has_it_until_it_is_given_back() -> None:
    assert is_free("a")
    with try_lock("a") as check:
        assert check is not None
        check()
        assert not is_free("a")
        assert is_free("b")
    assert is_free("a")


def test_whoever_has_it_cannot_have_it_again() -> None:
    with try_lock("a") as outer:
        with try_lock("a") as inner:
            assert inner is None
        # Nor has the attempt given it away.
        assert outer is not None
        assert not is_free("a")
    assert is_free("a")


def test_an_error_gives_it_back() -> None:
    with pytest.raises(ZeroDivisionError), try_lock("a"):
        raise ZeroDivisionError
    assert is_free("a")


def test_whoever_is_killed_gives_it_back() -> None:
    with a_holder_of_the_lock() as holder:
        assert not is_free(LOCK)
        holder.stop()
        wait_until(lambda: is_free(LOCK), "the lock is free")


@pytest.mark.postgres
def test_a_session_that_ended_has_lost_it() -> None:
    with try_lock("a") as check:
        assert check is not None
        (pid,) = connection.connection.execute("SELECT pg_backend_pid()").fetchone()

        def end() -> None:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])

        run_together(lambda _: end(), [1])
        connection.close()
        # A new one is there as soon as somebody asks, and has no lock.
        connection.ensure_connection()
        with pytest.raises(LockLost):
            check()
    assert is_free("a")


@pytest.mark.postgres
def test_a_session_whose_lock_cannot_be_given_back_is_ended() -> None:
    """Or it would go on in the pool, with the lock, and no relay would ever run."""
    with try_lock("a") as check:
        assert check is not None
        session = connection.connection
        session.execute("SELECT pg_advisory_unlock_all()")
    assert session.closed
    assert is_free("a")


@pytest.mark.embedded
def test_a_child_that_was_forked_meanwhile_does_not_keep_it() -> None:
    with try_lock("a"):
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(writing)
            os.read(reading, 1)  # until the parent is done
            os._exit(0)
        os.close(reading)
    try:
        assert is_free("a")
    finally:
        os.close(writing)
        os.waitpid(child, 0)
