"""Orders of other days, for tests of totals."""

from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from catalog.models import Product
from dashboard.services import keep_totals
from orders.models import Order
from tests.factories import make_order, make_product, make_user

ALMATY = ZoneInfo("Asia/Almaty")
DAY = timedelta(days=1)


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
