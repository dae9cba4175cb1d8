"""Web servers are replaced one after the other while people shop: nobody notices."""

from collections.abc import Iterator

import pytest

from tests.faults.audit import audit, failed_checks
from tests.faults.conftest import Tallies
from tests.faults.database import Database, own_name
from tests.faults.processes import wait_until
from tests.stack.load import shoppers
from tests.stack.stack import Stack

pytestmark = [pytest.mark.postgres, pytest.mark.redis, pytest.mark.rabbitmq]
REPLICAS = 2


@pytest.fixture
def stack(template: Database) -> Iterator[Stack]:
    stack = Stack(template, Database(own_name("rollout")), replicas=REPLICAS)
    yield stack
    stack.close()


def test_a_rollout_fails_no_request(
    stack: Stack, tallies: Tallies, stock: dict[str, int]
) -> None:
    tally = tallies("rolling restart of the web servers")
    pages = ["/", "/api/products", "/health", "/cart/"]
    first = {replica.url for replica in stack.replicas}
    with shoppers(stack, tally, stock, pages) as readers:
        for replica in list(stack.replicas):
            stack.replace(replica)
            tally.injected += 1
            # The next one waits until this one is known to be well.
            assert set(readers.seen()) == {200}
            wait_until(lambda: sum(readers.answers.values()) >= 20, "pages are read")
    assert {replica.url for replica in stack.replicas}.isdisjoint(first)
    assert set(readers.seen()) == {200}
    assert audit(stack, tally, stock) == []
    assert failed_checks(stack) == []
    assert (tally.injected, tally.retried, tally.lost) == (REPLICAS, 0, 0)
