"""Products as a file that a spreadsheet shows and `import_products` reads back."""

import csv
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any, Protocol
from uuid import uuid4

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell

from catalog.importing.cells import (
    attribute_text,
    number_text,
    product_cells,
    text_fields,
)
from catalog.importing.columns import PLAIN, attribute_title
from catalog.importing.texts import escaped, xml_escaped
from catalog.models import Product
from catalog.services.category_tree import CategoryTree
from shop.exceptions import DomainError

# Text, or a number that spreadsheets may calculate with.
Cell = str | int | float | Decimal
BATCH = 500
# UTF-8 with it: without it Excel shows Cyrillic as gibberish.
BOM = "\ufeff"
# What Excel keeps of a number, digits, and of a text, characters.
EXACT_DIGITS = 15
MAX_CELL = 32_767


class CannotExport(DomainError):
    code = "cannot_export"


Progress = Callable[[int, int], None]


def export_products(
    path: Path,
    *,
    products: QuerySet[Product] | None = None,
    on_progress: Progress = lambda done, total: None,
) -> int:
    """Write these products, or all, to a .csv or .xlsx file; how many there are.

    Importing the file changes nothing. The file stands under its name only when it is
    complete. Raises CannotExport, and OSError.
    """
    writers: dict[str, type[_Writer]] = {".csv": _CsvWriter, ".xlsx": _XlsxWriter}
    writer_class = writers.get(path.suffix.lower())
    if writer_class is None:
        raise CannotExport(_("The name of the file ends with .csv or .xlsx."))
    products = _in_order(products)
    total = products.count()
    part = path.with_name(f".{path.name}.{uuid4().hex[:8]}.part")
    done = 0
    try:
        writer = writer_class(part)
        try:
            for done, cells in enumerate(_table(products)):
                writer.write(cells)
                on_progress(done, total)
        finally:
            writer.close()
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    return done


def csv_pieces(products: QuerySet[Product] | None = None) -> Iterator[str]:
    """The same CSV file, piece by piece, for somebody who begins to read at once."""
    line = csv.writer(_Echo())
    piece = [BOM]
    for cells in _table(_in_order(products)):
        piece.append(line.writerow(_csv_cells(cells)))
        if len(piece) >= BATCH:
            yield "".join(piece)
            piece = []
    yield "".join(piece)


def _in_order(products: QuerySet[Product] | None) -> QuerySet[Product]:
    everything = Product.objects.order_by("number")
    if products is None:
        return everything
    return everything.filter(pk__in=products.order_by().values("pk"))


def _table(products: QuerySet[Product]) -> Iterator[list[Cell]]:
    """The header, then a row for each product."""
    keys = _attribute_keys(products)
    columns = [*PLAIN, *(column for column in text_fields() if column not in PLAIN)]
    yield [*columns, *map(attribute_title, keys)]
    for product, cells in _with_cells(products):
        attributes = [_cell(product.attributes.get(key)) for key in keys]
        yield [*(cells[column] for column in columns), *attributes]


def _with_cells(products: Any) -> Iterator[tuple[Product, dict[str, Cell]]]:
    tree = CategoryTree()
    related = products.select_related("template").prefetch_related(
        "images", "categories"
    )
    for product in related.iterator(chunk_size=BATCH):
        template = product.template.name if product.template else ""
        categories = [category.pk for category in product.categories.all()]
        cells = product_cells(product, template, categories, product.image_urls, tree)
        yield product, {**cells, **_numbers(product)}


def _numbers(product: Product) -> dict[str, Cell]:
    was = product.compare_at_price
    numbers: dict[str, Cell] = {"price": product.price, "stock": product.stock}
    return numbers if was is None else {**numbers, "compare_at_price": was}


def _attribute_keys(products: Any) -> list[str]:
    """All keys in use. By name: PostgreSQL does not keep the order of a schema."""
    used: set[str] = set()
    stored = products.order_by().values_list("attributes", flat=True)
    for attributes in stored.iterator(chunk_size=BATCH):
        used.update(attributes)
    return sorted(used)


def _cell(value: Any) -> Cell:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return value if is_number else attribute_text(value)


class _Writer(Protocol):
    def __init__(self, path: Path) -> None: ...
    def write(self, cells: Sequence[Cell]) -> None: ...
    def close(self) -> None: ...


class _Echo:
    """A file for the csv module that gives back what is written."""

    def write(self, text: str) -> str:
        return text


def _csv_cells(cells: Sequence[Cell]) -> Iterator[str]:
    # Only texts can be mistaken for formulas: -5 is a number.
    for cell in cells:
        yield escaped(cell) if isinstance(cell, str) else number_text(cell)


class _CsvWriter:
    def __init__(self, path: Path) -> None:
        self._file = path.open("w", encoding="utf-8", newline="")
        self._file.write(BOM)
        self._csv = csv.writer(self._file)

    def write(self, cells: Sequence[Cell]) -> None:
        self._csv.writerow(_csv_cells(cells))

    def close(self) -> None:
        self._file.close()


class _XlsxWriter:
    def __init__(self, path: Path) -> None:
        self._path = path
        self._book = Workbook(write_only=True)
        self._sheet = self._book.create_sheet("products")

    def write(self, cells: Sequence[Cell]) -> None:
        self._sheet.append([self._cell(text) for text in cells])

    def close(self) -> None:
        self._book.save(self._path)

    def _cell(self, value: Cell) -> Any:
        text = value if isinstance(value, str) else number_text(value)
        digits = sum(char.isdecimal() for char in text)
        if value is not text and digits <= EXACT_DIGITS:
            return Decimal(text)
        text = xml_escaped(text)
        if len(text) > MAX_CELL:
            raise CannotExport(
                _("A text of %(n)s characters does not fit into XLSX: use CSV.")
                % {"n": len(text)}
            )
        cell = WriteOnlyCell(self._sheet, value=text)
        # openpyxl takes "=…" for a formula.
        cell.data_type = "s"
        return cell
