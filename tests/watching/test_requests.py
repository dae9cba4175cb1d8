"""Each request has an id, from the browser's header to the last task's line."""

import logging
from dataclasses import replace
from typing import Any

import pytest
from celery import Celery, shared_task
from celery.app.trace import build_tracer
from celery.worker.request import Request
from django.db import connection
from django.test import Client
from structlog.contextvars import bound_contextvars, get_contextvars

from events.models import Delivery, OutboxMessage
from events.services import deliver, relay
from events.subscribers import get_subscriber
from orders import services as orders
from shop.watching import queries, tasks
from shop.watching.context import NO_ROUTE
from tests.api import client_of
from tests.factories import make_order, make_product, make_user
from tests.watching.conftest import Logs

pytestmark = pytest.mark.django_db
OURS = "abc-123.DEF_9"


@pytest.mark.parametrize(
    ("path", "status", "route"),
    [
        ("/", 200, "catalog:product-list"),
        ("/api/products", 200, "api:product-list"),
        ("/nowhere/at/all/", 404, NO_ROUTE),
        ("/api/nowhere", 404, NO_ROUTE),
        ("/account/", 302, "accounts:account"),
        ("/static/shop.css", 404, "static"),
        ("/media/nothing.jpg", 404, "media"),
        ("/sw.js", 200, "worker"),
        ("/health", 200, None),
        ("/health/live", 200, None),
        ("/metrics", 404, "metrics"),
    ],
)
def test_every_answer_has_the_id_and_a_line_that_names_a_route(
    client: Client, logs: Logs, path: str, status: int, route: str | None
) -> None:
    for asked in (OURS, ""):
        headers = {"X-Request-ID": asked} if asked else {}
        answer = client.get(path, headers=headers)
        name = answer.headers["X-Request-ID"]
        assert (answer.status_code, name) == (status, asked or name)
        lines = [one for one in logs.of("shop.requests") if one["request_id"] == name]
        if route is None:
            assert lines == []
            continue
        [line] = lines
        assert line["event"] == "request" and line["method"] == "GET"
        assert (line["route"], line["status"]) == (route, status)
        assert 0 < line["ms"] < 60_000 and "user" not in line
    assert len(name) == 32


@pytest.mark.parametrize(
    "asked", ["a@b.kz", "x" * 65, "a b", "naïve", "-a", "a\tb", "{}", "'"]
)
def test_an_id_that_is_not_well_formed_is_another(client: Client, asked: str) -> None:
    name = client.get("/health", headers={"X-Request-ID": asked})["X-Request-ID"]
    assert name != asked and len(name) == 32


def test_errors_and_broken_databases_have_it_too(
    logs: Logs, monkeypatch: pytest.MonkeyPatch
) -> None:
    from django.db import OperationalError

    client = Client(raise_request_exception=False)
    for error, status in ((RuntimeError, 500), (OperationalError, 503)):

        def broken(*args: Any, error: Any = error, **kwargs: Any) -> None:
            raise error("x")

        monkeypatch.setattr("catalog.views.render_page", broken)
        answer = client.get("/", headers={"X-Request-ID": OURS})
        assert (answer.status_code, answer["X-Request-ID"]) == (status, OURS)
    told = [(one["logger"], one["request_id"]) for one in logs.lines("error")]
    names = ["django.request", "shop.views", "django.request"]
    assert told == [(name, OURS) for name in names]
    assert logs.lines("error")[0]["event"] == (
        "Internal Server Error: catalog:product-list"
    )


def test_lines_know_who_asks_without_looking(client: Client, logs: Logs) -> None:
    user = make_user()
    api = client_of(user)
    assert api.get("/api/orders").status_code == 200
    client.force_login(user)
    client.get("/account/")
    assert [line["user"] for line in logs.of("shop.requests")] == [str(user.pk)] * 2


def test_lines_about_an_order_have_its_number(client: Client, logs: Logs) -> None:
    user, product = make_user(), make_product()
    answer = client_of(user).post(
        "/api/orders",
        {"items": [{"sku": product.sku, "quantity": 1}], "email": "a@b.kz",
         "full_name": "A", "phone": "+77015550917", "delivery_method": ""},
        format="json",
    )  # fmt: skip
    assert answer.status_code == 201, answer.content
    [line] = logs.of("shop.requests")
    assert line["order"] == answer.json()["number"]
    client.get("/")
    assert "order" not in logs.of("shop.requests")[-1]
    order = make_order(user)
    orders.cancel_order(order.pk)
    assert get_contextvars()["order"] == order.number


