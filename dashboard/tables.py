"""The tables of the figures, row by row, for programs that calculate further."""

import csv
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils import timezone
from django.utils.dates import WEEKDAYS
from django.utils.functional import lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalog.exporting import BOM
from catalog.importing.texts import escaped
from dashboard.reports import sales, todo
from dashboard.reports.cover import PACE_DAYS, STOCK_RIGHTS, running_low
from dashboard.reports.figures import Period
from dashboard.reports.parts import days_of, statuses_of
from dashboard.shown import category_name, status_name
from orders.rights import STATS
from shop.api import may

# Rows that are sent together: each piece is compressed by itself.
PIECE = 1000

Cell = str | int | Decimal | None


@dataclass(frozen=True)
class Table:
    titles: tuple[Any, ...]
    # All rows of the period, for this user.
    rows: Callable[[Period, Any], Iterable[list[Cell]]]
    # All of these are needed; none: the rows themselves are the user's.
    rights: tuple[str, ...] = (STATS,)
    # What is true now belongs to no period.
    of_period: bool = True


def may_read(user: Any, table: Table) -> bool:
    """Whether there is anything in the table that the user may see."""
    if table.rights:
        return all(may(user, right) for right in table.rights)
    return bool(todo.kinds_for(user))


def csv_pieces(table: Table, period: Period, user: Any) -> Iterator[str]:
    """The file piece by piece: UTF-8 with a BOM, numbers exact and with a dot."""
    write = csv.writer(_Echo()).writerow
    piece = [BOM, write([escaped(str(title)) for title in table.titles])]
    for cells in table.rows(period, user):
        piece.append(write(map(_written, cells)))
        if len(piece) >= PIECE:
            yield "".join(piece)
            piece = []
    yield "".join(piece)


class _Echo:
    """A file for the csv module that gives back what is written."""

    def write(self, text: str) -> str:
        return text


def _written(cell: Cell) -> str:
    """Only texts can be mistaken for formulas."""
    if cell is None:
        return ""
    if isinstance(cell, str):
        return escaped(cell)
    # Never as 1E+3.
    return f"{cell:f}" if isinstance(cell, Decimal) else str(cell)


def _days(period: Period, user: Any) -> Iterator[list[Cell]]:
    for day in days_of(period):
        yield [day.date.isoformat(), day.orders, day.revenue]


def _products(period: Period, user: Any) -> Iterator[list[Cell]]:
    for row in sales.products_of(period, None):
        yield [row.sku, row.name, row.pieces, row.revenue, str(row.product_id)]


def _categories(period: Period, user: Any) -> Iterator[list[Cell]]:
    for row in sales.categories_of(period, None):
        pk = str(row.pk) if row.pk else None
        yield [category_name(row), row.pieces, row.revenue, pk]


def _statuses(period: Period, user: Any) -> Iterator[list[Cell]]:
    for row in statuses_of(period):
        yield [row.status, status_name(row.status), row.orders, row.total]


def _hours(period: Period, user: Any) -> Iterator[list[Cell]]:
    for row in sales.figures_of(period, top=1).hours:
        day = str(WEEKDAYS[row.weekday])
        yield [row.weekday + 1, day, row.hour, row.orders, row.revenue]


def _low_stock(period: Period, user: Any) -> Iterator[list[Cell]]:
    for row in running_low():
        yield [
            row.sku, row.name, row.stock, row.sold, row.days, str(row.product_id),
        ]  # fmt: skip


def _todo(period: Period, user: Any) -> Iterator[list[Cell]]:
    for kind, row in todo.everything_for(user):
        yield [str(kind.title), row.name, row.note, _moment(row.since), row.address]


def _moment(moment: datetime | None) -> str | None:
    """By the shop's own clock."""
    if moment is None:
        return None
    local = timezone.localtime(moment, timezone.get_default_timezone())
    return f"{local:%Y-%m-%d %H:%M:%S}"


_ORDERS, _REVENUE = gettext_lazy("Orders"), gettext_lazy("Revenue")
_SKU, _PIECES = gettext_lazy("SKU"), gettext_lazy("Pieces")
_SOLD = lazy(lambda: _("Sold in %(n)s days") % {"n": PACE_DAYS}, str)()
_PRODUCT, _STOCK = gettext_lazy("Product"), gettext_lazy("In stock")

TABLES = {
    "days": Table((gettext_lazy("Date"), _ORDERS, _REVENUE), _days),
    "products": Table((_SKU, _PRODUCT, _PIECES, _REVENUE, "id"), _products),
    "categories": Table(
        (gettext_lazy("Category"), _PIECES, _REVENUE, "id"), _categories
    ),
    "statuses": Table(
        ("status", gettext_lazy("Status"), _ORDERS, gettext_lazy("Total")), _statuses
    ),
    "hours": Table(
        ("weekday", gettext_lazy("Weekday"), gettext_lazy("Hour"), _ORDERS, _REVENUE),
        _hours,
    ),
    "low-stock": Table(
        (
            _SKU, _PRODUCT, _STOCK, _SOLD,
            gettext_lazy("Lasts for days"), "id",
        ),
        _low_stock, STOCK_RIGHTS, of_period=False,
    ),
    "to-do": Table(
        (
            gettext_lazy("Task"), gettext_lazy("About"), gettext_lazy("Details"),
            gettext_lazy("Since"), gettext_lazy("Page"),
        ),
        _todo, (), of_period=False,
    ),
}  # fmt: skip
