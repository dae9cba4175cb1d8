"""What an order's steps mean for its money, in the order's own transaction."""

from typing import Any

from django.dispatch import receiver

from accounts.models import User
from orders.models import Order
from orders.signals import order_status_changed
from payments.services.refunding import refund_rest
from payments.services.settling import call_back, confirm


@receiver(order_status_changed)
def follow_order(
    sender: type[Order], order: Order, actor: User | None, **kwargs: Any
) -> None:
    """Paid and completed orders have their money, canceled and refunded ones none."""
    if order.status in {Order.Status.PAID, Order.Status.COMPLETED}:
        confirm(order, actor)
    elif order.status == Order.Status.CANCELED:
        call_back(order)
    elif order.status == Order.Status.REFUNDED:
        refund_rest(order, actor)
