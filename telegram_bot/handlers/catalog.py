"""The catalog: categories, lists, search, and a product with its buttons."""

import zlib
from typing import Any

from django.core.paginator import Page
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cart.exceptions import ProductNotFound
from catalog.models import Category, Product
from catalog.navigation import branch_to
from catalog.paging import ProductPaginator
from catalog.search.ranking import by_relevance
from catalog.search.readings import MAX_LENGTH
from shop.exceptions import Unavailable
from shop.money import format_price
from telegram_bot import services
from telegram_bot.exceptions import StaleButton
from telegram_bot.handlers.account import say_usage
from telegram_bot.handlers.words import as_id, is_number, numbers, texts
from telegram_bot.keyboards import Button, Keyboard, button, pager
from telegram_bot.registry import on_button, on_command
from telegram_bot.talk import Talk

# Products of a list, and how many of their buttons stand in a row.
PAGE_SIZE, IN_ROW = 8, 4
CATEGORIES = 10
SPECS = 8
# In buttons: all there is, above every category.
ROOT = "-"


@on_command("products", gettext_lazy("the catalog, or a search in it"))
def products(talk: Talk, query: str) -> None:
    if query:
        search(talk, query)
    else:
        _show_list(talk, None, 1)


@on_command("product", gettext_lazy("one product"), gettext_lazy("number or SKU"))
def product(talk: Talk, name: str) -> None:
    if not name:
        say_usage(talk, "product")
        return
    _show_card(talk, _named(name.removeprefix("№").removeprefix("#").strip()))


@on_button("product")
def product_chosen(talk: Talk, words: list[str]) -> None:
    [number] = numbers(words, 1)
    _show_card(talk, _numbered(number))


