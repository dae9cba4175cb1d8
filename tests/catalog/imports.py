"""Running the import commands on small files, and looking at what is left."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

from django.apps import apps
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from openpyxl import Workbook
from PIL import Image

from catalog.models import Product
from catalog.services.category_tree import CategoryTree

HEADER = "sku,name,category,template,price,stock,description,images\n"


@dataclass
class Outcome:
    """What a command said, and the CommandError it ended with, if any."""

    out: str
    err: str
    error: str = ""

    @property
    def summary(self) -> str:
        return self.out.splitlines()[-1]

    @property
    def reasons(self) -> list[str]:
        return self.err.splitlines()


Run = Callable[..., Outcome]


def run_command(name: str, *args: Any, **options: Any) -> Outcome:
    out, err = StringIO(), StringIO()
    error = ""
    try:
        call_command(name, *args, stdout=out, stderr=err, no_color=True, **options)
    except CommandError as refusal:
        error = str(refusal)
    return Outcome(out.getvalue(), err.getvalue(), error)


def importer(folder: Path) -> Run:
    """Imports text, bytes or rows (then as XLSX) as a file of that folder."""

    def run(
        content: str | bytes | Sequence[Sequence[Any]],
        *args: Any,
        command: str = "import_products",
        **options: Any,
    ) -> Outcome:
        if isinstance(content, str):
            content = content.encode()
        is_table = not isinstance(content, bytes)
        path = folder / ("file.xlsx" if is_table else "file.csv")
        path.write_bytes(xlsx(content) if is_table else content)
        return run_command(command, path, *args, **options)

    return run


def xlsx(rows: Sequence[Sequence[Any]]) -> bytes:
    book = Workbook()
    for row in rows:
        book.active.append(list(row))
    file = BytesIO()
    book.save(file)
    return file.getvalue()


def picture(color: str = "red") -> SimpleUploadedFile:
    file = BytesIO()
    Image.new("RGB", (8, 8), color).save(file, "PNG")
    return SimpleUploadedFile("a.png", file.getvalue())


def row_counts() -> dict[str, int]:
    """How many rows each table has: equal before and after means no trace."""
    return {model.__name__: model.objects.count() for model in apps.get_models()}


def category_paths(product: Product) -> set[tuple[str, ...]]:
    tree = CategoryTree()
    return {tree.names(pk) for pk in product.categories.values_list("pk", flat=True)}
