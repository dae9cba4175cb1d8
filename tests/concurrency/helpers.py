"""Start the same thing many times at once."""

import threading
from collections.abc import Callable, Sequence
from typing import Any

from django.db import connections

PATIENCE = 60


def run_together(function: Callable[..., Any], args_list: Sequence[Any]) -> list[Any]:
    """What each call returned or raised, in the order of `args_list`.

    Every call has its own thread and its own database connection, open before the
    first of them starts. An entry that is a tuple is the call's arguments, any other
    is its only one. The test needs `django_db(transaction=True)`: other connections do
    not see what an open transaction has written.
    """
    results: list[Any] = [None] * len(args_list)
    start = threading.Barrier(len(args_list), timeout=PATIENCE)

    def run(place: int, args: tuple[Any, ...]) -> None:
        try:
            connections["default"].ensure_connection()
            start.wait()
            results[place] = function(*args)
        except Exception as error:
            results[place] = error
        finally:
            connections.close_all()

    threads = [
        threading.Thread(
            target=run,
            args=(place, args if isinstance(args, tuple) else (args,)),
            daemon=True,
        )
        for place, args in enumerate(args_list)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    late = sum(thread.is_alive() for thread in threads)
    assert not late, f"{late} of {len(threads)} calls are still running: a deadlock?"
    return results


class Meeting:
    """A point where a twin without its guard waits for the other.

    It makes the unlucky moment certain: both have read before either writes. Reusable;
    one who stays alone goes on after `patience` seconds, so that a guard elsewhere
    shows.
    """

    def __init__(self, parties: int, patience: float = 1) -> None:
        self._barrier = threading.Barrier(parties, timeout=patience)

    def wait(self) -> None:
        try:
            self._barrier.wait()
        except threading.BrokenBarrierError:
            self._barrier.reset()
