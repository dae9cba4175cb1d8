"""What somebody has ordered."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Q

from accounts.personal import Person, PersonalData, register
from orders.exceptions import OrdersInProgress
from orders.models import Order, OrderQuerySet
from orders.services import forget_customer
from shop.exceptions import DomainError

_FIELDS = (
    "number", "status", "email", "full_name", "phone", "address", "comment", "language",
    "total", "refunded", "currency", "payment_method", "delivery_name",
    "delivery_price", "created_at", "consent_at", "hidden_at",
)  # fmt: skip
_LINES = ("sku", "name", "price", "quantity", "subtotal", "refunded_quantity")


def orders_of(person: Person) -> OrderQuerySet:
    """Their orders: of the account, and as a guest where the address is proven.

    Those too that bear the person's alias already.
    """
    theirs = Q(email__iexact=person.alias)
    if person.user:
        theirs |= Q(user=person.user)
    if person.is_proven:
        theirs |= Q(email__iexact=person.email)
    return Order.objects.filter(theirs)


@register
class Orders(PersonalData):
    name = "orders"
    lets_go_of = (Order,)

    def collect(self, person: Person) -> Any:
        orders = orders_of(person).order_by("number")
        return [
            {
                **{field: getattr(order, field) for field in _FIELDS},
                "items": [
                    {field: getattr(item, field) for field in _LINES}
                    for item in order.items.all()
                ],
                "history": [
                    {
                        "time": step.created_at,
                        "status": step.status,
                        "reason": step.told_reason,
                    }
                    for step in order.history.all()
                ],
                **self._notes(order, person),
            }
            for order in orders.prefetch_related("items", "history", "notes")
        ]

    def _notes(self, order: Order, person: Person) -> dict[str, Any]:
        """What staff wrote: they decide who reads it, so it is in their file alone."""
        if not person.is_proven:
            return {}
        texts = [note.text for note in order.notes.all()]
        steps = [step.note for step in order.history.all() if step.note]
        return {"staff_notes": [*texts, *steps]}

    def hindrances(self, person: Person) -> Iterable[DomainError]:
        return _under_way(orders_of(person).order_by("number"))

    def forget(self, person: Person) -> None:
        named = orders_of(person).exclude(email=person.alias).order_by("pk")
        # Locked, and only then looked at: what is placed meanwhile is not among them.
        held = list(named.select_for_update(of=("self",)))
        if found := _under_way(held):
            raise found[0]
        forget_customer([order.pk for order in held], person.alias)


def _under_way(orders: Iterable[Order]) -> list[OrdersInProgress]:
    open_ones = [order for order in orders if order.status in Order.UNDER_WAY]
    numbers = sorted(order.number for order in open_ones)
    return [OrdersInProgress(numbers)] if numbers else []
