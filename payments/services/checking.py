"""Proof that orders, their history, their money and their stock tell one story."""

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import (
    Case,
    Exists,
    F,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    Value,
    When,
    Window,
)
from django.db.models.functions import Coalesce, Lag
from django.utils.translation import gettext as _

from catalog.models import StockEntry
from orders import services as orders
from orders.models import Order, OrderItem, OrderStatusChange
from payments.models import Payment, Refund, RefundItem
from payments.services.settling import call_back, settling_payment, withdraw
from shop.repair import Finding

Status = Order.Status
Paid = Payment.Status
ZERO = Decimal(0)
# What each repair does to a locked order; it says whether all is well afterwards.
Repair = Callable[[Order], bool]
Wrong = Iterator[tuple[Order, str]]


def check_orders(*, fix: bool = False) -> Iterator[Finding]:
    """Everything that does not add up, as sentences; nothing, when all is well.

    With `fix`, what can only be mended in one way is mended. Queries: constant, and one
    more for each repair.
    """
    for rule, repair in RULES:
        for order, text in list(rule()):
            told = _("Order %(number)s: %(text)s") % {
                "number": order.number,
                "text": text,
            }
            yield Finding(
                told, fixed=fix and repair is not None and _mend(order, repair)
            )


def _mend(order: Order, repair: Repair) -> bool:
    with transaction.atomic():
        return repair(orders.lock_order(order.pk))


def _grouped(rows: QuerySet, link: str, field: str) -> QuerySet:
    """One row: the sum of a field over rows that belong together."""
    return rows.order_by().values(link).annotate(sum=Sum(field)).values("sum")


def _money(rows: QuerySet, link: str, field: str) -> Coalesce:
    """The same for the rows of each order, or payment, ₸; 0 for none."""
    own = rows.filter(**{link: OuterRef("pk")})
    return Coalesce(Subquery(_grouped(own, link, field)), ZERO)


# --- Sums -------------------------------------------------------------------------


def _wrong_lines() -> Wrong:
    items = OrderItem.objects.exclude(subtotal=F("price") * F("quantity"))
    for item in items.select_related("order"):
        yield (
            item.order,
            _("the sum of %(sku)s is not its price × quantity") % {"sku": item.sku},
        )


def _wrong_totals() -> Wrong:
    goods = _money(OrderItem.objects.all(), "order", "subtotal")
    wrong = Order.objects.annotate(goods=goods).exclude(
        total=F("goods") + F("delivery_price")
    )
    for order in wrong:
        yield (
            order,
            _("the total is %(total)s, goods and delivery are %(sum)s")
            % {
                "total": order.total,
                "sum": order.goods + order.delivery_price,
            },
        )


def _wrong_refunds() -> Wrong:
    given_back = _money(Refund.objects.filter(is_surplus=False), "order", "amount")
    for order in Order.objects.annotate(sum=given_back).exclude(refunded=F("sum")):
        yield (
            order,
            _("refunded is %(refunded)s, its refunds are %(sum)s")
            % {
                "refunded": order.refunded,
                "sum": order.sum,
            },
        )


def _wrong_payment_sums() -> Wrong:
    given_back = _money(Refund.objects.all(), "payment", "amount")
    payments = Payment.objects.annotate(sum=given_back).exclude(refunded=F("sum"))
    for payment in payments.select_related("order"):
        yield payment.order, _("a payment's refunds do not add up")


# --- History ----------------------------------------------------------------------


def _wrong_last_step() -> Wrong:
    history = OrderStatusChange.objects.filter(order=OuterRef("pk")).order_by("-id")
    last = Coalesce(Subquery(history.values("status")[:1]), Value(""))
    for order in Order.objects.annotate(last=last).exclude(status=F("last")):
        yield (
            order,
            _("it is %(status)s, its history ends with “%(last)s”")
            % {
                "status": order.status,
                "last": order.last,
            },
        )


def _write_last_step(order: Order) -> bool:
    """The order is what it is; its history has missed the last step."""
    last = order.history.order_by("-id").first()
    if last is None or order.status not in order.NEXT[last.status]:
        return last is not None and last.status == order.status
    OrderStatusChange.objects.create(
        order=order, status=order.status, note="check_orders"
    )
    return True


def _wrong_steps() -> Wrong:
    came_from = Window(Lag("status"), partition_by="order_id", order_by="id")
    allowed = Q(came_from=None, status=Status.PENDING)
    for status, following in Order.NEXT.items():
        allowed |= Q(came_from=status, status__in=following)
    changes = OrderStatusChange.objects.annotate(came_from=came_from)
    for change in changes.filter(~allowed).select_related("order"):
        yield (
            change.order,
            _("a step from “%(before)s” to “%(after)s” is not one")
            % {
                "before": change.came_from or "",
                "after": change.status,
            },
        )


# --- Money ------------------------------------------------------------------------


def _has(**fields: Any) -> Exists:
    return Exists(Payment.objects.filter(order=OuterRef("pk"), **fields))


