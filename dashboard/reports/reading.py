"""Which days are read from their totals, and which from the orders."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Self

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet

from dashboard.models import ChangedOrder, ClosedDays
from dashboard.reports.figures import Period
from shop.replica import reading

DAY = timedelta(days=1)
_LAST_MONTH = date(9999, 11, 30)
# Every day that an order may have.
ALWAYS = Period(date(1, 1, 2), date(9999, 12, 30))


ISOLATION = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY; "
# PostgreSQL plans for slow disks and little memory, and would rather read every line
# there is than look up those of a day; what it compiles takes longer than doing it.
PLANS = (
    "SET LOCAL random_page_cost = 1.1; SET LOCAL work_mem = '64MB'; SET LOCAL jit = off"
)


@contextmanager
def one_moment() -> Iterator[None]:
    """All figures read inside are those of one moment, on PostgreSQL.

    Inside of somebody's transaction each statement has its own, as always there.
    """
    connection = reading("dashboard")
    if connection.vendor != "postgresql":
        yield
        return
    own = (
        nullcontext()
        if connection.in_atomic_block
        else transaction.atomic(using=connection.alias)
    )
    isolation = "" if connection.in_atomic_block else ISOLATION
    with own, connection.cursor() as cursor:
        cursor.execute(isolation + PLANS)
        yield


@dataclass(frozen=True)
class Reading:
    """What was known of the totals when the reading began.

    Closed days that nothing had changed on are read from their totals, however they
    are written anew meanwhile: that makes them newer, never wrong. All other days are
    read from the orders.
    """

    # The last closed day; None: there are no totals.
    closed: date | None
    changed: list[date] = field(default_factory=list)

    @classmethod
    def of(cls, period: Period) -> Self:
        """Two statements, and the order matters: see docs/adr/0020."""
        closed = closed_until()
        found = ChangedOrder.objects.filter(
            day__gte=period.first, day__lte=min(period.last, closed or date.min)
        )
        return cls(closed, sorted({*found.values_list("day", flat=True)}))

    def within(self, period: Period) -> "Part":
        return Part(self, period)


@dataclass(frozen=True)
class Part:
    """A period as it is to be read."""

    reading: Reading
    period: Period

    @property
    def last_clean(self) -> date:
        return min(self.period.last, self.reading.closed or date.min)

    @property
    def changed(self) -> list[date]:
        """Closed days of the period whose totals do not count."""
        first, last = self.period.first, self.last_clean
        return [day for day in self.reading.changed if first <= day <= last]

    @property
    def raw(self) -> list[Period]:
        """The days to read from the orders, as few spans as possible."""
        spans = spans_of(self.changed)
        open_from = max(self.period.first, self.last_clean + DAY)
        if open_from <= self.period.last:
            spans.append(Period(open_from, self.period.last))
        return spans

    @property
    def clean(self) -> Q:
        """The days to read from a table of days."""
        inside = Q(day__gte=self.period.first, day__lte=self.last_clean)
        return inside & ~Q(day__in=self.changed) if self.changed else inside

    @property
    def months(self) -> Q:
        """The months to read from a table of months: all their closed days count."""
        first, last = self._months
        found = Q(month__gte=first, month__lte=last)
        changed = {month_of(day) for day in self.changed}
        return found & ~Q(month__in=sorted(changed)) if changed else found

    @property
    def days_beside_months(self) -> Q:
        """The clean days that `months` leaves out."""
        first, last = self._months
        found = Q(day__lt=first) | Q(day__gte=month_after(last))
        for month in sorted({month_of(day) for day in self.changed}):
            found |= Q(day__gte=month, day__lt=month_after(month))
        return self.clean & found

    @property
    def _months(self) -> tuple[date, date]:
        """The first and the last month that are inside; there may be none between."""
        if not self.reading.closed:
            return date.max, date.min
        first, last = month_of(self.period.first), month_of(self.last_clean)
        if first < self.period.first:
            first = month_after(first)
        whole = self.last_clean == self.reading.closed or (
            self.last_clean + DAY == month_after(last)
        )
        return first, last if whole else month_of(last - DAY)


def month_of(day: date) -> date:
    return day.replace(day=1)


def month_after(month: date) -> date:
    """The first of the next month."""
    return date.max if month > _LAST_MONTH else month_of(month + timedelta(days=31))


def closed_until() -> date | None:
    """The last closed day; days of another time zone are none."""
    found = ClosedDays.objects.filter(zone=settings.TIME_ZONE)
    return found.values_list("until", flat=True).first()


def spans_of(days: Sequence[date]) -> list[Period]:
    """Sorted days as spans, neighbours together."""
    spans: list[Period] = []
    for day in days:
        if spans and spans[-1].last + DAY == day:
            spans[-1] = Period(spans[-1].first, day)
        else:
            spans.append(Period(day, day))
    return spans


def sql_of(query: QuerySet[Any]) -> tuple[str, list[Any]]:
    """A query's statement, to be part of another one."""
    statement, params = query.query.sql_with_params()
    return statement, list(params)
