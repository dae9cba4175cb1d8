"""Products that run low, and for how many days what is left of them lasts."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection
from django.db.models import F, QuerySet, Sum

from catalog.models import Product
from dashboard.reports.figures import Period
from orders.models import Order, OrderItem
from shop.days import end_of_day, start_of_day, today

# The pace is what was sold in so many days, today included.
PACE_DAYS = 30
# What lasts for fewer days than these runs low, however many pieces there are.
SHORT_DAYS = 7
BATCH = 500

# Both halves are found by an index, and none of the shop's other products is read.
# Nothing in stock lasts no day; what nobody buys lasts forever, and comes last.
_SHORT = """
WITH sold AS ({sold}),
short AS (
    SELECT product.id, product.number, product.stock, sold.pieces
    FROM sold JOIN catalog_product AS product ON product.id = sold.product_id
    WHERE product.is_active AND product.stock > %s
      AND product.stock * {pace} < sold.pieces * {short}
    UNION ALL
    SELECT product.id, product.number, product.stock, sold.pieces
    FROM catalog_product AS product LEFT JOIN sold ON product.id = sold.product_id
    WHERE product.is_active AND product.stock <= %s
)
SELECT id, stock, COALESCE(pieces, 0) FROM short
ORDER BY CASE WHEN stock = 0 THEN 0
              WHEN pieces > 0 THEN stock * 1.0 / pieces END NULLS LAST, stock, number
"""


@dataclass(frozen=True)
class Cover:
    """A product that runs low."""

    product_id: UUID
    sku: str
    name: str
    stock: int
    # Pieces in the last PACE_DAYS days, without those that came back.
    sold: int

    @property
    def days(self) -> Decimal | None:
        """How long the stock lasts at this pace; None: nobody buys it."""
        if not self.stock:
            return Decimal("0.0")
        if self.sold <= 0:
            return None
        lasts = Decimal(self.stock) * PACE_DAYS / self.sold
        return lasts.quantize(Decimal("0.1"), rounding=ROUND_HALF_UP)


def running_low(limit: int | None = None) -> Iterator[Cover]:
    """Active products at or below LOW_STOCK_THRESHOLD, or that last less than a week.

    The shortest first. A product that is deleted meanwhile is passed over.
    """
    found = _short(limit)
    for start in range(0, len(found), BATCH):
        rows = found[start : start + BATCH]
        names = Product.objects.defer("attributes")
        products = names.in_bulk([pk for pk, _stock, _sold in rows])
        for pk, stock, sold in rows:
            if product := products.get(pk):
                yield Cover(pk, product.sku, product.name, stock, sold)


def _short(limit: int | None) -> list[tuple[UUID, int, int]]:
    sold, sold_params = _sold().query.sql_with_params()
    threshold = settings.LOW_STOCK_THRESHOLD
    statement = _SHORT.format(sold=sold, pace=PACE_DAYS, short=SHORT_DAYS)
    params = [*sold_params, threshold, threshold]
    if limit is not None:
        statement, params = f"{statement} LIMIT %s", [*params, limit]
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        # SQLite keeps ids as texts.
        return [(UUID(str(pk)), int(s), int(n)) for pk, s, n in cursor.fetchall()]


def _sold() -> QuerySet[Any]:
    """The pieces of each product that were sold lately and stayed so."""
    period = Period.up_to(today(), PACE_DAYS)
    ended = [Order.Status.CANCELED, Order.Status.REFUNDED]
    lines = OrderItem.objects.filter(
        order__created_at__gte=start_of_day(period.first),
        order__created_at__lt=end_of_day(period.last),
    ).exclude(order__status__in=ended)
    pieces = Sum(F("quantity") - F("refunded_quantity"))
    return lines.order_by().values("product_id").annotate(pieces=pieces)
