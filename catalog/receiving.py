"""What came in a delivery, as it is typed, scanned or sent: read, and found."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import BinaryIO
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from catalog.importing import cells
from catalog.importing.exceptions import BadFile, BadRow
from catalog.importing.tables import open_table
from catalog.models import Product

# Products in one receipt: a page of them can still be looked through.
MAX_LINES = 2000
# Pieces of one product. A barcode that was scanned into the wrong field is more.
MAX_PIECES = 1_000_000
MAX_CODE = 64
# Characters of a line: a code, a quantity, and what a spreadsheet puts around them.
MAX_LINE = 200
# `SKU:5`; a spreadsheet's line comes with a tab, a file's with a semicolon.
_QUANTITY = re.compile(r"(.*?)\s*[:;\t]\s*([-+]?[0-9][0-9\s]*(?:[.,]0+)?)\s*")
_CODE_COLUMNS = ("sku", "barcode")
_QUANTITY_COLUMNS = ("quantity", "qty")
NO_COLUMN = gettext_lazy("The file needs the columns sku (or barcode) and quantity.")


@dataclass(frozen=True)
class Entry:
    """A line as it was written: a code, how many pieces, and where it stands."""

    text: str
    code: str
    quantity: int
    line: int = 0


@dataclass(frozen=True)
class Problem:
    """A line that cannot be received, and the reason as a sentence."""

    text: str
    reason: str
    line: int = 0


@dataclass
class Row:
    """A product of the delivery. `error` says what is wrong with its quantity."""

    product: Product
    quantity: int
    # As somebody typed it, where it is no quantity.
    typed: str = ""
    error: str = ""

    @property
    def after(self) -> int:
        return self.product.stock + self.quantity


@dataclass
class Delivery:
    """A list at work: products once each, in the order in which they came."""

    rows: dict[UUID, Row] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def add(self, found: Iterable[tuple[Product, int]]) -> None:
        for product, quantity in found:
            row = self.rows.setdefault(product.pk, Row(product, 0))
            row.quantity += quantity
            if row.quantity > MAX_PIECES:
                row.error, row.typed = too_many_pieces(), str(row.quantity)

    @property
    def pieces(self) -> int:
        return sum(row.quantity for row in self.rows.values())

    @property
    def quantities(self) -> dict[UUID, int]:
        return {pk: row.quantity for pk, row in self.rows.items()}

    @property
    def has_errors(self) -> bool:
        return bool(self.problems) or any(row.error for row in self.rows.values())


def read_lines(text: str) -> tuple[list[Entry], list[Problem]]:
    """`SKU[:quantity]`, one a line; without a quantity it is one piece."""
    entries: list[Entry] = []
    problems: list[Problem] = []
    for number, line in enumerate(text.splitlines(), start=1):
        line = line.strip()
        if not line:
            continue
        if len(entries) + len(problems) >= MAX_LINES:
            problems.append(Problem("", too_many_lines(), number))
            break
        # In a longer one the pattern would look for its end for minutes.
        found = _QUANTITY.fullmatch(line) if len(line) <= MAX_LINE else None
        code, typed = (found[1], found[2]) if found else (line, "1")
        _read(line, code, typed, number, entries, problems)
    return entries, problems


def read_file(file: BinaryIO) -> tuple[list[Entry], list[Problem]]:
    """The same from CSV or XLSX with the columns `sku` (or `barcode`) and `quantity`.

    Raises BadFile when it has none, or more lines than a receipt may have.
    """
    entries: list[Entry] = []
    problems: list[Problem] = []
    with open_table(file, _CODE_COLUMNS[0]) as table:
        header = [name.strip().casefold() for name in table.header]
        codes = [header.index(name) for name in _CODE_COLUMNS if name in header]
        counts = [header.index(name) for name in _QUANTITY_COLUMNS if name in header]
        if not codes or not counts:
            raise BadFile(NO_COLUMN)
        for number, row in enumerate(table.rows()):
            if number >= MAX_LINES:
                raise BadFile(too_many_lines())
            code = next((row.cells[at].strip() for at in codes if row.cells[at]), "")
            if row.error:
                problems.append(Problem(code, row.error, row.line))
                continue
            _read(code, code, row.cells[counts[0]], row.line, entries, problems)
    return entries, problems


def find(
    entries: Sequence[Entry],
) -> tuple[list[tuple[Product, int]], list[Problem]]:
    """The products by SKU or barcode, with their pieces; two queries.

    A line that is a code as a whole is that code, whatever its end looks like.
    """
    asked = {code for entry in entries for code in (entry.text, entry.code)}
    asked = {code for code in asked if 0 < len(code) <= MAX_CODE and _storable(code)}
    # People type abc-1 for ABC-1.
    asked |= {code.upper() for code in asked}
    by_sku = {product.sku: product for product in Product.objects.filter(sku__in=asked)}
    by_barcode: dict[str, list[Product]] = {}
    # The index leaves out those without a barcode.
    with_barcode = Product.objects.exclude(barcode="").filter(barcode__in=asked)
    for product in with_barcode.order_by("number"):
        by_barcode.setdefault(product.barcode, []).append(product)

    found: list[tuple[Product, int]] = []
    problems: list[Problem] = []
    for entry in entries:
        as_a_whole = _named(entry.text, by_sku, by_barcode)
        named = as_a_whole or _named(entry.code, by_sku, by_barcode)
        if len(named) == 1:
            whole = as_a_whole and entry.text != entry.code
            found.append((named[0], 1 if whole else entry.quantity))
        else:
            reason = _ambiguous(named) if named else _unknown(entry.code)
            problems.append(Problem(entry.text, reason, entry.line))
    return found, problems


def _read(
    text: str,
    code: str,
    quantity: str,
    line: int,
    entries: list[Entry],
    problems: list[Problem],
) -> None:
    try:
        entries.append(Entry(text, code, read_quantity(quantity), line))
    except BadRow as error:
        problems.append(Problem(text, f"{error}", line))


def read_quantity(text: str) -> int:
    """Pieces, 1 or more; BadRow says what else it is. `5,0` is a spreadsheet's 5."""
    quantity = cells.read_stock(text.strip().lstrip("-"))
    if quantity < 1 or text.strip().startswith("-"):
        raise BadRow(_("a quantity is 1 or more"))
    if quantity > MAX_PIECES:
        raise BadRow(too_many_pieces())
    return quantity


def too_many_pieces() -> str:
    return _("so many pieces cannot be received (%(n)s at most)") % {"n": MAX_PIECES}


def too_many_lines() -> str:
    text = ngettext(
        "A receipt has at most %(n)s line.",
        "A receipt has at most %(n)s lines.",
        MAX_LINES,
    )
    return text % {"n": MAX_LINES}


def _named(
    code: str, by_sku: dict[str, Product], by_barcode: dict[str, list[Product]]
) -> list[Product]:
    if product := by_sku.get(code):
        return [product]
    if products := by_barcode.get(code):
        return products
    product = by_sku.get(code.upper())
    return [product] if product else []


def _unknown(code: str) -> str:
    return _("No product has the SKU or barcode “%(code)s”.") % {
        "code": code[:MAX_CODE].replace("\0", "\N{REPLACEMENT CHARACTER}")
    }


def _ambiguous(products: Sequence[Product]) -> str:
    return _("Several products have this barcode: enter the SKU (%(skus)s).") % {
        "skus": ", ".join(product.sku for product in products[:5])
    }


def _storable(code: str) -> bool:
    """Neither database could be asked about anything else."""
    return "\0" not in code and not any("\ud800" <= char <= "\udfff" for char in code)
