"""What follows from its key alone, and is therefore never stale."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any, Generic, TypeVar

from django.core.signals import setting_changed

T = TypeVar("T")


class Memo(Generic[T]):
    """The last `size` results of this process, by everything that they depend on.

    Settings are no part of a key: they do not change while a shop runs. Where tests
    change one, all is forgotten.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._known: OrderedDict[Hashable, T] = OrderedDict()
        self._lock = threading.Lock()
        _all.append(self)

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        with self._lock:
            if key in self._known:
                self._known.move_to_end(key)
                return self._known[key]
        made = make()
        with self._lock:
            self._known[key] = made
            while len(self._known) > self._size:
                self._known.popitem(last=False)
        return made

    def forget(self) -> None:
        with self._lock:
            self._known.clear()


_all: list[Memo[Any]] = []


def forget_all(**kwargs: Any) -> None:
    """This process remembers nothing of the kind, as if it had just begun."""
    for memo in _all:
        memo.forget()


setting_changed.connect(forget_all)
