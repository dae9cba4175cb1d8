"""The back office of orders: faces over `orders.services`, without rules.

What an order has to do with money is added further up, by `payments.admin`.
"""

from orders.admin.delivery import DeliveryMethodAdmin
from orders.admin.orders import OrderAdmin

__all__ = ["DeliveryMethodAdmin", "OrderAdmin"]