def _unpaid_but_on_its_way() -> Wrong:
    delivered = [Status.PROCESSING, Status.SHIPPED]
    # Cash comes last.
    due = Q(status__in=[Status.PAID, Status.COMPLETED]) | (
        Q(status__in=delivered) & ~Q(payment_method=Order.PaymentMethod.CASH)
    )
    paid = _has(status=Paid.SUCCEEDED, amount=OuterRef("total"))
    for order in Order.objects.filter(due).exclude(paid):
        yield (
            order,
            _("it is %(status)s, and no payment covers it") % {"status": order.status},
        )


def _paid_but_pending() -> Wrong:
    pending = Order.objects.filter(status=Status.PENDING)
    for order in pending.filter(_has(status=Paid.SUCCEEDED)):
        yield order, _("it is paid and still waits for its payment")


def _mark_paid(order: Order) -> bool:
    payment = settling_payment(order)
    if order.status != Status.PENDING or payment is None:
        return False
    if payment.amount != order.total:
        return False
    orders.set_status(order.pk, Status.PAID, note="check_orders")
    return True


def _ended_but_paid() -> Wrong:
    ended = Order.objects.filter(status__in=[Status.CANCELED, Status.REFUNDED])
    for order in ended.filter(_has(status=Paid.SUCCEEDED)):
        yield (
            order,
            _("it is %(status)s, and its payment is not given back")
            % {"status": order.status},
        )


def _give_back(order: Order) -> bool:
    if order.status == Status.CANCELED:
        call_back(order)
    return settling_payment(order) is None


def _ended_but_waiting() -> Wrong:
    ended = Order.objects.filter(status__in=[Status.CANCELED, Status.REFUNDED])
    for order in ended.filter(_has(status=Paid.PENDING)):
        yield (
            order,
            _("it is %(status)s, and a payment is still waited for")
            % {"status": order.status},
        )


def _stop_waiting(order: Order) -> bool:
    if order.status in {Status.CANCELED, Status.REFUNDED}:
        withdraw(order)
    return not order.payments.filter(status=Paid.PENDING).exists()


def _wrong_payment_states() -> Wrong:
    """Money that came has a time; what is called given back is given back whole."""
    came = Q(status__in=[Paid.SUCCEEDED, Paid.REFUND_DUE, Paid.REFUNDED])
    back = Q(status=Paid.REFUNDED)
    wrong = (
        (came & Q(paid_at=None))
        | (~came & (Q(paid_at__isnull=False) | Q(refunded__gt=0)))
        | (back & Q(refunded__lt=F("amount")))
    )
    for payment in Payment.objects.filter(wrong).select_related("order"):
        yield (
            payment.order,
            _("a payment is “%(status)s”, and its figures are not")
            % {"status": payment.status},
        )


# --- Stock ------------------------------------------------------------------------


def _wrong_stock() -> Wrong:
    """What the ledger has moved for a line is what the line says.

    A deleted product has no ledger any more.
    """
    ledger = StockEntry.objects.filter(
        order_id=OuterRef("order_id"), product=OuterRef("product_id")
    )
    returned = RefundItem.objects.filter(
        order_item=OuterRef("pk"), refund__stock=Refund.Stock.PUT_BACK
    )
    items = OrderItem.objects.annotate(
        moved=Subquery(_grouped(ledger, "product", "delta")),
        put_back=Coalesce(Subquery(_grouped(returned, "order_item", "quantity")), 0),
        # A canceled order keeps only what was refunded before it.
        kept=Case(
            When(order__status=Status.CANCELED, then=F("refunded_quantity")),
            default=F("quantity"),
        ),
    )
    wrong = items.exclude(moved=None).exclude(moved=F("put_back") - F("kept"))
    for item in wrong.select_related("order"):
        yield (
            item.order,
            _("the ledger has moved %(moved)s of %(sku)s")
            % {
                "sku": item.sku,
                "moved": item.moved,
            },
        )


def _stock_without_a_line() -> Wrong:
    lines = OrderItem.objects.filter(
        order=OuterRef("order_id"), product=OuterRef("product_id")
    )
    ledger = StockEntry.objects.exclude(order_id=None).order_by()
    moved = ledger.values("order_id", "product__sku").annotate(
        moved=Sum("delta"), has_line=Exists(lines)
    )
    wrong = list(moved.filter(has_line=False).exclude(moved=0))
    found = Order.objects.in_bulk([row["order_id"] for row in wrong])
    for row in wrong:
        if order := found.get(row["order_id"]):
            yield (
                order,
                _("the ledger has moved %(moved)s of %(sku)s")
                % {
                    "sku": row["product__sku"],
                    "moved": row["moved"],
                },
            )


# Each rule, and how it is mended where there is only one way.
RULES: list[tuple[Callable[[], Wrong], Repair | None]] = [
    (_wrong_lines, None),
    (_wrong_totals, None),
    (_wrong_refunds, None),
    (_wrong_payment_sums, None),
    (_wrong_last_step, _write_last_step),
    (_wrong_steps, None),
    (_paid_but_pending, _mark_paid),
    (_unpaid_but_on_its_way, None),
    (_ended_but_paid, _give_back),
    (_ended_but_waiting, _stop_waiting),
    (_wrong_payment_states, None),
    (_wrong_stock, None),
    (_stock_without_a_line, None),
]
