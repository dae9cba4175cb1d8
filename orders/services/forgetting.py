"""Orders of somebody who is to be forgotten: kept, without whose they were."""

from collections.abc import Collection
from uuid import UUID

from django.utils import timezone

from events.services import forget_addresses
from orders.models import Order, OrderClaim, OrderNote, OrderStatusChange
from orders.signals import order_changed
from shop import audit

# Orders whose rows are written in one statement.
MANY = 500


def forget_customer(ids: Collection[UUID], alias: str) -> None:
    """The orders hold goods, sums and steps, and the alias for an e-mail address.

    The caller has locked them by id. The alias keeps the orders of one person together,
    so that the shop's figures still count one buyer.
    """
    keys = sorted(ids)
    for start in range(0, len(keys), MANY):
        some = keys[start : start + MANY]
        Order.objects.filter(pk__in=some).update(
            user=None,
            email=alias,
            full_name="",
            phone="",
            address="",
            comment="",
            updated_at=timezone.now(),
        )
        # What staff wrote about the order may be about its customer.
        OrderStatusChange.objects.filter(order__in=some).update(note="")
        OrderNote.objects.filter(order__in=some).delete()
        # A client's own key can be any text.
        OrderClaim.objects.filter(order__in=some).delete()
        audit.forget_messages(Order, some)
        for order in Order.objects.filter(pk__in=some):
            order_changed.send(Order, order=order)
    forget_addresses(keys, alias)
