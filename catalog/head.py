"""What a page of the catalog says of itself in its `<head>`.

To search engines: its description, the one address it should be known by, the same in
other languages. To those who share it: a title, a text, a picture. A page that is not
to be found has no other languages and no structured data; a narrowed list names the
whole one.
"""

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest
from django.templatetags.static import static
from django.utils.html import strip_tags
from django.utils.text import Truncator
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from catalog import seo
from catalog.listing import Listing
from catalog.models import Category, Product, ProductImage
from shop.languages import PARAMETER, asked_language
from shop.money import format_price

SHARED_PICTURE = "img/icons/share.png"
# As Open Graph names them.
LOCALES = {"ru": "ru_RU", "kk": "kk_KZ", "en": "en_US"}
DESCRIPTION_LENGTH = 160


@dataclass
class Head:
    """Addresses are absolute; without `canonical` nothing names the page."""

    title: str
    description: str
    url: str
    picture: str
    kind: str = "website"
    robots: str = ""
    canonical: str = ""
    # (language or x-default, address), each language's own among them.
    languages: list[tuple[str, str]] = field(default_factory=list)
    data: list[dict[str, Any]] = field(default_factory=list)
    price: str = ""
    # What people wait for, and the place where it is shown (`catalog.srcset`).
    hero: ProductImage | None = None
    hero_use: str = "card"
    # Whether the picture is one of goods, to be shown large.
    is_pictured: bool = False

    @property
    def locale(self) -> str:
        return LOCALES[_language()]

    @property
    def other_locales(self) -> list[str]:
        return [name for code, name in LOCALES.items() if code != _language()]


def listing_head(request: HttpRequest, listing: Listing) -> Head:
    """Of a list: filtered ones are followed, and not found themselves."""
    category = listing.category
    hidden = category is not None and not category.is_visible
    number = listing.page.number
    # As a list: each look at the page itself goes through its paginator.
    shown = list(listing.page.object_list)
    first = next(filter(None, (item.main_image for item in shown)), None)
    head = Head(
        title=listing.heading,
        description=_about(category, number),
        url=listing.canonical,
        canonical=listing.canonical,
        picture=_absolute(request, first.address if first else static(SHARED_PICTURE)),
        is_pictured=first is not None,
        hero=shown[0].main_image if shown else None,
    )
    if listing.is_filtered or listing.unknown_category or hidden:
        head.robots = "noindex, follow"
        return head
    _name(head, request, listing.base_path, page=number)
    if category is not None:
        way = [*listing.branch.ancestors, category]
        head.data = [seo.breadcrumb_data(request, way)]
    elif number == 1:
        head.data = [seo.shop_data(request), seo.site_data(request)]
    return head


def product_head(request: HttpRequest, product: Product, way: list[Category]) -> Head:
    path = product.get_absolute_url()
    about = seo.product_data(request, product)
    pictures = about.get("image") or [_absolute(request, static(SHARED_PICTURE))]
    text = " ".join(strip_tags(product.description).split())
    head = Head(
        title=str(product),
        description=Truncator(text).chars(DESCRIPTION_LENGTH)
        or f"{product}, {format_price(product.price)}",
        url=_absolute(request, path),
        picture=pictures[0],
        kind="product",
        price=about["offers"]["price"],
        is_pictured="image" in about,
        hero=product.main_image,
        hero_use="main",
    )
    if not product.is_visible:
        head.robots = "noindex"
        return head
    _name(head, request, path)
    head.data = [about]
    if way:
        head.data.append(seo.breadcrumb_data(request, way))
    return head


def language_addresses(home: str, path: str, page: int = 1) -> list[tuple[str, str]]:
    """The page in each language, and where every reader is answered in their own.

    That is the plain address, which machines read in the shop's own language.
    """
    codes = [code for code, _name in settings.LANGUAGES]
    found = [(code, home + address_in(path, code, page)) for code in codes]
    return [*found, ("x-default", home + address_in(path, "", page))]


def address_in(path: str, language: str, page: int = 1) -> str:
    """The one address of this page in this language."""
    asked: dict[str, Any] = {"page": page} if page > 1 else {}
    if language and language != settings.LANGUAGE_CODE:
        asked[PARAMETER] = language
    return f"{path}?{urlencode(asked)}" if asked else path


def _name(head: Head, request: HttpRequest, path: str, page: int = 1) -> None:
    home = _absolute(request, "/").rstrip("/")
    # Of a plain address the language is the reader's matter, not the address's.
    language = asked_language(request)
    head.canonical = head.url = home + address_in(path, language, page)
    head.languages = language_addresses(home, path, page)


def _about(category: Category | None, page: int) -> str:
    shop = {"SHOP_NAME": settings.SHOP_NAME, "name": category}
    if category is None:
        text = _(
            "%(SHOP_NAME)s: an online shop with honest stock and delivery across "
            "Kazakhstan."
        )
    else:
        text = _("%(name)s: prices, stock and delivery at %(SHOP_NAME)s.")
    told = text % shop
    return told if page == 1 else f"{told} ({_('page %(n)s') % {'n': page}})"


def _absolute(request: HttpRequest, address: str) -> str:
    return request.build_absolute_uri(address)


def _language() -> str:
    language = (get_language() or "")[:2]
    return language if language in LOCALES else settings.LANGUAGE_CODE
