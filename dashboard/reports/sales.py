"""What was sold in a period, whatever the number of orders: a few statements."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Count, F, Max, QuerySet, Sum
from django.db.models.functions import ExtractHour, Lower, TruncDate
from django.utils import timezone

from catalog.models import Category
from dashboard.reports.figures import (
    CategoryFigures,
    DayFigures,
    HourFigures,
    Period,
    PeriodFigures,
    ProductFigures,
    StatusFigures,
    Sums,
)
from orders.models import Order, OrderItem
from shop import days
from shop.money import to_money

# What an order brought in, ₸, and the pieces of a line that stayed sold.
KEPT = F("total") - F("refunded")
PIECES = F("quantity") - F("refunded_quantity")


def today() -> date:
    """The day it is in the shop's TIME_ZONE."""
    return days.today()


def figures_of(period: Period, *, top: int = 10) -> PeriodFigures:
    """All figures of the period, and the sums of the one before."""
    by_day = _by_day(period)
    return PeriodFigures(
        period=period,
        sums=_sums(period),
        before=_sums(period.before),
        days=by_day,
        products=products_of(period, top),
        categories=categories_of(period, top),
        statuses=_statuses(period),
        hours=_hours(period),
    )


def products_of(period: Period, limit: int | None) -> list[ProductFigures]:
    """Products by revenue; those of which pieces are left."""
    best = list(
        _sold(period)
        .values("product_id")
        .annotate(pieces=Sum(PIECES), revenue=Sum(PIECES * F("price")))
        .annotate(newest=Max("pk"))
        .filter(pieces__gt=0)
        .order_by("-revenue", "product_id")[:limit]
    )
    names = OrderItem.objects.in_bulk([row["newest"] for row in best])
    return [
        ProductFigures(
            product_id=row["product_id"],
            sku=names[row["newest"]].sku,
            name=names[row["newest"]].name,
            pieces=row["pieces"],
            revenue=to_money(row["revenue"]),
        )
        for row in best
        if row["newest"] in names
    ]


def categories_of(period: Period, limit: int | None) -> list[CategoryFigures]:
    """Categories by revenue. A product of several categories counts in each."""
    rows = (
        _sold(period)
        .values("product__categories")
        .annotate(pieces=Sum(PIECES), revenue=Sum(PIECES * F("price")))
        .filter(pieces__gt=0)
    )
    found = list(rows)
    categories = Category.objects.in_bulk(
        [row["product__categories"] for row in found if row["product__categories"]]
    )
    named = [
        CategoryFigures(
            pk=row["product__categories"],
            name=str(categories.get(row["product__categories"], "")),
            pieces=row["pieces"],
            revenue=to_money(row["revenue"]),
        )
        for row in found
    ]
    named.sort(key=lambda row: (-row.revenue, row.name, str(row.pk)))
    return named[:limit]


def _placed(period: Period) -> QuerySet[Order]:
    return Order.objects.filter(
        created_at__gte=days.start_of_day(period.first),
        created_at__lt=days.end_of_day(period.last),
    ).order_by()


def _counted(period: Period) -> QuerySet[Order]:
    return _placed(period).exclude(
        status__in=[Order.Status.CANCELED, Order.Status.REFUNDED]
    )


def _sold(period: Period) -> QuerySet[OrderItem]:
    return OrderItem.objects.filter(order__in=_counted(period)).order_by()


def _sums(period: Period) -> Sums:
    found = _counted(period).aggregate(
        orders=Count("pk"),
        revenue=Sum(KEPT),
        buyers=Count(Lower("email"), distinct=True),
    )
    revenue = to_money(found["revenue"] or 0)
    return Sums(found["orders"], revenue, found["buyers"], None)


def _by_day(period: Period) -> list[DayFigures]:
    zone = timezone.get_default_timezone()
    rows = (
        _counted(period)
        .annotate(day=TruncDate("created_at", tzinfo=zone))
        .values("day")
        .annotate(orders=Count("pk"), revenue=Sum(KEPT))
    )
    found = {row["day"]: (row["orders"], to_money(row["revenue"])) for row in rows}
    nothing = (0, Decimal("0.00"))
    dates = (period.first + timedelta(days=n) for n in range(period.days))
    return [DayFigures(day, *found.get(day, nothing)) for day in dates]


def _statuses(period: Period) -> list[StatusFigures]:
    rows = (
        _placed(period).values("status").annotate(orders=Count("pk"), sum=Sum("total"))
    )
    found = {row["status"]: (row["orders"], to_money(row["sum"])) for row in rows}
    nothing = (0, Decimal("0.00"))
    return [
        StatusFigures(status, *found.get(status, nothing))
        for status in Order.Status.values
    ]


def _hours(period: Period) -> list[HourFigures]:
    zone = timezone.get_default_timezone()
    rows: Iterable[Any] = (
        _counted(period)
        .annotate(
            day=TruncDate("created_at", tzinfo=zone),
            hour=ExtractHour("created_at", tzinfo=zone),
        )
        .values("day", "hour")
        .annotate(orders=Count("pk"), revenue=Sum(KEPT))
    )
    found: dict[tuple[int, int], tuple[int, Decimal]] = defaultdict(
        lambda: (0, Decimal("0.00"))
    )
    for row in rows:
        key = row["day"].weekday(), row["hour"]
        orders, revenue = found[key]
        found[key] = orders + row["orders"], revenue + to_money(row["revenue"])
    return [
        HourFigures(weekday, hour, *found[weekday, hour])
        for weekday in range(7)
        for hour in range(24)
    ]
