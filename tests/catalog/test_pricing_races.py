"""Prices are changed by two at once, and while their products are bought."""

import threading
from decimal import Decimal
from typing import Any

import pytest

from catalog import services
from catalog.models import PriceChange, Product
from catalog.pricing import Rule
from catalog.services import pricing
from catalog.services.stock import stock_errors
from events.models import OutboxMessage
from tests.concurrency.helpers import PATIENCE, run_together
from tests.factories import make_admin, make_order, make_product, make_user

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def confirmed() -> PriceChange:
    user = make_admin()
    rule = Rule("percent", Decimal(10))
    change = pricing.preview_prices(Product.objects.all(), rule, user=user)
    pricing.confirm_prices(change, user=user)
    return change


def test_workers_that_share_a_change_change_each_price_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pricing, "BATCH", 2)
    for _ in range(11):
        make_product(price=100)
    change = confirmed()
    results = run_together(pricing.apply_prices, [change.pk] * 4)
    assert results == [None] * 4
    # Whoever met another at work went away; what is left is found again.
    pricing.apply_waiting()
    assert set(Product.objects.values_list("price", flat=True)) == {Decimal(110)}
    told = OutboxMessage.objects.filter(event_type="product_updated")
    assert told.count() == 11
    change.refresh_from_db()
    assert change.state == "done"


def test_two_confirm_and_one_counts() -> None:
    make_product(price=100)
    user = make_admin()
    rule = Rule("percent", Decimal(10))
    change = pricing.preview_prices(Product.objects.all(), rule, user=user)
    results = run_together(
        lambda user: pricing.confirm_prices(change, user=user), [user] * 6
    )
    assert sorted(results) == [False] * 5 + [True]


def test_prices_change_while_people_buy_and_edit(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pricing, "BATCH", 3)
    products = [make_product(price=100, stock=50) for _ in range(9)]
    change, buyer = confirmed(), make_user()

    def buy(turn: int) -> None:
        ordered = products[::-1] if turn % 2 else products
        make_order(buyer, *((product, 1) for product in ordered))

    def edit(turn: int) -> None:
        services.update_product(products[turn].pk, price=Decimal(77))

    calls = [(buy, 0), (buy, 1), (edit, 4), (pricing.apply_prices, change.pk)]
    results = run_together(lambda what, arg: what(arg), calls)
    assert results == [None] * 4
    pricing.apply_waiting()
    found = dict(Product.objects.values_list("pk", "price"))
    # Whoever came last: the edit is never overwritten by what was previewed before.
    assert found.pop(products[4].pk) == 77
    assert set(found.values()) == {Decimal(110)}
    assert {product.stock for product in Product.objects.all()} == {48}
    assert stock_errors() == []


def test_workers_that_come_by_meanwhile_neither_wait_nor_count(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As many as there are attempts, while one is at its batch."""
    make_product(price=100)
    change = confirmed()
    at_work, gone = threading.Event(), threading.Semaphore(0)
    lock_products, all_gone = pricing.lock_products, []

    def and_then_others_come(ids: Any) -> Any:
        if not at_work.is_set():
            at_work.set()
            others = range(pricing.ATTEMPTS)
            all_gone.append(all(gone.acquire(timeout=5) for _ in others))
        return lock_products(ids)

    monkeypatch.setattr(pricing, "lock_products", and_then_others_come)

    def work() -> None:
        pricing.apply_prices(change.pk)

    def come_by() -> None:
        at_work.wait(PATIENCE)
        pricing.apply_prices(change.pk)
        gone.release()

    calls = [work, *[come_by] * pricing.ATTEMPTS]
    assert run_together(lambda call: call(), calls) == [None] * len(calls)
    assert all_gone == [True]
    change.refresh_from_db()
    assert (change.state, change.attempts) == ("done", 0)
