"""Orders of certain days, for the pages of figures."""

from datetime import date, datetime, time
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from orders.models import Order
from tests.factories import make_order

PAGE, FRONT = "/admin/stats/", "/admin/"
ZONE = ZoneInfo("Asia/Almaty")
SIGN = "\xa0₸"


def placed(day: date, total: str, hour: int = 12, **fields: Any) -> Order:
    """An order of that day, at that hour of the shop's clock."""
    made = make_order()
    Order.objects.filter(pk=made.pk).update(
        created_at=datetime.combine(day, time(hour), tzinfo=ZONE),
        total=Decimal(total),
        **fields,
    )
    return made
