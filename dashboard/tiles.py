"""The figures that stand above all others, each beside what it was before."""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.utils.formats import number_format
from django.utils.translation import gettext as _

from dashboard.charts.axis import count_shown
from dashboard.reports.figures import DayFigures, Sums
from shop.money import NBSP, format_price, to_money

NOTHING = "—"


@dataclass(frozen=True)
class Tile:
    title: str
    value: str
    # The change by a sign and a number, and for those who hear the page a sentence.
    change: str
    told: str
    # "up", "down", "same", or "" where nothing can be compared.
    way: str


def tiles_of(now: Sums, before: Sums) -> list[Tile]:
    return [
        _money(_("Revenue"), now.revenue, before.revenue),
        _count(_("Orders"), now.orders, before.orders),
        _money(_("Average order"), now.average, before.average),
        _count(_("Buyers"), now.buyers, before.buyers),
        tile(_("Conversion of carts"), now.conversion, before.conversion, percent),
    ]


def day_tiles(now: DayFigures, before: DayFigures) -> list[Tile]:
    """Of one day there is less to tell."""
    return [
        _money(_("Revenue"), now.revenue, before.revenue),
        _count(_("Orders"), now.orders, before.orders),
        _money(_("Average order"), _average(now), _average(before)),
    ]


def _average(day: DayFigures) -> Decimal | None:
    return to_money(day.revenue / day.orders) if day.orders else None


def _money(title: str, now: Decimal | None, before: Decimal | None) -> Tile:
    return tile(title, now, before, format_price)


def _count(title: str, now: int, before: int) -> Tile:
    return tile(title, Decimal(now), Decimal(before), lambda n: count_shown(int(n)))


def tile(title: str, now: Decimal | None, before: Decimal | None, shown: Any) -> Tile:
    """One figure; a change is told in whole percent of what was before."""
    value = NOTHING if now is None else shown(now)
    if now is None or not before:
        # Nothing is no measure: whatever came after it is infinitely more.
        return Tile(title, value, NOTHING, _("There is nothing to compare with."), "")
    was = shown(before)
    by = abs(now - before) * 100 / before
    size = percent(by.quantize(Decimal(1), rounding=ROUND_HALF_UP))
    told = {"percent": size, "value": was}
    if now > before:
        text = _("%(percent)s more than in the period before: %(value)s.")
        return Tile(title, value, f"▲{NBSP}{size}", text % told, "up")
    if now < before:
        text = _("%(percent)s less than in the period before: %(value)s.")
        return Tile(title, value, f"▼{NBSP}{size}", text % told, "down")
    return Tile(title, value, f"={NBSP}{size}", _("As in the period before."), "same")


def percent(value: Decimal) -> str:
    """A share of a hundred as the language writes it: `12 %`, `12%`."""
    return _("%(n)s%%") % {"n": number_format(value, force_grouping=True)}
