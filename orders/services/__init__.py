"""Every change of an order: the one place with its transactions and locks.

Locks are always taken in this order: claims, the order, its products by id.
"""

from orders.services.changing import (
    cancel_order,
    change_quantity,
    hide_order,
    set_status,
)
from orders.services.placing import (
    Checkout,
    Line,
    Placed,
    checkout_cart,
    find_lines,
    place_order,
    resolve_lines,
)

__all__ = [
    "Checkout",
    "Line",
    "Placed",
    "cancel_order",
    "change_quantity",
    "checkout_cart",
    "find_lines",
    "hide_order",
    "place_order",
    "resolve_lines",
    "set_status",
]
