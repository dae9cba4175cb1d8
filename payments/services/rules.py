"""What must hold of orders, their history, their money and their stock.

Each rule answers with the orders that break it and a sentence for each. The number of
its queries does not depend on the number of orders.
"""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from django.db.models import (
    Case,
    Exists,
    F,
    Max,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    Value,
    When,
    Window,
)
from django.db.models.functions import Coalesce, Lag, Round
from django.utils.translation import gettext as _

from catalog.models import Product, StockEntry
from orders.models import Order, OrderItem, OrderStatusChange
from payments.models import Payment, PaymentEvent, Refund, RefundItem
from shop.money import to_money

Status = Order.Status
Paid = Payment.Status
ENDED = [Status.CANCELED, Status.REFUNDED]
CAME = [Paid.SUCCEEDED, Paid.REFUND_DUE, Paid.REFUNDED]
ZERO = Decimal(0)
Wrong = Iterator[tuple[Order, str]]


def _grouped(rows: QuerySet, link: str, field: str) -> QuerySet:
    """One row: the sum of a field over rows that belong together."""
    return rows.order_by().values(link).annotate(sum=Sum(field)).values("sum")


def _amount(expression: Any) -> Round:
    """Whole cents: SQLite reckons in floating point, where 3 × 1.10 is not 3.30."""
    return Round(expression, precision=2)


def _money(rows: QuerySet, link: str, field: str) -> Coalesce:
    """The sum over the rows of each order, or payment, ₸; 0 for none."""
    own = rows.filter(**{link: OuterRef("pk")})
    return Coalesce(_amount(Subquery(_grouped(own, link, field))), ZERO)


def _has(**fields: Any) -> Exists:
    return Exists(Payment.objects.filter(order=OuterRef("pk"), **fields))


# --- Sums -------------------------------------------------------------------------


def wrong_lines() -> Wrong:
    right = _amount(F("price") * F("quantity"))
    for item in OrderItem.objects.exclude(subtotal=right).select_related("order"):
        text = _("the sum of %(sku)s is not its price × quantity")
        yield item.order, text % {"sku": item.sku}


def wrong_totals() -> Wrong:
    goods = _money(OrderItem.objects.all(), "order", "subtotal")
    orders = Order.objects.annotate(sum=_amount(goods + F("delivery_price")))
    for order in orders.exclude(total=F("sum")):
        text = _("the total is %(total)s, goods and delivery are %(sum)s")
        yield order, text % {"total": order.total, "sum": to_money(order.sum)}


def wrong_refunds() -> Wrong:
    given_back = _money(Refund.objects.filter(is_surplus=False), "order", "amount")
    for order in Order.objects.annotate(sum=given_back).exclude(refunded=F("sum")):
        text = _("refunded is %(refunded)s, its refunds are %(sum)s")
        yield order, text % {"refunded": order.refunded, "sum": to_money(order.sum)}


def wrong_payment_sums() -> Wrong:
    given_back = _money(Refund.objects.all(), "payment", "amount")
    payments = Payment.objects.annotate(sum=given_back).exclude(refunded=F("sum"))
    for payment in payments.select_related("order"):
        yield payment.order, _("a payment's refunds do not add up")


def wrong_refunded_lines() -> Wrong:
    own = RefundItem.objects.filter(order_item=OuterRef("pk"))
    pieces = Coalesce(Subquery(_grouped(own, "order_item", "quantity")), 0)
    items = OrderItem.objects.annotate(sum=pieces).exclude(refunded_quantity=F("sum"))
    for item in items.select_related("order"):
        text = _("%(refunded)s of %(sku)s are refunded, by its refunds %(sum)s")
        words = {"refunded": item.refunded_quantity, "sku": item.sku, "sum": item.sum}
        yield item.order, text % words


def wrong_refund_sums() -> Wrong:
    right = _amount(F("order_item__price") * F("quantity"))
    for item in RefundItem.objects.exclude(amount=right).select_related(
        "refund__order", "order_item"
    ):
        text = _("the refund of %(sku)s is not its price × quantity")
        yield item.refund.order, text % {"sku": item.order_item.sku}


def mixed_up_refunds() -> Wrong:
    """A refund, its payment and its lines are of one order."""
    strange_lines = RefundItem.objects.filter(refund=OuterRef("pk")).exclude(
        order_item__order=OuterRef("order")
    )
    strange_payment = Q(payment__isnull=False) & ~Q(payment__order=F("order"))
    wrong = Refund.objects.filter(strange_payment | Exists(strange_lines))
    for refund in wrong.select_related("order"):
        yield refund.order, _("a refund is of another order's money or goods")


# --- History ----------------------------------------------------------------------


def wrong_last_step() -> Wrong:
    text = _("it is %(status)s, its history ends with “%(last)s”")
    # Grouped: asked for each order by itself, PostgreSQL may read the whole table.
    by_order = OrderStatusChange.objects.order_by().values("order")
    last = by_order.annotate(last=Max("pk")).values("last")
    wrong = OrderStatusChange.objects.filter(pk__in=last)
    for change in wrong.exclude(status=F("order__status")).select_related("order"):
        order = change.order
        yield order, text % {"status": order.status, "last": change.status}
    for order in Order.objects.exclude(
        Exists(OrderStatusChange.objects.filter(order=OuterRef("pk")))
    ):
        yield order, text % {"status": order.status, "last": ""}


