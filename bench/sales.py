"""Two years of sales, written by PostgreSQL itself: nobody is told of them.

A fifth of the products makes four fifths of the sales, and more is bought in the
evening than at night. The newest orders are still on their way.
"""

from dataclasses import dataclass

from django.db import connection

from catalog.services import create_category

CATEGORIES = 200
DAYS = 730
PRODUCTS = """
INSERT INTO catalog_product (id, number, sku, barcode, name, name_ru, slug, description,
    price, stock, sold, is_active, is_hidden, attributes, created_at,
    updated_at)
SELECT gen_random_uuid(), n, 'S-' || n, '', 'Чайник ' || n, 'Чайник ' || n, 's-' || n,
       '', (n * 6007 % 30000) + 990.50, n % 50, 0, true, false, '{{}}', now(), now()
FROM generate_series(1, {products}) AS n
"""
LINKS = """
INSERT INTO catalog_product_categories (product_id, category_id)
SELECT p.id, c.id FROM catalog_product AS p
JOIN (SELECT id, row_number() OVER () - 1 AS place FROM catalog_category) AS c
  ON c.place = p.number % {categories}
  OR p.number % 5 = 0 AND c.place = p.number * 7 % {categories}
"""
ORDERS = """
INSERT INTO orders_order (id, email, full_name, phone, language, status, currency,
    total, refunded, payment_method, delivery_code, delivery_name, delivery_price,
    address, comment, created_at, updated_at)
SELECT gen_random_uuid(),
       CASE n % 7 WHEN 0 THEN 'Buyer' ELSE 'buyer' END
           || floor({buyers} * power(random(), 1.5)) || '@example.com',
       '', '', 'ru',
       CASE WHEN n > {orders} * 0.99
            THEN (ARRAY['pending', 'paid', 'processing', 'shipped'])[n % 4 + 1]
            WHEN n % 25 = 0 THEN 'canceled' WHEN n % 60 = 0 THEN 'refunded'
            ELSE 'completed' END,
       'KZT', 0, 0, 'cash', '', '', 0, '', '', placed, placed
FROM (SELECT n, date_trunc('day', now()) - (({orders} - n) * {days} / {orders} + 1)
             * interval '1 day'
             + (24 - 24 * power(random(), 1.4)) * interval '59 minutes' AS placed
      FROM generate_series(1, {orders}::bigint) AS n OFFSET 0) AS made
"""
LINES = """
INSERT INTO orders_orderitem (order_id, product_id, sku, name, price, quantity,
    subtotal, refunded_quantity)
SELECT l.id, p.id, p.sku, p.name, p.price, l.quantity, p.price * l.quantity,
       CASE WHEN l.status = 'refunded' THEN l.quantity
            WHEN l.number % 40 = 0 AND l.place = 1 THEN 1 ELSE 0 END
FROM (SELECT o.id, o.number, o.status, place, 1 + (random() * 1.4)::int AS quantity,
             floor({products} * power(random(), 7))::bigint AS drawn
      FROM orders_order AS o CROSS JOIN generate_series(1, 3) AS place
      WHERE place <= 2 + o.number % 2 OFFSET 0) AS l
JOIN catalog_product AS p ON p.number = l.drawn * 7919 % {products} + 1
ORDER BY l.number
ON CONFLICT DO NOTHING
"""
SUMS = """
UPDATE orders_order AS o SET total = s.total, refunded = s.refunded
FROM (SELECT order_id, sum(subtotal) AS total,
             sum(price * refunded_quantity) AS refunded
      FROM orders_orderitem GROUP BY order_id) AS s
WHERE s.order_id = o.id
"""
# What nobody asks here, and what takes longer to fill than all the rest.
UNASKED = ("order_person", "order_by_email_any_case", "order_by_delivery")


@dataclass(frozen=True)
class Size:
    orders: int = 1_000_000
    products: int = 20_000
    buyers: int = 300_000
    repeats: int = 7


QUICK = Size(orders=100_000, products=10_000, buyers=30_000, repeats=3)


def make_sales(size: Size) -> None:
    """So many orders with two or three lines each, in the last two years."""
    for place in range(CATEGORIES):
        create_category(name=f"Категория {place}", parent=None)
    with connection.cursor() as cursor:
        for index in UNASKED:
            cursor.execute(f"DROP INDEX IF EXISTS {index}")
        for statement in (PRODUCTS, LINKS):
            cursor.execute(statement.format(**_numbers(size)))
    make_orders(size)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def make_orders(size: Size) -> None:
    """The same in a shop that has its products; numbers that it lacks are not sold."""
    with connection.cursor() as cursor:
        for statement in (ORDERS, LINES, SUMS):
            cursor.execute(statement.format(**_numbers(size)))


def _numbers(size: Size) -> dict[str, int]:
    return {
        "orders": size.orders,
        "products": size.products,
        "buyers": size.buyers,
        "categories": CATEGORIES,
        "days": DAYS,
    }
