"""Products and categories by what they brought."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from catalog.models import Category, Product
from dashboard.models import ProductDay, ProductMonth
from dashboard.reports import raw
from dashboard.reports.figures import CategoryFigures, ProductFigures
from dashboard.reports.reading import Part, sql_of
from orders.models import OrderItem
from shop.money import to_money
from shop.replica import reading

# Months are added up first and days put to them: of a table PostgreSQL knows how many
# products there are, of a UNION it does not, and plans for two hundred.
PARTS = """
WITH months AS MATERIALIZED (
    SELECT product_id, SUM(pieces) AS pieces, SUM(revenue) AS revenue,
           MAX(newest) AS newest
    FROM ({months}) AS month GROUP BY product_id
), days AS (
    SELECT product_id, SUM(pieces) AS pieces, SUM(revenue) AS revenue,
           MAX(newest) AS newest
    FROM ({days}) AS day GROUP BY product_id
), orders(product_id, pieces, revenue, newest) AS ({orders}), rest AS MATERIALIZED (
    SELECT product_id, SUM(pieces) AS pieces, SUM(revenue) AS revenue,
           MAX(newest) AS newest
    FROM (SELECT * FROM days UNION ALL SELECT * FROM orders) AS parts
    GROUP BY product_id
)
"""
BEST = """
SELECT 0 AS kind, product_id AS id, pieces, revenue, newest
FROM (
    SELECT months.product_id, months.pieces + COALESCE(rest.pieces, 0) AS pieces,
           months.revenue + COALESCE(rest.revenue, 0) AS revenue,
           CASE WHEN rest.newest > months.newest THEN rest.newest
                ELSE months.newest END AS newest
    FROM months LEFT JOIN rest ON rest.product_id = months.product_id
    UNION ALL
    SELECT * FROM rest WHERE NOT EXISTS
        (SELECT 1 FROM months WHERE months.product_id = rest.product_id)
) AS sold
WHERE pieces >= %s ORDER BY revenue DESC, product_id LIMIT %s
"""
# Sums may be added up in any order: nobody has to know a product's own.
CATEGORIES = """
SELECT 1 AS kind, links.category_id AS id, SUM(parts.pieces) AS pieces,
       SUM(parts.revenue) AS revenue, MAX(parts.newest) AS newest
FROM (SELECT * FROM months UNION ALL SELECT * FROM rest) AS parts
LEFT JOIN {links} AS links ON links.product_id = parts.product_id
GROUP BY links.category_id HAVING SUM(parts.pieces) > 0
"""
BOTH = "SELECT * FROM ({best}) AS best UNION ALL {rest}"
# As many as there are, in SQL of both databases.
ALL = 2**62


@dataclass(frozen=True)
class Goods:
    """Rows of products or categories as the statement has them, ids aside."""

    pk: UUID | None
    pieces: int
    revenue: Decimal
    newest: int


def products_in(
    part: Part, limit: int | None, *, least: int = 1
) -> list[ProductFigures]:
    """Products by revenue, then id, of which at least so many pieces are left."""
    return named_products(_ask(part, BEST, [least, limit or ALL])[0])


def categories_in(part: Part, limit: int | None) -> list[CategoryFigures]:
    """Categories by revenue, then name. A product of several counts in each."""
    return named_categories(_ask(part, _categories(), [])[1], limit)


def goods_in(
    part: Part, limit: int
) -> tuple[list[ProductFigures], list[CategoryFigures]]:
    """Both in one statement, and one each for their names."""
    best, categories = _ask(
        part, BOTH.format(best=BEST, rest=_categories()), [1, limit]
    )
    return named_products(best), named_categories(categories, limit)


def named_products(rows: list[Goods]) -> list[ProductFigures]:
    """Under the names and SKUs of their newest sales."""
    lines = OrderItem.objects.in_bulk([row.newest for row in rows])
    return [
        ProductFigures(
            product_id=line.product_id,
            sku=line.sku,
            name=line.name,
            pieces=row.pieces,
            revenue=row.revenue,
        )
        for row in rows
        # The order may have been changed between the two statements.
        if (line := lines.get(row.newest))
    ]


def named_categories(rows: list[Goods], limit: int | None) -> list[CategoryFigures]:
    found = Category.objects.in_bulk([row.pk for row in rows if row.pk])
    named = [
        CategoryFigures(
            # A category that was deleted between the two statements is none.
            pk=row.pk if row.pk in found else None,
            name=str(found.get(row.pk, "")),
            pieces=row.pieces,
            revenue=row.revenue,
        )
        for row in rows
    ]
    named.sort(key=lambda row: (-row.revenue, row.name, str(row.pk)))
    return named[:limit]


def _categories() -> str:
    links = reading("catalog").ops.quote_name(Product.categories.through._meta.db_table)
    return CATEGORIES.format(links=links)


def _ask(part: Part, query: str, params: list[Any]) -> tuple[list[Goods], list[Goods]]:
    names = ("product_id", "pieces", "revenue", "newest")
    months, of_months = sql_of(
        ProductMonth.objects.filter(part.months).values_list(*names)
    )
    days, of_days = sql_of(
        ProductDay.objects.filter(part.days_beside_months).values_list(*names)
    )
    orders, of_orders = sql_of(raw.products(part.raw))
    statement = PARTS.format(months=months, days=days, orders=orders) + query
    found: tuple[list[Goods], list[Goods]] = ([], [])
    with reading("dashboard").cursor() as cursor:
        cursor.execute(statement, [*of_months, *of_days, *of_orders, *params])
        for kind, pk, pieces, revenue, newest in cursor.fetchall():
            found[kind].append(
                Goods(
                    pk=UUID(str(pk)) if pk else None,
                    pieces=int(pieces),
                    revenue=from_tiyn(revenue),
                    newest=newest,
                )
            )
    return found


def from_tiyn(value: Any) -> Decimal:
    """An amount in ₸."""
    return to_money(Decimal(int(value or 0)).scaleb(-2))
