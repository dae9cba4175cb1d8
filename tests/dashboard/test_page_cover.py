"""Products that run low: which, in which order, and for how many days they last."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from catalog.models import Product
from dashboard.reports.cover import running_low
from orders.models import Order, OrderItem
from tests.factories import make_order, make_product

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def threshold(settings: Any) -> None:
    settings.LOW_STOCK_THRESHOLD = 3


def sold(product: Product, pieces: int, *, days_ago: int = 1, **fields: Any) -> Order:
    """An order of so many pieces, which leaves the stock as it is."""
    left = Product.objects.get(pk=product.pk).stock
    Product.objects.filter(pk=product.pk).update(stock=left + pieces)
    order = make_order(None, (product, pieces))
    moment = timezone.now() - timedelta(days=days_ago)
    Order.objects.filter(pk=order.pk).update(created_at=moment, **fields)
    return order


def found(limit: int | None = None) -> list[tuple[str, int, int, Any]]:
    rows = running_low(limit)
    return [(row.sku, row.stock, row.sold, row.days) for row in rows]


def test_the_shortest_comes_first_and_what_nobody_buys_last() -> None:
    fast, slow = make_product(sku="FAST", stock=20), make_product(sku="SLOW", stock=3)
    sold(fast, 120)
    sold(slow, 1)
    make_product(sku="STILL", stock=2)
    make_product(sku="OUT", stock=0)
    make_product(sku="ENOUGH", stock=4)
    make_product(sku="OFF", stock=0, is_active=False)
    assert found() == [
        ("OUT", 0, 0, Decimal("0.0")),
        ("FAST", 20, 120, Decimal("5.0")),
        ("SLOW", 3, 1, Decimal("90.0")),
        ("STILL", 2, 0, None),
    ]
    assert found(2) == found()[:2]


def test_a_week_is_enough_and_less_is_not() -> None:
    week, less = make_product(sku="WEEK", stock=70), make_product(sku="LESS", stock=69)
    sold(week, 300)
    sold(less, 300)
    assert found() == [("LESS", 69, 300, Decimal("6.9"))]


def test_the_pace_is_of_thirty_days_without_what_came_back() -> None:
    product = make_product(sku="A", stock=3)
    sold(product, 5, days_ago=29)
    sold(product, 50, days_ago=30)
    sold(product, 500, status=Order.Status.CANCELED)
    sold(product, 5000, status=Order.Status.REFUNDED)
    back = sold(product, 7)
    OrderItem.objects.filter(order=back).update(refunded_quantity=4)
    assert found() == [("A", 3, 8, Decimal("11.3"))]


def test_a_deleted_product_that_sold_well_is_not_there() -> None:
    product = make_product(stock=1)
    sold(product, 100)
    Product.objects.filter(pk=product.pk).delete()
    assert found() == []


def test_however_many_there_are_takes_the_same_statements() -> None:
    def count() -> int:
        with CaptureQueriesContext(connection) as captured:
            list(running_low(20))
        return len(captured)

    make_product(stock=1)
    before = count()
    for _ in range(25):
        sold(make_product(stock=2), 3)
    assert count() == before <= 6
    assert len(found(20)) == 20
    assert len(found()) == 26
