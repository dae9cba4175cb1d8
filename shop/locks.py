"""Locks that are not rows."""

import fcntl
import os
import threading
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psycopg
from django.db import DEFAULT_DB_ALIAS, OperationalError, connection, connections

# A connection past the pooler, if there is one.
DIRECT = "direct"
# Names whose lock this thread holds: PostgreSQL would let a session have it twice.
_mine = threading.local()


class LockLost(OperationalError):
    """The database ended the session that held the lock: somebody else may have it."""


def lock_for_transaction(name: str) -> None:
    """Only one transaction at a time holds this name, until it ends.

    An advisory lock on PostgreSQL. SQLite needs none: its IMMEDIATE transactions
    already run one after the other.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_key(name)])


@contextmanager
def try_lock(name: str) -> Iterator[Callable[[], None] | None]:
    """Hold the name without a transaction, or get None at once if somebody has it.

    What one gets is a function that raises `LockLost` if the lock is not held any
    more. Whoever dies gives the lock back: it belongs to the session on PostgreSQL, and
    to an open file beside the database on SQLite. Behind a pooler that gives sessions
    away after each transaction it is a session of DATABASE_DIRECT_URL.
    """
    names: set[str] = _mine.__dict__.setdefault("names", set())
    if name in names:
        yield None
        return
    hold = _session_lock if connection.vendor == "postgresql" else _file_lock
    with hold(name) as check:
        if check is None:
            yield None
            return
        names.add(name)
        try:
            yield check
        finally:
            names.discard(name)


def _key(name: str) -> int:
    return zlib.crc32(name.encode())


@contextmanager
def _session_lock(name: str) -> Iterator[Callable[[], None] | None]:
    key = _key(name)
    is_apart = DIRECT in connections.settings
    holder = connections[DIRECT if is_apart else DEFAULT_DB_ALIAS]
    with holder.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [key])
        (held,) = cursor.fetchone()
    if not held:
        yield None
        if is_apart:
            _close_unless_held()
        return
    session = holder.connection

    def check() -> None:
        # Django opens another connection where one was lost, and says nothing.
        lost = holder.connection is not session or session.closed
        if is_apart and not lost:
            # What the holder does goes another way, and would not notice.
            try:
                session.execute("SELECT 1")
            except psycopg.Error:
                lost = True
        if lost:
            raise LockLost(f"the session that held the lock {name} has ended")

    try:
        yield check
    finally:
        if not _unlock(session, key):
            # Never back to the pool with the lock: its session ends here.
            with suppress(Exception):
                session.close()
            if holder.connection is session and not holder.in_atomic_block:
                holder.close()
        if is_apart:
            _close_unless_held()


def _close_unless_held() -> None:
    """A direct session is open only while this thread holds, or asks for, a lock."""
    if not _mine.__dict__.get("names"):
        connections[DIRECT].close()


def _unlock(session: Any, key: int) -> bool:
    try:
        row = session.execute("SELECT pg_advisory_unlock(%s)", [key]).fetchone()
    except Exception:
        return False
    return bool(row and row[0])


@contextmanager
def _file_lock(name: str) -> Iterator[Callable[[], None] | None]:
    # A descriptor of its own each time: threads of one process then exclude each other.
    path = Path(f"{connection.settings_dict['NAME']}.{name}.lock")
    lock = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield None
            return
        yield lambda: None
    finally:
        # A child forked meanwhile has the file too: closing it here is not enough.
        fcntl.flock(lock, fcntl.LOCK_UN)
        os.close(lock)
