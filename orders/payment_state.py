"""How an order stands with its money, as its shopper reads it."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from orders.models import Order, OrderStatusChange

# What is read of an order to tell; a list prefetches these.
READS = ("payments", "refunds", "history")


class PaymentState(models.TextChoices):
    WAITING = "waiting", _("waiting for the payment")
    DECLINED = "declined", _("payment declined")
    ON_DELIVERY = "on_delivery", _("paid on delivery")
    PAID = "paid", _("paid")
    EXPIRED = "expired", _("not paid in time")
    GOING_BACK = "going_back", _("the money is being given back")
    GIVEN_BACK = "given_back", _("the money was given back")
    NOTHING = "nothing", _("nothing is to be paid")


@dataclass(frozen=True)
class Given:
    """Money that goes back: decided, and at the shopper's once `is_done`."""

    amount: Decimal
    at: datetime
    is_done: bool


@dataclass(frozen=True)
class PaymentCard:
    """All that the order's page says of money."""

    state: PaymentState
    # How it was paid, or else how it is to be.
    method: str
    paid_at: datetime | None
    refunds: list[Given]
    # Money for which nothing will be delivered, and whose way back has not begun.
    due: Decimal
    # Whether it can be paid online now: as it was ordered, or by these instead.
    can_pay: bool
    pay_instead: list[Order.PaymentMethod]
    # Until when unpaid goods are kept, and whether that is over.
    kept_until: datetime | None = None
    is_late: bool = False
    # How to transfer the money, while it is awaited.
    transfer: dict[str, str] = field(default_factory=dict)

    @property
    def going_back(self) -> Decimal:
        under_way = sum((r.amount for r in self.refunds if not r.is_done), Decimal(0))
        return self.due + under_way

    @property
    def given_back(self) -> Decimal:
        return sum((r.amount for r in self.refunds if r.is_done), Decimal(0))


def payment_card(order: Order) -> PaymentCard:
    pending = order.status == Order.Status.PENDING
    online = [m for m in Order.PaymentMethod.offered() if m in Order.ONLINE]
    waits_online = pending and order.payment_method in Order.ONLINE
    kept_until = order.reserved_until
    settled = next((p for p in order.payments.all() if p.status == "succeeded"), None)
    # Money for an online order may have come to staff.
    paid_by = settled.get_provider_display() if settled else ""
    return PaymentCard(
        state=payment_state(order),
        method=paid_by or order.get_payment_method_display(),
        paid_at=settled.paid_at if settled else None,
        refunds=_refunds(order),
        due=_due(order),
        can_pay=can_pay_online(order),
        pay_instead=online if pending and not waits_online else [],
        kept_until=kept_until,
        is_late=kept_until is not None and kept_until <= timezone.now(),
        transfer=_transfer(order),
    )


def can_pay_online(order: Order) -> bool:
    """By its own method; who chose another one is asked first."""
    method = order.payment_method
    offered = method in Order.ONLINE and method in Order.PaymentMethod.offered()
    return offered and order.status == Order.Status.PENDING


def payment_state(order: Order) -> PaymentState:
    """In a word; asks for what READS names, and no more."""
    payments = list(order.payments.all())
    if order.status == Order.Status.PENDING:
        if order.payment_method == Order.PaymentMethod.CASH:
            return PaymentState.ON_DELIVERY
        online = order.payment_method in Order.ONLINE
        if online and payments and payments[0].status == "failed":
            return PaymentState.DECLINED
        return PaymentState.WAITING
    if order.status in {Order.Status.CANCELED, Order.Status.REFUNDED}:
        return _end(order)
    # Cash is taken at the door; all others were paid before they came this far.
    cash = order.payment_method == Order.PaymentMethod.CASH
    under_way = order.status in {Order.Status.PROCESSING, Order.Status.SHIPPED}
    if cash and under_way and not any(p.status == "succeeded" for p in payments):
        return PaymentState.ON_DELIVERY
    return PaymentState.PAID


def _end(order: Order) -> PaymentState:
    refunds = _refunds(order)
    if _due(order) or not all(refund.is_done for refund in refunds):
        return PaymentState.GOING_BACK
    if refunds:
        return PaymentState.GIVEN_BACK
    reasons = [change.reason for change in order.history.all()]
    if reasons and reasons[-1] == OrderStatusChange.Reason.EXPIRED:
        return PaymentState.EXPIRED
    return PaymentState.NOTHING


def _due(order: Order) -> Decimal:
    due = (p.left for p in order.payments.all() if p.status == "refund_due")
    return sum(due, Decimal(0))


def _refunds(order: Any) -> list[Given]:
    # Goods that were never paid for come back without money.
    return [
        Given(refund.amount, refund.created_at, refund.status == "succeeded")
        for refund in order.refunds.all()
        if refund.amount
    ]


def _transfer(order: Order) -> dict[str, str]:
    waits = order.status == Order.Status.PENDING
    if not waits or order.payment_method != Order.PaymentMethod.TRANSFER:
        return {}
    return {
        "seller": settings.SHOP_SELLER_NAME,
        "bin": settings.SHOP_SELLER_BIN,
        "details": settings.SHOP_BANK_DETAILS,
    }