def wrong_steps() -> Wrong:
    before = Lag("status", default=Value(""))
    came_from = Window(before, partition_by="order_id", order_by="id")
    allowed = Q(came_from="", status=Status.PENDING)
    for status, following in Order.NEXT.items():
        allowed |= Q(came_from=status, status__in=following)
    changes = OrderStatusChange.objects.annotate(came_from=came_from)
    for change in changes.filter(~allowed).select_related("order"):
        text = _("a step from “%(before)s” to “%(after)s” is not one")
        words = {"before": change.came_from, "after": change.status}
        yield change.order, text % words


# --- Money ------------------------------------------------------------------------


def unpaid_but_on_its_way() -> Wrong:
    delivered = [Status.PROCESSING, Status.SHIPPED]
    # Cash comes last.
    due = Q(status__in=[Status.PAID, Status.COMPLETED]) | (
        Q(status__in=delivered) & ~Q(payment_method=Order.PaymentMethod.CASH)
    )
    paid = _has(
        status=Paid.SUCCEEDED, amount=OuterRef("total"), currency=OuterRef("currency")
    )
    for order in Order.objects.filter(due).exclude(paid):
        text = _("it is %(status)s, and no payment covers it")
        yield order, text % {"status": order.status}


def paid_but_pending() -> Wrong:
    pending = Order.objects.filter(status=Status.PENDING)
    for order in pending.filter(_has(status=Paid.SUCCEEDED)):
        yield order, _("it is paid and still waits for its payment")


def ended_but_paid() -> Wrong:
    ended = Order.objects.filter(status__in=ENDED)
    for order in ended.filter(_has(status=Paid.SUCCEEDED)):
        text = _("it is %(status)s, and its payment is not given back")
        yield order, text % {"status": order.status}


def needless_waiting() -> Wrong:
    settled = Q(status__in=ENDED) | _has(status=Paid.SUCCEEDED)
    for order in Order.objects.filter(settled).filter(_has(status=Paid.PENDING)):
        yield order, _("its money is settled, and a payment is still waited for")


def unheard_success() -> Wrong:
    said = PaymentEvent.objects.filter(
        payment=OuterRef("pk"), said=PaymentEvent.Said.SUCCEEDED
    )
    payments = Payment.objects.exclude(status__in=CAME).filter(Exists(said))
    for payment in payments.select_related("order"):
        text = _("its provider has said that a payment is here, and it is “%(status)s”")
        yield payment.order, text % {"status": payment.status}


def wrong_payment_states() -> Wrong:
    """Money that came has a time; what is called given back is given back whole."""
    came, back = Q(status__in=CAME), Q(status=Paid.REFUNDED)
    due = Q(status=Paid.REFUND_DUE, amount__gt=0)
    wrong = (
        (came & Q(paid_at=None))
        | (~came & (Q(paid_at__isnull=False) | Q(refunded__gt=0)))
        | (back & Q(refunded__lt=F("amount")))
        | (due & Q(refunded=F("amount")))
    )
    for payment in Payment.objects.filter(wrong).select_related("order"):
        text = _("a payment is “%(status)s”, and its figures are not")
        yield payment.order, text % {"status": payment.status}


# --- Goods ------------------------------------------------------------------------


def half_refunded() -> Wrong:
    """An order is refunded when all of its pieces are, and only then."""
    own = OrderItem.objects.filter(order=OuterRef("pk"))
    kept = Exists(own.filter(refunded_quantity__lt=F("quantity")))
    for order in Order.objects.filter(kept, status=Status.REFUNDED):
        yield order, _("it is refunded, and some of its goods are not")
    rest = Order.objects.exclude(status=Status.REFUNDED)
    for order in rest.filter(Exists(own.filter(refunded_quantity__gt=0)) & ~kept):
        text = _("all its goods are refunded, and it is %(status)s")
        yield order, text % {"status": order.status}


def wrong_stock() -> Wrong:
    """What the ledger has moved for a line is what the line says.

    A deleted product has no ledger any more.
    """
    ledger = StockEntry.objects.filter(
        order_id=OuterRef("order_id"), product=OuterRef("product_id")
    )
    returned = RefundItem.objects.filter(
        order_item=OuterRef("pk"), refund__stock=Refund.Stock.PUT_BACK
    )
    # A canceled order keeps only what was refunded before it.
    kept = Case(
        When(order__status=Status.CANCELED, then=F("refunded_quantity")),
        default=F("quantity"),
    )
    put_back = Coalesce(Subquery(_grouped(returned, "order_item", "quantity")), 0)
    items = OrderItem.objects.annotate(
        moved=Coalesce(Subquery(_grouped(ledger, "product", "delta")), 0),
        due=put_back - kept,
    )
    product = Product.objects.filter(pk=OuterRef("product_id"))
    wrong = items.exclude(moved=F("due")).filter(Exists(product))
    for item in wrong.select_related("order"):
        yield item.order, _moved(item.sku, item.moved, item.due)


def stock_without_a_line() -> Wrong:
    lines = OrderItem.objects.filter(
        order=OuterRef("order_id"), product=OuterRef("product_id")
    )
    ledger = StockEntry.objects.exclude(order_id=None).filter(~Exists(lines))
    moved = ledger.order_by().values("order_id", "product__sku")
    rows = list(moved.annotate(moved=Sum("delta")).exclude(moved=0))
    found = Order.objects.in_bulk([row["order_id"] for row in rows])
    for row in rows:
        if order := found.get(row["order_id"]):
            yield order, _moved(row["product__sku"], row["moved"], 0)


def _moved(sku: str, moved: int, due: int) -> str:
    text = _("the ledger has moved %(moved)s of %(sku)s, and not %(due)s")
    return text % {"sku": sku, "moved": moved, "due": due}
