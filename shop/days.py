"""Days of the shop's own calendar, as the moments at which they begin and end."""

from datetime import date, datetime, time, timedelta

from django.utils import timezone

# Beyond these, a moment of one time zone may have no year in another.
_FIRST, _LAST = date(1, 1, 2), date(9999, 12, 30)


def today() -> date:
    return timezone.localdate(timezone=timezone.get_default_timezone())


def start_of_day(day: date) -> datetime:
    """The first moment of the day, in TIME_ZONE."""
    within = min(max(day, _FIRST), _LAST)
    return datetime.combine(within, time.min, tzinfo=timezone.get_default_timezone())


def end_of_day(day: date) -> datetime:
    """The first moment after the day."""
    return start_of_day(min(day, _LAST) + timedelta(days=1))
