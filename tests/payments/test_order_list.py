"""What the list of orders says of money."""

import re
from typing import Any

import pytest
from django.test import Client

from orders import services as orders
from orders.models import Order
from payments import services
from payments.models import Payment, Refund
from payments.providers import emulator
from tests.factories import make_order, make_user
from tests.pages import html, queries
from tests.payments.callbacks import online_order

pytestmark = pytest.mark.django_db


@pytest.fixture
def client() -> Client:
    return Client(headers={"Accept-Language": "en"})


def row(client: Client, order: Order) -> str:
    """What stands between the order's date and its pieces."""
    page = html(client.get("/orders/"))
    rows = re.findall(r'<li class="list-group-item.*?</li>', page, re.S)
    own = next(row for row in rows if f"/orders/{order.pk}/" in row)
    timeless = re.sub(r"<time.*?</time>", "TIME", own, flags=re.S)
    shown = " ".join(re.sub(r"<[^>]+>", " ", timeless).split())
    return shown.split(" TIME ")[1].split(" 2 pieces ")[0]


def test_what_is_to_be_paid_has_a_link(client: Client, settings: Any) -> None:
    order = online_order()
    client.force_login(order.user)
    assert (
        row(client, order)
        == f"pending Waiting for the payment Pay : Order {order.number}"
    )
    assert f'href="/payment/{order.pk}/"' in html(client.get("/orders/"))
    answer = client.get(f"/payment/{order.pk}/")
    payment = Payment.objects.get()
    assert answer["Location"] == f"/payment/{payment.pk}/"
    emulator.answer(payment, "failed")
    assert row(client, order) == f"pending Payment declined Pay : Order {order.number}"
    settings.PAYMENT_EMULATOR = False
    assert row(client, order) == "pending Payment declined"


def test_a_state_is_told_where_it_matters(client: Client) -> None:
    user = make_user()
    client.force_login(user)
    cash = make_order(user)
    assert row(client, cash) == "pending"
    orders.cancel_order(cash.pk)
    assert row(client, cash) == "canceled"
    transfer = make_order(user, payment_method="transfer")
    assert row(client, transfer) == "pending Waiting for the payment"
    order = online_order(user)
    payment = services.start_payment(order.pk)
    emulator.answer(payment, "succeeded")
    assert row(client, order) == "paid"
    orders.cancel_order(order.pk)
    assert row(client, order) == "canceled The money is being given back"
    services.send_refund(services.refund_payment(payment.pk).pk)
    assert row(client, order) == "canceled The money was given back"


def test_an_order_that_was_not_paid_in_time_says_so(
    client: Client, settings: Any
) -> None:
    order = online_order()
    client.force_login(order.user)
    settings.ORDER_RESERVATION_MINUTES = 0
    services.expire_orders()
    assert row(client, order) == "canceled Not paid in time"


def test_money_costs_the_list_no_query_more(client: Client) -> None:
    few, many = make_user(), make_user()
    online_order(few)
    for _ in range(5):
        order = online_order(many)
        emulator.answer(services.start_payment(order.pk), "failed")
        emulator.answer(services.start_payment(order.pk), "succeeded")
        services.refund_order(order.pk, stock=Refund.Stock.NONE)
    counts = []
    for user in (few, many):
        client.force_login(user)
        counts.append(queries(client, "/orders/"))
    assert counts[0] == counts[1]
