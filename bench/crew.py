"""Clients in processes of their own, kept from row to row: none waits for a GIL.

A client prepares a job, says so, and waits for the word; the clock runs only from
there. Children import Django themselves, so that nothing is shared with the parent.
"""

import gc
import multiprocessing
from collections.abc import Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from time import perf_counter
from types import TracebackType
from typing import Any

import django

# Seconds for the slowest preparation, and for the slowest row.
PATIENCE = 600


@dataclass(frozen=True)
class Timing:
    """When the first purchase of a row began and the last one ended, and each's time.

    Seconds, by the clock that all processes of a machine share.
    """

    started: float
    ended: float
    taken: list[float]


class Crew:
    """So many clients. Leaving the `with` ends them."""

    def __init__(self, clients: int) -> None:
        # A fork would share the parent's open connections.
        context = multiprocessing.get_context("spawn")
        self._lines: list[Connection] = []
        self._clients = []
        for _ in range(clients):
            here, there = context.Pipe()
            client = context.Process(target=_work, args=(there,), daemon=True)
            client.start()
            there.close()
            self._lines.append(here)
            self._clients.append(client)

    def __enter__(self) -> "Crew":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for line in self._lines:
            line.close()
        for client in self._clients:
            client.join(5)
            client.terminate()

    def run(self, job: str, shares: Sequence[Sequence[Any]], *args: Any) -> Timing:
        """Each client does its share of purchases at once; all have prepared before."""
        lines = self._lines[: len(shares)]
        for line, share in zip(lines, shares, strict=True):
            line.send((job, share, args))
        for line in lines:
            _receive(line)
        for line in lines:
            line.send("go")
        done = [_receive(line) for line in lines]
        return Timing(
            min(started for started, _, _ in done),
            max(ended for _, ended, _ in done),
            [seconds for _, _, taken in done for seconds in taken],
        )


def _receive(line: Connection) -> Any:
    if not line.poll(PATIENCE):
        raise TimeoutError("A client of the bench does not answer.")
    answer = line.recv()
    if isinstance(answer, Exception):
        raise answer
    return answer


def _work(line: Connection) -> None:
    """Do jobs until the parent hangs up."""
    django.setup()
    from bench.jobs import JOBS

    while True:
        try:
            job, share, args = line.recv()
        except EOFError:
            return
        try:
            purchases = JOBS[job](share, *args)
            gc.collect()
            line.send("ready")
            line.recv()
            line.send(_timed(purchases))
        except Exception as error:
            line.send(RuntimeError(f"{job}: {error!r}"))


def _timed(purchases: list[Any]) -> tuple[float, float, list[float]]:
    taken = []
    started = before = perf_counter()
    for purchase in purchases:
        purchase()
        now = perf_counter()
        taken.append(now - before)
        before = now
    return started, before, taken
