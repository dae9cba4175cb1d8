"""Orders of other days, for tests of totals."""

from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from catalog.models import Product
from dashboard.reports import sales
from dashboard.reports.figures import Period
from dashboard.services import keep_totals
from orders.models import Order
from tests.dashboard import naive
from tests.factories import make_category, make_order, make_product, make_user

ALMATY = ZoneInfo("Asia/Almaty")
DAY = timedelta(days=1)
FIRST = date(2026, 8, 28)
PERIODS = [
    Period(FIRST, date(2026, 11, 25)),
    Period(date(2026, 9, 1), date(2026, 9, 30)),
    Period(date(2026, 9, 5), date(2026, 11, 2)),
    Period(FIRST, FIRST),
    Period(date(2024, 1, 1), date(2024, 3, 1)),
    Period(date(2037, 1, 1), date(2037, 2, 2)),
]


def at(day: date, clock: str = "12:00") -> datetime:
    """The shop's own clock on that day."""
    return datetime.combine(day, time.fromisoformat(clock), tzinfo=ALMATY)


def order_on(
    day: date,
    *lines: tuple[Product, int],
    clock: str = "12:00",
    email: str = "",
    **fields: Any,
) -> Order:
    """An order of that day, of two pieces of a new product or these lines.

    It is moved there behind the back of the services: close the day afterwards.
    """
    buyer = make_user()
    order = make_order(buyer, *(lines or ((make_product(price=100), 2),)))
    Order.objects.filter(pk=order.pk).update(
        created_at=at(day, clock), email=email or buyer.email, **fields
    )
    order.refresh_from_db()
    return order


def close_until(day: date) -> None:
    """That day and all before it are closed, and what had changed is counted."""
    assert keep_totals(at(day + DAY, "03:00"))


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
