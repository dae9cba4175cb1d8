"""One at a time for a chat, in all processes, and free at once when its holder dies.

Not a row lock: what happens meanwhile has transactions of its own, and talks to
Telegram, which nobody does inside of one.
"""

import time
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from django.db import connection

from shop.locks import try_lock
from telegram_bot.exceptions import ChatBusy

# Seconds; an answer takes a fraction of one, and some more when Telegram is slow.
PATIENCE = 20
PAUSE = 0.05
# Lock files of a shop on SQLite: two chats may share one.
FILES = 64


@contextmanager
def only_one(purpose: str, chat: int, *, patience: float = PATIENCE) -> Iterator[None]:
    """Nobody else does this for the chat. ChatBusy after so many seconds of waiting."""
    key = str(chat)
    if connection.vendor != "postgresql":
        key = str(zlib.crc32(key.encode()) % FILES)
    name = f"telegram-{purpose}-{key}"
    deadline = time.monotonic() + patience
    with ExitStack() as stack:
        while stack.enter_context(try_lock(name)) is None:
            if time.monotonic() >= deadline:
                raise ChatBusy(f"{purpose} {chat}")
            time.sleep(PAUSE)
            stack.pop_all().close()
        yield
