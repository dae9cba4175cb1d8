"""Every change of money: the one place with its transactions and locks.

The order is locked first, then its payments are read, then products are locked.
Providers are only ever called outside of a transaction.
"""

from payments.services.asking import ask_provider, reconcile
from payments.services.checking import check_orders
from payments.services.expiring import expire_orders
from payments.services.forgetting import forget_payers
from payments.services.paying import start_payment, take_callback, take_notice
from payments.services.refunding import (
    find_refund,
    refund_order,
    refund_payment,
    send_refund,
)

__all__ = [
    "ask_provider",
    "check_orders",
    "expire_orders",
    "find_refund",
    "forget_payers",
    "reconcile",
    "refund_order",
    "refund_payment",
    "send_refund",
    "start_payment",
    "take_callback",
    "take_notice",
]
