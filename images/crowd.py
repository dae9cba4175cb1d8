"""What keeps slow servers of others from taking the threads of the shop."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager

from images.exceptions import TooManyAtOnce
from images.storage import Picture

# Seconds that somebody waits for a place: a page of thumbnails asks for many at once.
PATIENCE = 2


class Places:
    """So many fetch at a time, half as many wait for them, the others come again."""

    def __init__(self, size: int) -> None:
        self._door = threading.BoundedSemaphore(size + size // 2)
        self._seats = threading.BoundedSemaphore(size)

    @contextmanager
    def door(self) -> Iterator[None]:
        """Inside, or TooManyAtOnce: nobody waits outside."""
        if not self._door.acquire(blocking=False):
            raise TooManyAtOnce
        try:
            yield
        finally:
            self._door.release()

    @contextmanager
    def seat(self) -> Iterator[None]:
        """A place to fetch, or TooManyAtOnce if none becomes free soon."""
        if not self._seats.acquire(timeout=PATIENCE):
            raise TooManyAtOnce
        try:
            yield
        finally:
            self._seats.release()


class Shared:
    """A picture that several threads ask for at once is made by one, for all."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: dict[str, Future[Picture]] = {}

    def do(self, key: str, make: Callable[[], Picture]) -> Picture:
        """What `make` returns or raises, whoever of those that ask calls it."""
        mine: Future[Picture] = Future()
        with self._lock:
            running = self._running.setdefault(key, mine)
        if running is not mine:
            return running.result()
        try:
            picture = make()
        except BaseException as error:
            mine.set_exception(error)
            raise
        else:
            mine.set_result(picture)
            return picture
        finally:
            with self._lock:
                del self._running[key]
