"""Totals follow the orders: days are closed, and counted again where they changed."""

from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Min
from django.utils import timezone

from dashboard.models import ChangedOrder, ClosedDays, Counted
from dashboard.reports.figures import Period
from dashboard.reports.reading import DAY, closed_until
from dashboard.services.writing import ALL_TABLES, by_month, write_days
from orders.models import Order
from shop.locks import try_lock

LOCK = "dashboard-totals"
# After its midnight, a transaction that began before it may still add an order to a
# day. None takes so long.
CLOSED_AFTER = timedelta(hours=3)
# Changes that one run takes up, and days that one transaction counts anew.
BATCH = 5000


def keep_totals(now: datetime | None = None) -> bool:
    """Every day that is over has its totals; False: somebody else is at it.

    A day at a time, so that what is done stays done, whenever this is stopped. Changes
    that come meanwhile are left for the next run.
    """
    with try_lock(LOCK) as check:
        if check is None:
            return False
        count_changed(check)
        close_days(check, now or timezone.now())
        return True


def count_changed(check: Callable[[], None]) -> None:
    """What had changed on closed days, when this was called, is in their totals."""
    rows = list(ChangedOrder.objects.order_by("pk").values_list("pk", "day")[:BATCH])
    closed = closed_until()
    by_day: dict[date, list[int]] = {}
    for pk, day in rows:
        by_day.setdefault(day, []).append(pk)
    for day in sorted(by_day):
        check()
        with transaction.atomic():
            # Open days are read from the orders, and are counted when they are closed.
            if closed and day <= closed:
                write_days(Period(day, day))
            forget_changes(by_day[day], day)


def forget_changes(rows: list[int], day: date) -> None:
    """These and no others of the day: who changed something since has said so anew."""
    ChangedOrder.objects.filter(pk__in=rows).delete()


def close_days(check: Callable[[], None], now: datetime) -> None:
    """Days that ended long enough ago are closed, a month in a transaction."""
    local = timezone.localtime(now - CLOSED_AFTER, timezone.get_default_timezone())
    last = local.date() - DAY
    closed = closed_until()
    if closed is None:
        # Those of another time zone are of no use.
        forget_totals()
        closed = _before_the_first_order(last)
    if closed >= last:
        return
    for span in by_month(Period(closed + DAY, last)):
        check()
        with transaction.atomic():
            write_days(span, is_new=True)
            ClosedDays.objects.update_or_create(
                pk=1, defaults={"until": span.last, "zone": settings.TIME_ZONE}
            )


def forget_totals() -> None:
    """There are no totals: all figures are read from the orders. Carts stay counted."""
    with transaction.atomic():
        if ClosedDays.objects.exists():
            tables = [table.model for table in ALL_TABLES]
            models: list[type[Counted]] = [ClosedDays, *tables]
            for model in models:
                model._default_manager.all().delete()


def mark_changed(days: Iterable[date]) -> None:
    """The totals of these days are not true any more.

    Whoever changes orders in another way than by their services says so by this, in
    the transaction of the change.
    """
    ChangedOrder.objects.bulk_create(ChangedOrder(day=day) for day in sorted({*days}))


def day_of(moment: datetime) -> date:
    """The shop's own day on which the moment lies."""
    return timezone.localdate(moment, timezone.get_default_timezone())


def _before_the_first_order(last: date) -> date:
    first = Order.objects.order_by().aggregate(first=Min("created_at"))["first"]
    return min(day_of(first) - DAY, last) if first else last
