"""Reservations run out while the money arrives, in a real worker of Celery."""

import os
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import count

import pytest
from celery import Celery

from tests.faults.audit import audit, failed_checks
from tests.faults.buyers import close_all, plan, share
from tests.faults.conftest import Shops, Tallies
from tests.faults.database import own_name
from tests.faults.payers import (
    Payer,
    Provider,
    ends_of,
    let_reservations_run_out,
    make_payers,
    make_providers,
)
from tests.faults.processes import Process, wait_until
from tests.faults.shop import Shop
from tests.faults.tally import Purchase, Tally

pytestmark = [pytest.mark.postgres, pytest.mark.redis, pytest.mark.rabbitmq]
EXPIRE = "payments.tasks.expire_orders"
# How an order ends: itself, its payment, events kept, events announced.
PAID = ("paid", "succeeded", 1, "order_created order_paid payment_succeeded")
LATE = ("canceled", "refund_due", 1, "order_canceled order_created payment_succeeded")
_numbers = count(1)


@pytest.fixture
def celery(rabbitmq_url: str) -> Iterator[Celery]:
    """Sends tasks to the workers of this test, by a queue of its own."""
    app = Celery("faults", broker=rabbitmq_url, set_as_current=False)
    # Another name each time: a producer believes what it once declared to be there.
    app.conf.task_default_queue = own_name(f"tasks{next(_numbers)}")
    yield app
    with app.connection_for_write() as broker:
        queue = app.amqp.queues[app.conf.task_default_queue](broker.default_channel)
        queue.delete()
        queue.exchange.delete()
    app.close()


@pytest.fixture
def shop(celery: Celery, open_shop: Shops, rabbitmq_url: str) -> Shop:
    # Asked for after the queue, so closed before it: workers would make it anew.
    return open_shop(
        RABBITMQ_URL=rabbitmq_url, FAULTS_QUEUE=celery.conf.task_default_queue
    )


def start_worker(shop: Shop) -> Process:
    return shop.run(
        *("celery", "-A", "shop", "worker", "--concurrency", "2"),
        *("--loglevel", "warning", "--hostname", f"faults-{os.getpid()}@%h"),
        *("--without-gossip", "--without-mingle", "--without-heartbeat"),
    )


def pay(provider: Provider, purchase: Purchase) -> None:
    provider.tell(purchase, "succeeded")


def place_and_forget(shop: Shop, tally: Tally) -> None:
    """All the orders wait for their payment, and have waited long enough."""
    payers = make_payers(shop, tally)
    share(payers, tally, tally.purchases, Payer.start)
    close_all(payers)
    let_reservations_run_out(shop, tally.purchases)


def canceled(shop: Shop) -> int:
    found = shop.database.rows(
        "SELECT count(*) FROM orders_order WHERE status = 'canceled'"
    )
    return int(found[0][0])


@contextmanager
def worker_in_the_middle(shop: Shop, celery: Celery, done: int) -> Iterator[Process]:
    """A worker has canceled so many orders, and waits for the lock of the next."""
    lock_next = (
        "SELECT 1 FROM orders_order WHERE id = (SELECT id FROM orders_order"
        " ORDER BY created_at LIMIT 1 OFFSET %s) FOR UPDATE"
    )
    with shop.database.holding(lock_next, done):
        worker = start_worker(shop)
        celery.send_task(EXPIRE)
        wait_until(lambda: canceled(shop) == done, f"{done} orders are canceled")
        yield worker


def test_money_and_the_end_of_a_reservation_come_at_once(
    shop: Shop, celery: Celery, tallies: Tallies, stock: dict[str, int]
) -> None:
    tally = tallies("reservations end as the money comes")
    tally.purchases = plan(stock, 100)
    place_and_forget(shop, tally)
    # The worker begins with the oldest.
    tally.purchases.sort(key=Purchase.placed_at, reverse=True)
    money = [each for each in tally.purchases for _ in range(2)]
    providers = make_providers(shop, tally, 8)
    with worker_in_the_middle(shop, celery, done=20):
        share(providers, tally, money[:20], pay)
    # From here the worker, the command and the money meet somewhere.
    with ThreadPoolExecutor() as pool:
        command = pool.submit(shop.manage, "expire_orders")
        celery.send_task(EXPIRE)
        tally.strike_every(40, shop.kill_worker)
        share(providers, tally, money[20:], pay)
        assert command.result().returncode == 0
    close_all(providers)
    ends = Counter(ends_of(shop).values())
    assert set(ends) == {PAID, LATE}
    assert ends[PAID] >= 10
    assert ends[LATE] >= 20
    assert ends.total() == 100
    assert audit(shop, tally, stock) == []
    assert failed_checks(shop) == []
    assert (tally.injected, tally.lost) == (4, 0)


def test_a_task_whose_worker_was_killed_is_done_by_another(
    shop: Shop, celery: Celery, tallies: Tallies, stock: dict[str, int]
) -> None:
    tally = tallies("kill -9 of a Celery worker")
    tally.purchases = plan(stock, 40)
    place_and_forget(shop, tally)
    with worker_in_the_middle(shop, celery, done=20) as worker:
        worker.stop()
    tally.injected = 1
    assert canceled(shop) == 20
    start_worker(shop)
    wait_until(lambda: canceled(shop) == 40, "another worker has canceled the rest")
    assert set(ends_of(shop).values()) == {
        ("canceled", "canceled", 0, "order_canceled order_created")
    }
    assert audit(shop, tally, stock) == []
    assert failed_checks(shop) == []
