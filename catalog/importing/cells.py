r"""What the cells of a product's row say, for export and import alike.

Import compares a cell with what export would write for the product now: when the two
are equal, the cell asks for nothing. That is why a file that was exported comes back
without a single change, whatever odd values the shop holds.

In lists `\|`, `\>` and `\\` stand for the characters themselves: several categories
are separated by ` | ` (with spaces), the steps of a path by `>`, pictures by `|`.
"""

import json
import re
from collections.abc import Iterable, Sequence
from decimal import Decimal
from functools import cache
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.utils.translation import gettext as _

from catalog.importing.exceptions import BadRow
from catalog.models import TEXT_LANGUAGES, Product
from catalog.services.categories import MAX_DEPTH
from catalog.services.category_tree import CategoryTree
from catalog.services.stock import MAX_STOCK
from catalog.specs import SpecField, clean_attributes
from shop.money import MAX_AMOUNT

MAX_NAME = 255
MAX_BARCODE = 64
MAX_DESCRIPTION = 20_000
MAX_URL = 2000
# Position is a small integer in the database; nobody looks at so many anyway.
MAX_IMAGES = 100
_GROUPED = r"[0-9]{1,3}(?:[ \u00a0\u202f\u2009][0-9]{3})+|[0-9]+"
_PRICE = re.compile(rf"({_GROUPED})(?:[.,]([0-9]+))?")
# As the shop itself shows prices: 244.500,53.
_DOTTED = re.compile(r"([0-9]{1,3}(?:\.[0-9]{3})+),([0-9]+)")
_STOCK = re.compile(rf"(-?)({_GROUPED})(?:[.,]([0-9]+))?")
_SPACES = re.compile(r"[\s\u00a0\u202f\u2009]")
_ESCAPED = re.compile(r"\\([\\|>])")
_FLAG = {"flag": SpecField("flag", "boolean")}
_url = URLValidator(schemes=["http", "https"])


def text_fields() -> dict[str, str]:
    """Which model field each column of texts fills, names first."""
    return _text_fields(settings.LANGUAGE_CODE)


@cache
def _text_fields(default: str) -> dict[str, str]:
    return {
        text if language == default else f"{text}_{language}": f"{text}_{language}"
        for text in ("name", "description")
        for language in TEXT_LANGUAGES
    }


def product_cells(
    product: Product,
    template: str,
    categories: Iterable[Any],
    images: Iterable[str],
    tree: CategoryTree,
) -> dict[str, str]:
    """The product's cells by column, without its attributes."""
    was = product.compare_at_price
    return {
        **{
            column: getattr(product, field) or ""
            for column, field in text_fields().items()
        },
        "sku": product.sku,
        "category": join_paths(sorted(tree.names(pk) for pk in categories)),
        "template": template,
        "price": str(product.price),
        "stock": str(product.stock),
        "images": join_images(images),
        "is_active": "true" if product.is_active else "false",
        "barcode": product.barcode,
        "compare_at_price": "" if was is None else str(was),
    }


