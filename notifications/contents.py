"""What each kind of letter says, in the active language, from what is true now."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import UUID

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.models import User
from catalog.models import Product
from notifications.models import Letter, OptOut
from orders.models import Order
from orders.payment_state import READS, payment_card
from shop.api import may
from shop.mail import absolute_url
from shop.money import format_price

T = TypeVar("T")
Kind = Letter.Kind
SUBJECTS = {
    Kind.ORDER_PLACED: gettext_lazy("Order %(number)s is placed"),
    Kind.ORDER_PAID: gettext_lazy("Order %(number)s is paid"),
    Kind.ORDER_SHIPPED: gettext_lazy("Order %(number)s is shipped"),
    Kind.ORDER_CANCELED: gettext_lazy("Order %(number)s is canceled"),
    Kind.ORDER_REFUNDED: gettext_lazy("Order %(number)s: money back"),
    Kind.STAFF_ORDER: gettext_lazy("New order %(number)s for %(total)s"),
}


class NothingToSay(Exception):
    """The letter is not needed any more; the text says why, to staff."""


@dataclass(frozen=True)
class Content:
    kind: str
    subject: str
    context: dict[str, Any]
    # Who may say no to letters of this kind, if that may be said.
    reader: User | None = None


def read(letter: Letter) -> Content:
    """What the letter says now. Raises NothingToSay."""
    reader = _reader(letter) if letter.kind in Letter.OPTIONAL else None
    if letter.kind == Kind.WELCOME:
        return welcome(_there(reader))
    if letter.kind == Kind.STAFF_LOW_STOCK:
        ids = [UUID(pk) for pk in letter.facts["product_ids"]]
        products = Product.objects.low_in_stock().filter(pk__in=ids)
        return low_stock(list(products), reader)
    orders = Order.objects.prefetch_related("items", *READS)
    order = orders.filter(pk=letter.facts["order_id"]).first()
    return about_order(letter.kind, _there(order), reader)


def about_order(kind: str, order: Order, reader: User | None = None) -> Content:
    """The order must come with its lines and what READS names."""
    names = {"number": order.number, "total": format_price(order.total)}
    # What its owner had hidden is hidden from the link too.
    link = "" if order.hidden_at else absolute_url(order.get_signed_url())
    if kind in Letter.STAFF:
        link = absolute_url(reverse("admin:orders_order_change", args=[order.pk]))
    money = payment_card(order)
    context = {"order": order, "money": money, "link": link}
    return Content(kind, SUBJECTS[Kind(kind)] % names, context, reader)


def welcome(user: User) -> Content:
    """Without the name: whoever registers a stranger's address could write there."""
    subject = _("Welcome to %(SHOP_NAME)s") % {"SHOP_NAME": settings.SHOP_NAME}
    return Content(Kind.WELCOME, subject, {"email": user.email}, user)


def low_stock(products: Sequence[Product], reader: User | None = None) -> Content:
    if not products:
        raise NothingToSay("the products are gone, or there is enough of them again")
    subject = _("Running low: %(name)s") % {"name": products[0].name}
    if (n := len(products)) > 1:
        subject = ngettext(
            "Running low: %(n)s product", "Running low: %(n)s products", n
        ) % {"n": n}
    page = "admin:catalog_product_change"
    rows = [(p, absolute_url(reverse(page, args=[p.pk]))) for p in products]
    return Content(Kind.STAFF_LOW_STOCK, subject, {"rows": rows}, reader)


def _reader(letter: Letter) -> User:
    """Who is written to, if they are there, want it and may know of it."""
    user = _there(User.objects.filter(pk=letter.facts["user_id"]).first())
    if not user.is_active:
        raise NothingToSay("the account is closed")
    if OptOut.objects.filter(user=user, kind=letter.kind).exists():
        raise NothingToSay("the reader wants no such letters")
    permission = Letter.STAFF.get(letter.kind)
    if permission and not may(user, permission):
        raise NothingToSay("the reader may not know of this any more")
    return user


def _there(thing: T | None) -> T:
    if thing is None:
        raise NothingToSay("what the letter is about is gone")
    return thing
