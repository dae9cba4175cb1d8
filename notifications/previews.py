"""Letters to look at: of the newest real order, or of one that is made up."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from accounts.services import reset_letter
from catalog.models import Product
from notifications import contents
from notifications.composing import as_message
from notifications.models import Letter
from orders.models import Order, OrderItem, OrderStatusChange
from orders.payment_state import READS
from payments.models import Payment, Refund
from shop.ids import new_id
from shop.mail import absolute_url

Kind = Letter.Kind
Status = Order.Status
PASSWORD_RESET = "password_reset"  # noqa: S105 - the letter's name  # nosec B105
KINDS = {
    **{kind.value: kind.label for kind in Kind},
    PASSWORD_RESET: gettext_lazy("new password"),
}
# Which real orders each letter can be about, and the state of a made-up one.
REAL: dict[str, Q] = {
    Kind.ORDER_PLACED: Q(),
    Kind.STAFF_ORDER: Q(),
    Kind.ORDER_PAID: Q(payments__status=Payment.Status.SUCCEEDED),
    Kind.ORDER_SHIPPED: Q(status__in=[Status.SHIPPED, Status.COMPLETED]),
    Kind.ORDER_CANCELED: Q(status=Status.CANCELED),
    Kind.ORDER_REFUNDED: Q(status=Status.REFUNDED),
}
MADE_UP = {
    Kind.ORDER_PAID: Status.PAID,
    Kind.ORDER_SHIPPED: Status.SHIPPED,
    Kind.ORDER_CANCELED: Status.CANCELED,
    Kind.ORDER_REFUNDED: Status.REFUNDED,
}


def preview_of(kind: str, viewer: User) -> EmailMultiAlternatives:
    """The letter as it would be sent now, in the active language.

    Real orders and products only for who may see them; all else is made up, and no
    such row is ever in the database. The viewer stands for the reader.
    """
    if kind == PASSWORD_RESET:
        # No token: whoever looks at the page does not get one for an account.
        path = reverse("accounts:password-reset-confirm", args=["…", "…"])
        return reset_letter(viewer.email, absolute_url(path))
    if kind == Kind.WELCOME:
        content = contents.welcome(viewer)
    elif kind == Kind.STAFF_LOW_STOCK:
        content = contents.low_stock(_products(viewer), viewer)
    else:
        reader = viewer if kind in Letter.STAFF else None
        content = contents.about_order(kind, _order(kind, viewer), reader)
    return as_message(content, viewer.email)


def _order(kind: str, viewer: User) -> Order:
    order = None
    if viewer.has_perm("orders.view_order"):
        orders = Order.objects.filter(REAL[kind], hidden_at=None)
        order = orders.prefetch_related("items", *READS).first()
    return order or example_order(MADE_UP.get(Kind(kind), Status.PENDING))


def _products(viewer: User) -> list[Product]:
    if viewer.has_perm("catalog.view_product"):
        found = list(Product.objects.low_in_stock()[:3])
        if found:
            return found
    names = [_("Ceramic teapot"), _("Wool blanket")]
    return [
        Product(name=name, sku=f"DEMO-{n}", stock=n) for n, name in enumerate(names, 1)
    ]


def example_order(status: str = Status.PENDING) -> Order:
    """Nobody's: complete enough for every letter, and never saved."""
    transfer = Order.PaymentMethod.TRANSFER
    now = timezone.now()
    order = Order(
        pk=new_id(),
        number=1024,
        status=status,
        email="aliya@example.com",
        full_name=_("Aliya Serikova"),
        phone="+77011234567",
        address=_("Almaty, Abay Avenue 10, flat 5"),
        comment=_("Please call an hour before."),
        payment_method=transfer,
        delivery_name=_("Courier"),
        delivery_price=Decimal(1500),
        currency=settings.SHOP_CURRENCY,
        created_at=now - timedelta(hours=1),
    )
    goods = [(_("Ceramic teapot"), 1, 12_400), (_("Wool blanket"), 2, 18_950)]
    items = [
        OrderItem(
            order=order,
            sku=f"DEMO-{n}",
            name=name,
            price=Decimal(price),
            quantity=quantity,
            subtotal=Decimal(price * quantity),
        )
        for n, (name, quantity, price) in enumerate(goods, 1)
    ]
    order.total = order.delivery_price + sum(item.subtotal for item in items)
    payments, refunds = [], []
    if status != Status.PENDING:
        payment = Payment(
            order=order,
            provider=transfer,
            amount=order.total,
            status=Payment.Status.SUCCEEDED,
            paid_at=now,
        )
        payments.append(payment)
        if status in {Status.CANCELED, Status.REFUNDED}:
            payment.status, payment.refunded = Payment.Status.REFUNDED, order.total
            done = Refund.Status.SUCCEEDED
            refund = Refund(
                order=order, payment=payment, amount=order.total, status=done
            )
            refund.created_at = now
            refunds.append(refund)
    if status == Status.REFUNDED:
        order.refunded = order.total
    history = [OrderStatusChange(order=order, status=status)]
    _remember(order, items=items, payments=payments, refunds=refunds, history=history)
    return order


def _remember(order: Order, **related: list[Any]) -> None:
    """Whoever reads these gets them, as after a prefetch."""
    found: dict[str, Any] = {}
    for name, rows in related.items():
        found[name] = getattr(order, name).all()
        found[name]._result_cache = rows
    order._prefetched_objects_cache = found