def attribute_text(value: Any) -> str:
    """An attribute's value as text; None, which is absent, is ''."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return number_text(value)
    return json.dumps(value, ensure_ascii=False)


def number_text(value: float | Decimal) -> str:
    """Digits, never an exponent; 2.0 is 2, as everywhere but in Python."""
    if isinstance(value, float):
        value = int(value) if value.is_integer() else Decimal(repr(value))
    return format(value, "f") if isinstance(value, Decimal) else str(value)


def read_price(text: str) -> Decimal:
    """`244500.53`, `244 500,53` and `244.500,53 ₸` are the same price."""
    plain = text.strip().removesuffix("₸").strip()
    found = _DOTTED.fullmatch(plain) or _PRICE.fullmatch(plain)
    if not found:
        if _PRICE.fullmatch(plain.lstrip("-")):
            raise BadRow(_("a price is 0 or more"))
        raise BadRow(_("%(text)s is not a price") % {"text": _short(text)})
    whole, cents = _SPACES.sub("", found[1]).replace(".", ""), found[2] or ""
    if len(cents) > 2:
        raise BadRow(_("a price has at most two decimals"))
    if len(whole.lstrip("0")) > 10:
        raise BadRow(_("this price is too large"))
    price = Decimal(f"{whole}.{cents or 0}").quantize(Decimal("0.01"))
    if price > MAX_AMOUNT:
        raise BadRow(_("this price is too large"))
    return price


def read_stock(text: str) -> int:
    """Pieces: a whole number from 0 up; `5,0` is what spreadsheets make of 5."""
    found = _STOCK.fullmatch(text.strip())
    if not found or (found[3] or "").strip("0"):
        raise BadRow(_("%(text)s is not a whole number") % {"text": _short(text)})
    digits = _SPACES.sub("", found[2]).lstrip("0")
    if found[1] and digits:
        raise BadRow(_("stock is 0 or more"))
    if len(digits) > 10 or int(digits or 0) > MAX_STOCK:
        raise BadRow(_("this number is too large"))
    return int(digits or 0)


def read_flag(text: str) -> bool:
    try:
        return clean_attributes(_FLAG, {"flag": text}, from_text=True)["flag"]
    except ValidationError:
        raise BadRow(
            _("%(text)s is neither yes nor no") % {"text": _short(text)}
        ) from None


def read_name(text: str) -> str:
    name = text.strip()
    if len(name) > MAX_NAME:
        raise BadRow(_("at most %(n)s characters") % {"n": MAX_NAME})
    return name


def read_barcode(text: str) -> str:
    barcode = text.strip()
    if len(barcode) > MAX_BARCODE:
        raise BadRow(_("at most %(n)s characters") % {"n": MAX_BARCODE})
    return barcode


def read_description(text: str) -> str:
    if len(text) > MAX_DESCRIPTION:
        raise BadRow(_("at most %(n)s characters") % {"n": MAX_DESCRIPTION})
    return text


def join_paths(paths: Iterable[Sequence[str]]) -> str:
    return " | ".join(" > ".join(map(_escape, names)) for names in paths)


def read_paths(text: str) -> list[tuple[str, ...]]:
    """The categories of a product: `A > B | C` is two of them."""
    return [read_path(path) for path in _pieces(text, r"(?<=\s)\|(?=\s)") if path]


def read_path(text: str) -> tuple[str, ...]:
    """One category by the names from the root down."""
    names = tuple(_plain(name) for name in _pieces(text, ">"))
    check_path(names)
    return names


def check_path(names: Sequence[str]) -> None:
    if not all(names):
        raise BadRow(
            _("a name is missing in the path %(path)s")
            % {"path": _short(" > ".join(names))}
        )
    if len(names) > MAX_DEPTH:
        raise BadRow(_("categories cannot be nested deeper than this"))
    if any(len(name) > MAX_NAME for name in names):
        raise BadRow(_("at most %(n)s characters") % {"n": MAX_NAME})


def join_images(addresses: Iterable[str]) -> str:
    return "|".join(map(_escape_bar, addresses))


def read_images(text: str, own: Iterable[str]) -> list[str]:
    """Addresses of pictures; `own` are those that the product has, uploads too."""
    addresses = [_plain(piece) for piece in _pieces(text, r"\|") if piece]
    if len(addresses) > MAX_IMAGES:
        raise BadRow(_("at most %(n)s pictures") % {"n": MAX_IMAGES})
    known = set(own)
    for address in addresses:
        if address not in known and not _is_url(address):
            raise BadRow(
                _("%(text)s is not an http(s) address") % {"text": _short(address)}
            )
    return addresses


def _is_url(address: str) -> bool:
    try:
        _url(address)
    except ValidationError:
        return False
    return len(address) <= MAX_URL


def _escape(text: str) -> str:
    return _escape_bar(text).replace(">", r"\>")


def _escape_bar(text: str) -> str:
    return text.replace("\\", r"\\").replace("|", r"\|")


def _plain(text: str) -> str:
    return _ESCAPED.sub(r"\1", text) if "\\" in text else text


def _pieces(text: str, separator: str) -> list[str]:
    """The text cut at the separators that are not escaped; escapes stay."""
    if "\\" not in text:
        return [piece.strip() for piece in re.split(separator, text)]
    pieces = [""]
    for found in re.finditer(rf"(\\[\\|>])|({separator})|.", text, re.DOTALL):
        if found[2]:
            pieces.append("")
        else:
            pieces[-1] += found[0]
    return [piece.strip() for piece in pieces]


def _short(text: str) -> str:
    """A cell as a message quotes it."""
    text = " ".join(text.split())
    return f"“{text[:40]}…”" if len(text) > 40 else f"“{text}”"
