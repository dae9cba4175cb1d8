"""Rows per second of `import_products`, beside COPY of the same file, in one run.

Each measurement is a process of its own, so that its peak of memory is its own too,
and is followed by a proof that the shop holds what the file says.
"""

import csv
import os
import random
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.db import connection
from openpyxl import Workbook

from bench.about import postgresql_version
from bench.alone import Failed, measure
from bench.goods import TEXT, Wrong
from catalog.models import Product, ProductImage
from catalog.services.importing import Counts, import_products
from catalog.services.stock import stock_errors
from catalog.services.templates import create_template

HEADER = [
    "sku", "name", "category", "template", "price", "stock", "description", "images",
    "brand", "color", "weight", "ram",
]  # fmt: skip
SCHEMA = {
    "brand": {"type": "choice", "choices": ["Acer", "HP", "Bosch"], "required": True},
    "color": {"type": "string", "filterable": True},
    "weight": {"type": "number", "unit": "kg", "min": 0, "max": 50},
    "ram": "integer",
}
TEMPLATE = "Bench"
COPY = "COPY"


@dataclass(frozen=True)
class Size:
    rows: int = 100_000
    repeats: int = 3


QUICK = Size(rows=5000, repeats=1)


@dataclass
class Row:
    """One line of the table: rows per second, to COPY's, and MB at the peak."""

    name: str
    rates: list[float] = field(default_factory=list)
    ratios: list[float] = field(default_factory=list)
    peaks: list[float] = field(default_factory=list)


@dataclass(frozen=True)
class Result:
    rows: list[Row]
    about: dict[str, Any]


@dataclass(frozen=True)
class Step:
    """A file that is read and what has to come of it."""

    name: str
    file: str
    expected: str


STEPS = (
    Step(COPY, "first.csv", ""),
    Step("all new", "first.csv", "created"),
    Step("all unchanged", "first.csv", "unchanged"),
    Step("all changed", "second.csv", "updated"),
    Step("all new, XLSX", "first.xlsx", "created"),
)


def run(size: Size) -> Result:
    """All steps in turn, as often as asked. Wrong when the shop differs from a file."""
    call_command("migrate", verbosity=0)
    create_template(name=TEMPLATE, schema=SCHEMA)
    rows = {step.name: Row(step.name) for step in STEPS}
    with tempfile.TemporaryDirectory(prefix="duken-bench-") as folder:
        write_files(Path(folder), size.rows)
        for _ in range(size.repeats):
            for step in STEPS:
                if step.expected == "created":
                    _empty()
                sys.stderr.write(f"{step.name} …\n")
                seconds, peak = _measure(step, Path(folder) / step.file)
                _prove(step, size.rows)
                row = rows[step.name]
                row.rates.append(size.rows / seconds)
                row.peaks.append(peak)
                row.ratios.append(row.rates[-1] / rows[COPY].rates[-1])
    return Result(list(rows.values()), _about(size))


def write_files(folder: Path, count: int) -> None:
    """The same products twice, as CSV, and the first time as XLSX too."""
    for name, raised in (("first.csv", 0), ("second.csv", 1)):
        with (folder / name).open("w", encoding="utf-8", newline="") as file:
            table = csv.writer(file)
            table.writerow(HEADER)
            table.writerows(_lines(count, raised))
    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    sheet.append(HEADER)
    for line in _lines(count, 0):
        sheet.append(line)
    book.save(folder / "first.xlsx")


def _lines(count: int, raised: int) -> Iterator[list[Any]]:
    """Products of a large shop: 200 categories, two pictures, four attributes."""
    draw = random.Random(1)
    for n in range(count):
        yield [
            f"BENCH-{n:07}",
            f"Чайник электрический {'новый ' * raised}{n}",
            f"Техника > Отдел {n % 20} > Полка {n % 200}",
            TEMPLATE,
            f"{draw.randrange(1000, 300_000) + raised}.50",
            draw.randrange(1, 500) + raised,
            TEXT[:200],
            f"https://img.example/{n}/1.jpg|https://img.example/{n}/2.jpg",
            draw.choice(["Acer", "HP", "Bosch"]),
            draw.choice(["красный", "синий", "белый"]),
            draw.randrange(1, 400) / 10,
            4 << draw.randrange(4),
        ]


def _measure(step: Step, path: Path) -> tuple[float, float]:
    try:
        if step.name == COPY:
            return measure(__name__, "copy", path)
        return measure(__name__, "import_file", path, step.expected)
    except Failed as failure:
        raise Wrong(f"{step.name}: {failure}") from failure


def copy(path: Path) -> None:
    """The file into a plain table of texts, by the driver: no way in is shorter."""
    columns = ", ".join(f"{title} text" for title in HEADER)
    with connection.cursor() as cursor, path.open("rb") as file:
        cursor.execute("DROP TABLE IF EXISTS bench_plain")
        cursor.execute(f"CREATE TABLE bench_plain ({columns})")
        with cursor.copy("COPY bench_plain FROM STDIN (FORMAT csv, HEADER)") as into:
            while chunk := file.read(1 << 16):
                into.write(chunk)


def import_file(path: Path, expected: str) -> None:
    """Every row of the file is counted as expected, or Wrong."""
    with path.open("rb") as file:
        counts = import_products(file)
    if counts != Counts(**{expected: sum(vars(counts).values())}):
        raise Wrong(str(counts))


def _prove(step: Step, rows: int) -> None:
    if step.name == COPY:
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM bench_plain")
            found = cursor.fetchone()[0]
    else:
        found = Product.objects.exclude(template=None).count()
        if ProductImage.objects.count() != 2 * rows:
            raise Wrong(f"{step.name}: pictures are missing")
        if errors := stock_errors():
            raise Wrong("; ".join(errors[:3]))
    if found != rows:
        raise Wrong(f"{step.name}: {found} rows of {rows}")
    with connection.cursor() as cursor:
        # Each step finds what the step before has changed tidy again.
        cursor.execute("VACUUM ANALYZE")


def _empty() -> None:
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE catalog_product, outbox_messages CASCADE")


def _about(size: Size) -> dict[str, Any]:
    return {
        "cores": os.cpu_count(),
        "python": sys.version.split()[0],
        "postgresql": postgresql_version(),
        "rows": size.rows,
        "repeats": size.repeats,
    }
