"""The figures by loops over rows: nothing is added up by the database.

Written from the words of `dashboard.reports.figures`, and knows nothing of totals.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings

from catalog.models import Category, Product
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

ZERO = Decimal("0.00")


def figures_of(period: Period, top: int | None = 10) -> PeriodFigures:
    placed = _placed(period)
    counted = _counted(placed)
    lines = _lines(counted)
    return PeriodFigures(
        period=period,
        sums=_sums(counted),
        before=_sums(_counted(_placed(period.before))),
        days=[
            _day(period.first + timedelta(days=n), counted) for n in range(period.days)
        ],
        products=_products(lines)[:top],
        categories=_categories(lines)[:top],
        statuses=[
            _status(value, [order for order in placed if order.status == value])
            for value in Order.Status.values
        ],
        hours=[
            _hour(
                weekday,
                hour,
                [
                    order
                    for order in counted
                    if (_local(order).weekday(), _local(order).hour) == (weekday, hour)
                ],
            )
            for weekday in range(7)
            for hour in range(24)
        ],
    )


def _local(order: Order) -> datetime:
    return order.created_at.astimezone(ZoneInfo(settings.TIME_ZONE))


def _placed(period: Period) -> list[Order]:
    return [
        order
        for order in Order.objects.all()
        if period.first <= _local(order).date() <= period.last
    ]


def _counted(orders: Iterable[Order]) -> list[Order]:
    return [order for order in orders if order.status not in {"canceled", "refunded"}]


def _lines(orders: Iterable[Order]) -> list[OrderItem]:
    keys = {order.pk for order in orders}
    return [line for line in OrderItem.objects.all() if line.order_id in keys]


def _revenue(orders: Iterable[Order]) -> Decimal:
    return sum((order.total - order.refunded for order in orders), ZERO)


def _sums(orders: list[Order]) -> Sums:
    buyers = {order.email.lower() for order in orders}
    return Sums(len(orders), _revenue(orders), len(buyers), None)


def _day(day: date, orders: list[Order]) -> DayFigures:
    own = [order for order in orders if _local(order).date() == day]
    return DayFigures(day, len(own), _revenue(own))


def _hour(weekday: int, hour: int, orders: list[Order]) -> HourFigures:
    return HourFigures(weekday, hour, len(orders), _revenue(orders))


def _status(status: str, orders: list[Order]) -> StatusFigures:
    total = sum((order.total for order in orders), ZERO)
    return StatusFigures(status, len(orders), total)


def _sold(lines: Iterable[OrderItem]) -> dict[Any, tuple[int, Decimal, OrderItem]]:
    """Pieces, revenue and newest line of each product."""
    found: dict[Any, tuple[int, Decimal, OrderItem]] = {}
    for line in lines:
        pieces, revenue, newest = found.get(line.product_id, (0, ZERO, line))
        kept = line.quantity - line.refunded_quantity
        found[line.product_id] = (
            pieces + kept,
            revenue + kept * line.price,
            line if line.pk > newest.pk else newest,
        )
    return {pk: sold for pk, sold in found.items() if sold[0]}


def _products(lines: list[OrderItem]) -> list[ProductFigures]:
    rows = [
        ProductFigures(pk, line.sku, line.name, pieces, revenue)
        for pk, (pieces, revenue, line) in _sold(lines).items()
    ]
    return sorted(rows, key=lambda row: (-row.revenue, str(row.product_id)))


def _categories(lines: list[OrderItem]) -> list[CategoryFigures]:
    pieces: dict[Any, int] = defaultdict(int)
    revenue: dict[Any, Decimal] = defaultdict(lambda: ZERO)
    for pk, (count, money, _line) in _sold(lines).items():
        product = Product.objects.filter(pk=pk).first()
        own = product.categories.values_list("pk", flat=True) if product else []
        for key in list(own) or [None]:
            pieces[key] += count
            revenue[key] += money
    names = {category.pk: str(category) for category in Category.objects.all()}
    rows = [
        CategoryFigures(pk, names.get(pk, ""), pieces[pk], revenue[pk]) for pk in pieces
    ]
    return sorted(rows, key=lambda row: (-row.revenue, row.name, str(row.pk)))
