"""The money of load orders, as the payments of real ones would have left it."""

from datetime import datetime
from random import Random
from typing import Any

from django.db.models import Model
from django.urls import reverse
from django.utils import timezone

from orders.models import Order, OrderItem
from payments.models import EmulatedCharge, Payment, PaymentEvent, Refund, RefundItem
from shop.ids import new_id

BATCH = 1000
Status = Order.Status
# What has become of an order's payment; who pays in cash pays at the end.
STATES = {
    Status.PAID: Payment.Status.SUCCEEDED,
    Status.PROCESSING: Payment.Status.SUCCEEDED,
    Status.SHIPPED: Payment.Status.SUCCEEDED,
    Status.COMPLETED: Payment.Status.SUCCEEDED,
    Status.REFUNDED: Payment.Status.REFUNDED,
    Status.CANCELED: Payment.Status.CANCELED,
}
# One online order in so many is paid at the second try.
TRIES = 8


class Money:
    """Payments and refunds of many orders, gathered and then written at once."""

    def __init__(self) -> None:
        # In the order in which they need each other.
        self.rows: dict[type[Model], list[Any]] = {
            model: []
            for model in (Payment, EmulatedCharge, PaymentEvent, Refund, RefundItem)
        }

    def add(self, order: Order, lines: list[OrderItem], random: Random) -> None:
        online = order.payment_method in Order.ONLINE
        comes = online or order.status != Status.CANCELED
        if order.payment_method == Order.PaymentMethod.CASH:
            comes = order.status == Status.COMPLETED
        if not comes or order.status == Status.PENDING:
            return
        if online and random.randrange(TRIES) == 0:
            self._charge(self._payment(order, Payment.Status.FAILED))
        payment = self._payment(order, STATES[Status(order.status)])
        charge = self._charge(payment) if online else None
        if order.status == Status.REFUNDED:
            refund = self._refund(payment, lines)
            if charge:
                charge.refunds = {str(refund.pk): str(refund.amount)}

    def write(self) -> None:
        for model, rows in self.rows.items():
            model._default_manager.bulk_create(rows, batch_size=BATCH)

    def _payment(self, order: Order, status: Payment.Status) -> Payment:
        payment = Payment(
            order=order,
            provider=order.payment_method,
            amount=order.total,
            currency=order.currency,
            status=status,
        )
        if status in {Payment.Status.SUCCEEDED, Payment.Status.REFUNDED}:
            payment.paid_at = timezone.now()
        self.rows[Payment].append(payment)
        return payment

    def _charge(self, payment: Payment) -> EmulatedCharge:
        """The emulator knows the payment, and has said what the payer pressed."""
        said = EmulatedCharge.Status.OPEN
        if payment.paid_at:
            said = EmulatedCharge.Status.SUCCEEDED
        elif payment.status == Payment.Status.FAILED:
            said = EmulatedCharge.Status.FAILED
        charge = EmulatedCharge(
            pk=new_id(),
            payment_id=payment.pk,
            amount=payment.amount,
            currency=payment.currency,
            status=said,
        )
        payment.external_id = str(charge.pk)
        payment.redirect_url = reverse("payments:payment", args=[payment.pk])
        self.rows[EmulatedCharge].append(charge)
        if said != EmulatedCharge.Status.OPEN:
            event = PaymentEvent(
                provider=payment.provider,
                event_id=f"{charge.pk}:{said}",
                payment=payment,
                said=said,
                became=said,
                raw="load",
            )
            self.rows[PaymentEvent].append(event)
        return charge

    def _refund(self, payment: Payment, lines: list[OrderItem]) -> Refund:
        payment.refunded = payment.amount
        refund = Refund(
            order=payment.order,
            payment=payment,
            amount=payment.amount,
            currency=payment.currency,
            status=Refund.Status.SUCCEEDED,
            sent_at=payment.paid_at,
        )
        self.rows[Refund].append(refund)
        self.rows[RefundItem] += [
            RefundItem(
                refund=refund,
                order_item=line,
                quantity=line.quantity,
                amount=line.subtotal,
            )
            for line in lines
        ]
        return refund


def move_money_back(order_ids: list[Any], moment: datetime) -> None:
    """All of it happened at that moment."""
    payments = Payment.objects.filter(order__in=order_ids)
    payments.update(created_at=moment, updated_at=moment)
    payments.exclude(paid_at=None).update(paid_at=moment)
    events = PaymentEvent.objects.filter(payment__order__in=order_ids)
    events.update(received_at=moment)
    refunds = Refund.objects.filter(order__in=order_ids)
    refunds.update(created_at=moment, sent_at=moment)
    charges = EmulatedCharge.objects.filter(payment_id__in=payments.values("pk"))
    charges.update(created_at=moment)
