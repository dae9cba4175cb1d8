"""Orders: written as text, listed, looked at, paid and canceled."""

from dataclasses import replace

from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db.models import prefetch_related_objects
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from orders import services as orders
from orders.models import Order
from orders.payment_state import READS, can_pay_online, payment_card
from orders.quick import find_products, parse_lines
from shop.money import format_price
from shop.phones import usable_phone
from telegram_bot import services
from telegram_bot.exceptions import NotSignedIn, OrderNotFound
from telegram_bot.handlers.account import say_usage
from telegram_bot.handlers.words import is_number, numbers
from telegram_bot.keyboards import Keyboard, button, links, pager
from telegram_bot.registry import on_button, on_command
from telegram_bot.talk import Talk

PAGE_SIZE = 8
# What is wrong with an order is said of so many of its lines.
ERRORS = 10


@on_command(
    "order",
    gettext_lazy("order at once"),
    gettext_lazy("1:2,2:1 (number or SKU, quantity)"),
)
def order(talk: Talk, text: str) -> None:
    """All that is written, or nothing."""
    if not text:
        say_usage(talk, "order")
        return
    user = signed_in(talk)
    key = services.order_key(talk.chat, talk.incoming.update_id)
    # Placed by this very message, if whoever answered it died on the way.
    placed = orders.placed_by_key(str(user.pk), key) or _place(talk, user, text, key)
    if placed:
        thank(talk, placed)


def _place(talk: Talk, user: User, text: str, key: str) -> Order | None:
    """The order; or None, and everything that speaks against it has been said."""
    try:
        rows = find_products(parse_lines(text))
    except ValidationError as error:
        wrong = error.messages
    else:
        wrong = [f"{row.written[:80]}: {row.error}" for row in rows if row.error]
    if wrong:
        more = ["…"] if len(wrong) > ERRORS else []
        talk.say("\n".join([_("Nothing was ordered."), *wrong[:ERRORS], *more]))
        return None
    lines = [row.line for row in rows if row.line]
    checkout = orders.Checkout(
        email=user.email,
        full_name=user.full_name,
        phone=usable_phone(user.phone),
        idempotency_key=key,
    )
    try:
        placed = orders.place_order(lines, checkout, owner=str(user.pk), user=user)
    except ValidationError as error:
        # Every way of delivery needs an address, and the account has one.
        address = user.addresses.first()
        if address is None or "address" not in error.message_dict:
            raise
        checkout = replace(checkout, address=address.address)
        placed = orders.place_order(lines, checkout, owner=str(user.pk), user=user)
    return placed.order


@on_command("orders", gettext_lazy("your orders"))
def order_list(talk: Talk, rest: str) -> None:
    _show_orders(talk, 1)


@on_button("orders")
def orders_page(talk: Talk, words: list[str]) -> None:
    [page] = numbers(words, 1)
    _show_orders(talk, page)


@on_button("order")
def order_chosen(talk: Talk, words: list[str]) -> None:
    [number] = numbers(words, 1)
    show_order(talk, own_order(talk, number))


@on_command("cancel", gettext_lazy("cancel an order"), gettext_lazy("order number"))
def cancel(talk: Talk, rest: str) -> None:
    number = rest.removeprefix("№").removeprefix("#").strip()
    if not is_number(number):
        say_usage(talk, "cancel")
        return
    _cancel(talk, own_order(talk, int(number)))


@on_button("cancel")
def cancel_asked(talk: Talk, words: list[str]) -> None:
    [number] = numbers(words, 1)
    order = own_order(talk, number)
    yes = button(_("Yes, cancel it"), "canceled", number)
    text = _("Cancel order %(number)s? This cannot be undone.") % {
        "number": order.number
    }
    talk.show(text, [[yes, button(_("Back"), "order", number)]])


@on_button("canceled")
def cancel_confirmed(talk: Talk, words: list[str]) -> None:
    [number] = numbers(words, 1)
    _cancel(talk, own_order(talk, number))


def signed_in(talk: Talk) -> User:
    """Whose chat this is. NotSignedIn for nobody's."""
    if talk.user is None:
        raise NotSignedIn
    return talk.user


def own_order(talk: Talk, number: int) -> Order:
    """OrderNotFound for somebody else's, too."""
    own = Order.objects.placed_by(signed_in(talk)).prefetch_related("items", *READS)
    order = own.filter(number=number).first()
    if order is None:
        raise OrderNotFound
    return order


def thank(talk: Talk, order: Order) -> None:
    """The order is placed: what was ordered, and how it is paid."""
    prefetch_related_objects([order], "items", *READS)
    thanks = _("Thank you! Order %(number)s is placed.") % {"number": order.number}
    text = "\n".join([thanks, "", _details(order)])
    talk.show(text, _order_keyboard(order))


def show_order(talk: Talk, order: Order) -> None:
    heading = f"{_heading(order)} · {order.get_status_display()}"
    placed = date_format(localtime(order.created_at), "DATETIME_FORMAT")
    rows = _order_keyboard(order)
    rows.append([button(_("My orders"), "orders", 1)])
    talk.show("\n".join([heading, placed, "", _details(order)]), rows)


def _show_orders(talk: Talk, number: int) -> None:
    own = Order.objects.placed_by(signed_in(talk)).order_by("-created_at", "-number")
    page = Paginator(own, PAGE_SIZE).get_page(number)
    if not page.object_list:
        catalog = button(_("Catalog"), "category", "-", 1)
        talk.show(_("You have no orders yet."), [[catalog]])
        return
    lines = [
        f"№ {order.number} · {order.get_status_display()}"
        f" · {format_price(order.total)}"
        f" · {date_format(localtime(order.created_at), 'SHORT_DATE_FORMAT')}"
        for order in page
    ]
    each = [button(f"№ {order.number}", "order", order.number) for order in page]
    rows = [each[first : first + 4] for first in range(0, len(each), 4)]
    rows += pager(page.number, page.paginator.num_pages, "orders")
    talk.show("\n".join([_("My orders"), "", *lines]), rows)


def _cancel(talk: Talk, order: Order) -> None:
    canceled = services.cancel_from(talk.chat, order, signed_in(talk))
    text = _("Order %(number)s is canceled.") % {"number": canceled.number}
    talk.show(text, [[button(_("My orders"), "orders", 1)]])


def _heading(order: Order) -> str:
    return _("Order %(number)s") % {"number": order.number}


def _details(order: Order) -> str:
    money = payment_card(order)
    lines = [
        f"{item.name} × {item.quantity} — {format_price(item.subtotal)}"
        for item in order.items.all()
    ]
    lines.append("")
    if order.delivery_name:
        price = format_price(order.delivery_price)
        lines.append(_("Delivery") + f": {order.delivery_name}, {price}")
    if order.address:
        lines.append(_("Address") + f": {order.address}")
    lines.append(_("Payment") + f": {money.method} ({money.state.label})")
    lines.append(_("Total: %(total)s") % {"total": format_price(order.total)})
    if any(money.transfer.values()):
        lines += ["", *filter(None, money.transfer.values())]
    return "\n".join(lines)


def _order_keyboard(order: Order) -> Keyboard:
    rows: Keyboard = []
    if can_pay_online(order):
        # By the signed link: whoever opens it in a browser is nobody there yet.
        path = reverse("payments:payment", args=[order.pk])
        rows.append(links(_("Pay"), f"{path}?token={order.access_token}"))
    if order.can_be_canceled:
        rows.append([button(_("Cancel the order"), "cancel", order.number)])
    return [row for row in rows if row]
