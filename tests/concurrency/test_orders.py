"""Buyers who come at the same moment, on real PostgreSQL.

Each guard has a twin: the same race without it, which must go wrong. A race that the
twin wins too would prove nothing.
"""

from collections.abc import Mapping
from typing import Any
from unittest.mock import patch
from uuid import UUID

import pytest
from django.db import OperationalError, transaction
from django.db.models import Sum

from cart.exceptions import EmptyCart
from catalog.exceptions import OutOfStock
from catalog.models import Product, StockEntry
from catalog.services.stock import stock_errors
from events.models import OutboxMessage
from orders import services
from orders.models import Order, OrderClaim
from orders.services import changing, placing
from tests.concurrency.helpers import Meeting, run_together
from tests.factories import make_cart, make_order, make_product, make_user

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def buy(cart: Any, **fields: Any) -> Order:
    checkout = services.Checkout(email="a@example.com", **fields)
    return services.checkout_cart(cart, checkout).order


def kinds(results: list[Any]) -> dict[str, int]:
    names = [type(result).__name__ for result in results]
    return {name: names.count(name) for name in set(names)}


def read_products_without_lock(ids: Any, **how: Any) -> dict[UUID, Product]:
    """The twin of lock_products: everybody reads, then everybody writes."""
    products = Product.objects.in_bulk(list(ids))
    MEETING.wait()
    return products


def write_stock_without_condition(
    products: Mapping[UUID, Product], deltas: Mapping[UUID, int], *args: Any, **kw: Any
) -> None:
    """The twin of move_stock: what was read decides, not what is there."""
    for pk, delta in deltas.items():
        Product.objects.filter(pk=pk).update(stock=products[pk].stock + delta)


MEETING = Meeting(2)


def test_last_piece_is_sold_once() -> None:
    product = make_product(stock=1)
    carts = [make_cart(make_user(), (product, 1)) for _ in range(2)]
    results = run_together(buy, carts)
    assert kinds(results) == {"Order": 1, "OutOfStock": 1}
    product.refresh_from_db()
    assert (product.stock, product.sold) == (0, 1)
    assert Order.objects.count() == 1
    assert stock_errors() == []


def test_last_piece_without_the_guard_is_sold_twice() -> None:
    product = make_product(stock=1)
    carts = [make_cart(make_user(), (product, 1)) for _ in range(2)]
    with (
        patch.object(placing, "lock_products", read_products_without_lock),
        patch.object(placing, "move_stock", write_stock_without_condition),
    ):
        results = run_together(buy, carts)
    assert kinds(results) == {"Order": 2}


def test_condition_alone_holds_even_without_the_lock() -> None:
    product = make_product(stock=1)
    carts = [make_cart(make_user(), (product, 1)) for _ in range(2)]
    with patch.object(placing, "lock_products", read_products_without_lock):
        results = run_together(buy, carts)
    assert kinds(results) == {"Order": 1, "OutOfStock": 1}
    assert stock_errors() == []


def test_forty_buyers_get_twenty_pieces() -> None:
    product = make_product(stock=20)
    carts = [make_cart(make_user(), (product, 1)) for _ in range(40)]
    results = run_together(buy, carts)
    assert kinds(results) == {"Order": 20, "OutOfStock": 20}
    product.refresh_from_db()
    assert (product.stock, product.sold) == (0, 20)
    assert (
        StockEntry.objects.filter(reason="sale").aggregate(s=Sum("delta"))["s"] == -20
    )
    created = OutboxMessage.objects.filter(event_type="order_created")
    assert created.count() == 20
    numbers = {result.number for result in results if isinstance(result, Order)}
    assert len(numbers) == 20


def test_carts_with_the_same_products_in_opposite_order_both_pass() -> None:
    first, second = make_product(stock=50), make_product(stock=50)
    there = [services.Line(first.pk, 1), services.Line(second.pk, 1)]
    orders = [there, there[::-1]] * 8
    results = run_together(place, [(lines,) for lines in orders])
    assert kinds(results) == {"Order": 16}
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.stock, second.stock) == (34, 34)


def test_opposite_order_without_one_order_of_locks_is_a_deadlock() -> None:
    first, second = make_product(), make_product()

    def lock_as_asked(pks: list[UUID]) -> None:
        with transaction.atomic():
            Product.objects.select_for_update().get(pk=pks[0])
            MEETING.wait()
            Product.objects.select_for_update().get(pk=pks[1])

    pks = [first.pk, second.pk]
    results = run_together(lock_as_asked, [(pks,), (pks[::-1],)])
    assert kinds(results) == {"NoneType": 1, "OperationalError": 1}
    assert any(isinstance(result, OperationalError) for result in results)


