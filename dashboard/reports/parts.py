"""Parts of the figures, for whoever does not need all of them."""

from dashboard.models import CartDay
from dashboard.reports.buyers import buyers_in
from dashboard.reports.figures import DayFigures, Period, StatusFigures, Sums
from dashboard.reports.reading import Reading, one_moment
from dashboard.reports.sales import StatusRows, carts_in


@one_moment()
def days_of(period: Period) -> list[DayFigures]:
    """The days of the period, those without an order too."""
    return list(StatusRows(Reading.of(period).within(period)).days(period))


def days_before(period: Period) -> list[DayFigures]:
    """As many days before it."""
    return days_of(period.before)


@one_moment()
def statuses_of(period: Period) -> list[StatusFigures]:
    """The orders of the period by what they are now."""
    return StatusRows(Reading.of(period).within(period)).statuses(period)


@one_moment()
def sums_of(period: Period) -> tuple[list[DayFigures], Sums, Sums]:
    """The period's days, its sums and those before: nothing of goods and hours."""
    both = Period(period.before.first, period.last)
    reading = Reading.of(both)
    rows = StatusRows(reading.within(both))
    counted = CartDay.objects.filter(day__gte=both.first, day__lte=both.last)
    carts = dict(counted.values_list("day", "carts"))
    now, before = (
        Sums(
            *rows.counted(part), buyers_in(reading.within(part)), carts_in(part, carts)
        )
        for part in (period, period.before)
    )
    return list(rows.days(period)), now, before
