"""Each part breaks in each way while people shop: the shop says so, bears it, heals."""

import sys
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.faults.audit import audit, failed_checks
from tests.faults.broker import Listener
from tests.faults.conftest import Tallies
from tests.faults.database import Database, own_name
from tests.faults.processes import wait_until
from tests.faults.test_events import all_arrived, all_letters_came
from tests.stack.load import Readers, shoppers
from tests.stack.proxy import State
from tests.stack.stack import Stack

pytestmark = [pytest.mark.postgres, pytest.mark.redis, pytest.mark.rabbitmq]

# Seconds after which /health has to tell what is so.
PROMISED = 5
# Seconds that a slow part takes for each piece of data, each way.
SLOW = 0.1
WELL: dict[str, Any] = {
    "status": "ok",
    "service": "shop",
    "db": True,
    "redis": True,
    "rabbitmq": True,
}


@pytest.fixture
def stack(template: Database) -> Iterator[Stack]:
    stack = Stack(template, Database(own_name("stack")), replicas=1)
    yield stack
    # Shown of a test that fails.
    sys.stdout.write(f"{stack.said()}\nstarted again: {dict(stack.restarts)}\n")
    stack.close()


def health(stack: Stack, seconds: float) -> tuple[int, dict[str, Any]]:
    answer = httpx.get(f"{stack.url}/health", timeout=max(seconds, 0.01))
    return answer.status_code, answer.json()


def truth_is_told(stack: Stack, truth: dict[str, Any]) -> str:
    """Empty as soon as /health says so; otherwise what it said after the promised time.

    It is asked again and again, as an orchestrator does.
    """
    deadline = time.monotonic() + PROMISED
    said: object = "nothing"
    while (left := deadline - time.monotonic()) > 0:
        try:
            code, said = health(stack, left)
        except httpx.HTTPError as error:
            said = error
            continue
        assert code == (200 if said["db"] else 503)
        if said == truth:
            return ""
        time.sleep(0.05)
    return f"after {PROMISED} s /health says {said} and not {truth}"


def without(part: str) -> dict[str, Any]:
    status = "down" if part == "db" else "degraded"
    return {**WELL, part: False, "status": status}


def break_and_mend(
    stack: Stack, readers: Readers, part: str, state: State, delay: float
) -> list[str]:
    """What was wrong while the part was broken, and when it was back."""
    wire = stack.wires[part]
    what = f"{part} {state.value}{' slowly' if delay else ''}"
    readers.seen()
    wire.become(state, delay=delay)
    broken = state is not State.OPEN
    truth = without(part) if broken else WELL
    try:
        wrong = [truth_is_told(stack, truth)]
        wait_until(lambda: sum(readers.answers.values()) >= 20, f"{what}: pages")
        wrong.append(truth_is_told(stack, truth))
    finally:
        wire.become(State.OPEN)
    wrong.append(truth_is_told(stack, WELL))
    seen = readers.seen()
    # A slow database may keep somebody waiting for a connection for too long.
    allowed = {200, 503} if part == "db" else {200}
    wrong += [
        f"{n} answers of the catalog were {answer}"
        for answer, n in seen.items()
        if answer not in allowed
    ]
    if not broken and seen[503] > seen[200] / 4:
        wrong.append(f"{seen[503]} of {seen.total()} answers were 503")
    # Whoever was held up may get a refusal after the end of it, and nobody later.
    wait_until(lambda: readers.answers[200] >= 10, f"{what}: pages are read again")
    return [f"{what}: {sentence}" for sentence in wrong if sentence]


def waiting(stack: Stack) -> list[tuple[Any, ...]]:
    """Events that were not sent, with what kept them, and what the database is at."""
    return [
        *stack.database.rows(
            "SELECT status, attempts, refusals, last_error, next_attempt_at, count(*)"
            " FROM outbox_messages WHERE status <> 'sent' GROUP BY 1, 2, 3, 4, 5"
        ),
        *stack.database.rows(
            "SELECT application_name, state, wait_event, query, now() - state_change"
            " FROM pg_stat_activity WHERE datname = current_database()"
        ),
    ]


def test_every_part_breaks_in_every_way(
    stack: Stack, tallies: Tallies, stock: dict[str, int]
) -> None:
    tally = tallies("each part drops, resets, holds, slows")
    listener = Listener(stack.broker.url)
    pages = ["/", "/api/products", "/api/products?ordering=-price", "/?q=Товар"]
    wrong: list[str] = []
    try:
        assert truth_is_told(stack, WELL) == ""
        with shoppers(stack, tally, stock, pages) as readers:
            for part in stack.wires:
                for state in (State.DROPS, State.RESETS, State.HOLDS):
                    wrong += break_and_mend(stack, readers, part, state, 0)
                wrong += break_and_mend(stack, readers, part, State.OPEN, SLOW)
                tally.injected += 4
            readers.seen()
            wait_until(lambda: readers.answers[200] >= 50, "the shop is itself again")
            wrong += [
                f"in the end {n} {code}"
                for code, n in readers.seen().items()
                if code != 200
            ]
        assert wrong == []
        try:
            all_arrived(stack, listener)
        except AssertionError as error:
            raise AssertionError(f"{error}: {waiting(stack)}") from error
        all_letters_came(stack, stack.post)
        assert audit(stack, tally, stock) == []
        assert failed_checks(stack) == []
        assert (tally.injected, tally.lost) == (12, 0)
        assert [n for n, one in stack.others.items() if not one.is_running()] == []
    finally:
        listener.close()