@on_button("category")
def category_chosen(talk: Talk, words: list[str]) -> None:
    """The categories below this one; where there are none, its products."""
    name, page = texts(words, 2)
    category = _category(name)
    [number] = numbers([page], 1)
    branch = branch_to(category)
    children = branch.children
    if not children:
        _show_list(talk, category, 1)
        return
    pages = -(-len(children) // CATEGORIES)
    number = min(max(number, 1), pages)
    shown = children[(number - 1) * CATEGORIES : number * CATEGORIES]
    rows = [[button(child, "category", child.pk.hex, 1)] for child in shown]
    rows += pager(number, pages, "category", name)
    rows.append([button(_("All products here"), "list", name, 1)])
    rows.append([*_up(category, branch.ancestors), button(_("Cart"), "cart", 1)])
    way = [*branch.ancestors, *([category] if category else [])]
    talk.show(_path(way), rows)


@on_button("list")
def list_chosen(talk: Talk, words: list[str]) -> None:
    name, page = texts(words, 2)
    [number] = numbers([page], 1)
    _show_list(talk, _category(name), number)


def search(talk: Talk, query: str) -> None:
    """What the words find; of a photo or a sticker there are none."""
    query = " ".join(query.split())[:MAX_LENGTH]
    if not query:
        talk.say(_("Please write what you are looking for, or a command: /help"))
        return
    services.remember_search(talk.chat, query)
    _show_found(talk, 1)


@on_button("search")
def search_page(talk: Talk, words: list[str]) -> None:
    """Another page of the chat's last search; older ones are forgotten."""
    digest, page = texts(words, 2)
    if digest != _digest(talk.chat.last_search):
        raise StaleButton
    [number] = numbers([page], 1)
    _show_found(talk, number)


@on_button("card")
def quantity_on_card(talk: Talk, words: list[str]) -> None:
    """A product's − and +, in its own message."""
    number, seen, wanted = numbers(words, 3)
    found = _numbered(number)
    now = change_quantity(talk, found, seen, wanted)
    if now == wanted:
        talk.tell(_("In the cart: %(n)s") % {"n": now})
    talk.show_keyboard(_card_keyboard(found, now))


def change_quantity(talk: Talk, product: Product, seen: int, wanted: int) -> int:
    """The cart has as many pieces as wanted, if it had as many as the button thought.

    So a button that is pressed twice, or comes twice, counts once, and an old one
    spoils nothing. Answers how many there are now.
    """
    have = talk.cart.stored().lines.get(product.pk, 0)
    if have not in (seen, wanted):
        talk.tell(_("The cart has changed meanwhile."))
        return have
    if have != wanted:
        talk.cart.set_quantity(product.pk, wanted)
    return wanted


def _show_list(talk: Talk, category: Category | None, number: int) -> None:
    listed = Product.objects.visible()
    branch = branch_to(category)
    if category:
        listed = listed.in_category(category)
    pages = ProductPaginator(listed, PAGE_SIZE, sparse=category is not None)
    page = pages.get_page(number)
    name = category.pk.hex if category else ROOT
    rows = _product_rows(page)
    rows += pager(page.number, pages.num_pages, "list", name)
    if category and branch.children:
        back = [button(_("Back"), "category", name, 1)]
    else:
        back = _up(category, branch.ancestors)
    if not category and branch.children:
        back = [button(_("Categories"), "category", ROOT, 1)]
    rows.append([*back, button(_("Cart"), "cart", 1)])
    way = [*branch.ancestors, *([category] if category else [])]
    talk.show("\n".join([_path(way), "", *_lines(page)]), rows)


def _show_found(talk: Talk, number: int) -> None:
    query = talk.chat.last_search
    found = Product.objects.visible().matching(query, ranked=True)
    pages = ProductPaginator(by_relevance(found), PAGE_SIZE)
    page = pages.get_page(number)
    heading = _("Search: %(query)s") % {"query": query}
    corrected = found.search.corrected if found.search else ""
    if corrected:
        heading += f" → {corrected}"
    rows = _product_rows(page)
    rows += pager(page.number, pages.num_pages, "search", _digest(query))
    rows.append([button(_("Catalog"), "category", ROOT, 1)])
    talk.show("\n".join([heading, "", *_lines(page)]), rows)


def _lines(page: Page) -> list[str]:
    if not page.object_list:
        return [_("Nothing found")]
    return [
        f"№ {product.number} · {product} — {format_price(product.price)}"
        + ("" if product.stock else " · " + _("Out of stock"))
        for product in page
    ]


def _product_rows(page: Page) -> Keyboard:
    each = [button(f"№ {one.number}", "product", one.number) for one in page]
    return [each[first : first + IN_ROW] for first in range(0, len(each), IN_ROW)]


def _path(way: list[Category]) -> str:
    return " › ".join([_("Catalog"), *(str(category) for category in way)])


def _up(category: Category | None, ancestors: list[Category]) -> list[Button]:
    if category is None:
        return []
    above = ancestors[-1].pk.hex if ancestors else ROOT
    return [button(_("Back"), "category", above, 1)]


def _category(name: str) -> Category | None:
    if name == ROOT:
        return None
    # A button may be older than the day on which its category was hidden.
    category = Category.objects.visible().filter(pk=as_id(name)).first()
    if category is None:
        raise StaleButton
    return category


def _digest(query: str) -> str:
    return f"{zlib.crc32(query.encode()):08x}"


def _named(name: str) -> Product:
    """By its number, else by its SKU."""
    visible = Product.objects.visible().with_details().select_related("template")
    found = None
    if is_number(name):
        found = visible.filter(number=int(name)).first()
    found = found or visible.filter(sku=name).first()
    if found is None:
        raise ProductNotFound
    return found


def _numbered(number: int) -> Product:
    products = Product.objects.visible().with_details().select_related("template")
    found = products.filter(number=number).first()
    if found is None:
        raise StaleButton
    return found


def _show_card(talk: Talk, product: Product) -> None:
    try:
        quantity = talk.cart.stored().lines.get(product.pk, 0)
    except Unavailable:
        # The product can be looked at; the button will say what is wrong.
        quantity = 0
    keyboard = _card_keyboard(product, quantity)
    talk.picture(product.main_image, _card_text(product), keyboard)


def _card_text(product: Product) -> str:
    price = format_price(product.price)
    if product.is_on_sale and product.compare_at_price is not None:
        before = format_price(product.compare_at_price)
        price = _("%(price)s (before: %(before)s)") % {"price": price, "before": before}
    stock = _("In stock: %(n)s") % {"n": product.stock}
    lines = [
        str(product),
        f"№ {product.number} · {product.sku}",
        "",
        price,
        stock if product.stock else _("Out of stock"),
    ]
    specs = [f"{label}: {value}" for label, value in product.specs[:SPECS]]
    for more in (specs, [product.description]):
        if any(more):
            lines += ["", *more]
    return "\n".join(lines)


def _card_keyboard(product: Product, quantity: int) -> Keyboard:
    def to(wanted: int, label: Any) -> Button:
        return button(label, "card", product.number, quantity, wanted)

    cart = button(_("Cart"), "cart", 1)
    if quantity:
        row = [to(quantity - 1, "−"), button(quantity, "cart", 1)]
        if quantity < product.stock:
            row.append(to(quantity + 1, "+"))
        return [row, [cart]]
    if product.stock:
        return [[to(1, _("Add to cart"))], [cart]]
    return [[cart]]
