"""A shop with very many customers, orders and payments, written by PostgreSQL itself.

As different from each other as in life, and as alike: old orders are completed, new
ones wait; few payments are undone; names repeat. Nobody is told of them.
"""

from collections import Counter

from django.db import connection

from orders.models import DeliveryMethod
from tests.plans import Statement, nodes, vacuum

FIRST = "Айгүл,Ерлан,Семён,Алия,Данияр,Ольга,Тимур,Жанна,Нурлан,Ли"
LAST = "Серікова,Әбдірахманов,Ким,Иванова,Петров,Сатпаев,Қасымова,Ахметов"
# `n` counts from 1, the newest last; `whole` is how many there are.
USERS = """
INSERT INTO accounts_user (id, password, email, full_name, phone, language, is_active,
                           is_staff, is_superuser, created_at)
SELECT gen_random_uuid(), '!', 'person' || n || '@example.com', {name},
       '+7701' || lpad((n * 7919 % 10000000)::text, 7, '0'), '',
       n % 500 <> 0, n % 2000 = 0, n % 20000 = 0,
       now() - ({whole} - n) * interval '3 minutes'
FROM generate_series(1, {whole}::bigint) AS n
"""
ORDERS = """
INSERT INTO orders_order (id, user_id, email, full_name, phone, language, status,
    currency, total, refunded, payment_method, delivery_method_id, delivery_code,
    delivery_name, delivery_price, address, comment, created_at, updated_at)
SELECT gen_random_uuid(), u.id, coalesce(u.email, 'Guest' || n || '@Example.com'),
       coalesce(u.full_name, {name}),
       coalesce(u.phone, '+7777' || lpad((n * 7907 % 10000000)::text, 7, '0')), 'ru',
       CASE WHEN n > {whole} * 0.99
            THEN (ARRAY['pending', 'paid', 'processing', 'shipped'])[n % 4 + 1]
            WHEN n % 25 = 0 THEN 'canceled' WHEN n % 60 = 0 THEN 'refunded'
            ELSE 'completed' END,
       'KZT', (n * 6007 % 300000) + 990, 0,
       CASE WHEN n % 5 = 0 THEN 'transfer' ELSE 'cash' END, {delivery}, 'courier',
       'Курьер', 0, 'Алматы, Абай ' || n % 200, '',
       now() - ({whole} - n) * interval '1 minute', now()
FROM generate_series(1, {whole}::bigint) AS n
LEFT JOIN (SELECT *, row_number() OVER () AS place FROM accounts_user
           WHERE email LIKE 'person%') AS u
  ON u.place = n * 31 % ({whole} / 2) + 1 AND n % 4 <> 0
ORDER BY n
"""
LINES = """
INSERT INTO orders_orderitem (order_id, product_id, sku, name, price, quantity,
                              subtotal, refunded_quantity)
SELECT id, gen_random_uuid(), 'MANY', 'Чайник', total, 1, total, 0 FROM orders_order
"""
PAYMENTS = """
INSERT INTO payments_payment (id, order_id, provider, amount, currency, status,
    refunded, external_id, redirect_url, created_at, updated_at, paid_at)
SELECT gen_random_uuid(), id, payment_method, total, 'KZT',
       CASE WHEN number % 5000 = 0 THEN 'refund_due' WHEN status = 'pending'
            THEN 'pending' WHEN status = 'canceled' THEN 'canceled'
            WHEN status = 'refunded' THEN 'refunded' ELSE 'succeeded' END,
       0, CASE WHEN number % 2 = 0 THEN 'ext-' || number ELSE '' END, '', created_at,
       created_at, CASE WHEN status = 'pending' THEN NULL ELSE created_at END
FROM orders_order
"""
REFUNDS = """
INSERT INTO payments_refund (id, order_id, payment_id, amount, currency, status, stock,
    is_surplus, key, fingerprint, note, last_error, created_at, sent_at)
SELECT gen_random_uuid(), p.order_id, p.id, p.amount, 'KZT',
       CASE WHEN o.number % 300 = 0 THEN 'pending' ELSE 'succeeded' END,
       (ARRAY['put_back', 'none'])[o.number % 2 + 1], false, '', '', '', '',
       p.created_at, p.created_at
FROM payments_payment AS p JOIN orders_order AS o ON o.id = p.order_id
WHERE o.number % 10 = 0
"""


def make_many_orders(count: int) -> None:
    """So many orders, each with a line and a payment; half as many customers."""
    delivery = DeliveryMethod.objects.order_by("pk").values_list("pk", flat=True)[0]
    name = (
        f"(string_to_array('{FIRST}', ','))[n * 13 % 10 + 1] || ' ' ||"
        f" (string_to_array('{LAST}', ','))[n * 29 % 8 + 1]"
    )
    with connection.cursor() as cursor:
        cursor.execute(USERS.format(name=name, whole=count // 2))
        cursor.execute(ORDERS.format(name=name, whole=count, delivery=delivery))
        for statement in (LINES, PAYMENTS, REFUNDS):
            cursor.execute(statement)
    vacuum()


def rows_read(statement: Statement) -> dict[str, int]:
    """How many rows of each table the statement has looked at, on its way."""
    read: Counter[str] = Counter()
    for node in nodes(statement.explain("ANALYZE", "TIMING OFF")):
        table = node.get("Relation Name")
        if table and "Scan" in node["Node Type"]:
            removed = ("Rows Removed by Filter", "Rows Removed by Index Recheck")
            rows = node["Actual Rows"] + sum(node.get(name, 0) for name in removed)
            read[table] += rows * node["Actual Loops"]
    return read
