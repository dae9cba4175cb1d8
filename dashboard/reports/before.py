"""What the days before a period brought, to be drawn beside its own."""

from datetime import timedelta
from decimal import Decimal

from django.db.models import Count, F, Sum
from django.db.models.functions import TruncDate
from django.utils import timezone

from dashboard.reports.figures import DayFigures, Period
from orders.models import Order
from shop.days import end_of_day, start_of_day
from shop.money import to_money


def days_before(period: Period) -> list[DayFigures]:
    """As many days, those without an order too."""
    before = period.before
    zone = timezone.get_default_timezone()
    placed = Order.objects.counted().filter(
        created_at__gte=start_of_day(before.first),
        created_at__lt=end_of_day(before.last),
    )
    rows = (
        placed.order_by()
        .annotate(day=TruncDate("created_at", tzinfo=zone))
        .values("day")
        .annotate(orders=Count("pk"), revenue=Sum(F("total") - F("refunded")))
    )
    found = {row["day"]: (row["orders"], to_money(row["revenue"])) for row in rows}
    nothing = (0, Decimal("0.00"))
    dates = (before.first + timedelta(days=n) for n in range(before.days))
    return [DayFigures(day, *found.get(day, nothing)) for day in dates]
