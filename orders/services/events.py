"""What order events say (contract §10)."""

from collections.abc import Iterable
from typing import Any

from events.services import emit
from orders.models import Order, OrderItem

# `processing` has no event.
TOLD = {
    Order.Status.PAID,
    Order.Status.SHIPPED,
    Order.Status.COMPLETED,
    Order.Status.CANCELED,
    Order.Status.REFUNDED,
}


def emit_created(order: Order, items: Iterable[OrderItem]) -> None:
    emit(
        "order_created",
        order.pk,
        {
            "order_id": order.pk,
            "customer_email": order.email,
            "total_amount": order.total,
            "number": order.number,
            "currency": order.currency,
            "items": [
                {
                    "product_id": str(item.product_id),
                    "sku": item.sku,
                    "name": item.name,
                    "price": str(item.price),
                    "qty": item.quantity,
                    "subtotal": str(item.subtotal),
                }
                for item in items
            ],
        },
    )


def emit_status(order: Order) -> None:
    if order.status in TOLD:
        payload: dict[str, Any] = {
            "order_id": order.pk,
            "customer_email": order.email,
            "total_amount": order.total,
            "number": order.number,
            "status": str(order.status),
        }
        emit(f"order_{order.status}", order.pk, payload)
