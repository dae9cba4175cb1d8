"""The figures of contract §7: products, orders, revenue, buyers and the last days.

Canceled and refunded orders do not count, nor what was refunded of the others. Days are
those of the shop's TIME_ZONE.
"""

from typing import Any

from django.db.models import Count, Q

from catalog.models import Product
from dashboard.reports.buyers import buyers_in
from dashboard.reports.figures import DayFigures, Period
from dashboard.reports.goods import products_in
from dashboard.reports.reading import ALWAYS, Reading, one_moment
from dashboard.reports.sales import StatusRows
from shop.days import today

WEEK = 7
LOW_STOCK_ROWS = 10
TOP_PRODUCTS = 5
MAX_DAYS = 366


@one_moment()
def shop_stats(days: int | None = None) -> dict[str, Any]:
    """All figures of the contract's §7; `days` adds that many days under that key."""
    part = Reading.of(ALWAYS).within(ALWAYS)
    placed = StatusRows(part)
    orders, revenue = placed.counted()
    last = Period.up_to(today(), max(days or 0, WEEK))
    found = [_day(day) for day in placed.days(last)]
    stats = {
        "products": {**_product_counts(), "low_stock": _low_stock()},
        "total_orders": orders,
        "total_revenue": str(revenue),
        "unique_buyers": buyers_in(part),
        "top_products": [
            {
                "product_id": str(product.product_id),
                "sku": product.sku,
                "name": product.name,
                "qty": product.pieces,
                "revenue": str(product.revenue),
            }
            # Those that came back altogether were sold all the same.
            for product in products_in(part, TOP_PRODUCTS, least=0)
        ],
        "last7": found[-WEEK:],
    }
    if days is not None:
        stats["days"] = found[-days:]
    return stats


def _product_counts() -> dict[str, int]:
    return Product.objects.aggregate(
        total=Count("pk"), active=Count("pk", filter=Q(is_active=True))
    )


def _low_stock() -> list[dict[str, Any]]:
    found = Product.objects.low_in_stock().defer("attributes")
    return [
        {"id": str(p.pk), "sku": p.sku, "name": p.name, "stock": p.stock}
        for p in found[:LOW_STOCK_ROWS]
    ]


def _day(day: DayFigures) -> dict[str, Any]:
    return {
        "date": day.date.isoformat(),
        "count": day.orders,
        "revenue": str(day.revenue),
    }
