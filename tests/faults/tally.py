"""What was done to the shop and how it answered, counted while it happens."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4


@dataclass
class Purchase:
    """What one buyer wanted under one key, and the order that they were told of."""

    wanted: dict[str, int]
    key: str = field(default_factory=lambda: uuid4().hex)
    order: dict[str, Any] | None = None
    # The payment that waits for it, if one does.
    payment: str = ""

    def placed_at(self) -> str:
        assert self.order
        return str(self.order["created_at"])


class Tally:
    """The figures of one test; many threads write them.

    Every request is either answered or retried: at the end the two are all of them.
    """

    def __init__(self, fault: str) -> None:
        self.fault = fault
        self.injected = self.requests = self.answered = self.retried = self.lost = 0
        # Carts that had to be filled again: only a Redis that died forgets one.
        self.refilled = 0
        # What no fault excuses: an answer 500, a cart with somebody else's goods …
        self.wrong: list[str] = []
        self.purchases: list[Purchase] = []
        self._lock = threading.Lock()
        self._strike: Callable[[], int] | None = None
        self._every = 0
        self._done = 0

    def strike_every(self, every: int, strike: Callable[[], int]) -> None:
        """From now on the fault happens after every so many steps.

        It says how often it did.
        """
        self._every, self._strike, self._done = every, strike, 0

    def step(self) -> None:
        """A buyer has got something done; the others are in the middle of theirs."""
        with self._lock:
            self._done += 1
            due = self._strike if self._every and not self._done % self._every else None
        if due:
            injected = due()
            with self._lock:
                self.injected += injected

    def count(self, *, answered: bool) -> None:
        with self._lock:
            self.requests += 1
            self.answered += answered
            self.retried += not answered

    def refill(self) -> None:
        with self._lock:
            self.refilled += 1

    def complain(self, text: str) -> None:
        with self._lock:
            self.wrong.append(text)

    def row(self) -> dict[str, Any]:
        return {
            "fault": self.fault,
            "injected": self.injected,
            "orders": sum(purchase.order is not None for purchase in self.purchases),
            "requests": self.requests,
            "answered": self.answered,
            "retried": self.retried,
            "lost": self.lost,
        }
