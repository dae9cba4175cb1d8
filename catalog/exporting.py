"""Products as a file that a spreadsheet shows and `import_products` reads back."""

import csv
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any, Protocol
from uuid import uuid4

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
# What Excel keeps of a number, digits, and of a text, characters.
EXACT_DIGITS = 15
MAX_CELL = 32_767


class CannotExport(DomainError):
    code = "cannot_export"


def export_products(
    path: Path, *, on_progress: Callable[[int, int], None] = lambda done, total: None
) -> int:
    """Write every product to a .csv or .xlsx file; how many there are.

    Importing the file changes nothing. The file stands under its name only when it is
    complete. Raises CannotExport, and OSError.
    """
    writers: dict[str, type[_Writer]] = {".csv": _CsvWriter, ".xlsx": _XlsxWriter}
    writer_class = writers.get(path.suffix.lower())
    if writer_class is None:
        raise CannotExport(_("The name of the file ends with .csv or .xlsx."))
    products = Product.objects.order_by("number")
    total = products.count()
    keys = _attribute_keys(products)
    columns = [*PLAIN, *(column for column in text_fields() if column not in PLAIN)]
    part = path.with_name(f".{path.name}.{uuid4().hex[:8]}.part")
    done = 0
    try:
        writer = writer_class(part)
        try:
            writer.write([*columns, *map(attribute_title, keys)])
            for product, cells in _with_cells(products):
                attributes = [_cell(product.attributes.get(key)) for key in keys]
                writer.write([*(cells[column] for column in columns), *attributes])
                on_progress(done := done + 1, total)
        finally:
            writer.close()
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    return done


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


class _CsvWriter:
    """UTF-8 with a BOM: without it Excel shows Cyrillic as gibberish."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("w", encoding="utf-8-sig", newline="")
        self._csv = csv.writer(self._file)

    def write(self, cells: Sequence[Cell]) -> None:
        # Only texts can be mistaken for formulas: -5 is a number.
        self._csv.writerow(
            escaped(cell) if isinstance(cell, str) else number_text(cell)
            for cell in cells
        )

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
