"""The back office of money: faces over `payments.services`, without rules."""

from payments.admin.customers import CustomerAdmin
from payments.admin.orders import OrderMoneyAdmin
from payments.admin.payments import PaymentAdmin
from payments.admin.refunds import RefundAdmin

__all__ = ["CustomerAdmin", "OrderMoneyAdmin", "PaymentAdmin", "RefundAdmin"]
