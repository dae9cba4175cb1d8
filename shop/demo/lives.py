"""The lives of the demo orders: what happened to each, and when.

Everything goes through the services, as in a real shop; only the clock is turned back.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Case, DateTimeField, F, QuerySet, Value, When
from django.utils import timezone

from accounts.models import User
from catalog.models import StockEntry
from dashboard.services import day_of, mark_changed
from orders import services as orders
from orders.models import Order, OrderStatusChange
from payments import services as payments
from payments.models import EmulatedCharge, Payment, PaymentEvent, Refund

# Oldest first; C is paid in cash, T by transfer, E online on the emulator's page.
LIVES = [
    *["C completed", "E completed", "T completed", "E second-try", "C completed"] * 3,
    *["T returned", "E completed", "C canceled", "E partly", "C completed"] * 3,
    *["E expired", "T completed", "E spoiled", "C shipped", "T shipped"] * 2,
    *["E late", "C refused", "T processing", "E called-off", "C shipped"] * 2,
    *["E shipped", "C processing", "E processing", "T paid", "C pending"] * 2,
    *["E paid", "T pending", "E declined", "E asked"],
]
# How many of the last are only minutes old: the shop does not wait longer for them.
FRESH = 2
DELIVERED = ["paid", "processing", "shipped", "completed"]
# The steps after the order was placed.
STEPS = {
    "pending": [],
    "paid": DELIVERED[:1],
    "processing": DELIVERED[:2],
    "shipped": DELIVERED[:3],
    "completed": DELIVERED,
    "canceled": ["canceled"],
    # The customer's bank says no, and then yes.
    "declined": ["declined"],
    "second-try": ["declined", *DELIVERED],
    # Nobody has pressed a button on the emulator's page; the money may come too late.
    "asked": ["asked"],
    "expired": ["asked", "expired"],
    "late": ["asked", "expired", "came late", "sent back"],
    # Money that staff have still to give back.
    "called-off": ["paid", "canceled"],
    "partly": [*DELIVERED, "one returned"],
    "returned": [*DELIVERED, "returned"],
    "spoiled": [*DELIVERED, "spoiled"],
    "refused": ["processing", "shipped", "returned"],
}
METHODS = {
    "C": Order.PaymentMethod.CASH,
    "T": Order.PaymentMethod.TRANSFER,
    "E": Order.PaymentMethod.EMULATOR,
}
DAY = timedelta(hours=20)
# What does not take about a day when it happens online.
PAUSES = {
    "asked": timedelta(minutes=1),
    "declined": timedelta(minutes=2),
    "paid": timedelta(minutes=3),
    "expired": timedelta(minutes=30),
    "came late": timedelta(minutes=5),
}
# Where the emulator is not offered, people pay by transfer: nothing is declined then.
ONLY_ONLINE = {"asked", "declined", "came late", "sent back"}


def method_of(life: str) -> Order.PaymentMethod:
    """How the order of this life is paid, as far as the shop offers it."""
    method = METHODS[life[0]]
    offered = method in Order.PaymentMethod.offered()
    return method if offered else Order.PaymentMethod.TRANSFER


def live(
    place: Callable[[], orders.Placed],
    life: str,
    clerk: User | None,
    moment: datetime,
    now: datetime,
) -> None:
    """The order is placed and has lived its life since `moment`, unless it is here."""
    began = [timezone.now()]
    placed = place()
    if not placed.created:
        return
    steps = _steps(placed.order, life)
    for step in steps:
        began.append(timezone.now())
        _take(placed.order, step, clerk)
    moments = _moments(placed.order, steps, moment, now)
    _turn_back(placed.order, list(zip(began, moments, strict=True)))


def _steps(order: Order, life: str) -> list[str]:
    steps = STEPS[life[2:]]
    if order.payment_method == Order.PaymentMethod.CASH:
        # Cash is not paid before the goods are handed over.
        return [step for step in steps if step != "paid"]
    if order.payment_method == Order.PaymentMethod.TRANSFER:
        return [step for step in steps if step not in ONLY_ONLINE]
    return steps


def _moments(
    order: Order, steps: list[str], moment: datetime, now: datetime
) -> list[datetime]:
    """When the order was placed and took each step, all of it before now."""
    online = order.payment_method in Order.ONLINE
    pauses = [PAUSES.get(step, DAY) if online else DAY for step in steps]
    needed = sum(pauses, timedelta())
    # A step takes less when there is not so much time.
    share = min(1.0, 0.9 * ((now - moment) / needed)) if needed else 1.0
    moments = [moment]
    for pause in pauses:
        moments.append(moments[-1] + pause * share)
    return moments


def _take(order: Order, step: str, clerk: User | None) -> None:
    online = order.payment_method in Order.ONLINE
    if step == "paid" and online:
        _answer(payments.start_payment(order.pk), EmulatedCharge.Status.SUCCEEDED)
    elif step == "declined":
        _answer(payments.start_payment(order.pk), EmulatedCharge.Status.FAILED)
    elif step == "asked":
        payments.start_payment(order.pk)
    elif step == "came late":
        payment = Payment.objects.get(order=order)
        _answer(payment, EmulatedCharge.Status.SUCCEEDED)
    elif step == "sent back":
        payment = Payment.objects.get(order=order)
        _send(payments.refund_payment(payment.pk, actor=clerk))
    elif step == "expired" and online:
        orders.cancel_order(order.pk, reason=OrderStatusChange.Reason.EXPIRED)
    elif step in {"canceled", "expired"}:
        orders.cancel_order(order.pk, actor=order.user)
    elif step == "one returned":
        product_id = order.items.all()[0].product_id
        stock = Refund.Stock.PUT_BACK
        _send(
            payments.refund_order(order.pk, {product_id: 1}, stock=stock, actor=clerk)
        )
    elif step in {"returned", "spoiled"}:
        back = step == "returned"
        stock = Refund.Stock.PUT_BACK if back else Refund.Stock.WRITE_OFF
        _send(payments.refund_order(order.pk, stock=stock, actor=clerk))
    else:
        orders.set_status(order.pk, step, actor=clerk)


def _answer(payment: Payment, said: str) -> None:
    """A button of the emulator's page is pressed, and the shop asks which."""
    EmulatedCharge.objects.filter(payment_id=payment.pk).update(status=said)
    payments.ask_provider(payment)


