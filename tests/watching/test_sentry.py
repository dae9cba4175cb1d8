"""What a real Sentry would be sent: where the code broke, and nothing about whom."""

import json
import logging
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, connection
from django.test import Client

from shop.watching import errors
from shop.watching.context import NO_ROUTE
from shop.watching.extras import needs
from tests.factories import make_product, make_user
from tests.faults.shop import environment
from tests.orders.pages import fill
from tests.watching.collector import Collector
from tests.watching.test_personal_data import (
    COMMENT,
    EMAIL,
    FORM,
    NAME,
    PASSWORD,
    PHONE,
    QUERY,
    SAID,
    TOKEN,
)

pytest.importorskip("sentry_sdk")
pytestmark = pytest.mark.django_db
Events = Callable[[], list[dict[str, Any]]]


@pytest.fixture
def sent() -> Iterator[Events]:
    """The items of the envelopes that came, after all was sent."""
    import sentry_sdk

    collector = Collector()
    dsn = f"http://public0key@127.0.0.1:{collector.port}/7"
    errors.start(dsn, "tests", "1.2.3", 1.0)

    def items() -> list[dict[str, Any]]:
        sentry_sdk.flush(10)
        found = []
        for path, body in collector.bodies:
            assert path == "/api/7/envelope/"
            lines = body.split(b"\n")
            for head, item in zip(lines[1::2], lines[2::2], strict=False):
                if json.loads(head)["type"] in {"event", "transaction"}:
                    found.append(json.loads(item))
        return found

    yield items
    sentry_sdk.get_client().close(timeout=1)
    # What it has changed in libraries stays, and so must do nothing.
    sentry_sdk.init(trace_propagation_targets=[])
    collector.close()


def test_an_error_says_where_and_not_whom(
    sent: Events, monkeypatch: pytest.MonkeyPatch
) -> None:
    visitor = Client(raise_request_exception=False)
    visitor.cookies["theme"] = "marker0cookie0value"
    user = make_user(email=EMAIL, full_name=NAME)
    visitor.force_login(user)
    fill(visitor, make_product())

    def broken(*args: Any, **kwargs: Any) -> None:
        secret_local = PASSWORD  # noqa: F841 - what no frame may show
        logging.getLogger("shop.tests").error("no letter to %s", EMAIL)
        with connection.cursor() as cursor:
            cursor.execute("SELECT %s", [NAME])
        try:
            raise KeyError(PHONE)
        except KeyError as error:
            raise RuntimeError(f"{NAME} <{EMAIL}> {COMMENT} '{PASSWORD}'") from error

    monkeypatch.setattr("orders.services.placing.lock_products", broken)
    form = {**FORM, "comment": COMMENT, "payment_method": "cash", "consent": "on"}
    headers = {"Authorization": f"Bearer {TOKEN}", "X-Request-ID": "abc-1"}
    address = f"/checkout/?token={TOKEN}&q={QUERY}"
    assert visitor.post(address, form, headers=headers).status_code == 500

    found = sent()
    text = json.dumps(found, ensure_ascii=False)
    lower = text.lower()
    # Lines of this very test are code, and code is sent.
    assert [w for w in SAID - {"marker"} if w.lower() in lower] == []
    broke = [
        event
        for event in found
        if event.get("exception", {}).get("values", [{}])[-1].get("type")
        == "RuntimeError"
    ]
    event = broke[0]
    assert event["release"] == "1.2.3" and event["environment"] == "tests"
    assert event["transaction"] == "orders:checkout"
    assert event["tags"] == {"request_id": "abc-1", "route": "orders:checkout"}
    assert event["request"] == {"method": "POST"}
    assert event["user"] == {"id": str(user.pk)}
    first, last = event["exception"]["values"]
    assert (first["type"], first["value"]) == ("KeyError", "•••")
    frames = last["stacktrace"]["frames"]
    assert "placing" in frames[-2]["module"]
    assert all("vars" not in frame for frame in frames)
    told = [e["logentry"]["formatted"] for e in found if "logentry" in e]
    assert "no letter to •••" in told


def test_a_transaction_is_named_by_its_route(sent: Events) -> None:
    """Through the door of a server: the test client has another one."""
    signals = (request_started, request_finished)
    for signal in signals:
        signal.disconnect(close_old_connections)
    try:
        shop = httpx.WSGITransport(app=WSGIHandler())
        with httpx.Client(transport=shop, base_url="http://localhost") as client:
            for path in (f"/password-reset/MQ/{TOKEN}/", f"/{EMAIL}/{TOKEN}", "/"):
                client.get(
                    f"{path}?token={QUERY}", headers={"Cookie": f"theme={TOKEN}"}
                )
    finally:
        for signal in signals:
            signal.connect(close_old_connections)
    found = [event for event in sent() if event.get("type") == "transaction"]
    assert [event["transaction"] for event in found] == [
        "accounts:password-reset-confirm",
        NO_ROUTE,
        "catalog:product-list",
    ]
    text = json.dumps(found, ensure_ascii=False).lower()
    assert [word for word in SAID if word.lower() in text] == []
    statements = [span for span in found[-1]["spans"] if span["op"] == "db"]
    assert any(span["description"].startswith("SELECT ") for span in statements)


def test_without_the_package_it_says_what_to_install() -> None:
    with (
        pytest.raises(ImproperlyConfigured, match=r"requirements-extra\.txt"),
        needs("SENTRY_DSN"),
    ):
        import no_such_package  # type: ignore[import-not-found] # noqa: F401


def test_who_names_neither_loads_neither() -> None:
    program = (
        "import django, sys; django.setup(); import shop.wsgi;"
        "print({'sentry_sdk', 'opentelemetry.exporter'} & {*sys.modules})"
    )
    variables = environment(DJANGO_SETTINGS_MODULE="shop.settings")
    done = subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-c", program],
        env=variables,
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    assert done.stdout == "set()\n"
