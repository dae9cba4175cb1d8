"""Whatever changes an order says that its day has to be counted again.

In the order's own transaction: either both are there, or neither. Placing an order says
nothing, for its day is open.
"""

from typing import Any

from django.db.models.signals import pre_delete
from django.dispatch import receiver

from dashboard.models import ChangedOrder
from dashboard.services.keeping import day_of
from orders.models import Order
from orders.signals import order_changed


@receiver(order_changed)
def note_change(sender: type[Order], order: Order, **kwargs: Any) -> None:
    ChangedOrder.objects.create(order_id=order.pk, day=day_of(order.created_at))


@receiver(pre_delete, sender=Order)
def note_deletion(
    sender: type[Order], instance: Order, origin: Any, **kwargs: Any
) -> None:
    """Once for each day, however many of its orders one deletion takes."""
    noted: set[Any] = origin.__dict__.setdefault("_days_noted", set())
    day = day_of(instance.created_at)
    if day not in noted:
        noted.add(day)
        ChangedOrder.objects.create(order_id=instance.pk, day=day)
