"""Money that comes, and what it does to its order.

Every function here wants the order's lock held by its caller's transaction.
"""

from django.utils import timezone

from accounts.models import User
from orders import services as orders
from orders.models import Order
from payments.models import Payment, PaymentEvent
from payments.services.events import emit_payment

Status = Payment.Status


def settling_payment(order: Order) -> Payment | None:
    """The payment whose money this order stands on."""
    return order.payments.filter(status=Status.SUCCEEDED).first()


def take(order: Order, payment: Payment, said: str) -> str:
    """What a provider says is applied, as far as it leads forward.

    A success pays a pending order; for any other it is money to give back. The answer
    is the payment's new status, or nothing when it already was that, or further.
    """
    if said == PaymentEvent.Said.SUCCEEDED:
        return _take_money(order, payment)
    if not payment.move_to(Status.FAILED):
        return ""
    payment.save(update_fields=["status", "updated_at"])
    emit_payment("payment_failed", payment)
    return payment.status


def _take_money(order: Order, payment: Payment) -> str:
    if payment.paid_at:
        return ""
    fits = (
        order.status == Order.Status.PENDING
        and payment.amount == order.total
        and settling_payment(order) is None
    )
    payment.move_to(Status.SUCCEEDED if fits else Status.REFUND_DUE)
    payment.paid_at = timezone.now()
    payment.save(update_fields=["status", "paid_at", "updated_at"])
    emit_payment("payment_succeeded", payment)
    if fits:
        withdraw(order)
        orders.set_status(order.pk, Order.Status.PAID)
    return payment.status


def confirm(order: Order, actor: User | None) -> None:
    """Somebody says that the order's money is here: a payment says so from now on."""
    if settling_payment(order):
        return
    provider = order.payment_method
    if provider in Order.ONLINE:
        # It did not come the way it was asked for.
        provider = Order.PaymentMethod.TRANSFER
    waiting = order.payments.filter(
        status=Status.PENDING, provider=provider, amount=order.total
    )
    payment = waiting.first() or Payment(
        order=order, provider=provider, amount=order.total, currency=order.currency
    )
    payment.status = Status.SUCCEEDED
    payment.paid_at = timezone.now()
    payment.confirmed_by = actor
    payment.save()
    emit_payment("payment_succeeded", payment)
    withdraw(order)


def withdraw(order: Order) -> None:
    """Nobody waits for the order's open payments any more."""
    order.payments.filter(status=Status.PENDING).update(
        status=Status.CANCELED, updated_at=timezone.now()
    )


def call_back(order: Order) -> None:
    """The order is canceled: what was paid for it is to be given back."""
    withdraw(order)
    payment = settling_payment(order)
    if payment is None:
        return
    payment.move_to(Status.REFUND_DUE if payment.left else Status.REFUNDED)
    payment.save(update_fields=["status", "updated_at"])
