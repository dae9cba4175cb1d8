"""What /metrics tells, to whom, and what it costs."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.core.cache import cache
from django.db import OperationalError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from cart.exceptions import NotEnoughStock
from catalog import services as catalog
from catalog.exceptions import OutOfStock
from dashboard.tasks import keep_totals
from events.models import Delivery, OutboxMessage
from notifications.models import Letter
from orders import services as orders
from payments.models import Payment, Refund
from payments.providers import emulator
from shop.exceptions import Unavailable
from shop.watching import figures, parts
from shop.watching.context import NO_ROUTE
from tests.factories import make_cart, make_order, make_product, make_user
from tests.payments.callbacks import waiting_payment
from tests.watching.reading import Samples, samples, value

pytestmark = pytest.mark.django_db
TOKEN = "a-token-of-prometheus"
Read = Callable[[], Samples]


@pytest.fixture
def read(client: Client, settings: Any) -> Read:
    settings.METRICS_TOKEN = TOKEN

    def ask() -> Samples:
        cache.delete(figures.KEY)
        headers = {"Authorization": f"Bearer {TOKEN}"}
        answer = client.get("/metrics", headers=headers)
        assert answer.status_code == 200
        return samples(answer.content.decode())

    return ask


# --- The door ---------------------------------------------------------------------


def test_there_is_no_such_page_without_a_token(client: Client, settings: Any) -> None:
    settings.METRICS_TOKEN = ""
    for given in ("", "Bearer ", "Bearer None"):
        answer = client.get("/metrics", headers={"Authorization": given})
        assert answer.status_code == 404


@pytest.mark.parametrize(
    "given", ["", TOKEN, "Bearer", "Bearer x", f"Bearer {TOKEN}x", "Bearer ключ"]
)
def test_whoever_does_not_know_it_learns_nothing(
    client: Client, settings: Any, given: str
) -> None:
    settings.METRICS_TOKEN = TOKEN
    answer = client.get("/metrics", headers={"Authorization": given})
    assert (answer.status_code, answer.content) == (401, b"401")
    assert answer["WWW-Authenticate"] == 'Bearer realm="metrics"'


def test_it_is_for_machines(client: Client, settings: Any) -> None:
    """Over plain http, by any name, without a session or a limit."""
    settings.METRICS_TOKEN = TOKEN
    settings.SECURE_SSL_REDIRECT = True
    settings.API_RATE_ANON = "1/min"
    headers = {"Authorization": f"Bearer {TOKEN}", "Host": "10.0.0.7:8000"}
    for path in ("/metrics", "/metrics/", "/metrics"):
        answer = client.get(path, headers=headers)
        assert answer.status_code == 200 and not answer.cookies
        assert answer["Content-Type"].startswith("text/plain; version=")
        assert answer["Cache-Control"] == "no-store"
    assert client.post("/metrics", headers=headers).status_code == 405


# --- What this process counts -----------------------------------------------------


def test_requests_are_counted_by_route_method_and_class(
    client: Client, read: Read
) -> None:
    def counted(route: str, method: str, status: str) -> float:
        labels = {"route": route, "method": method, "status": status}
        return value(read(), "shop_requests_total", **labels) or 0

    before = counted("worker", "GET", "2xx"), counted(NO_ROUTE, "GET", "4xx")
    for number in range(3):
        client.get("/sw.js")
        client.get(f"/nowhere/{number}/")
    after = counted("worker", "GET", "2xx"), counted(NO_ROUTE, "GET", "4xx")
    assert after == (before[0] + 3, before[1] + 3)
    found = read()
    labels = {"route": "worker", "method": "GET"}
    assert value(found, "shop_request_seconds_count", **labels) == after[0]
    assert value(found, "shop_requests_in_flight") == 1


def test_no_visitor_makes_a_label(client: Client, read: Read) -> None:
    def labels() -> set[Any]:
        return {key for key in read() if key[0].startswith("shop_request")}

    client.generic("BREW", "/a/")
    client.get("/a/")
    labels()  # the figures' own request is among them from now on
    known = labels()
    for number in range(20):
        client.generic(f"BREW{number}", f"/{number}/?x={number}")
        client.get(f"/{number}", headers={"Host": f"x{number}.example"})
    # 405 and 400 are 4xx, as before.
    assert labels() == known


def test_a_store_of_carts_that_is_down_is_counted(read: Read, settings: Any) -> None:
    from cart.storages.redis import RedisStorage

    before = value(read(), "shop_cart_errors_total") or 0
    with pytest.MonkeyPatch.context() as patch:

        def down(alias: str) -> None:
            raise OSError

        patch.setattr("cart.storages.redis.get_redis_connection", down)
        with pytest.raises(Unavailable):
            RedisStorage().check()
    assert value(read(), "shop_cart_errors_total") == before + 1


def test_whoever_wants_too_much_is_counted(read: Read) -> None:
    before = value(read(), "shop_out_of_stock_total") or 0
    product = make_product(stock=1)
    with pytest.raises(OutOfStock):
        make_order(None, (product, 2))
    with pytest.raises(NotEnoughStock):
        make_cart(make_user(), (product, 2))
    assert value(read(), "shop_out_of_stock_total") == before + 2


# --- What the database tells ------------------------------------------------------


def test_orders_and_money(read: Read, settings: Any) -> None:
    settings.PAYMENT_EMULATOR = True
    first, _second = make_order(), make_order()
    orders.cancel_order(first.pk)
    paid = waiting_payment()
    emulator.answer(paid, "succeeded")
    # Yesterday's are not today's.
    old = make_order()
    yesterday = int((timezone.now() - timedelta(days=1)).timestamp() * 1000) << 80
    placed = OutboxMessage.objects.filter(event_type="order_created")
    mine = placed.filter(payload__order_id=str(old.pk))
    assert mine.update(id=UUID(int=yesterday)) == 1
    found = read()
    assert value(found, "shop_orders_placed_total") == 3
    assert value(found, "shop_orders_canceled_total") == 1
    assert value(found, "shop_orders_paid_total") == 1
    assert value(found, "shop_revenue_total") == float(paid.amount)
    assert value(found, "shop_payments_refund_due") == 0
    Payment.objects.filter(pk=paid.pk).update(status="refund_due")
    Refund.objects.create(
        order=paid.order, payment=paid, amount=1, currency="KZT", status="failed"
    )
    found = read()
    assert value(found, "shop_payments_refund_due") == 1
    assert value(found, "shop_refunds", status="failed") == 1
    assert value(found, "shop_refunds", status="pending") == 0


def test_stock(read: Read, settings: Any) -> None:
    settings.LOW_STOCK_THRESHOLD = 3
    for stock in (0, 0, 1, 3, 4):
        make_product(stock=stock)
    catalog.update_product(make_product(stock=0).pk, is_active=False)
    found = read()
    assert value(found, "shop_products", stock="none") == 2
    assert value(found, "shop_products", stock="low") == 2


def test_what_waits(read: Read) -> None:
    found = read()
    assert value(found, "shop_outbox_lag_seconds") == 0
    assert value(found, "shop_parked", kind="event") == 0
    OutboxMessage.objects.all().delete()
    make_order()
    events = OutboxMessage.objects.all()
    total = events.count()
    first = events.pending().in_order()[0]
    OutboxMessage.objects.filter(pk=first.pk).update(
        created_at=timezone.now() - timedelta(minutes=5)
    )
    found = read()
    assert value(found, "shop_outbox_pending") == total
    assert 300 <= value(found, "shop_outbox_lag_seconds") < 360
    Delivery.objects.create(
        message=first, subscriber="x", aggregate="y", status="parked"
    )
    events.exclude(pk=first.pk).update(status="sent")
    events.filter(pk=first.pk).update(status="parked")
    Letter.objects.create(
        kind="welcome", recipient="a@example.com", about="x", message_id=first.pk
    )
    found = read()
    assert value(found, "shop_outbox_pending") == 0
    assert value(found, "shop_parked", kind="event") == 1
    assert value(found, "shop_parked", kind="delivery") == 1
    assert value(found, "shop_letters_waiting") == 1
    assert 0 <= value(found, "shop_letters_lag_seconds") < 60


def test_the_schedule_is_seen(read: Read) -> None:
    assert value(read(), "shop_schedule_seen_seconds") is None
    before = timezone.now().timestamp()
    assert keep_totals.name == parts.SCHEDULE_TASK
    keep_totals.apply()
    seen = value(read(), "shop_schedule_seen_seconds")
    assert before <= seen <= timezone.now().timestamp()


def test_reading_is_bounded_and_kept(client: Client, settings: Any) -> None:
    """So many statements whatever the shop holds, and none within ten seconds."""
    settings.METRICS_TOKEN = TOKEN
    headers = {"Authorization": f"Bearer {TOKEN}"}

    def statements() -> int:
        with CaptureQueriesContext(connection) as seen:
            assert client.get("/metrics", headers=headers).status_code == 200
        return len([q for q in seen if "SAVEPOINT" not in q["sql"]])

    empty = statements()
    assert statements() == 0
    for _ in range(3):
        make_order()
    cache.clear()
    assert statements() == empty
    assert empty <= 2 * len(figures.FIGURES) + 4


def test_a_database_that_is_down_is_told_and_nothing_old(
    read: Read, monkeypatch: pytest.MonkeyPatch
) -> None:
    def down(*args: Any) -> None:
        raise OperationalError("gone")

    monkeypatch.setattr("shop.watching.figures._quickly", down)
    monkeypatch.setattr("shop.watching.figures._answers", lambda: False)
    found = read()
    assert value(found, "shop_up", part="db") == 0
    assert value(found, "shop_orders_placed_total") is None


def test_a_figure_that_fails_hides_no_other(
    read: Read, monkeypatch: pytest.MonkeyPatch, caplog: Any
) -> None:
    def broken() -> None:
        raise ZeroDivisionError

    one = figures.FIGURES["shop_outbox_pending"]
    monkeypatch.setitem(
        figures.FIGURES,
        one.name,
        figures.Figure(one.name, one.help, "", False, broken),
    )
    found = read()
    assert value(found, "shop_outbox_pending") is None
    assert value(found, "shop_outbox_lag_seconds") == 0
    assert value(found, "shop_up", part="db") == 1
    assert "figure shop_outbox_pending cannot be read" in caplog.text


@pytest.mark.redis
@pytest.mark.rabbitmq
def test_parts_and_queues(read: Read, settings: Any, rabbitmq_url: str) -> None:
    from kombu import Connection, Queue

    settings.RABBITMQ_URL = ""
    found = read()
    assert value(found, "shop_up", part="rabbitmq") is None
    assert value(found, "shop_up", part="redis") == 1
    settings.RABBITMQ_URL = rabbitmq_url
    ours = Queue("tests.watching", auto_delete=True)
    settings.CELERY_TASK_QUEUES = [ours, Queue("tests.never-declared")]
    with Connection(rabbitmq_url) as broker:
        queue = ours.bind(broker.channel())
        queue.declare()
        try:
            with broker.Producer() as producer:
                for _ in range(3):
                    producer.publish({}, routing_key=queue.name)
            broker.channel().close()
            found = read()
        finally:
            queue.delete()
    assert value(found, "shop_up", part="rabbitmq") == 1
    assert value(found, "shop_queue_messages", queue="tests.watching") == 3
    assert value(found, "shop_queue_messages", queue="tests.never-declared") == 0


def test_parts_that_do_not_answer(read: Read, settings: Any) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    settings.RABBITMQ_URL = "amqp://guest:guest@127.0.0.1:1//"
    with pytest.MonkeyPatch.context() as patch:

        def down(alias: str) -> None:
            raise OSError("refused")

        patch.setattr("shop.watching.parts.get_redis_connection", down)
        found = read()
    assert value(found, "shop_up", part="rabbitmq") == 0
    assert value(found, "shop_up", part="redis") == 0
    assert value(found, "shop_queue_messages", queue="default") is None
