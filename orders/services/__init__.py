"""Every change of an order: the one place with its transactions and locks.

Locks are always taken in this order: claims, the order, its products by id.
"""

from orders.services.changing import (
    add_note,
    cancel_order,
    change_quantities,
    change_quantity,
    choose_payment_method,
    fingerprint,
    hide_order,
    lock_order,
    set_status,
)
from orders.services.claims import keys_of, placed_by_key
from orders.services.forgetting import forget_customer
from orders.services.many import Outcome, set_status_of_many
from orders.services.placing import (
    Checkout,
    Line,
    Placed,
    checkout_cart,
    find_lines,
    place_order,
    resolve_lines,
)
from orders.services.returning import return_pieces

__all__ = [
    "Checkout",
    "Line",
    "Outcome",
    "Placed",
    "add_note",
    "cancel_order",
    "change_quantities",
    "change_quantity",
    "checkout_cart",
    "choose_payment_method",
    "find_lines",
    "fingerprint",
    "forget_customer",
    "hide_order",
    "keys_of",
    "lock_order",
    "place_order",
    "placed_by_key",
    "resolve_lines",
    "return_pieces",
    "set_status",
    "set_status_of_many",
]
