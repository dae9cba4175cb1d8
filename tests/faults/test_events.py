"""The broker stops, relays and workers die: every event arrives, each in its order."""

import random
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator
from functools import partial

import pytest

from tests.faults.audit import audit, failed_checks
from tests.faults.broker import Listener, OwnBroker
from tests.faults.buyers import Buyer, make_buyers, plan, share
from tests.faults.conftest import Shops, Tallies
from tests.faults.post import PostOffice
from tests.faults.processes import Process, wait_until
from tests.faults.shop import Shop
from tests.faults.tally import Purchase, Tally

pytestmark = [pytest.mark.postgres, pytest.mark.redis, pytest.mark.rabbitmq]

ORDERS = 200


@pytest.fixture
def broker() -> Iterator[OwnBroker]:
    broker = OwnBroker()
    yield broker
    broker.close()


@pytest.fixture
def listener(broker: OwnBroker) -> Iterator[Listener]:
    listener = Listener(broker.url)
    yield listener
    listener.close()


@pytest.fixture
def post() -> Iterator[PostOffice]:
    post = PostOffice()
    yield post
    post.close()


@pytest.fixture
def shop(open_shop: Shops, broker: OwnBroker, post: PostOffice) -> Shop:
    return open_shop(RABBITMQ_URL=broker.url, EMAIL_URL=post.url)


def worker(shop: Shop) -> Process:
    return shop.run(
        *("celery", "-A", "shop", "worker", "--concurrency", "2"),
        *("--loglevel", "warning", "--hostname", "events@%h"),
        *("--without-gossip", "--without-mingle", "--without-heartbeat"),
    )


def beat(shop: Shop) -> Process:
    schedule = shop.directory / "beat"
    return shop.run(
        *("celery", "-A", "shop", "beat", "--loglevel", "warning"),
        *("--schedule", str(schedule), "--pidfile", ""),
    )


def relay(shop: Shop, name: str = "relay") -> Process:
    """The database knows it by its name."""
    return shop.run("django", "publish_outbox", PGAPPNAME=name)


def active_relay(shop: Shop) -> str:
    """The name of the one that holds the lock; empty while nobody does."""
    found = shop.database.rows(
        "SELECT application_name FROM pg_locks JOIN pg_stat_activity USING (pid)"
        " WHERE locktype = 'advisory' AND datname = current_database()"
    )
    return str(found[0][0]) if found else ""


def write_backlog(shop: Shop, things: int, each: int) -> None:
    """So many things with so many events each, by turns, none of them sent."""
    shop.database.rows(
        "INSERT INTO outbox_messages (id, event_type, aggregate, payload, status,"
        " attempts, refusals, last_error, created_at)"
        " SELECT gen_random_uuid(), 'order_paid', 'thing-' || thing, '{}', 'pending',"
        " 0, 0, '', now() FROM generate_series(1, %s) AS turn,"
        " generate_series(1, %s) AS thing ORDER BY turn, thing",
        each,
        things,
    )


def buy(buyer: Buyer, purchase: Purchase) -> None:
    """Every second order is called off at once: its events have an order to keep."""
    buyer.order_lines(purchase)
    if int(purchase.key, 16) % 2 and purchase.order:
        answer = buyer.ask("PATCH", f"/api/orders/{purchase.order['id']}/cancel")
        if answer.status_code != 200:
            buyer.tally.complain(f"cancel: {answer.status_code} {answer.text[:200]}")


def buy_everything(shop: Shop, tally: Tally) -> None:
    buyers = make_buyers(shop, tally)
    share(buyers, tally, tally.purchases, buy)
    for buyer in buyers:
        buyer.close()


def unsent(shop: Shop) -> int:
    query = "SELECT count(*) FROM outbox_messages WHERE status <> 'sent'"
    return int(shop.database.rows(query)[0][0])


def fewer_unsent(shop: Shop, number: int) -> bool:
    return unsent(shop) < number


def all_arrived(shop: Shop, listener: Listener) -> None:
    """Every event was sent and heard, and those of one thing in their order."""
    wait_until(lambda: not unsent(shop), "everything is sent")
    rows = shop.database.rows(
        # The goods are older than the listener.
        "SELECT id::text, aggregate FROM outbox_messages"
        " WHERE event_type <> 'product_created' ORDER BY position"
    )
    wait_until(lambda: len(listener.first_heard()) >= len(rows), "everything is heard")
    heard = listener.first_heard()
    assert set(heard) == {pk for pk, _ in rows}
    about = dict(rows)
    written, arrived = defaultdict(list), defaultdict(list)
    for pk, aggregate in rows:
        written[aggregate].append(pk)
    for pk in heard:
        arrived[about[pk]].append(pk)
    assert arrived == written
    # There was an order to keep.
    assert max(map(len, written.values())) > 1


