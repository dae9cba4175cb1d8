"""Two colleagues with the same orders at once, on real PostgreSQL."""

import re
import threading
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.db import transaction
from django.test import Client

from catalog.models import Product
from catalog.services.stock import stock_errors
from events.models import OutboxMessage
from orders import services
from orders.models import Order, OrderStatusChange
from orders.services import changing
from tests.concurrency.helpers import PATIENCE, run_together
from tests.factories import make_order, make_product, make_user
from tests.orders.office import LIST, button, clerk
from tests.orders.test_lines import field, seen
from tests.pages import html

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]

Status = Order.Status


def press_in_the_list(client: Client, data: dict[str, Any]) -> int:
    return client.post(LIST, data).status_code


def test_many_orders_move_once_and_nobody_waits_for_ever() -> None:
    """One ships what the other cancels: in opposite orders, all of them."""
    product = make_product(stock=100)
    orders = [make_order(None, (product, 1)) for _ in range(8)]
    services.set_status_of_many(orders, Status.PROCESSING)
    ids = [str(order.pk) for order in orders]
    ship = {"action": "move_to_shipped", "_selected_action": ids}
    cancel = {
        "action": "move_to_canceled", "_selected_action": ids[::-1],
        "reason": "customer",
    }  # fmt: skip
    clients = [clerk("orders.change_order") for _ in range(2)]
    answers = run_together(
        press_in_the_list, [(clients[0], ship), (clients[1], cancel)]
    )
    assert answers == [302, 302]
    ended = OrderStatusChange.objects.filter(status__in=["shipped", "canceled"])
    assert ended.count() == 8
    assert set(Order.objects.values_list("status", flat=True)) <= {
        "shipped",
        "canceled",
    }
    told = OutboxMessage.objects.filter(
        event_type__in=["order_shipped", "order_canceled"]
    )
    assert told.count() == LogEntry.objects.count() == 8
    shipped = Order.objects.filter(status="shipped").count()
    assert Product.objects.get().stock == 100 - shipped
    assert stock_errors() == []


def change_together() -> tuple[Order, list[str]]:
    """Both have seen two pieces; one wants three, the other four."""
    product = make_product(stock=10)
    order = make_order(None, (product, 2))
    name = field(order, product)

    def look(wanted: str) -> tuple[Client, dict[str, str]]:
        client = clerk("orders.change_order")
        return client, {"seen": seen(client, order), name: wanted}

    def send(client: Client, data: dict[str, str]) -> str:
        # The page itself: what templates were given is mixed up between threads.
        page = html(client.post(button(order, "lines"), data, follow=True))
        told = re.findall(r'<li class="(?:success|error)">(.*?)</li>', page)
        return told[0].split(".")[0]

    return order, run_together(send, [look("3"), look("4")])


def test_one_of_two_new_quantities_is_kept_and_the_other_is_told() -> None:
    order, told = change_together()
    refusal = f"Order {order.number} has changed since you opened it and is pending now"
    assert sorted(told) == sorted(["The quantities are changed", refusal])
    quantity = order.items.get().quantity
    assert quantity == (3 if told[0] != refusal else 4)
    assert Product.objects.get().stock == 10 - quantity
    assert stock_errors() == []


def test_without_comparing_what_was_seen_the_last_one_wins(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The twin: both are told that theirs is the quantity now."""
    monkeypatch.setattr(changing, "fingerprint", lambda order: "asever")
    monkeypatch.setattr(services, "fingerprint", lambda order: "asever")
    _order, told = change_together()
    assert told == ["The quantities are changed"] * 2


def test_a_decision_by_what_is_over_is_refused() -> None:
    """One has seen a pending order and cancels it, when its money has just come."""
    order = make_order(make_user())
    paid = threading.Event()

    def pay() -> str:
        with transaction.atomic():
            status = services.set_status(order.pk, Status.PAID).status
            # The other waits for this row, and then reads it anew.
            paid.set()
            return status

    def cancel() -> str:
        assert paid.wait(PATIENCE)
        asked = {"seen": "pending", "reason": "expired"}
        return services.set_status(order.pk, Status.CANCELED, **asked).status

    first, second = run_together(lambda step: step(), [pay, cancel])
    assert first == "paid"
    assert type(second).__name__ == "OrderChanged"
    order.refresh_from_db()
    assert order.status == "paid"
