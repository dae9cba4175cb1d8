"""Rows with a bar each: the longest has all the room, the others their share of it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal

# The bar's own units: the page stretches it to the room it has.
WIDTH = 400


@dataclass(frozen=True)
class Rank:
    name: str
    value: Decimal | int
    # The value and the rest as people read them.
    shown: str
    note: str = ""
    address: str = ""
    css: str = ""
    width: int = 0

    @property
    def told(self) -> str:
        return f"{self.name}: {self.shown}"


def ranks(rows: Sequence[Rank]) -> list[Rank]:
    """The same rows with the widths of their bars, each from 0 to WIDTH."""
    highest = max((Decimal(row.value) for row in rows), default=Decimal(0))
    return [replace(row, width=_width(row.value, highest)) for row in rows]


def _width(value: Decimal | int, highest: Decimal) -> int:
    if value <= 0 or highest <= 0:
        return 0
    share = (Decimal(value) / highest * WIDTH).quantize(Decimal(1), ROUND_HALF_UP)
    return max(1, int(share))
