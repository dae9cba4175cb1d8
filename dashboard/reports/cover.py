"""Products that run low, and for how many days what is left of them lasts."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from uuid import UUID

from django.conf import settings

from catalog.models import Product
from dashboard.models import ProductDay
from dashboard.reports import raw
from dashboard.reports.figures import Period
from dashboard.reports.reading import Reading, sql_of
from shop.days import today
from shop.replica import reading

# Who may see what is in stock needs both.
STOCK_RIGHTS = ("catalog.view_product", "catalog.view_stockentry")
# The pace is what was sold in so many days, today included.
PACE_DAYS = 30
# What lasts for fewer days than these runs low, however many pieces there are.
SHORT_DAYS = 7
BATCH = 500

# Both halves are found by an index, and none of the shop's other products is read: one
# of which more than the threshold is left runs low only if it sells well.
# Nothing in stock lasts no day; what nobody buys lasts forever, and comes last.
_SHORT = """
WITH days AS ({days}), orders(product_id, pieces, revenue, newest) AS ({orders}),
sold AS (
    SELECT product_id, SUM(pieces) AS pieces
    FROM (SELECT product_id, pieces FROM days
          UNION ALL SELECT product_id, CAST(pieces AS integer) FROM orders) AS parts
    GROUP BY product_id
), short AS (
    SELECT product.id, product.number, product.stock, sold.pieces
    FROM sold JOIN catalog_product AS product ON product.id = sold.product_id
    WHERE sold.pieces * {short} > {pace} * (%s + 1)
      AND product.is_active AND product.stock > %s
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
    period = Period.up_to(today(), PACE_DAYS)
    part = Reading.of(period).within(period)
    totals = ProductDay.objects.filter(part.clean).values_list("product_id", "pieces")
    days, of_days = sql_of(totals)
    orders, of_orders = sql_of(raw.products(part.raw))
    statement = _SHORT.format(
        days=days, orders=orders, pace=PACE_DAYS, short=SHORT_DAYS
    )
    threshold = settings.LOW_STOCK_THRESHOLD
    params = [*of_days, *of_orders, threshold, threshold, threshold]
    if limit is not None:
        statement, params = f"{statement} LIMIT %s", [*params, limit]
    with reading("dashboard").cursor() as cursor:
        cursor.execute(statement, params)
        # SQLite keeps ids as texts.
        return [(UUID(str(pk)), int(s), int(n)) for pk, s, n in cursor.fetchall()]
