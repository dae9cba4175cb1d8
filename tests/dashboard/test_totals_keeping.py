"""Who says that a day has changed, and how its totals follow."""

from datetime import date
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from dashboard.models import ChangedOrder, ClosedDays, ProductMonth, StatusDay
from dashboard.reports import sales
from dashboard.reports.figures import Period
from dashboard.services import check_totals, keep_totals, mark_changed
from orders import services as orders
from orders.models import Order
from payments.services import refund_order
from shop.locks import try_lock
from tests.dashboard.shop import (
    DAY,
    FIRST,
    PERIODS,
    assert_true,
    at,
    close_until,
    open_shop,
    order_on,
)
from tests.factories import make_order, make_product, make_user

pytestmark = pytest.mark.django_db

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
