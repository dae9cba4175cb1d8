"""Proof that orders, their history, their money and their stock tell one story."""

from collections.abc import Callable, Iterator

from django.db import transaction
from django.utils.translation import gettext as _

from orders import services as orders
from orders.models import Order, OrderStatusChange
from payments.models import Payment, PaymentEvent
from payments.services import rules
from payments.services.settling import call_back, settling_payment, take, withdraw
from shop.repair import Finding

Status = Order.Status
NOTE = "check_orders"
# What each repair does to a locked order; it says whether all is well afterwards.
Repair = Callable[[Order], bool]


def check_orders(*, fix: bool = False) -> Iterator[Finding]:
    """Everything that does not add up, as sentences; nothing, when all is well.

    With `fix`, what can only be mended in one way is mended. An order that people have
    to look at for another reason is left as it is: that reason may be this one's too.
    Queries: constant, and some more for each repair.
    """
    found = [(order, text, repair) for rule, repair in RULES for order, text in rule()]
    doubtful = {order.pk for order, _text, repair in found if repair is None}
    for order, text, repair in found:
        told = _("Order %(number)s: %(text)s")
        words = {"number": order.number, "text": text}
        mendable = fix and repair is not None and order.pk not in doubtful
        yield Finding(told % words, fixed=mendable and _mend(order, repair))


def _mend(order: Order, repair: Repair | None) -> bool:
    with transaction.atomic():
        return repair is not None and repair(orders.lock_order(order.pk))


def _last_step(order: Order) -> str:
    last = order.history.order_by("-id").first()
    return last.status if last else ""


def _write_last_step(order: Order) -> bool:
    """Money and goods say what the order says: only its history missed the step."""
    last = _last_step(order)
    if last == order.status:
        return True
    if order.status not in order.NEXT.get(last, set()):
        return False
    OrderStatusChange.objects.create(order=order, status=order.status, note=NOTE)
    return True


def _mark_paid(order: Order) -> bool:
    """The order's money is here: the order follows, and its customer is told."""
    payment = settling_payment(order)
    if order.status != Status.PENDING:
        return payment is not None
    covers = payment is not None and payment.amount == order.total
    if not covers or _last_step(order) != Status.PENDING:
        return False
    orders.set_status(order.pk, Status.PAID, note=NOTE)
    return True


def _call_back(order: Order) -> bool:
    """What was paid for a canceled order is marked: staff give it back."""
    if order.status == Status.CANCELED:
        call_back(order)
    return settling_payment(order) is None


def _stop_waiting(order: Order) -> bool:
    """Money that still comes is given back, so nothing is lost by not waiting."""
    if order.status in rules.ENDED or settling_payment(order):
        withdraw(order)
    return not order.payments.filter(status=Payment.Status.PENDING).exists()


def _hear(order: Order) -> bool:
    """What the provider has said, signed and with the right amount, is applied."""
    if _last_step(order) != order.status:
        return False
    success = PaymentEvent.Said.SUCCEEDED
    unheard = order.payments.filter(events__said=success, paid_at=None)
    for payment in unheard.distinct():
        take(order, payment, success)
    return True


# Each rule, and how it is mended where there is only one way.
RULES: list[tuple[Callable[[], rules.Wrong], Repair | None]] = [
    (rules.wrong_lines, None),
    (rules.wrong_totals, None),
    (rules.wrong_refunds, None),
    (rules.wrong_payment_sums, None),
    (rules.wrong_refunded_lines, None),
    (rules.wrong_refund_sums, None),
    (rules.mixed_up_refunds, None),
    (rules.wrong_last_step, _write_last_step),
    (rules.wrong_steps, None),
    (rules.unheard_success, _hear),
    (rules.paid_but_pending, _mark_paid),
    (rules.unpaid_but_on_its_way, None),
    (rules.ended_but_paid, _call_back),
    (rules.needless_waiting, _stop_waiting),
    (rules.wrong_payment_states, None),
    (rules.half_refunded, None),
    (rules.wrong_stock, None),
    (rules.stock_without_a_line, None),
]
