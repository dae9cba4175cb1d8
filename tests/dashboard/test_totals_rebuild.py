"""Totals are proved by the orders, and can be made anew from them."""

import io
from collections.abc import Callable
from datetime import date
from typing import Any
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command

from dashboard.models import (
    BuyerDay,
    CartDay,
    ChangedOrder,
    ClosedDays,
    HourDay,
    ProductDay,
    ProductMonth,
    StatusDay,
)
from dashboard.reports import sales
from dashboard.reports.figures import Period
from dashboard.services import check_totals, mark_changed
from orders import services as orders
from orders.models import Order
from shop.demo.emptying import empty_shop
from shop.locks import try_lock
from tests.dashboard.shop import DAY, close_until, order_on
from tests.factories import make_product

pytestmark = pytest.mark.django_db

FIRST = date(2026, 8, 28)
CLEAN = "The totals are what the orders say.\n"
TABLES = (StatusDay, HourDay, ProductDay, ProductMonth, BuyerDay)


@pytest.fixture(autouse=True)
def in_english(settings: Any) -> None:
    settings.LANGUAGE_CODE = "en"


@pytest.fixture
def shop() -> list[Order]:
    tea = make_product(stock=99)
    found = [order_on(FIRST + n * DAY, (tea, 1), email="a@x.com") for n in range(8)]
    close_until(FIRST + 20 * DAY)
    return found


def rebuild(*options: str) -> str:
    out = io.StringIO()
    call_command("rebuild_totals", *options, stdout=out)
    return out.getvalue()


def everything() -> list[list[tuple[Any, ...]]]:
    return [sorted(table.objects.values_list(), key=str) for table in TABLES]


WRONG: dict[str, Callable[[], Any]] = {
    "statusday": lambda: StatusDay.objects.filter(day=FIRST).update(kept=1),
    "hourday": lambda: HourDay.objects.filter(day=FIRST).update(orders=2),
    "productday": lambda: ProductDay.objects.filter(day=FIRST).delete(),
    "productmonth": lambda: ProductMonth.objects.filter(month__lt=FIRST).delete(),
    "buyerday": lambda: BuyerDay.objects.filter(day=FIRST + DAY).update(previous=None),
}


@pytest.mark.parametrize("table", WRONG)
def test_what_differs_is_listed_and_rebuilding_mends_it(
    shop: list[Order], table: str
) -> None:
    assert rebuild("--check") == CLEAN
    right = everything()
    WRONG[table]()
    wrong = everything()
    out = io.StringIO()
    with pytest.raises(CommandError):
        call_command("rebuild_totals", "--check", stdout=out)
    assert f"dashboard_{table}\n" in out.getvalue()
    assert everything() == wrong
    assert rebuild() == CLEAN
    assert everything() == right
    assert rebuild("--check") == CLEAN


@pytest.mark.parametrize(
    "row",
    [
        StatusDay(day=FIRST + 9 * DAY, status="paid", orders=1, total=1, kept=1),
        # Of a day that is not closed.
        HourDay(day=FIRST + 90 * DAY, hour=1, orders=1, revenue=1),
        BuyerDay(buyer=uuid4(), day=FIRST + 9 * DAY),
    ],
)
def test_rows_that_no_order_stands_behind_are_found(
    shop: list[Order], row: Any
) -> None:
    row.save(force_insert=True)
    assert [(one.day, one.is_known) for one in check_totals()] == [(row.day, False)]
    rebuild()
    assert check_totals() == []


def test_a_change_behind_the_back_of_the_services_is_found(shop: list[Order]) -> None:
    Order.objects.filter(pk=shop[3].pk).update(status="canceled")
    day = FIRST + 3 * DAY
    found = {(one.day, one.table) for one in check_totals() if not one.is_known}
    assert found == {
        *((day, f"dashboard_{name}") for name in ("statusday", "hourday")),
        *((day, f"dashboard_{name}") for name in ("productday", "buyerday")),
        # The next day looked back on this one.
        (day + DAY, "dashboard_buyerday"),
    }
    assert sales.figures_of(Period(day, day)).sums.orders == 1
    rebuild("--since", str(day))
    assert sales.figures_of(Period(day, day)).sums.orders == 0
    assert check_totals() == []


def test_what_is_known_to_have_changed_is_no_error(shop: list[Order]) -> None:
    orders.cancel_order(shop[3].pk)
    lines = rebuild("--check").splitlines()
    note = "(changed since, and counted soon)"
    assert lines == [
        *(
            f"2026-08-31 dashboard_{name} {note}"
            for name in ("hourday", "productday", "statusday")
        ),
        CLEAN.strip(),
    ]
    assert ChangedOrder.objects.count() == 1


def test_since_a_day_nothing_before_it_is_looked_at(shop: list[Order]) -> None:
    StatusDay.objects.filter(day__in=[FIRST, FIRST + 5 * DAY]).update(kept=1)
    since = str(FIRST + DAY)
    assert [one.day for one in check_totals(FIRST + DAY)] == [FIRST + 5 * DAY]
    rebuild("--since", since)
    assert [one.day for one in check_totals()] == [FIRST]
    assert rebuild("--check", "--since", since) == CLEAN


def test_rebuilding_forgets_what_it_has_seen_to(shop: list[Order]) -> None:
    mark_changed([FIRST, FIRST + 5 * DAY])
    rebuild("--since", str(FIRST + 2 * DAY))
    assert list(ChangedOrder.objects.values_list("day", flat=True)) == [FIRST]
    rebuild()
    assert not ChangedOrder.objects.exists()


def test_rebuilding_closes_what_can_be_closed_and_keeps_the_carts(
    shop: list[Order],
) -> None:
    CartDay.objects.create(day=FIRST, carts=5)
    rebuild()
    assert ClosedDays.objects.get().until >= sales.today() - 2 * DAY
    assert CartDay.objects.get().carts == 5


def test_without_totals_there_is_nothing_wrong() -> None:
    order_on(FIRST)
    assert rebuild("--check") == CLEAN
    assert rebuild() == CLEAN
    assert StatusDay.objects.count() == 1


def test_somebody_else_counts_already(shop: list[Order]) -> None:
    with try_lock("dashboard-totals"), pytest.raises(CommandError, match="already"):
        rebuild()
    assert StatusDay.objects.exists()


def test_a_date_that_is_none() -> None:
    with pytest.raises(CommandError, match="since"):
        rebuild("--since", "yesterday")


def test_an_emptied_shop_has_no_totals(shop: list[Order]) -> None:
    CartDay.objects.create(day=FIRST, carts=5)
    empty_shop()
    assert everything() == [[]] * 5
    assert not CartDay.objects.exists()
    assert not ChangedOrder.objects.exists()
    assert not ClosedDays.objects.exists()