def place(lines: list[services.Line], **fields: Any) -> Order:
    checkout = services.Checkout(email="a@example.com", **fields)
    return services.place_order(lines, checkout, owner="someone").order


def test_double_click_is_one_order() -> None:
    product = make_product(stock=10)
    cart = make_cart(make_user(), (product, 3))
    results = run_together(buy, [cart] * 6)
    assert kinds(results) == {"Order": 1, "EmptyCart": 5}
    assert any(isinstance(result, EmptyCart) for result in results)
    product.refresh_from_db()
    assert product.stock == 7
    assert cart.count() == 0


def test_double_click_without_the_claim_is_two_orders() -> None:
    product = make_product(stock=10)
    cart = make_cart(make_user(), (product, 3))

    def claim_nothing(*args: Any) -> None:
        MEETING.wait()

    with patch.object(placing, "_claim", claim_nothing):
        results = run_together(buy, [cart] * 2)
    assert kinds(results) == {"Order": 2}


def test_same_key_ten_times_is_one_order() -> None:
    product = make_product(stock=10)
    lines = [services.Line(product.pk, 1)]

    def place_with_key(_: int) -> Order:
        return place(lines, idempotency_key="k1", fingerprint="f")

    results = run_together(place_with_key, list(range(10)))
    assert kinds(results) == {"Order": 10}
    assert len({result.pk for result in results}) == 1
    assert Order.objects.count() == OrderClaim.objects.count() == 1
    product.refresh_from_db()
    assert product.stock == 9


def test_same_key_without_the_claim_is_two_orders() -> None:
    product = make_product(stock=10)
    lines = [services.Line(product.pk, 1)]

    def claim_nothing(*args: Any) -> None:
        MEETING.wait()

    def place_with_key(_: int) -> Order:
        return place(lines, idempotency_key="k1", fingerprint="f")

    with patch.object(placing, "_claim", claim_nothing):
        results = run_together(place_with_key, [1, 2])
    assert len({result.pk for result in results}) == 2


def test_twenty_cancels_put_the_stock_back_once() -> None:
    product = make_product(stock=10)
    order = make_order(None, (product, 4))
    results = run_together(services.cancel_order, [order.pk] * 20)
    assert kinds(results) == {"Order": 20}
    product.refresh_from_db()
    assert (product.stock, product.sold) == (10, 0)
    assert StockEntry.objects.filter(reason="cancel").count() == 1
    assert OutboxMessage.objects.filter(event_type="order_canceled").count() == 1
    assert list(order.history.values_list("status", flat=True)) == [
        "pending",
        "canceled",
    ]


def test_two_cancels_without_the_lock_put_it_back_twice() -> None:
    product = make_product(stock=10)
    order = make_order(None, (product, 4))

    def read_without_lock(pk: UUID) -> Order:
        found = Order.objects.prefetch_related("items").get(pk=pk)
        MEETING.wait()
        return found

    with patch.object(changing, "lock_order", read_without_lock):
        run_together(services.cancel_order, [order.pk] * 2)
    product.refresh_from_db()
    assert product.stock == 14


def test_cancel_and_quantity_change_never_return_more_than_was_sold() -> None:
    product = make_product(stock=10)
    order = make_order(None, (product, 4))

    def cancel() -> Order:
        return services.cancel_order(order.pk)

    def change(quantity: int) -> Order:
        return services.change_quantity(order.pk, product.pk, quantity)

    run_together(lambda work, *args: work(*args), [(cancel,), (change, 1), (change, 9)])
    product.refresh_from_db()
    assert product.stock == 10
    assert stock_errors() == []


def test_out_of_stock_race_leaves_no_trace_of_the_loser() -> None:
    product, plenty = make_product(stock=1), make_product(stock=100)
    lines = [services.Line(plenty.pk, 1), services.Line(product.pk, 1)]
    results = run_together(place, [(lines,)] * 5)
    assert kinds(results) == {"Order": 1, "OutOfStock": 4}
    assert any(isinstance(result, OutOfStock) for result in results)
    plenty.refresh_from_db()
    assert plenty.stock == 99
    assert OrderClaim.objects.count() == 0
    assert stock_errors() == []
