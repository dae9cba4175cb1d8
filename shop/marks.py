"""Marks of what the shop shows: whatever is cached carries those it was made under.

A mark is a key of the cache whose value is like no other. Who changes what pages show
changes the mark once that is committed; who reads takes a cached answer only if its
marks are today's. They are read before the query: a reader that was overtaken by a
write stores old marks, which nobody takes. A mark that is gone has changed.
"""

import itertools
import logging
import os
import sqlite3
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.core.cache import cache
from django.db import DEFAULT_DB_ALIAS, connections, transaction

from shop.redis import TROUBLE
from shop.replica import behind_seconds, from_primary

logger = logging.getLogger(__name__)

# One of all: it changes when it cannot be told what was missed.
EPOCH = "epoch"
# Seconds.
RETRY = 1
_lock = threading.Lock()
_owed = False


def state(found: Mapping[str, Any], marks: Sequence[str]) -> str:
    """The values of the marks as one text; `found` is what the cache had of them."""
    is_owed = _owed
    if is_owed:
        # What was found was read before.
        settle()
    others = _NEVER if is_owed else _others()
    values = [] if others == _NEVER else [_value(found, mark) for mark in marks]
    # A cache that keeps no mark keeps nothing.
    if not values or not all(values):
        # Like no other: what is kept all the same is never taken.
        return _new_value() + _NEVER
    return ":".join(values) + others


def may_keep(found: str) -> bool:
    """Whether there is any use in keeping what is made under this state."""
    return not found.endswith(_NEVER)


def change(*marks: str) -> None:
    """Once the transaction has committed nobody takes what was made under these.

    That comes first of all that follows the commit: pictures are drawn and brokers are
    waited for there, and readers would see yesterday's page for as long.
    """

    def change() -> None:
        values = {mark: _new_value() for mark in marks}
        try:
            _set(values)
        except TROUBLE as error:
            _owe(error)

    connection = transaction.get_connection()
    # robust: the write has happened; a cache that is down must not undo the answer.
    transaction.on_commit(change, robust=True)
    if connection.in_atomic_block:
        connection.run_on_commit.insert(0, connection.run_on_commit.pop())


def making(found: str) -> AbstractContextManager[None]:
    """Read inside of it what is to be stored under this state.

    A replica may not have yet what the marks were changed for: until it surely has,
    the primary is asked, or old rows would be kept under new marks.
    """
    if not may_keep(found):
        return nullcontext()
    values = found.partition(_OTHERS)[0].split(":")
    ages = [time.time() - _made_at(value) for value in values]
    return nullcontext() if min(ages) > behind_seconds() else from_primary()


def renew() -> None:
    """Nobody takes anything that was cached before."""
    cache.delete(EPOCH)


def settle() -> None:
    """What could not be told to the cache is told now, or stays owed."""
    global _owed
    # One tries at a time; nobody waits for that.
    if not _owed or not _lock.acquire(blocking=False):
        return
    try:
        _set({EPOCH: _new_value()})
        _owed = False
    except TROUBLE:
        return
    finally:
        _lock.release()


def _set(values: dict[str, str]) -> None:
    # Not the cache's own functions, which tell nobody that they have failed.
    client: Any = getattr(cache, "client", cache)
    try:
        client.set_many(values, timeout=None)
    except TROUBLE:
        # A Redis that is full takes nothing, but lets go: what is gone has changed.
        client.delete_many(list(values))


def _owe(error: object) -> None:
    """From now on nothing is taken from the cache here, until it hears of the change.

    Where nobody asks, in a worker or a command, a thread goes on trying.
    """
    global _owed
    logger.warning("the cache was not told of a change: %s", error)
    if not _owed:
        _owed = True
        threading.Thread(target=_settle_soon, name="marks", daemon=True).start()


def _settle_soon() -> None:
    pause = threading.Event()
    while _owed:
        pause.wait(RETRY)
        settle()


# --- Without Redis ----------------------------------------------------------------

# Behind the marks, what tells of writes by other processes; or that nothing does.
_OTHERS = "|"
_NEVER = "|never"
# By process, file and its number on the disk: a file that is put back is another one.
_watched: dict[tuple[int, str, int], tuple[int, sqlite3.Connection]] = {}
_opened = itertools.count()


def _others() -> str:
    """Each process has a cache and marks of its own then, and hears of no other's.

    SQLite knows of every commit: pages are kept while nobody writes anything at all.
    Of PostgreSQL without Redis nothing is kept.
    """
    if settings.REDIS_URL:
        return ""
    connection: Any = connections[DEFAULT_DB_ALIAS]
    if connection.vendor != "sqlite":
        return _NEVER
    if connection.is_in_memory_db():
        # A database of this process alone.
        return ""
    try:
        with _lock:
            commits = _commits(connection.settings_dict["NAME"])
    except (sqlite3.Error, OSError):
        return _NEVER
    return f"{_OTHERS}{os.getpid()}.{commits}"


def _commits(name: str) -> str:
    """What is another text after each commit by whomever, and in another file."""
    key = (os.getpid(), str(name), Path(name).stat().st_ino)
    if key not in _watched:
        for _number, old in _watched.values():
            old.close()
        _watched.clear()
        # A connection that writes nothing itself is told of all who do. Each begins to
        # count anew.
        watcher = sqlite3.connect(name, check_same_thread=False)
        _watched[key] = next(_opened), watcher
    number, watcher = _watched[key]
    (version,) = watcher.execute("PRAGMA data_version").fetchone()
    return f"{number}.{version}"


def _value(found: Mapping[str, Any], mark: str) -> str:
    """What the mark is; nothing, if the cache is down."""
    value = found.get(mark)
    if value is None:
        value = _new_value()
        # None of a cache that is down, of which the stubs know nothing.
        added: Any = cache.add(mark, value, timeout=None)
        if added is None:
            return ""
        if not added:
            # Whoever was first has said what it is: all who come together mean it.
            value = cache.get(mark) or ""
    return str(value)


def _new_value() -> str:
    """Like no other, and it tells when it was made."""
    return f"{time.time():.3f}-{uuid4().hex}"


def _made_at(value: str) -> float:
    """Seconds since 1970; of a value that does not tell, now."""
    moment, tells, _rest = value.partition("-")
    return float(moment) if tells else time.time()
