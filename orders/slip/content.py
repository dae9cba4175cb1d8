"""What stands on an order slip, in words and prices ready to be read."""

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from django.conf import settings
from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from orders.models import Order, OrderItem
from shop.money import format_price, to_money
from shop.phones import display_phone


class Fact(NamedTuple):
    label: str
    value: str


class Line(NamedTuple):
    position: int
    name: str
    sku: str
    price: str
    quantity: int
    subtotal: str


class Amount(NamedTuple):
    label: str
    amount: str
    is_total: bool = False


@dataclass(frozen=True)
class Slip:
    """A slip's texts as people wrote them: whoever shows them escapes them."""

    number: int
    title: str
    notice: str
    shop: str
    seller: list[Fact]
    facts: list[Fact]
    comment: str
    lines: list[Line]
    amounts: list[Amount]
    # Empty when the shop names no rate.
    vat: str


def slip_of(order: Order) -> Slip:
    """The order's slip in the active language; asks for the lines, and no more."""
    return Slip(
        number=order.number,
        title=_("Order slip № %(number)s") % {"number": order.number},
        notice=_("This is not a fiscal receipt."),
        shop=settings.SHOP_NAME,
        seller=_seller(),
        facts=_facts(order),
        # A comment may be a thousand ends of lines, which is a lot of paper.
        comment=re.sub(r"\n\s*\n", "\n\n", order.comment.strip()),
        lines=[_line(n, item) for n, item in enumerate(order.items.all(), start=1)],
        amounts=_amounts(order),
        vat=_vat(order),
    )


def vat_within(amount: Decimal, rate: Decimal) -> Decimal:
    """The VAT that an amount includes, ₸; the rate is in percent."""
    return to_money(amount * rate / (100 + rate))


def _seller() -> list[Fact]:
    return _known(
        Fact(_("Seller"), settings.SHOP_SELLER_NAME),
        Fact(_("BIN/IIN"), settings.SHOP_SELLER_BIN),
        Fact(_("Address"), settings.SHOP_SELLER_ADDRESS),
        Fact(_("Phone"), display_phone(settings.SHOP_SELLER_PHONE)),
        Fact(_("E-mail"), settings.SHOP_SELLER_EMAIL),
    )


def _facts(order: Order) -> list[Fact]:
    placed = date_format(timezone.localtime(order.created_at), "DATETIME_FORMAT")
    return _known(
        Fact(_("Placed"), placed),
        Fact(_("Status"), capfirst(order.get_status_display())),
        Fact(_("Customer"), order.full_name),
        Fact(_("Phone"), display_phone(order.phone)),
        Fact(_("E-mail"), order.email),
        Fact(_("Delivery"), order.delivery_name),
        Fact(_("Address"), order.address),
        Fact(_("Payment"), capfirst(order.get_payment_method_display())),
    )


def _known(*facts: Fact) -> list[Fact]:
    return [fact for fact in facts if fact.value]


def _line(position: int, item: OrderItem) -> Line:
    return Line(
        position=position,
        name=item.name,
        sku=item.sku,
        price=format_price(item.price),
        quantity=item.quantity,
        subtotal=format_price(item.subtotal),
    )


def _amounts(order: Order) -> list[Amount]:
    delivery = order.delivery_price
    amounts = [
        Amount(_("Goods"), format_price(order.goods_total)),
        Amount(_("Delivery"), format_price(delivery) if delivery else _("free")),
        Amount(_("In total"), format_price(order.total), is_total=True),
    ]
    if order.refunded:
        left = order.total - order.refunded
        amounts += [
            Amount(_("Refunded"), format_price(order.refunded)),
            Amount(_("Left after refunds"), format_price(left), is_total=True),
        ]
    return amounts


def _vat(order: Order) -> str:
    rate = settings.SHOP_VAT_RATE
    if rate is None:
        return ""
    included = vat_within(order.total - order.refunded, rate)
    return _("VAT %(rate)s %% included: %(amount)s") % {
        "rate": number_format(rate.normalize()),
        "amount": format_price(included),
    }
