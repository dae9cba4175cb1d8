"""One at a time for a chat, in all processes, and free at once when its holder dies.

Not a row lock: what happens meanwhile has transactions of its own, and talks to
Telegram, which nobody does inside of one.
"""

import fcntl
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from django.db import DatabaseError, connection

from telegram_bot.exceptions import ChatBusy

# Seconds; an answer takes a fraction of one, and some more when Telegram is slow.
PATIENCE = 20
PAUSE = 0.05
# Files of a shop on SQLite: two chats may share one.
FILES = 64


@contextmanager
def only_one(name: str, *, patience: float = PATIENCE) -> Iterator[None]:
    """Nobody else holds this name. ChatBusy after so many seconds of waiting."""
    if connection.vendor == "postgresql":
        take, give_back = _in_postgresql(name)
    else:
        take, give_back = _in_file(name)
    deadline = time.monotonic() + patience
    try:
        while not take():
            if time.monotonic() >= deadline:
                raise ChatBusy(name)
            time.sleep(PAUSE)
        yield
    finally:
        give_back()


Lock = tuple[Callable[[], bool], Callable[[], None]]


def _in_postgresql(name: str) -> Lock:
    """An advisory lock of the session, which ends with it."""
    key = [zlib.crc32(b"telegram_bot"), zlib.crc32(name.encode())]
    # The two-key form takes signed numbers of 32 bits.
    params = [number - 2**31 for number in key]
    held = False

    def take() -> bool:
        nonlocal held
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", params)
            held = cursor.fetchone()[0]
        return held

    def give_back() -> None:
        # A connection that broke meanwhile has let go already.
        if not held or connection.connection is None:
            return
        try:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s, %s)", params)
        except DatabaseError:
            # Back in the pool it would hold the lock for good.
            connection.connection.close()
            connection.close()

    return take, give_back


def _in_file(name: str) -> Lock:
    """SQLite is one machine: a lock on a file, which ends with the process."""
    database = Path(str(connection.settings_dict["NAME"]))
    folder = database.with_name(f"{database.name}.locks")
    folder.mkdir(exist_ok=True)
    file = (folder / str(zlib.crc32(name.encode()) % FILES)).open("wb")

    def take() -> bool:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    return take, file.close