def all_letters_came(shop: Shop, post: PostOffice) -> int:
    """Each letter that ought to have been written came; how many came again."""
    wait_until(lambda: not unanswered(shop), "every subscriber has answered")
    wait_until(lambda: not unposted(shop), "every letter is sent")
    placed, canceled, people = shop.database.rows(
        "SELECT count(*), count(*) FILTER (WHERE status = 'canceled'),"
        " (SELECT count(*) FROM accounts_user) FROM orders_order"
    )[0]
    times = post.times()
    assert len(times) == placed + canceled + people
    about_orders = [letter for letter in post.letters if "№" in letter["Subject"]]
    assert len({(one["To"], one["Subject"]) for one in about_orders}) == (
        placed + canceled
    )
    return sum(n - 1 for n in times.values())


def unanswered(shop: Shop) -> int:
    query = "SELECT count(*) FROM events_delivery WHERE status <> 'done'"
    return int(shop.database.rows(query)[0][0])


def unposted(shop: Shop) -> int:
    # What a killed worker was about to send is somebody else's after minutes. Here
    # nothing takes ten seconds, so such a letter has waited long enough.
    shop.database.rows(
        "UPDATE notifications_letter SET claimed_at = now() - interval '1 day'"
        " WHERE status = 'sending' AND claimed_at < now() - interval '10 seconds'"
    )
    query = "SELECT count(*) FROM notifications_letter WHERE status <> 'sent'"
    return int(shop.database.rows(query)[0][0])


def test_while_the_broker_is_stopped_orders_go_on(
    broker: OwnBroker,
    listener: Listener,
    shop: Shop,
    post: PostOffice,
    tallies: Tallies,
    stock: dict[str, int],
) -> None:
    worker(shop), beat(shop)
    tally = tallies("RabbitMQ stopped and started")
    tally.purchases = plan(stock, ORDERS)
    strikes: list[Callable[[], None]] = [broker.stop_app, broker.start_app]

    one_at_a_time = threading.Lock()

    def strike() -> int:
        # A node that is slow to stop is not started meanwhile.
        with one_at_a_time:
            if not strikes:
                return 0
            strikes.pop(0)()
            return int(bool(strikes))

    tally.strike_every(60, strike)
    buy_everything(shop, tally)
    all_arrived(shop, listener)
    assert all_letters_came(shop, post) == 0
    assert audit(shop, tally, stock) == []
    assert failed_checks(shop) == []
    # No request was refused, or had to be repeated, for the broker's sake.
    assert (tally.injected, tally.lost, tally.retried) == (1, 0, 0)


def test_killed_relays_and_workers_lose_no_event_and_no_letter(
    listener: Listener,
    shop: Shop,
    post: PostOffice,
    tallies: Tallies,
    stock: dict[str, int],
) -> None:
    tally = tallies("kill -9 of relays and workers")
    tally.purchases = plan(stock, ORDERS)
    running: list[tuple[Callable[[Shop], Process], Process]]
    running = [(relay, relay(shop)), (relay, relay(shop))]
    running += [(worker, worker(shop))]
    beat(shop)

    workers_killed = 0

    def strike() -> int:
        nonlocal workers_killed
        start, process = running.pop(random.randrange(len(running)))
        process.stop()
        workers_killed += start is worker
        running.append((start, start(shop)))
        return 1

    tally.strike_every(20, strike)
    buy_everything(shop, tally)
    all_arrived(shop, listener)
    # A worker that dies between the mail server's yes and its own mark leaves one
    # letter that comes again, with the same Message-ID.
    assert all_letters_came(shop, post) <= workers_killed
    assert audit(shop, tally, stock) == []
    assert failed_checks(shop) == []
    assert (tally.injected, tally.lost, tally.retried) == (10, 0, 0)


def test_a_relay_killed_in_the_middle_is_followed_by_another(
    listener: Listener, shop: Shop
) -> None:
    write_backlog(shop, things=400, each=50)
    relays = {f"relay-{n}": relay(shop, f"relay-{n}") for n in range(5)}
    killed = []
    for left in range(17_000, 6000, -3000):
        wait_until(partial(fewer_unsent, shop, left), "some are sent")
        killed.append(wait_until(lambda: active_relay(shop), "a relay is active"))
        relays.pop(killed[-1]).stop()
    all_arrived(shop, listener)
    assert len(set(killed)) == 4
    # What was on its way when they died came again: a batch of 100 each, at most.
    assert len(listener.repeats()) <= 400
