"""A quick order as text: `SKU:qty` or `number:qty`, by lines or by commas."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from cart.exceptions import NotAvailable, NotEnoughStock, ProductNotFound
from catalog.models import Product
from orders.services import Line, find_lines

MAX_ENTRIES = 500
# More than any stock has, and still few enough for the totals of all entries.
MAX_QUANTITY = 2**31 - 1
# More digits than any number has; beyond thousands of them Python reads no numbers.
MAX_DIGITS = 20


@dataclass
class QuickLine:
    """An entry as it was written, its product, and why it cannot be ordered."""

    written: str
    quantity: int
    product: Product | None = None
    line: Line | None = None
    error: str = ""

    @property
    def subtotal(self) -> Decimal:
        return self.product.price * self.quantity if self.product else Decimal(0)


def parse_lines(text: str) -> list[dict[str, Any]]:
    """`quantity` and `sku` or `number` of every entry, as `resolve_lines` takes them.

    Raises ValidationError with a sentence for each entry that is not understood,
    naming its line; or when there is nothing at all.
    """
    asked, errors = [], []
    for place, line in enumerate(text.splitlines(), start=1):
        for entry in filter(None, map(str.strip, re.split("[,;]", line))):
            try:
                asked.append(_parse(entry))
            except ValueError as error:
                errors.append(
                    _("Line %(line)s, “%(entry)s”: %(error)s")
                    % {"line": place, "entry": entry[:80], "error": error}
                )
    if not asked and not errors:
        errors = [_("Write at least one product.")]
    if len(asked) > MAX_ENTRIES:
        errors = [
            _("There are %(n)s products; an order takes %(max)s at most.")
            % {"n": len(asked), "max": MAX_ENTRIES}
        ]
    if errors:
        raise ValidationError(errors)
    return asked


def find_products(asked: Sequence[dict[str, Any]]) -> list[QuickLine]:
    """The entries with their products and what speaks against them; four queries."""
    lines = _found(asked)
    ids = {line.product_id for line in lines if line}
    products = Product.objects.with_images().in_bulk(ids)
    wanted: dict[Any, int] = {}
    rows = []
    for entry, line in zip(asked, lines, strict=True):
        written = str(entry.get("sku") or entry["number"])
        row = QuickLine(written, entry["quantity"])
        row.line = line
        row.product = products.get(line.product_id) if line else None
        if row.product is None:
            row.error = str(ProductNotFound())
        elif not row.product.is_visible:
            row.error = str(NotAvailable(row.product.name))
        else:
            # A product that stands in two entries has to suffice for both.
            pk, stock = row.product.pk, row.product.stock
            wanted[pk] = wanted.get(pk, 0) + row.quantity
            if wanted[pk] > stock:
                row.error = str(NotEnoughStock(row.product.name, stock))
        rows.append(row)
    return rows


def _parse(entry: str) -> dict[str, Any]:
    name, colon, quantity = (part.strip() for part in entry.rpartition(":"))
    if not colon or not name or not name.isprintable():
        raise ValueError(_("write it as SKU:quantity."))
    if not (quantity.isascii() and quantity.isdecimal()) or not quantity.strip("0"):
        raise ValueError(_("the quantity must be a whole number above zero."))
    if not _is_whole(quantity) or int(quantity) > MAX_QUANTITY:
        raise ValueError(_("so many pieces cannot be ordered."))
    # 007 is nobody's number.
    if _is_whole(name) and not name.startswith("0"):
        return {"number": int(name), "quantity": int(quantity)}
    return {"sku": name, "quantity": int(quantity)}


def _is_whole(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= MAX_DIGITS


def _found(asked: Sequence[dict[str, Any]]) -> list[Line | None]:
    """By SKU or number; digits that are no product's number may still be a SKU."""
    lines = find_lines(asked)
    missing = [
        i for i, line in enumerate(lines) if line is None and "number" in asked[i]
    ]
    if missing:
        again = [
            {"sku": str(asked[i]["number"]), "quantity": asked[i]["quantity"]}
            for i in missing
        ]
        for i, line in zip(missing, find_lines(again), strict=True):
            lines[i] = line
    return lines
