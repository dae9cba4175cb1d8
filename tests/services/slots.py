"""Numbers that no two test runs on one machine hold at the same time."""

import fcntl
import os
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path

# Open for as long as the process lives; the system lets go of the locks after it.
_held: list[int] = []


def claim(
    purpose: str,
    numbers: Iterable[int],
    suits: Callable[[int], bool],
    directory: str = "",
) -> int | None:
    """The first number that is free and suits, held until this process ends.

    All who share the numbers share the directory; by default they share the machine.
    """
    for number in numbers:
        path = (
            Path(directory or tempfile.gettempdir()) / f"duken-test-{purpose}-{number}"
        )
        try:
            lock = os.open(path, os.O_CREAT | os.O_RDWR, 0o600)
        except OSError:
            continue
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(lock)
            continue
        if suits(number):
            _held.append(lock)
            return number
        os.close(lock)
    return None
