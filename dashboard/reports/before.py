"""What the days before a period brought, to be drawn beside its own."""

from dashboard.reports.figures import DayFigures, Period
from dashboard.reports.reading import Reading
from dashboard.reports.sales import StatusRows


def days_before(period: Period) -> list[DayFigures]:
    """As many days, those without an order too."""
    before = period.before
    rows = StatusRows(Reading.of(before).within(before))
    return list(rows.days(before))
