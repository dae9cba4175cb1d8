"""Who of the staff may take an order which step.

`change_order` is every step that gives no money back, and the order's contents. Who
only sends goods out is given `ship_order`, which is a part of it.
"""

from typing import Any

from orders.models import Order
from shop.api import may

CHANGE = "orders.change_order"
SHIP = "orders.ship_order"
REFUND = "payments.add_refund"
NOTE = "orders.add_ordernote"
STATS = "orders.view_stats"
# Goods on their way: none of these brings money back or goods into stock.
SHIPPING = frozenset(
    {Order.Status.PROCESSING, Order.Status.SHIPPED, Order.Status.COMPLETED}
)


def may_take(user: Any, status: str) -> bool:
    """Whether the user may take orders to this status, where the step exists."""
    if status == Order.Status.REFUNDED:
        return may(user, REFUND)
    return may(user, CHANGE) or (status in SHIPPING and may(user, SHIP))


def may_note(user: Any) -> bool:
    return may(user, CHANGE) or may(user, NOTE)
