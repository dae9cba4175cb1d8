"""Money that goes back: decided in one transaction, sent after it."""

import logging
from collections.abc import Mapping
from decimal import Decimal
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from orders import services as orders
from orders.exceptions import (
    IdempotencyKeyReused,
    InvalidTransition,
    RefundTooLarge,
)
from orders.models import Order
from orders.services.returning import price_of
from orders.signals import order_changed
from payments.exceptions import (
    NoRefundDue,
    NothingPaid,
    PaymentNotFound,
    ProviderRefused,
    ProviderUnavailable,
)
from payments.models import Payment, Refund, RefundItem
from payments.providers import get_provider
from payments.services.settling import settling_payment, withdraw

logger = logging.getLogger(__name__)
PUT_BACK = {
    Refund.Stock.PUT_BACK: True,
    Refund.Stock.WRITE_OFF: False,
    Refund.Stock.NONE: None,
}


def refund_order(
    order_id: UUID,
    quantities: Mapping[UUID, int] | None = None,
    *,
    stock: str,
    actor: User | None = None,
    note: str = "",
    key: str = "",
    fingerprint: str = "",
) -> Refund:
    """So many pieces (by product; None: all that are left) are paid back.

    With the last piece goes all that is left of the payment, delivery too, and the
    order is refunded. `stock`, a Refund.Stock, says what becomes of the goods. An order
    that was delivered and never paid can be taken back as a whole, without money.
    The same `key` again answers with the first refund and gives nothing back. The
    provider is asked after the commit. Raises InvalidTransition, NotInOrder,
    NothingPaid, RefundTooLarge, IdempotencyKeyReused.
    """
    with transaction.atomic():
        order = orders.lock_order(order_id)
        if repeated := find_refund(order_id, key, fingerprint):
            return repeated
        if Order.Status.REFUNDED not in order.NEXT[order.status]:
            raise InvalidTransition(order, Order.Status.REFUNDED)
        refund = _refund(
            order, quantities, stock, actor, note, key=key, fingerprint=fingerprint
        )
        if not any(item.kept_quantity for item in order.items.all()):
            orders.set_status(order.pk, Order.Status.REFUNDED, actor=actor, note=note)
    return refund


def find_refund(order_id: UUID, key: str, fingerprint: str) -> Refund | None:
    """The refund of the order that this key already stands for.

    Raises IdempotencyKeyReused when it stands for another request.
    """
    if not key:
        return None
    refund = Refund.objects.filter(order=order_id, key=key).first()
    if refund and refund.fingerprint != fingerprint:
        raise IdempotencyKeyReused
    return refund


def refund_rest(order: Order, actor: User | None) -> None:
    """The order has become refunded: nothing of its payment is left.

    The caller holds the order's lock. The goods stay where they are.
    """
    withdraw(order)
    if any(item.kept_quantity for item in order.items.all()):
        _refund(order, None, Refund.Stock.NONE, actor, "")


def refund_payment(
    payment_id: UUID, *, actor: User | None = None, note: str = ""
) -> Refund:
    """Money that paid for nothing goes back whole.

    Raises PaymentNotFound; NoRefundDue when it is not marked so, or no longer.
    """
    with transaction.atomic():
        found = Payment.objects.filter(pk=payment_id)
        order_id = found.values_list("order_id", flat=True).first()
        if order_id is None:
            raise PaymentNotFound
        order = orders.lock_order(order_id)
        payment = found.get()
        if payment.status != Payment.Status.REFUND_DUE:
            raise NoRefundDue
        refund = Refund.objects.create(
            order=order,
            payment=payment,
            amount=payment.left,
            currency=payment.currency,
            is_surplus=True,
            note=note,
            actor=actor,
        )
        _take_from(payment, refund.amount, whole=True)
        _send_after_commit(refund)
    return refund


def send_refund(refund_id: UUID) -> Refund:
    """Ask the provider to pay back; done already, nothing happens.

    A refusal is kept for staff to read, and an unanswered call for the next try.
    """
    refund = Refund.objects.select_related("payment").get(pk=refund_id)
    if refund.status == Refund.Status.SUCCEEDED:
        return refund
    changes: dict[str, object] = {"last_error": ""}
    try:
        if payment := refund.payment:
            get_provider(payment.provider).refund(payment, refund)
    except ProviderUnavailable as error:
        changes = {"last_error": str(error)}
    except ProviderRefused as error:
        logger.error("refund %s was refused: %s", refund.pk, error)
        changes = {"status": Refund.Status.FAILED, "last_error": str(error)[:255]}
    else:
        changes |= {"status": Refund.Status.SUCCEEDED, "sent_at": timezone.now()}
    # Done stays done, whoever else was sending it.
    unsent = Refund.objects.filter(pk=refund.pk).exclude(status=Refund.Status.SUCCEEDED)
    unsent.update(**changes)
    refund.refresh_from_db()
    return refund


def _refund(
    order: Order,
    quantities: Mapping[UUID, int] | None,
    stock: str,
    actor: User | None,
    note: str,
    **more: str,
) -> Refund:
    payment = settling_payment(order)
    returned = orders.return_pieces(
        order, quantities, put_back=PUT_BACK[Refund.Stock(stock)], actor=actor
    )
    whole = not any(item.kept_quantity for item in order.items.all())
    if payment is None:
        if not whole:
            raise NothingPaid
        amount = Decimal(0)
    else:
        amount = payment.left if whole else price_of(returned)
        if amount > payment.left or not returned:
            raise RefundTooLarge
    refund = Refund.objects.create(
        order=order,
        payment=payment,
        amount=amount,
        currency=order.currency,
        stock=stock,
        note=note,
        actor=actor,
        **more,
    )
    RefundItem.objects.bulk_create(
        RefundItem(refund=refund, order_item=item, quantity=n, amount=item.price * n)
        for item, n in returned
    )
    if payment:
        _take_from(payment, amount, whole=whole)
        # Added here, under the lock: SQLite would add in floating point.
        order.refunded += amount
        order.save(update_fields=["refunded"])
    order_changed.send(Order, order=order)
    _send_after_commit(refund)
    return refund


def _take_from(payment: Payment, amount: Decimal, *, whole: bool) -> None:
    """`whole`: nothing is left that the payment stands for, not even a free gift."""
    payment.refunded += amount
    if whole:
        payment.move_to(Payment.Status.REFUNDED)
    payment.save(update_fields=["refunded", "status", "updated_at"])


def _send_after_commit(refund: Refund) -> None:
    from payments.tasks import send_refund as task

    def send() -> None:
        # Seconds: a broker that is there and silent must not hold the request.
        task.apply_async((str(refund.pk),), confirm_timeout=3)

    # A broker that is down loses nothing: the refund is found by its schedule too. (Not
    # a partial: Django names the function when it fails, and partials have no name.)
    transaction.on_commit(send, robust=True)
