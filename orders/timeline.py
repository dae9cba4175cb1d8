"""An order's life as a shopper reads it: what happened, and what comes next."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from operator import attrgetter
from typing import Any

from django.utils.translation import gettext as _

from orders.models import Order

# A life without accidents.
WAY = [
    Order.Status.PENDING,
    Order.Status.PAID,
    Order.Status.PROCESSING,
    Order.Status.SHIPPED,
    Order.Status.COMPLETED,
]


@dataclass(frozen=True)
class Step:
    """Something that happened, and when (None: it still lies ahead)."""

    # A status of orders; or what money did: "declined", "arrived", "given_back".
    status: str
    label: str
    at: datetime | None = None
    is_current: bool = False
    is_money: bool = False
    reason: str = ""
    amount: Decimal | None = None


def timeline(order: Order) -> list[Step]:
    """What became of the order and its money, then what is left of a usual life."""
    payments = _related(order, "payments")
    # Goods that were never paid for come back without money.
    refunds = [refund for refund in _related(order, "refunds") if refund.amount]
    steps = [
        Step(
            change.status,
            change.get_status_display(),
            change.created_at,
            reason=change.told_reason,
        )
        for change in order.history.all()
    ]
    if steps:
        steps[-1] = replace(steps[-1], is_current=True)
    _join_payment(steps, payments)
    _join_refund(steps, refunds)
    steps += [*_payment_steps(payments), *_refund_steps(refunds)]
    return sorted(steps, key=attrgetter("at")) + _ahead(order)


def _join_payment(steps: list[Step], payments: list[Any]) -> None:
    """The money that made the order paid stands in that step, not beside it."""
    made = (Order.Status.PAID, Order.Status.COMPLETED)
    at = next((n for n, step in enumerate(steps) if step.status in made), None)
    came = [payment for payment in payments if payment.paid_at]
    if at is None or not came:
        return
    moment = steps[at].at
    # Both were written in one transaction, so nothing else came nearer.
    own = min(came, key=lambda payment: abs(payment.paid_at - moment))
    payments.remove(own)
    steps[at] = replace(steps[at], amount=own.amount)


def _join_refund(steps: list[Step], refunds: list[Any]) -> None:
    """The same for the refund with which the whole order became refunded."""
    own = [refund for refund in refunds if not refund.is_surplus]
    if own and steps and steps[-1].status == Order.Status.REFUNDED:
        refunds.remove(own[-1])
        steps[-1] = replace(steps[-1], amount=own[-1].amount)


def _payment_steps(payments: list[Any]) -> Iterator[Step]:
    for payment in payments:
        amount = payment.amount
        if payment.paid_at:
            label, at = _("payment arrived"), payment.paid_at
            yield Step("arrived", label, at, is_money=True, amount=amount)
        elif payment.status == "failed":
            label, at = _("payment declined"), payment.updated_at
            yield Step("declined", label, at, is_money=True, amount=amount)


def _refund_steps(refunds: list[Any]) -> Iterator[Step]:
    for refund in refunds:
        done = refund.status == "succeeded"
        label = _("money given back") if done else _("money is on its way back")
        yield Step(
            "given_back", label, refund.created_at, is_money=True, amount=refund.amount
        )


def _related(order: Any, name: str) -> list[Any]:
    # What payments and refunds are is known further up.
    return list(getattr(order, name).all())


def _ahead(order: Order) -> list[Step]:
    if order.status not in WAY:
        return []
    ahead = WAY[WAY.index(Order.Status(order.status)) + 1 :]
    # Cash is paid at the door, which is no step of its own.
    if order.payment_method == Order.PaymentMethod.CASH:
        ahead = [status for status in ahead if status != Order.Status.PAID]
    return [Step(status, str(status.label)) for status in ahead]
