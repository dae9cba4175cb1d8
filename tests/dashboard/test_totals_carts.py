"""Carts that something was put into, by day; and how many of them became orders."""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cart.models import FilledCart
from cart.services import Cart, merge_carts
from cart.storages import DatabaseStorage, RedisStorage
from catalog.models import Product
from dashboard.models import CartDay
from dashboard.reports import sales
from dashboard.reports.figures import Period
from dashboard.services import keep_carts
from dashboard.tasks import keep_totals
from shop.exceptions import Unavailable
from tests.factories import make_order, make_product, make_user

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
FIRST = date(2026, 9, 10)
On = Callable[[date], None]


@pytest.fixture(params=["database", pytest.param("redis", marks=pytest.mark.redis)])
def storage(request: Any, monkeypatch: Any) -> Any:
    found = DatabaseStorage() if request.param == "database" else RedisStorage()
    for place in ("cart.services", "dashboard.services.carts"):
        monkeypatch.setattr(f"{place}.get_storage", lambda: found)
    return found


@pytest.fixture
def on(monkeypatch: Any) -> On:
    """It is another day, for carts and their counting."""

    def move(day: date) -> None:
        for place in (
            *("cart.storages.database", "cart.storages.redis"),
            *("dashboard.services.carts", "dashboard.reports.sales"),
        ):
            monkeypatch.setattr(f"{place}.today", lambda: day)

    move(FIRST)
    return move


@pytest.fixture
def tea() -> Product:
    return make_product(stock=500)


def kept() -> dict[date, int]:
    keep_carts()
    return dict(CartDay.objects.order_by("day").values_list("day", "carts"))


def carts_of(first: date, last: date) -> int | None:
    return sales.figures_of(Period(first, last)).sums.carts


def test_a_cart_is_one_a_day_however_much_is_put_in(
    storage: Any, on: On, tea: Product
) -> None:
    assert kept() == {FIRST: 0}
    one, other = Cart.of_user(make_user()), Cart("anon:abc")
    for _ in range(3):
        one.add(tea.pk)
    one.set_quantity(tea.pk, 5)
    other.set_quantity(tea.pk, 1)
    Cart("anon:def").remove(tea.pk)
    assert kept() == {FIRST: 2}
    one.clear()
    one.add(tea.pk)
    assert kept() == {FIRST: 2}
    on(FIRST + DAY)
    one.add(tea.pk)
    assert kept() == {FIRST: 2, FIRST + DAY: 1}


def test_what_is_not_put_in_is_not_counted(storage: Any, on: On, tea: Product) -> None:
    Product.objects.update(stock=1)
    cart = Cart("anon:abc")
    assert not storage.add(cart.key, tea.pk, 2, 1)
    assert kept() == {FIRST: 0}


def test_who_signs_in_with_a_cart_stays_one(storage: Any, on: On, tea: Product) -> None:
    user = make_user()
    Cart("anon:abc").add(tea.pk)
    merge_carts(Cart("anon:abc"), user)
    assert kept() == {FIRST: 1}
    Cart.of_user(user).add(tea.pk)
    assert kept() == {FIRST: 1}
    on(FIRST + DAY)
    # What was put in on another day is nobody's cart of today.
    merge_carts(Cart("anon:abc"), user)
    assert kept() == {FIRST: 1, FIRST + DAY: 0}


def test_the_last_days_are_made_up_for_after_a_pause(
    storage: Any, on: On, tea: Product
) -> None:
    assert kept() == {FIRST: 0}
    for n in range(4):
        on(FIRST + n * DAY)
        for _ in range(n):
            Cart.of_user(make_user()).add(tea.pk)
    assert kept() == {FIRST + n * DAY: n for n in range(4)}
    # After more than a week nobody knows of the days between.
    on(FIRST + 20 * DAY)
    found = kept()
    assert sorted(found)[4] == FIRST + 14 * DAY
    assert found[FIRST + 20 * DAY] == 0


def test_before_the_first_count_nobody_has_counted(
    storage: Any, on: On, tea: Product
) -> None:
    Cart.of_user(make_user()).add(tea.pk)
    kept()
    on(FIRST + DAY)
    kept()
    assert carts_of(FIRST, FIRST + DAY) == 1
    assert carts_of(FIRST - DAY, FIRST) is None
    found = sales.figures_of(Period(FIRST, FIRST + DAY))
    assert found.before.carts is None
    # Days to come have no carts yet, and take none away.
    assert carts_of(FIRST, FIRST + 9 * DAY) == 1
    assert carts_of(FIRST + 5 * DAY, FIRST + 9 * DAY) is None


def test_a_storage_that_was_emptied_takes_nothing_back(
    storage: Any, on: On, tea: Product, redis_of_the_tests: Any
) -> None:
    Cart.of_user(make_user()).add(tea.pk)
    assert kept() == {FIRST: 1}
    FilledCart.objects.all().delete()
    if redis_of_the_tests:
        redis_of_the_tests.flushdb()
    assert kept() == {FIRST: 1}


def test_conversion_is_orders_for_a_hundred_carts(tea: Product) -> None:
    day = sales.today()
    CartDay.objects.create(day=day, carts=8)
    for _ in range(3):
        make_order(make_user(), (tea, 1))
    found = sales.figures_of(Period(day, day)).sums
    assert (found.orders, found.carts) == (3, 8)
    assert found.conversion == Decimal("37.5")


def test_the_task_keeps_carts_and_totals(tea: Product) -> None:
    make_order(make_user(), (tea, 1))
    keep_totals()
    assert list(CartDay.objects.values_list("day", flat=True)) == [sales.today()]


def test_a_storage_that_is_down_stops_nothing(monkeypatch: Any, on: On) -> None:
    class Down:
        def filled(self, days: Any) -> Any:
            raise Unavailable("down")

    monkeypatch.setattr("dashboard.services.carts.get_storage", Down)
    assert kept() == {}
    keep_totals()


def test_figures_never_ask_the_carts(monkeypatch: Any) -> None:
    def refuse(*args: Any) -> Any:
        raise AssertionError

    monkeypatch.setattr("cart.storages.redis.get_redis_connection", refuse)
    assert carts_of(sales.today(), sales.today()) is None


def test_rows_of_old_days_are_forgotten(on: On, tea: Product, monkeypatch: Any) -> None:
    monkeypatch.setattr("cart.services.get_storage", DatabaseStorage)
    monkeypatch.setattr("dashboard.services.carts.get_storage", DatabaseStorage)
    Cart.of_user(make_user()).add(tea.pk)
    kept()
    on(FIRST + DAY)
    kept()
    assert FilledCart.objects.count() == 1
    kept()
    assert FilledCart.objects.count() == 0


@pytest.mark.redis
def test_counting_in_redis_takes_no_statement(tea: Product) -> None:
    storage = RedisStorage()
    with CaptureQueriesContext(connection) as captured:
        storage.add("anon:abc", tea.pk, 1, 5)
        storage.set("anon:abc", tea.pk, 2)
    assert len(captured) == 0
