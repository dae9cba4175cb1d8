"""Locks that are not rows."""

import fcntl
import os
import threading
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from django.db import OperationalError, connection

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
    more. Whoever dies gives the lock back: it belongs to the session on PostgreSQL
    (so no pooler may share that session's connection between transactions), and to an
    open file beside the database on SQLite.
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
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [key])
        (held,) = cursor.fetchone()
    if not held:
        yield None
        return
    session = connection.connection

    def check() -> None:
        # Django opens another connection where one was lost, and says nothing.
        if connection.connection is not session or session.closed:
            raise LockLost(f"the session that held the lock {name} has ended")

    try:
        yield check
    finally:
        if not _unlock(session, key):
            # Never back to the pool with the lock: its session ends here.
            with suppress(Exception):
                session.close()
            if connection.connection is session and not connection.in_atomic_block:
                connection.close()


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
