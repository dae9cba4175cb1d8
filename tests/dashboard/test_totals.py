"""Figures from totals are those of the orders, whatever happens to these."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection, transaction
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
from shop.locks import try_lock
from tests.dashboard import naive
from tests.dashboard.shop import DAY, at, close_until, order_on
from tests.factories import make_category, make_order, make_product, make_user

pytestmark = pytest.mark.django_db

FIRST = date(2026, 8, 28)
PERIODS = [
    Period(FIRST, date(2026, 11, 25)),
    Period(date(2026, 9, 1), date(2026, 9, 30)),
    Period(date(2026, 9, 5), date(2026, 11, 2)),
    Period(FIRST, FIRST),
    Period(date(2024, 1, 1), date(2024, 3, 1)),
    Period(date(2037, 1, 1), date(2037, 2, 2)),
]


def open_shop() -> list[Order]:
    """Two months of orders: of one and of several categories, of deleted products, of
    buyers who come back, at every hour."""
    shelves = [make_category() for _ in range(3)]
    goods = [
        make_product(stock=500, price=price)
        for price in ("10.10", "20.20", "33.33", "5.00")
    ]
    goods[0].categories.add(shelves[0], shelves[1])
    goods[1].categories.add(shelves[1])
    goods[3].categories.add(shelves[2])
    found = [
        order_on(
            FIRST + n * 2 * DAY,
            (goods[n % 4], 1 + n % 3),
            (goods[(n + 1) % 4], 1),
            email=("B{}@x.com" if n % 2 else "b{}@x.com").format(n % 5),
            clock=f"{n * 5 % 24:02}:30",
        )
        for n in range(35)
    ]
    goods[3].delete()
    return found


def assert_true() -> None:
    for period in PERIODS:
        assert sales.figures_of(period) == naive.figures_of(period)


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


# --- Who says that something has changed ----------------------------------------------


def noted() -> list[tuple[Any, date]]:
    rows = list(ChangedOrder.objects.order_by("pk").values_list("order_id", "day"))
    ChangedOrder.objects.all().delete()
    return rows


def test_every_change_of_an_order_says_so_and_placing_does_not() -> None:
    product = make_product(stock=50)
    make_order(make_user(), (product, 3))
    assert noted() == []
    order = order_on(FIRST, (product, 3), clock="00:01")
    row = (order.pk, FIRST)
    orders.change_quantities(order.pk, {product.pk: 4})
    assert noted() == [row]
    orders.set_status(order.pk, "paid")
    assert noted() == [row]
    refund_order(order.pk, {product.pk: 1}, stock="put_back")
    assert noted() == [row]
    # With the last pieces the order itself takes a step.
    refund_order(order.pk, stock="put_back")
    assert set(noted()) == {row}
    other = order_on(FIRST + DAY)
    orders.hide_order(other.pk)
    assert noted() == [(other.pk, FIRST + DAY)]


def test_a_change_that_is_undone_says_nothing() -> None:
    order = order_on(FIRST)
    with transaction.atomic():
        orders.cancel_order(order.pk)
        transaction.set_rollback(True)
    assert noted() == []


def test_deleted_orders_leave_the_totals() -> None:
    order = order_on(FIRST)
    for n in range(6):
        order_on(FIRST + n % 3 * DAY)
    close_until(FIRST + 9 * DAY)
    row = (order.pk, FIRST)
    order.delete()
    assert noted() == [row]
    mark_changed([FIRST])
    keep_totals(at(FIRST + 10 * DAY, "03:00"))
    assert sales.figures_of(PERIODS[0]).sums.orders == 6
    Order.objects.all().delete()
    # One row for each day, however many orders.
    days = [FIRST + n * DAY for n in range(3)]
    assert sorted(ChangedOrder.objects.values_list("day", flat=True)) == days
    assert sales.figures_of(PERIODS[0]).sums.orders == 0
    close_until(FIRST + 9 * DAY)
    assert check_totals() == []
    assert not StatusDay.objects.exists()
    assert not ProductMonth.objects.exists()


def test_a_buyers_account_may_go_and_the_figures_stay() -> None:
    order = order_on(FIRST)
    close_until(FIRST)
    order.user.delete()
    assert sales.figures_of(Period(FIRST, FIRST)).sums.buyers == 1
    assert check_totals() == []


# --- Keeping --------------------------------------------------------------------------


@pytest.mark.parametrize(("clock", "until"), [("02:59", FIRST), ("03:00", FIRST + DAY)])
def test_a_day_is_closed_three_hours_after_its_end(clock: str, until: date) -> None:
    order_on(FIRST)
    keep_totals(at(FIRST + 2 * DAY, clock))
    assert ClosedDays.objects.get().until == until


def test_today_is_never_closed() -> None:
    order_on(sales.today())
    keep_totals()
    assert not StatusDay.objects.exists()
    assert sales.figures_of(Period.up_to(sales.today(), 1)).sums.orders == 1


def test_an_empty_shop_keeps_nothing() -> None:
    assert keep_totals()
    assert not ClosedDays.objects.exists()


def test_the_clock_going_back_opens_no_day() -> None:
    order_on(FIRST)
    close_until(FIRST + 5 * DAY)
    close_until(FIRST)
    assert ClosedDays.objects.get().until == FIRST + 5 * DAY


def test_changes_of_open_days_are_not_kept() -> None:
    order = order_on(FIRST + 3 * DAY)
    order_on(FIRST)
    close_until(FIRST)
    orders.cancel_order(order.pk)
    close_until(FIRST)
    assert noted() == []
    close_until(FIRST + 3 * DAY)
    found = sales.figures_of(Period(FIRST, FIRST + 3 * DAY))
    assert found.sums.orders == 1
    assert check_totals() == []


def test_an_order_before_the_first_day_is_counted() -> None:
    order_on(FIRST)
    close_until(FIRST + 5 * DAY)
    order_on(FIRST - 40 * DAY)
    mark_changed([FIRST - 40 * DAY])
    close_until(FIRST + 5 * DAY)
    assert sales.figures_of(Period(FIRST - 40 * DAY, FIRST)).sums.orders == 2
    assert check_totals() == []


def test_one_changed_order_rewrites_its_own_rows_alone() -> None:
    product = make_product(stock=99)
    order = order_on(FIRST, (product, 1), clock="10:00")
    for n in range(5):
        order_on(FIRST, clock=f"1{n}:00")
    close_until(FIRST)
    orders.set_status(order.pk, "paid")
    with CaptureQueriesContext(connection) as captured:
        close_until(FIRST)
    # A step changes nothing of what was sold: the month is not even looked at.
    assert not any("productmonth" in one["sql"] for one in captured)
    assert sales.figures_of(Period(FIRST, FIRST)).statuses[1].orders == 1


def test_in_another_time_zone_all_days_are_others(settings: Any) -> None:
    order_on(FIRST, clock="01:00")
    close_until(FIRST + 5 * DAY)
    settings.TIME_ZONE = "Europe/London"
    found = sales.figures_of(Period(FIRST - DAY, FIRST))
    assert [day.orders for day in found.days] == [1, 0]
    keep_totals(at(FIRST + 5 * DAY))
    assert ClosedDays.objects.get().zone == "Europe/London"
    assert list(StatusDay.objects.values_list("day", flat=True)) == [FIRST - DAY]
    found = sales.figures_of(Period(FIRST - DAY, FIRST))
    assert [day.orders for day in found.days] == [1, 0]


def test_somebody_else_counts_already() -> None:
    order_on(FIRST)
    with try_lock("dashboard-totals"):
        assert keep_totals() is False
    assert not ClosedDays.objects.exists()


@pytest.mark.parametrize("dies_at", range(1, 5))
def test_killed_in_the_middle_the_figures_are_true(
    monkeypatch: Any, dies_at: int
) -> None:
    """The days that were done stay done, and the next run does the others."""
    from dashboard.services import keeping

    placed = open_shop()
    close_until(date(2026, 9, 20))
    for order in placed[:3]:
        orders.cancel_order(order.pk)
    real, calls = keeping.write_days, []

    def die(*args: Any, **kwargs: Any) -> None:
        real(*args, **kwargs)
        calls.append(args)
        if len(calls) == dies_at:
            raise ZeroDivisionError

    monkeypatch.setattr(keeping, "write_days", die)
    with pytest.raises(ZeroDivisionError):
        close_until(date(2026, 10, 31))
    assert ChangedOrder.objects.count() == max(0, 3 - (dies_at - 1))
    assert_true()
    monkeypatch.setattr(keeping, "write_days", real)
    close_until(date(2026, 10, 31))
    assert_true()
    assert check_totals() == []