def test_nothing_is_left_of_a_request(client: Client) -> None:
    client.get("/")
    assert get_contextvars() == {}


def test_a_statement_that_takes_long(client: Client, logs: Logs, settings: Any) -> None:
    connection.execute_wrappers.append(queries.watch)
    try:
        settings.SLOW_QUERY_MS = 0.000001
        make_user(email="marker@example.com")
        settings.SLOW_QUERY_MS = 1_000_000
        client.get("/")
    finally:
        connection.execute_wrappers.remove(queries.watch)
    [line] = [
        one
        for one in logs.of("shop.queries")
        if one["statement"].startswith('INSERT INTO "accounts_user"')
    ]
    assert line["event"] == "slow query" and line["ms"] > 0
    assert "%s" in line["statement"] and "marker" not in line["statement"]
    assert "catalog" not in str(logs.of("shop.queries"))


def test_lines_of_a_subscriber_have_its_event(
    logs: Logs, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_order()
    message = OutboxMessage.objects.get(event_type="order_created")
    relay()

    def told(message: OutboxMessage) -> None:
        logging.getLogger("shop.tests").info("at work")

    delivery = Delivery.objects.filter(message=message)[0]
    who = get_subscriber(delivery.subscriber)
    assert who is not None
    other = replace(who, handle=told)
    found = "events.services.delivering.get_subscriber"
    monkeypatch.setattr(found, lambda name: other)
    Delivery.objects.filter(pk=delivery.pk).update(status="pending", done_at=None)
    deliver(delivery.subscriber, delivery.aggregate)
    [line] = logs.of("shop.tests")
    assert (line["message_id"], line["aggregate"]) == (
        str(message.pk),
        delivery.aggregate,
    )
    assert "message_id" not in get_contextvars()


# --- Tasks ------------------------------------------------------------------------


@shared_task(name="tests.watched")
def watched(fails: bool = False) -> None:
    logging.getLogger("shop.tests").info("at work")
    if fails:
        raise RuntimeError("the 'secret' of a@b.kz")


def test_a_task_of_a_request_has_its_id(logs: Logs) -> None:
    """Whatever it says meanwhile, and nothing afterwards."""
    with bound_contextvars(request_id=OURS):
        headers: dict[str, Any] = {}
        tasks.name_request(headers=headers)
    assert headers == {"x_request_id": OURS}
    request = {"id": "task-1", "is_eager": False, **headers}
    watched.push_request(**request)
    try:
        tasks.begin(task_id="task-1", task=watched)
        watched.run()
        tasks.end(task_id="task-1", task=watched, state="SUCCESS")
    finally:
        watched.pop_request()
    said = [(one["event"], one["request_id"], one["task"]) for one in logs.lines()]
    assert said == [
        ("task started", OURS, "tests.watched"),
        ("at work", OURS, "tests.watched"),
        ("task ended", OURS, "tests.watched"),
    ]
    last = logs.lines()[-1]
    assert last["state"] == "success" and last["ms"] > 0
    assert get_contextvars() == {}


def test_a_task_that_fails_says_where(logs: Logs) -> None:
    watched.apply(kwargs={"fails": True})
    [line] = logs.lines("error")
    assert (line["event"], line["task"]) == ("task failed", "tests.watched")
    assert line["exception"].endswith("RuntimeError: the ••• of •••")


def test_a_worker_reads_the_id_from_the_message(logs: Logs) -> None:
    """Sent and taken as messages are, by a worker in this process."""
    own = Celery("watching", broker="memory://", set_as_current=False)

    @own.task(name="tests.sent")
    def sent() -> None:
        logging.getLogger("shop.tests").info("at work")

    with bound_contextvars(request_id=OURS):
        sent.apply_async()
    with own.connection_for_read() as broker:
        message = broker.SimpleQueue(own.conf.task_default_queue).get(timeout=10)
        request = Request(message, app=own, hostname="here", task=sent)
        message.ack()
    trace = build_tracer(sent.name, sent, app=own, eager=False)
    trace(request.id, request.args, request.kwargs, request.request_dict)
    said = [(one["event"], one["request_id"], one["task_id"]) for one in logs.lines()]
    assert said == [
        (event, OURS, request.id) for event in ("task started", "at work", "task ended")
    ]
