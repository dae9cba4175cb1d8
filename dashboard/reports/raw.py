"""The figures as the orders themselves say them: what totals are made of.

Each query has the columns of its table of totals, in their order, a row for each of its
keys; days and hours are those of the shop's TIME_ZONE.
"""

from collections.abc import Iterable
from typing import Any

from django.db.models import (
    BigIntegerField,
    Count,
    F,
    Max,
    Q,
    QuerySet,
    Sum,
    UUIDField,
)
from django.db.models.functions import (
    MD5,
    Cast,
    ExtractHour,
    ExtractIsoWeekDay,
    Lower,
    Round,
    TruncDate,
)
from django.utils import timezone

from dashboard.reports.figures import Period
from orders.models import Order, OrderItem, OrderQuerySet
from shop.days import end_of_day, start_of_day

Spans = Iterable[Period]
PIECES = F("quantity") - F("refunded_quantity")
UNCOUNTED = [Order.Status.CANCELED, Order.Status.REFUNDED]


def status_days(spans: Spans) -> QuerySet[Any]:
    return (
        _orders(spans)
        .annotate(of_day=_day("created_at"))
        .values("of_day", "status")
        .annotate(
            count=Count("pk"),
            sum=Sum(tiyn("total")),
            left=Sum(tiyn("total") - tiyn("refunded")),
        )
        .values_list("of_day", "status", "count", "sum", "left")
    )


def hour_days(spans: Spans) -> QuerySet[Any]:
    return (
        _counted(spans)
        .annotate(of_day=_day("created_at"), of_hour=_hour("created_at"))
        .values("of_day", "of_hour")
        .annotate(count=Count("pk"), left=Sum(tiyn("total") - tiyn("refunded")))
        .values_list("of_day", "of_hour", "count", "left")
    )


def hours_of_week(spans: Spans) -> QuerySet[Any]:
    """By weekday, 1 is Monday, and hour: there is no table of it."""
    zone = timezone.get_default_timezone()
    return (
        _counted(spans)
        .annotate(
            weekday=ExtractIsoWeekDay("created_at", tzinfo=zone),
            of_hour=_hour("created_at"),
        )
        .values("weekday", "of_hour")
        .annotate(count=Count("pk"), left=Sum(tiyn("total") - tiyn("refunded")))
        .values_list("weekday", "of_hour", "count", "left")
    )


def product_days(spans: Spans) -> QuerySet[Any]:
    lines = _lines(spans).annotate(of_day=_day("order__created_at"))
    return _sold(lines, "of_day", "product_id")


def products(spans: Spans) -> QuerySet[Any]:
    """The same for all the days together."""
    return _sold(_lines(spans), "product_id")


def buyer_days(spans: Spans) -> QuerySet[Any]:
    """Without the column that looks back."""
    return (
        _counted(spans)
        .annotate(who=_buyer(), of_day=_day("created_at"))
        .values_list("who", "of_day")
        .distinct()
    )


def buyers(spans: Spans) -> QuerySet[Any]:
    return _counted(spans).annotate(who=_buyer()).values_list("who").distinct()


def tiyn(name: str) -> Cast:
    """An amount in hundredths of a ₸, which are whole on SQLite too."""
    return Cast(Round(F(name) * 100), BigIntegerField())


def _orders(spans: Spans) -> OrderQuerySet:
    return Order.objects.filter(_placed(spans)).order_by()


def _counted(spans: Spans) -> OrderQuerySet:
    return _orders(spans).counted()


def _lines(spans: Spans) -> QuerySet[OrderItem]:
    found = OrderItem.objects.filter(_placed(spans, "order__")).order_by()
    return found.exclude(order__status__in=UNCOUNTED)


def _sold(lines: QuerySet[Any], *keys: str) -> QuerySet[Any]:
    return (
        lines.values(*keys)
        .annotate(
            left=Sum(PIECES),
            sum=Sum(PIECES * tiyn("price"), output_field=BigIntegerField()),
            last=Max("pk"),
        )
        .values_list(*keys, "left", "sum", "last")
    )


def _placed(spans: Spans, prefix: str = "") -> Q:
    name = f"{prefix}created_at"
    # Something that no order is, so that there always is a statement to build upon.
    found = Q(**{f"{name}__isnull": True})
    for span in spans:
        since, until = start_of_day(span.first), end_of_day(span.last)
        found |= Q(**{f"{name}__gte": since, f"{name}__lt": until})
    return found


def _buyer() -> Cast:
    return Cast(MD5(Lower("email")), UUIDField())


def _day(name: str) -> TruncDate:
    return TruncDate(name, tzinfo=timezone.get_default_timezone())


def _hour(name: str) -> ExtractHour:
    return ExtractHour(name, tzinfo=timezone.get_default_timezone())
