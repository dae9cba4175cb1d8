"""Shoppers who look around and buy, for as long as the test wants them to."""

import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import httpx

from tests.faults.buyers import Buyer, make_buyers, plan
from tests.faults.tally import Tally
from tests.faults.test_events import buy
from tests.stack.stack import Stack

BUYERS, READERS = 4, 3
# Seconds before the next page, and before the next order: each makes letters and
# pushes, which the workers of one machine have to keep up with.
THINKS = 0.15
PONDERS = 0.8
LONGEST = 30


class Readers:
    """They read pages of the catalog; `answers` counts what came, by its status."""

    def __init__(self, stack: Stack, pages: list[str]) -> None:
        self.stack = stack
        self.pages = pages
        self.answers: Counter[int | str] = Counter()
        self._lock = threading.Lock()

    def seen(self) -> Counter[int | str]:
        """What came since the last call."""
        with self._lock:
            answers, self.answers = self.answers, Counter()
        return answers

    def read(self, over: threading.Event) -> None:
        with httpx.Client(base_url=self.stack.url, timeout=LONGEST) as client:
            turn = 0
            while not over.wait(THINKS):
                turn += 1
                answer: int | str
                try:
                    page = self.pages[turn % len(self.pages)]
                    answer = client.get(page).status_code
                except httpx.TransportError as error:
                    answer = type(error).__name__
                with self._lock:
                    self.answers[answer] += 1


@contextmanager
def shoppers(
    stack: Stack,
    tally: Tally,
    goods: dict[str, int],
    pages: list[str],
) -> Iterator[Readers]:
    """Meanwhile people read and buy; afterwards every purchase has been answered."""
    over = threading.Event()
    readers = Readers(stack, pages)
    lock = threading.Lock()

    def keep_buying(buyer: Buyer) -> None:
        while not over.wait(PONDERS):
            (purchase,) = plan(goods, 1)
            with lock:
                tally.purchases.append(purchase)
            buy(buyer, purchase)

    buyers = make_buyers(stack, tally, BUYERS)
    with ThreadPoolExecutor(BUYERS + READERS) as pool:
        tasks = [pool.submit(keep_buying, buyer) for buyer in buyers]
        tasks += [pool.submit(readers.read, over) for _ in range(READERS)]
        try:
            yield readers
        finally:
            over.set()
        for task in tasks:
            task.result()
    for buyer in buyers:
        buyer.close()
