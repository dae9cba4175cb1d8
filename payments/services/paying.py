"""From "I want to pay" to what the provider says of it."""

from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from orders import services as orders
from orders.models import Order
from payments.exceptions import (
    AlreadyPaid,
    AmountMismatch,
    CurrencyMismatch,
    EventIdReused,
    NotPayable,
    PaymentNotFound,
    UnknownProvider,
)
from payments.models import Payment, PaymentEvent
from payments.providers import Notice, get_provider
from payments.services.settling import settling_payment, take

Status = Payment.Status


def start_payment(order_id: UUID, method: str = "") -> Payment:
    """A payment of the order waits at its provider; the payer's next stop is known.

    Asked again, the same waiting payment is answered. Another `method` than the
    order's becomes the order's, and what waited before is withdrawn. Raises
    UnknownProvider, AlreadyPaid, NotPayable, ProviderUnavailable.
    """
    if method and method not in Order.PaymentMethod.offered():
        raise UnknownProvider
    with transaction.atomic():
        order = orders.lock_order(order_id)
        payment = _waiting_payment(order, method or order.payment_method)
    # The provider is asked outside of the transaction: nobody waits for its network.
    started = get_provider(payment.provider).create(payment)
    payment.external_id = started.external_id
    payment.redirect_url = started.redirect_url
    payment.save(update_fields=["external_id", "redirect_url"])
    return payment


def _waiting_payment(order: Order, method: str) -> Payment:
    if settling_payment(order) or order.status == Order.Status.PAID:
        raise AlreadyPaid(order)
    if order.status != Order.Status.PENDING:
        raise NotPayable(order)
    if method not in Order.PaymentMethod.offered():
        raise UnknownProvider
    orders.choose_payment_method(order, method)
    waiting = order.payments.filter(status=Status.PENDING)
    payment = waiting.filter(provider=method, amount=order.total).first()
    # The total changed, or the payer changed their mind.
    others = waiting.exclude(pk=payment.pk) if payment else waiting
    others.update(status=Status.CANCELED, updated_at=timezone.now())
    if payment is None:
        payment = Payment.objects.create(
            order=order, provider=method, amount=order.total, currency=order.currency
        )
    return payment


def take_callback(provider: str, body: bytes, signature: str) -> Payment:
    """A provider's message is believed, kept, and applied once.

    A repeat changes nothing. Raises UnknownProvider, BadSignature, BadCallback and what
    `take_notice` raises; nothing is changed then.
    """
    notice = get_provider(provider).parse_callback(body, signature)
    raw = body.decode("utf-8", "replace").replace("\0", "")
    return take_notice(provider, notice, raw)


def take_notice(provider: str, notice: Notice, raw: str) -> Payment:
    """What the provider says of its payment is kept and applied, once.

    Raises PaymentNotFound, AmountMismatch, CurrencyMismatch, EventIdReused.
    """
    try:
        with transaction.atomic():
            return _take_notice(provider, notice, raw)
    except IntegrityError:
        # The same event came for another payment at the same moment.
        if _event(provider, notice) is None:
            raise
        raise EventIdReused from None


def _take_notice(provider: str, notice: Notice, raw: str) -> Payment:
    own = Payment.objects.filter(provider=provider)
    order_id = own.filter(pk=notice.payment_id).values_list("order_id", flat=True)
    if not order_id:
        raise PaymentNotFound
    order = orders.lock_order(order_id[0])
    # Read under the lock: whoever came first has written by now.
    payment = own.get(pk=notice.payment_id)
    payment.order = order
    if notice.amount != payment.amount:
        raise AmountMismatch(payment.amount)
    if notice.currency != payment.currency:
        raise CurrencyMismatch(payment.currency)
    event = _event(provider, notice)
    if event:
        if (event.payment_id, event.said) != (payment.pk, notice.said):
            raise EventIdReused
        return payment
    became = take(order, payment, notice.said)
    PaymentEvent.objects.create(
        provider=provider,
        event_id=notice.event_id,
        payment=payment,
        said=notice.said,
        became=became,
        raw=raw,
    )
    return payment


def _event(provider: str, notice: Notice) -> PaymentEvent | None:
    events = PaymentEvent.objects.filter(provider=provider, event_id=notice.event_id)
    return events.first()
