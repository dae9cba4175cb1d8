"""Spans by OTLP to a real server: whose child they are, and that they name nobody."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from structlog.contextvars import get_contextvars

from shop.watching import queries, tasks, tracing
from tests.api import client_of
from tests.factories import make_product, make_user
from tests.watching.collector import Collector
from tests.watching.test_personal_data import COMMENT, EMAIL, FORM, NAME, SAID, TOKEN
from tests.watching.test_requests import watched

pytest.importorskip("opentelemetry.sdk")
pytestmark = pytest.mark.django_db
Spans = Callable[[], list[Any]]
PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@pytest.fixture
def spans() -> Iterator[Spans]:
    from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
        ExportTraceServiceRequest,
    )

    collector = Collector()
    endpoint = f"http://127.0.0.1:{collector.port}"
    provider = tracing.start(endpoint, "shop-of-tests", "1.2.3")
    connection.execute_wrappers.append(queries.watch)

    def came() -> list[Any]:
        assert provider.force_flush()
        found = []
        for path, body in collector.bodies:
            assert path == "/v1/traces"
            said = body.decode("utf-8", "ignore").lower()
            assert [word for word in SAID if word.lower() in said] == []
            message = ExportTraceServiceRequest.FromString(body)
            for resource in message.resource_spans:
                about = attributes(resource.resource)
                assert about["service.name"] == "shop-of-tests"
                assert about["service.version"] == "1.2.3"
                found += [one for s in resource.scope_spans for one in s.spans]
        return found

    yield came
    connection.execute_wrappers.remove(queries.watch)
    tracing.stop()
    provider.shutdown()
    collector.close()


def attributes(thing: Any) -> dict[str, Any]:
    return {
        one.key: getattr(one.value, one.value.WhichOneof("value"))
        for one in thing.attributes
    }


def test_a_request_its_statements_and_its_caller(spans: Spans) -> None:
    user, product = make_user(email=EMAIL, full_name=NAME), make_product()
    api = client_of(user)
    headers = {"traceparent": PARENT, "X-Request-ID": "abc-1"}
    answer = api.post(
        f"/api/orders?token={TOKEN}",
        {**FORM, "comment": COMMENT, "items": [{"sku": product.sku, "quantity": 1}]},
        format="json",
        headers=headers,
    )
    assert answer.status_code == 201
    found = spans()
    [request] = [one for one in found if one.name.startswith("POST")]
    assert request.name == "POST api:order-list"
    assert attributes(request) == {
        "http.request.method": "POST",
        "http.route": "api:order-list",
        "http.response.status_code": 201,
        "shop.request_id": "abc-1",
        "enduser.id": str(user.pk),
    }
    assert request.trace_id.hex() == PARENT.split("-")[1]
    assert request.parent_span_id.hex() == PARENT.split("-")[2]
    statements = [one for one in found if one is not request]
    assert {one.parent_span_id for one in statements} == {request.span_id}
    texts = [attributes(one)["db.query.text"] for one in statements]
    [order] = [text for text in texts if text.startswith('INSERT INTO "orders_order" ')]
    assert "%s" in order
    assert {attributes(one)["db.system.name"] for one in statements} == {
        connection.vendor
    }


def test_what_breaks_is_marked_and_says_no_word(
    spans: Spans, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*args: Any, **kwargs: Any) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT %s FROM nowhere", [NAME])

    monkeypatch.setattr("catalog.views.render_page", broken)
    Client(raise_request_exception=False).get(f"/?q={TOKEN}")
    found = spans()
    [request] = [one for one in found if one.name.startswith("GET")]
    [statement] = [
        one for one in found if "nowhere" in attributes(one).get("db.query.text", "")
    ]
    for span in (request, statement):
        assert span.status.code == 2 and not span.status.message and not span.events
    kind = {"postgresql": "ProgrammingError", "sqlite": "OperationalError"}
    assert attributes(statement)["error.type"] == kind[connection.vendor]


def test_a_task_goes_on_with_the_trace(spans: Spans) -> None:
    """By the very headers that a worker gets."""
    headers: dict[str, Any] = {}
    with tracing._tracer.start_as_current_span("cause"):
        tasks.name_request(headers=headers)
    assert set(headers) == {"traceparent"}
    watched.push_request(id="task-2", is_eager=False, **headers)
    try:
        tasks.begin(task_id="task-2", task=watched)
        tasks.end(task_id="task-2", task=watched, state="FAILURE")
    finally:
        watched.pop_request()
    cause, task = sorted(spans(), key=lambda one: one.name)
    assert (cause.name, task.name) == ("cause", "tests.watched")
    assert task.trace_id == cause.trace_id and task.parent_span_id == cause.span_id
    assert task.status.code == 2


def test_off_nothing_is_made(client: Client) -> None:
    assert not tracing.is_on()
    client.get("/")
    headers: dict[str, Any] = {}
    tracing.inject(headers)
    assert headers == {} and tracing.begin_task("x", {}) is None
    assert get_contextvars() == {}
    assert queries.watch not in connection.execute_wrappers
