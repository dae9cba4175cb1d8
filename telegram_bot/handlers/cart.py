"""The cart in one message: its lines with − and +, and what they come to."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cart.exceptions import EmptyCart
from cart.services import CartLine
from catalog.models import Product
from shop.money import format_price
from telegram_bot.exceptions import StaleButton
from telegram_bot.handlers.catalog import change_quantity
from telegram_bot.handlers.words import numbers
from telegram_bot.keyboards import Keyboard, button, pager
from telegram_bot.registry import on_button, on_command
from telegram_bot.talk import Talk

LINES = 8


@on_command("cart", gettext_lazy("the cart"))
def cart(talk: Talk, rest: str) -> None:
    show_cart(talk)


@on_button("cart")
def cart_chosen(talk: Talk, words: list[str]) -> None:
    [page] = numbers(words, 1)
    show_cart(talk, page)


@on_button("line")
def quantity_in_cart(talk: Talk, words: list[str]) -> None:
    """A line's − and +; what is off sale can still be taken out."""
    number, seen, wanted, page = numbers(words, 4)
    product = Product.objects.filter(number=number).first()
    if product is None:
        raise StaleButton
    change_quantity(talk, product, seen, wanted)
    show_cart(talk, page)


@on_button("empty")
def empty_cart(talk: Talk, words: list[str]) -> None:
    """Asked once more before everything is gone."""
    yes = button(_("Yes, empty it"), "emptied")
    talk.show(_("Empty the cart?"), [[yes, button(_("Back"), "cart", 1)]])


@on_button("emptied")
def cart_emptied(talk: Talk, words: list[str]) -> None:
    talk.cart.clear()
    show_cart(talk)


def show_cart(talk: Talk, page: int = 1) -> None:
    contents = talk.cart.contents()
    notices = [notice["message"] for notice in contents.notices]
    catalog = button(_("Catalog"), "category", "-", 1)
    if not contents.lines:
        talk.show("\n".join([*notices, str(EmptyCart())]), [[catalog]])
        return
    pages = -(-len(contents.lines) // LINES)
    page = min(max(page, 1), pages)
    shown = contents.lines[(page - 1) * LINES : page * LINES]
    rows: Keyboard = [_line_row(line, page) for line in shown]
    rows += pager(page, pages, "cart")
    rows.append([button(_("Check out"), "checkout")])
    rows.append([catalog, button(_("Empty the cart"), "empty")])
    lines = [_line_text(line) for line in shown]
    total = _("Total: %(total)s") % {"total": format_price(contents.total)}
    talk.show("\n".join([*notices, _("Cart"), "", *lines, "", total]), rows)


def _line_text(line: CartLine) -> str:
    price, subtotal = format_price(line.product.price), format_price(line.subtotal)
    text = f"{line.product} — {line.quantity} × {price} = {subtotal}"
    if line.is_short:
        text += " · " + _("In stock: %(n)s") % {"n": line.product.stock}
    return text


def _line_row(line: CartLine, page: int) -> list[dict[str, str]]:
    product, have = line.product, line.quantity
    known = ("line", product.number, have)
    row = [
        button("−", *known, line.one_less, page),
        button(f"{product} × {have}", "product", product.number),
    ]
    if have < product.stock:
        row.append(button("+", *known, have + 1, page))
    row.append(button("✕", *known, 0, page))
    return row
