"""What was sold in a period: ten statements, however many orders there are.

Closed days are read from their totals, all others from the orders (see `reading`), so
the figures are those of the orders at every moment.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from decimal import Decimal

from django.db.models import Sum
from django.db.models.functions import ExtractIsoWeekDay

from dashboard.models import CartDay, HourDay, StatusDay
from dashboard.reports import raw
from dashboard.reports.buyers import buyers_in
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
from dashboard.reports.goods import (
    categories_in,
    from_tiyn,
    goods_in,
    products_in,
)
from dashboard.reports.reading import Part, Reading, one_moment
from orders.models import Order
from shop import days


def today() -> date:
    """The day it is in the shop's TIME_ZONE."""
    return days.today()


@one_moment()
def figures_of(period: Period, *, top: int = 10) -> PeriodFigures:
    """All figures of the period, and the sums of the one before.

    Carts are counted by `keep_totals`, so those of today are up to a minute old.
    """
    both = Period(period.before.first, period.last)
    reading = Reading.of(both)
    part = reading.within(period)
    placed = StatusRows(reading.within(both))
    products, categories = goods_in(part, top)
    carts = dict(
        CartDay.objects.filter(day__gte=both.first, day__lte=both.last).values_list(
            "day", "carts"
        )
    )

    def sums(some: Part) -> Sums:
        orders, revenue = placed.counted(some.period)
        counted = carts_in(some.period, carts)
        return Sums(orders, revenue, buyers_in(some), counted)

    return PeriodFigures(
        period=period,
        sums=sums(part),
        before=sums(reading.within(period.before)),
        days=list(placed.days(period)),
        products=products,
        categories=categories,
        statuses=placed.statuses(period),
        hours=_hours(part),
    )


@one_moment()
def products_of(period: Period, limit: int | None) -> list[ProductFigures]:
    """Products by revenue, then id; those of which pieces are left."""
    return products_in(Reading.of(period).within(period), limit)


@one_moment()
def categories_of(period: Period, limit: int | None) -> list[CategoryFigures]:
    """Categories by revenue, then name. A product of several counts in each."""
    return categories_in(Reading.of(period).within(period), limit)


class StatusRows:
    """Orders by day and status, in tiyn, read in one statement."""

    def __init__(self, part: Part) -> None:
        columns = ("day", "status", "orders", "total", "kept")
        totals = StatusDay.objects.filter(part.clean).values_list(*columns)
        self.rows = list(totals.union(raw.status_days(part.raw), all=True))

    def counted(self, period: Period | None = None) -> tuple[int, Decimal]:
        """Orders that count, and what they brought, ₸. None: of all days."""
        orders = revenue = 0
        for day, status, count, _, kept in self.rows:
            if period and not period.first <= day <= period.last:
                continue
            if status not in raw.UNCOUNTED:
                orders += count
                revenue += int(kept)
        return orders, from_tiyn(revenue)

    def days(self, period: Period) -> Iterator[DayFigures]:
        """Every day of the period, those without an order too."""
        found: dict[date, tuple[int, int]] = defaultdict(lambda: (0, 0))
        for day, status, count, _, kept in self.rows:
            if status not in raw.UNCOUNTED:
                orders, revenue = found[day]
                found[day] = orders + count, revenue + int(kept)
        for n in range(period.days):
            day = period.first + timedelta(days=n)
            orders, revenue = found[day]
            yield DayFigures(day, orders, from_tiyn(revenue))

    def statuses(self, period: Period) -> list[StatusFigures]:
        """Every status in the order of an order's life."""
        found: dict[str, tuple[int, int]] = defaultdict(lambda: (0, 0))
        for day, status, count, total, _ in self.rows:
            if period.first <= day <= period.last:
                orders, sum_ = found[status]
                found[status] = orders + count, sum_ + int(total)
        return [
            StatusFigures(status, found[status][0], from_tiyn(found[status][1]))
            for status in Order.Status.values
        ]


def carts_in(period: Period, carts: dict[date, int]) -> int | None:
    """Carts of the period; None where a day that has begun was not counted."""
    begun = Period(period.first, min(period.last, today()))
    found = [carts.get(begun.first + timedelta(days=n)) for n in range(begun.days)]
    if not found or None in found:
        return None
    return sum(count for count in found if count is not None)


def _hours(part: Part) -> list[HourFigures]:
    totals = (
        HourDay.objects.filter(part.clean)
        .values("hour", weekday=ExtractIsoWeekDay("day"))
        .annotate(count=Sum("orders"), sum=Sum("revenue"))
        .values_list("weekday", "hour", "count", "sum")
    )
    rows: Iterable[tuple[int, int, int, int]] = totals.union(
        raw.hours_of_week(part.raw), all=True
    )
    found: dict[tuple[int, int], tuple[int, int]] = defaultdict(lambda: (0, 0))
    for weekday, hour, count, sum_ in rows:
        orders, revenue = found[weekday - 1, hour]
        found[weekday - 1, hour] = orders + count, revenue + int(sum_)
    return [
        HourFigures(
            weekday, hour, found[weekday, hour][0], from_tiyn(found[weekday, hour][1])
        )
        for weekday in range(7)
        for hour in range(24)
    ]
