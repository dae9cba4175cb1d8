"""What must be true of a shop that was hurt, read from its tables by plain SQL.

The shop's own checks run too, but an auditor who trusted its code alone would find only
what that code looks for.
"""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from tests.faults.shop import Shop
from tests.faults.tally import Tally


def audit(shop: Shop, tally: Tally, stock: dict[str, int]) -> list[str]:
    """Everything that is wrong, as sentences; how much was lost goes into the tally.

    `stock` is what each product had before the first sale.
    """
    lost = _lost(shop, tally)
    tally.lost = len(lost)
    return [
        *tally.wrong,
        *lost,
        *_unknown(shop, tally),
        *_untold(shop),
        *_wrong_stock(shop, stock),
    ]


def failed_checks(shop: Shop) -> list[str]:
    """What the shop's own checks find."""
    with ThreadPoolExecutor() as pool:
        checks = list(pool.map(shop.manage, ["check_stock", "check_orders"]))
    return [
        f"{answer.args[-1]}: {answer.stdout[-1000:]}{answer.stderr[-1000:]}"
        for answer in checks
        if answer.returncode
    ]


def _orders(shop: Shop) -> dict[str, dict[str, Any]]:
    """Every order of the shop by its id: its key, number and quantities."""
    found = shop.database.rows(
        "SELECT o.id::text, o.comment, o.number, i.product_id::text, i.quantity"
        " FROM orders_order o LEFT JOIN orders_orderitem i ON i.order_id = o.id"
    )
    orders: dict[str, dict[str, Any]] = {}
    for pk, key, number, product_id, quantity in found:
        order = orders.setdefault(pk, {"key": key, "number": number, "items": {}})
        if product_id:
            order["items"][product_id] = quantity
    return orders


def _lost(shop: Shop, tally: Tally) -> list[str]:
    """What a client was told, and is not so."""
    orders = _orders(shop)
    wrong = []
    for purchase in tally.purchases:
        if purchase.order is None:
            wrong.append(f"{purchase.key}: never answered")
            continue
        told = {item["product_id"]: item["qty"] for item in purchase.order["items"]}
        order = orders.get(purchase.order["id"])
        if order is None:
            wrong.append(f"{purchase.key}: there is no such order")
        elif not told == purchase.wanted == order["items"]:
            wrong.append(f"{purchase.key}: not the goods that were asked for")
        elif (order["key"], order["number"]) != (
            purchase.key,
            purchase.order["number"],
        ):
            wrong.append(f"{purchase.key}: another purchase's order")
    return wrong


def _unknown(shop: Shop, tally: Tally) -> list[str]:
    """One order for a purchase, and none that nobody asked for."""
    kept = Counter(order["key"] for order in _orders(shop).values())
    asked = {purchase.key for purchase in tally.purchases}
    return [
        *(f"{key}: {n} orders" for key, n in kept.items() if n > 1),
        *(f"{key}: nobody asked for it" for key in kept.keys() - asked),
    ]


def _untold(shop: Shop) -> list[str]:
    """Each order was announced once, and has begun its history once."""
    announced = shop.database.rows(
        "SELECT o.comment, count(m.id) FROM orders_order o LEFT JOIN outbox_messages m"
        " ON m.event_type = 'order_created' AND m.aggregate = o.id::text"
        " GROUP BY o.id HAVING count(m.id) <> 1"
    )
    ghosts = shop.database.rows(
        "SELECT aggregate FROM outbox_messages WHERE event_type = 'order_created'"
        " AND aggregate NOT IN (SELECT id::text FROM orders_order)"
    )
    begun = shop.database.rows(
        "SELECT o.comment, count(h.id) FROM orders_order o"
        " LEFT JOIN orders_orderstatuschange h"
        " ON h.order_id = o.id AND h.status = 'pending'"
        " GROUP BY o.id HAVING count(h.id) <> 1"
    )
    return [
        *(f"{key}: {n} times order_created" for key, n in announced),
        *(f"{pk}: order_created without an order" for (pk,) in ghosts),
        *(f"{key}: {n} times placed in its history" for key, n in begun),
    ]


def _wrong_stock(shop: Shop, stock: dict[str, int]) -> list[str]:
    """What is left is what there was without what is sold."""
    found = shop.database.rows(
        "SELECT p.id::text, p.sku, p.stock, (SELECT coalesce(sum(i.quantity), 0)"
        " FROM orders_orderitem i JOIN orders_order o ON o.id = i.order_id"
        " WHERE i.product_id = p.id AND o.status <> 'canceled')"
        " FROM catalog_product p ORDER BY p.sku"
    )
    return [
        f"{sku}: {left} left of {stock[pk]}, sold {sold}"
        for pk, sku, left, sold in found
        if left != stock[pk] - sold
    ]
