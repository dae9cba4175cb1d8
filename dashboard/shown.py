"""Rows of figures as the page shows them: with their bars, and where they lead."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import reverse
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from dashboard.charts import Rank, ranks
from dashboard.charts.axis import count_shown
from dashboard.reports.cover import STOCK_RIGHTS
from dashboard.reports.figures import (
    CategoryFigures,
    HourFigures,
    PeriodFigures,
    ProductFigures,
)
from orders.models import Order
from shop.api import may
from shop.days import end_of_day, start_of_day
from shop.money import format_price


def may_see_stock(request: HttpRequest) -> bool:
    return all(may(request.user, right) for right in STOCK_RIGHTS)


def products(rows: Sequence[ProductFigures], user: Any) -> list[Rank]:
    leads = may(user, "catalog.view_product")
    return ranks(
        [
            Rank(
                row.name,
                row.revenue,
                format_price(row.revenue),
                f"{row.sku}, {pieces(row.pieces)}",
                reverse("admin:catalog_product_change", args=[row.product_id])
                if leads
                else "",
            )
            for row in rows
        ]
    )


def categories(rows: Sequence[CategoryFigures], user: Any) -> list[Rank]:
    leads = may(user, "catalog.view_product")
    products_list = reverse("admin:catalog_product_changelist")
    return ranks(
        [
            Rank(
                category_name(row),
                row.revenue,
                format_price(row.revenue),
                pieces(row.pieces),
                f"{products_list}?category={row.pk}" if leads and row.pk else "",
            )
            for row in rows
        ]
    )


def category_name(row: CategoryFigures) -> str:
    return row.name if row.pk else _("Without a category")


def statuses(figures: PeriodFigures, user: Any) -> list[Rank]:
    leads = may(user, "orders.view_order")
    orders = reverse("admin:orders_order_changelist")
    since = start_of_day(figures.period.first).isoformat(sep=" ")
    until = end_of_day(figures.period.last).isoformat(sep=" ")
    placed = {"created_at__gte": since, "created_at__lt": until}
    return ranks(
        [
            Rank(
                status_name(row.status),
                row.orders,
                count_shown(row.orders),
                format_price(row.total),
                f"{orders}?{urlencode({'status__exact': row.status, **placed})}"
                if leads
                else "",
                row.status,
            )
            for row in figures.statuses
        ]
    )


def status_name(status: str) -> str:
    return str(Order.Status(status).label)


@dataclass(frozen=True)
class Weekday:
    """A row of the table of hours."""

    name: str
    orders: list[int]

    @property
    def total(self) -> int:
        return sum(self.orders)


def hours(rows: Sequence[HourFigures]) -> list[Weekday]:
    """Orders by the hour, a row for each day of the week."""
    counted = {(row.weekday, row.hour): row.orders for row in rows}
    return [
        Weekday(str(WEEKDAYS[day]), [counted.get((day, hour), 0) for hour in range(24)])
        for day in range(7)
    ]


def pieces(count: int) -> str:
    return ngettext("%(n)s piece", "%(n)s pieces", count) % {"n": count_shown(count)}
