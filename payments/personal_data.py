"""What somebody has paid, and what they are to get back."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Q

from accounts.personal import Person, PersonalData, register
from orders.personal_data import orders_of
from payments.exceptions import MoneyUnderWay
from payments.models import Payment, Refund
from payments.services import forget_payers
from shop.exceptions import DomainError

# Refunds that the provider has not confirmed.
_UNSENT = [Refund.Status.PENDING, Refund.Status.FAILED]


@register
class Payments(PersonalData):
    name = "payments"

    def collect(self, person: Person) -> Any:
        payments = Payment.objects.filter(order__in=orders_of(person))
        return [
            {
                "order": payment.order.number,
                "provider": payment.provider,
                "number_at_provider": payment.external_id,
                "amount": payment.amount,
                "currency": payment.currency,
                "status": payment.status,
                "created_at": payment.created_at,
                "paid_at": payment.paid_at,
                "messages_of_provider": [
                    {"time": event.received_at, "raw": event.raw}
                    for event in payment.events.all()
                ],
                "refunds": [
                    {
                        "amount": refund.amount,
                        "status": refund.status,
                        "created_at": refund.created_at,
                        "sent_at": refund.sent_at,
                    }
                    for refund in payment.refunds.all()
                ],
            }
            for payment in payments.select_related("order")
            .prefetch_related("events", "refunds")
            .order_by("created_at", "pk")
        ]

    def hindrances(self, person: Person) -> Iterable[DomainError]:
        waiting = Q(payments__status=Payment.Status.REFUND_DUE)
        waiting |= Q(refunds__status__in=_UNSENT)
        # Whatever is under way has been named already.
        orders = orders_of(person).filter(waiting).order_by("number").distinct()
        numbers = list(orders.values_list("number", flat=True))
        return [MoneyUnderWay(numbers)] if numbers else []

    def forget(self, person: Person) -> None:
        # By now the orders bear the person's alias, and are locked.
        for error in self.hindrances(person):
            raise error
        forget_payers(orders_of(person).values_list("pk", flat=True))