def _send(refund: Refund) -> None:
    # No need to wait for a worker that may not be there.
    payments.send_refund(refund.pk)


def _turn_back(order: Order, times: list[tuple[datetime, datetime]]) -> None:
    """What was written since each real time says the moment of that step instead."""
    own_payments = Payment.objects.filter(order=order)
    rows: list[tuple[QuerySet, list[str]]] = [
        (Order.objects.filter(pk=order.pk), ["created_at", "updated_at"]),
        (OrderStatusChange.objects.filter(order=order), ["created_at"]),
        (StockEntry.objects.filter(order_id=order.pk), ["created_at"]),
        (own_payments, ["created_at", "updated_at", "paid_at"]),
        (PaymentEvent.objects.filter(payment__in=own_payments), ["received_at"]),
        (Refund.objects.filter(order=order), ["created_at", "sent_at"]),
        (
            EmulatedCharge.objects.filter(payment_id__in=own_payments.values("pk")),
            ["created_at"],
        ),
    ]
    with transaction.atomic():
        for found, fields in rows:
            found.update(**{field: _earlier(field, times) for field in fields})
        # Nobody knows that the order is one of that day now.
        mark_changed([day_of(moment) for _, moment in times[:1]])


def _earlier(field: str, times: list[tuple[datetime, datetime]]) -> Case:
    since = [
        When(**{f"{field}__gte": began}, then=Value(moment, DateTimeField()))
        for began, moment in reversed(times)
    ]
    return Case(*since, default=F(field))
