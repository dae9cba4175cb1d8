"""Figures from totals are those of the orders, whatever happens to these."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from dashboard.models import (
    BuyerDay,
    ChangedOrder,
    ClosedDays,
    HourDay,
    ProductDay,
    ProductMonth,
    StatusDay,
)
from dashboard.reports import sales, shop_stats
from dashboard.reports.figures import Period
from dashboard.services import check_totals, keep_totals
from dashboard.services.keeping import mark_changed
from orders import services as orders
from orders.models import Order
from payments.services import refund_order
from tests.dashboard.shop import (
    DAY,
    FIRST,
    assert_true,
    close_until,
    open_shop,
    order_on,
)
from tests.factories import make_category, make_product

pytestmark = pytest.mark.django_db


def queries(ask: Callable[[], Any]) -> int:
    with CaptureQueriesContext(connection) as captured:
        ask()
    return len(captured)


# --- Reading --------------------------------------------------------------------------


def test_the_figures_are_those_of_the_orders_open_closed_and_changed() -> None:
    placed = open_shop()
    assert_true()
    close_until(date(2026, 10, 15))
    assert_true()
    orders.set_status(placed[5].pk, "canceled")
    orders.set_status(placed[34].pk, "canceled")
    product = placed[8].items.all()[0].product_id
    orders.change_quantities(placed[8].pk, {product: 9})
    assert_true()
    changed = {FIRST + 10 * DAY, FIRST + 16 * DAY}
    assert {one.day for one in check_totals()} == changed
    assert all(one.is_known for one in check_totals())
    close_until(date(2026, 10, 15))
    assert_true()
    assert check_totals() == []
    close_until(date(2026, 11, 22))
    assert_true()
    assert check_totals() == []
    assert not ChangedOrder.objects.exists()


def test_closed_days_are_read_from_totals_and_changed_ones_are_not() -> None:
    day = date(2026, 9, 10)
    order = order_on(day, (make_product(price=7), 1))
    close_until(date(2026, 10, 31))
    StatusDay.objects.update(orders=50, kept=12300, total=45600)
    HourDay.objects.update(orders=60)
    ProductDay.objects.update(pieces=70)
    ProductMonth.objects.update(pieces=80)
    BuyerDay.objects.create(buyer=order.pk, day=day)

    def read(first: date, last: date) -> tuple[Any, ...]:
        found = sales.figures_of(Period(first, last))
        return (
            found.sums.orders,
            found.sums.revenue,
            found.sums.buyers,
            sum(hour.orders for hour in found.hours),
            [product.pieces for product in found.products],
            [category.pieces for category in found.categories],
        )

    revenue = Decimal("123.00")
    assert read(day, day) == (50, revenue, 2, 60, [70], [70])
    whole = read(date(2026, 9, 1), date(2026, 9, 30))
    assert whole == (50, revenue, 2, 60, [80], [80])
    assert shop_stats()["total_orders"] == 50
    assert shop_stats()["top_products"][0]["qty"] == 80
    mark_changed([day])
    true = (1, Decimal("7.00"), 1, 1, [1], [1])
    assert read(day, day) == true
    assert read(date(2026, 9, 1), date(2026, 9, 30)) == true
    assert shop_stats()["total_orders"] == 1
    assert shop_stats()["unique_buyers"] == 1
    assert shop_stats()["top_products"][0]["qty"] == 1


def test_a_buyer_of_several_days_is_one() -> None:
    days = [FIRST + n * DAY for n in range(6)]
    placed = [order_on(day, email="A@x.com") for day in days]
    order_on(days[2], email="b@x.com")
    close_until(days[3])

    def buyers(first: int, last: int) -> int:
        return sales.figures_of(Period(days[first], days[last])).sums.buyers

    assert [buyers(0, 5), buyers(2, 2), buyers(3, 5), buyers(0, 1)] == [2, 2, 1, 1]
    # Theirs alone, and gone; both on changed days and on others.
    for order in placed[2:]:
        orders.cancel_order(order.pk)
    assert [buyers(0, 5), buyers(2, 2), buyers(3, 5), buyers(0, 1)] == [2, 1, 0, 1]
    close_until(days[5])
    assert [buyers(0, 5), buyers(2, 2), buyers(3, 5), buyers(0, 1)] == [2, 1, 0, 1]
    assert list(BuyerDay.objects.order_by("day").values_list("day", "previous")) == [
        (days[0], None),
        (days[1], days[0]),
        (days[2], None),
    ]
    assert check_totals() == []


def test_an_order_that_comes_back_is_looked_back_on() -> None:
    placed = [order_on(FIRST + n * DAY, email="a@x.com") for n in range(3)]
    Order.objects.filter(pk=placed[1].pk).update(status="canceled")
    close_until(FIRST + 5 * DAY)
    Order.objects.filter(pk=placed[1].pk).update(status="pending")
    mark_changed([FIRST + DAY])
    close_until(FIRST + 5 * DAY)
    found = BuyerDay.objects.order_by("day").values_list("previous", flat=True)
    assert list(found) == [None, FIRST, FIRST + DAY]


def test_the_shops_stats_are_the_same_open_and_closed() -> None:
    today = sales.today()
    tea, milk = make_product(price="3.30", stock=99), make_product(price=2, stock=99)
    for n in range(40):
        order_on(today - n * DAY, (tea, 1 + n % 2), (milk, 1), email=f"{n % 7}@x.com")
    before = shop_stats(days=60)
    assert before["total_orders"] == 40
    keep_totals()
    assert ClosedDays.objects.get().until >= today - 2 * DAY
    assert shop_stats(days=60) == before


def test_one_statement_each_for_1_order_and_50() -> None:
    period = Period(date(2026, 9, 1), date(2026, 11, 10))
    order_on(date(2026, 9, 2))
    open_days = queries(lambda: sales.figures_of(period))
    stats = queries(shop_stats)
    for n in range(49):
        order_on(date(2026, 9, 3) + n * DAY)
    assert queries(lambda: sales.figures_of(period)) == open_days
    close_until(date(2026, 10, 31))
    assert queries(lambda: sales.figures_of(period)) == open_days
    mark_changed(date(2026, 9, 3) + n * DAY for n in range(0, 49, 3))
    assert queries(lambda: sales.figures_of(period)) == open_days <= 10
    assert queries(shop_stats) == stats <= 9


@pytest.mark.parametrize("closed", [False, True])
def test_a_day_begins_at_midnight_of_the_shop(closed: bool) -> None:
    day = date(2026, 9, 10)
    order_on(day, clock="23:59")
    order_on(day + DAY, clock="00:01")
    if closed:
        close_until(day + 9 * DAY)
    found = sales.figures_of(Period(day, day + DAY))
    assert [one.orders for one in found.days] == [1, 1]
    # Thursday's last hour and Friday's first.
    busy = [(hour.weekday, hour.hour) for hour in found.hours if hour.orders]
    assert busy == [(3, 23), (4, 0)]
    assert sales.figures_of(Period(day, day)).sums.orders == 1


def test_large_money_is_exact_in_totals_too() -> None:
    day = date(2026, 9, 10)
    for total in ("9999999999.99", "0.02"):
        order_on(day, total=Decimal(total))
    close_until(day)
    found = sales.figures_of(Period(day, day))
    assert found.sums.revenue == Decimal("10000000000.01")


def test_what_came_back_altogether_is_no_product_of_the_period() -> None:
    product, other = make_product(price=5), make_product(price=3)
    order = order_on(FIRST, (product, 2), (other, 1))
    orders.set_status(order.pk, "paid")
    refund_order(order.pk, {product.pk: 2}, stock="put_back")
    close_until(FIRST)
    found = sales.figures_of(Period(FIRST, FIRST))
    assert [row.product_id for row in found.products] == [other.pk]
    assert sales.products_of(Period(FIRST, FIRST), None) == found.products
    assert sales.categories_of(Period(FIRST, FIRST), None) == found.categories
    assert [row["qty"] for row in shop_stats()["top_products"]] == [1, 0]


def test_the_tables_of_products_and_categories_are_whole_or_cut() -> None:
    shelves = [make_category() for _ in range(3)]
    goods = [make_product(price=10 + n) for n in range(4)]
    for product, shelf in zip(goods, shelves, strict=False):
        product.categories.add(shelf)
    order_on(FIRST, *((product, 1) for product in goods))
    period = Period(FIRST, FIRST)
    assert [row.revenue for row in sales.products_of(period, 2)] == [13, 12]
    assert len(sales.products_of(period, None)) == 4
    assert [row.pk for row in sales.categories_of(period, None)] == [
        None, shelves[2].pk, shelves[1].pk, shelves[0].pk
    ]  # fmt: skip
    assert [row.revenue for row in sales.categories_of(period, 2)] == [13, 12]
    found = sales.figures_of(period, top=1)
    assert [row.revenue for row in found.products] == [13]
    assert [row.pk for row in found.categories] == [None]
