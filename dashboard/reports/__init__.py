"""The shop's figures, computed in SQL: a few queries, however many orders there are.

Canceled and refunded orders do not count, nor what was refunded of the others. Days are
those of the shop's TIME_ZONE.
"""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Count, F, Max, Q, Sum
from django.db.models.functions import Lower, TruncDate
from django.utils import timezone

from catalog.models import Product
from orders.models import Order, OrderItem
from shop.money import to_money

WEEK = 7
LOW_STOCK_ROWS = 10
TOP_PRODUCTS = 5
MAX_DAYS = 366
# What an order brought in, ₸, and the pieces of a line that stayed sold.
KEPT = F("total") - F("refunded")
PIECES = F("quantity") - F("refunded_quantity")


def shop_stats(days: int | None = None) -> dict[str, Any]:
    """All figures of the contract's §7; `days` adds that many days under that key."""
    found = _by_day(max(days or 0, WEEK))
    stats = {
        "products": {**_product_counts(), "low_stock": _low_stock()},
        **_totals(),
        "top_products": _top_products(),
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


def _totals() -> dict[str, Any]:
    found = Order.objects.counted().aggregate(
        orders=Count("pk"),
        revenue=Sum(KEPT),
        buyers=Count(Lower("email"), distinct=True),
    )
    return {
        "total_orders": found["orders"],
        "total_revenue": _money(found["revenue"]),
        "unique_buyers": found["buyers"],
    }


def _top_products() -> list[dict[str, Any]]:
    """The best by revenue, named as in their newest sale."""
    sold = OrderItem.objects.filter(order__in=Order.objects.counted())
    best = list(
        sold.order_by()
        .values("product_id")
        .annotate(qty=Sum(PIECES), revenue=Sum(PIECES * F("price")), newest=Max("pk"))
        .order_by("-revenue", "product_id")[:TOP_PRODUCTS]
    )
    names = OrderItem.objects.in_bulk([row["newest"] for row in best])
    return [
        {
            "product_id": str(row["product_id"]),
            "sku": names[row["newest"]].sku,
            "name": names[row["newest"]].name,
            "qty": row["qty"],
            "revenue": _money(row["revenue"]),
        }
        for row in best
        # An order may have been changed between the two queries.
        if row["newest"] in names
    ]


def _by_day(days: int) -> list[dict[str, Any]]:
    """So many days up to today, oldest first, those without an order too."""
    zone = timezone.get_default_timezone()
    today = timezone.localdate(timezone=zone)
    first = today - timedelta(days=days - 1)
    since = datetime.combine(first, time.min, tzinfo=zone)
    rows = (
        Order.objects.counted()
        .filter(created_at__gte=since)
        .order_by()
        .annotate(day=TruncDate("created_at", tzinfo=zone))
        .values("day")
        .annotate(count=Count("pk"), revenue=Sum(KEPT))
        .values_list("day", "count", "revenue")
    )
    return list(_filled(first, days, rows))


def _filled(
    first: date, days: int, rows: Iterable[tuple[date, int, Decimal]]
) -> Iterable[dict[str, Any]]:
    found = {day: (count, revenue) for day, count, revenue in rows}
    for n in range(days):
        day = first + timedelta(days=n)
        count, revenue = found.get(day, (0, Decimal(0)))
        yield {"date": day.isoformat(), "count": count, "revenue": _money(revenue)}


def _money(value: Decimal | None) -> str:
    return str(to_money(value or 0))
