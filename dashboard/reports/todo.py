"""What waits for somebody: counted no further than people count, the oldest named.

Every question is answered from an index of what is undone, so that it costs the same
whatever has been done before. What a task leads to is the list with just these rows.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy, ngettext

from catalog.models import Product
from dashboard.reports.cover import STOCK_RIGHTS
from events.models import Delivery, OutboxMessage
from notifications.models import Letter
from orders.models import Order
from payments.models import Payment, Refund
from shop.api import may
from shop.money import format_price

# Counted up to here; so many are named.
MOST, SHOWN = 100, 5
# Rows of a task in its file.
WHOLE = 1000

Status = Order.Status


@dataclass(frozen=True)
class Waiting:
    """One thing that waits: what it is called, a word about it, and its page."""

    name: str
    note: str
    since: datetime | None
    address: str


@dataclass(frozen=True)
class Kind:
    """One sort of thing that waits, for whoever holds all these rights."""

    code: str
    title: Any
    rights: tuple[str, ...]
    # The rows that have waited since before the moment, the oldest first.
    find: Callable[[datetime], QuerySet[Any]]
    named: Callable[[Any], Waiting]
    # The list of the back office, and what narrows it to these rows.
    page: str
    query: Callable[[datetime], dict[str, Any]] = field(default=lambda now: {})

    def address(self, now: datetime) -> str:
        query = urlencode(self.query(now))
        address = reverse(f"admin:{self.page}")
        return f"{address}?{query}" if query else address


@dataclass(frozen=True)
class Task:
    """How many of a kind wait, and the oldest of them."""

    code: str
    title: str
    count: int
    is_more: bool
    address: str
    rows: list[Waiting]

    @property
    def count_shown(self) -> str:
        return f"{self.count}+" if self.is_more else str(self.count)


def todo_for(user: Any) -> list[Task]:
    """What waits of all that the user may see; a query a kind, however much waits."""
    now = _now()
    tasks = []
    for kind in kinds_for(user):
        found = list(kind.find(now)[: MOST + 1])
        if found:
            tasks.append(
                Task(
                    kind.code,
                    str(kind.title),
                    min(len(found), MOST),
                    len(found) > MOST,
                    kind.address(now),
                    [kind.named(row) for row in found[:SHOWN]],
                )
            )
    return tasks


def kinds_for(user: Any) -> list[Kind]:
    return [kind for kind in KINDS if all(may(user, right) for right in kind.rights)]


def everything_for(user: Any) -> Iterator[tuple[Kind, Waiting]]:
    """The same thing by thing, WHOLE of a kind at most."""
    now = _now()
    for kind in kinds_for(user):
        for row in kind.find(now)[:WHOLE].iterator(chunk_size=WHOLE):
            yield kind, kind.named(row)


def _now() -> datetime:
    """By the minute, so that a list can be asked for the same moment."""
    return timezone.now().replace(second=0, microsecond=0)


# --- Orders ---------------------------------------------------------------------------


def unpaid_before(now: datetime) -> datetime:
    return now - timedelta(days=settings.ORDER_UNPAID_DAYS)


def late_before(now: datetime) -> datetime:
    return now - timedelta(days=settings.ORDER_LATE_DAYS)


def _open() -> QuerySet[Order]:
    """As the index `order_open` has them, and in its order: the oldest first."""
    return _named(Order.objects.filter(status__in=Order.OPEN))


def _named(orders: QuerySet[Order]) -> QuerySet[Order]:
    wanted = ("number", "full_name", "email", "status", "created_at")
    return orders.order_by("number").only(*wanted)


def _unpaid(now: datetime) -> QuerySet[Order]:
    waiting = _open().filter(status=Status.PENDING, created_at__lt=unpaid_before(now))
    return waiting.exclude(payment_method=Order.PaymentMethod.CASH)


def _unpaid_query(now: datetime) -> dict[str, Any]:
    methods = [m for m in Order.PaymentMethod.values if m != Order.PaymentMethod.CASH]
    return {
        "status__exact": Status.PENDING.value,
        "payment_method__in": ",".join(methods),
        "created_at__lt": unpaid_before(now).isoformat(sep=" "),
    }


# Paid, and not sent yet.
_LATE = (Status.PAID, Status.PROCESSING)


def _late(now: datetime) -> QuerySet[Order]:
    return _open().filter(status__in=_LATE, created_at__lt=late_before(now))


def _late_query(now: datetime) -> dict[str, Any]:
    return {
        "status__in": ",".join(status.value for status in _LATE),
        "created_at__lt": late_before(now).isoformat(sep=" "),
    }


def _to_pack(now: datetime) -> QuerySet[Order]:
    return _named(Order.objects.to_pack())


def _order(order: Order) -> Waiting:
    note = order.full_name or order.email
    address = reverse("admin:orders_order_change", args=[order.pk])
    return Waiting(str(order), note, order.created_at, address)


# --- Money ----------------------------------------------------------------------------


def _due(now: datetime) -> QuerySet[Payment]:
    due = Payment.objects.filter(status=Payment.Status.REFUND_DUE)
    return due.order_by("created_at").select_related("order")


def _undone(now: datetime) -> QuerySet[Refund]:
    # As the index `refund_open` has them.
    undone = [Refund.Status.PENDING, Refund.Status.FAILED]
    found = Refund.objects.filter(status__in=undone)
    return found.order_by("created_at").select_related("order")


def _payment(payment: Payment) -> Waiting:
    address = reverse("admin:payments_payment_change", args=[payment.pk])
    note = format_price(payment.left)
    return Waiting(str(payment.order), note, payment.created_at, address)


def _refund(refund: Refund) -> Waiting:
    address = reverse("admin:payments_refund_change", args=[refund.pk])
    note = f"{format_price(refund.amount)}, {refund.get_status_display()}"
    return Waiting(str(refund.order), note, refund.created_at, address)


# --- Stock, events, letters -----------------------------------------------------------


def _low(now: datetime) -> QuerySet[Product]:
    return Product.objects.low_in_stock().defer("attributes")


def _product(product: Product) -> Waiting:
    address = reverse("admin:catalog_product_change", args=[product.pk])
    pieces = ngettext("%(n)s piece", "%(n)s pieces", product.stock)
    return Waiting(str(product), pieces % {"n": product.stock}, None, address)


def _events(now: datetime) -> QuerySet[OutboxMessage]:
    parked = OutboxMessage.objects.filter(status=OutboxMessage.Status.PARKED)
    return parked.order_by("id").defer("payload", "last_error")


def _event(message: OutboxMessage) -> Waiting:
    address = reverse("admin:events_outboxmessage_change", args=[message.pk])
    return Waiting(message.event_type, "", message.created_at, address)


def _deliveries(now: datetime) -> QuerySet[Delivery]:
    parked = Delivery.objects.filter(status=Delivery.Status.PARKED)
    return parked.order_by("id").defer("last_error")


def _delivery(delivery: Delivery) -> Waiting:
    address = reverse("admin:events_delivery_change", args=[delivery.pk])
    return Waiting(delivery.subscriber, "", delivery.created_at, address)


def _letters(now: datetime) -> QuerySet[Letter]:
    failed = Letter.objects.filter(status=Letter.Status.FAILED)
    return failed.order_by("id").defer("last_error", "facts")


def _letter(letter: Letter) -> Waiting:
    address = reverse("admin:notifications_letter_change", args=[letter.pk])
    kind = str(letter.get_kind_display())
    return Waiting(kind, letter.recipient, letter.created_at, address)


KINDS = (
    Kind(
        "to-pack", gettext_lazy("To pack"), ("orders.view_order",),
        _to_pack, _order, "orders_order_slips", lambda now: {"all": "on"},
    ),
    Kind(
        "late", gettext_lazy("Late: paid and not sent"), ("orders.view_order",),
        _late, _order, "orders_order_changelist", _late_query,
    ),
    Kind(
        "unpaid", gettext_lazy("Not paid"),
        ("orders.view_order", "payments.view_payment"),
        _unpaid, _order, "orders_order_changelist", _unpaid_query,
    ),
    Kind(
        "refunds-due", gettext_lazy("Money to give back"), ("payments.view_payment",),
        _due, _payment, "payments_payment_changelist",
        lambda now: {"status__exact": Payment.Status.REFUND_DUE.value},
    ),
    Kind(
        "refunds", gettext_lazy("Refunds not done"), ("payments.view_refund",),
        _undone, _refund, "payments_refund_changelist",
        lambda now: {"attention": "yes"},
    ),
    Kind(
        "low-stock", gettext_lazy("Running low"), STOCK_RIGHTS,
        _low, _product, "catalog_product_changelist", lambda now: {"stock": "low"},
    ),
    Kind(
        "events", gettext_lazy("Parked events"), ("events.view_outboxmessage",),
        _events, _event, "events_outboxmessage_changelist",
        lambda now: {"status__exact": OutboxMessage.Status.PARKED.value},
    ),
    Kind(
        "deliveries", gettext_lazy("Parked event deliveries"),
        ("events.view_delivery",),
        _deliveries, _delivery, "events_delivery_changelist",
        lambda now: {"status__exact": Delivery.Status.PARKED.value},
    ),
    Kind(
        "letters", gettext_lazy("Letters that could not be sent"),
        ("notifications.view_letter",),
        _letters, _letter, "notifications_letter_changelist",
        lambda now: {"status__exact": Letter.Status.FAILED.value},
    ),
)  # fmt: skip
