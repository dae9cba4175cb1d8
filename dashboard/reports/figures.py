"""The shapes of what the shop's figures say; who computes them fills these.

Money is in ₸. An order belongs to the day and hour on which it was placed, by the
shop's TIME_ZONE, and brings what was not refunded of its total. Canceled and refunded
orders do not count, except by status.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Self
from uuid import UUID

from shop.money import to_money


@dataclass(frozen=True)
class Period:
    """Whole days, both ends included."""

    first: date
    last: date

    @classmethod
    def up_to(cls, last: date, days: int) -> Self:
        return cls(last - timedelta(days=days - 1), last)

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1

    @property
    def before(self) -> Self:
        """As many days that end where these begin."""
        return self.up_to(self.first - timedelta(days=1), self.days)


@dataclass(frozen=True)
class Sums:
    """What a period brought."""

    orders: int
    revenue: Decimal
    # Different people, by their e-mail addresses.
    buyers: int
    # Carts that something was put into; None where nobody has counted all days.
    carts: int | None

    @property
    def average(self) -> Decimal | None:
        """What an order brought, ₸."""
        return to_money(self.revenue / self.orders) if self.orders else None

    @property
    def conversion(self) -> Decimal | None:
        """Orders for a hundred carts, %."""
        if not self.carts:
            return None
        return (Decimal(self.orders) * 100 / self.carts).quantize(Decimal("0.1"))


@dataclass(frozen=True)
class DayFigures:
    date: date
    orders: int
    revenue: Decimal


@dataclass(frozen=True)
class ProductFigures:
    """A product under the name and SKU of its newest sale."""

    product_id: UUID
    sku: str
    name: str
    pieces: int
    revenue: Decimal


@dataclass(frozen=True)
class CategoryFigures:
    """What a category's own products brought; `pk` None: those of no category."""

    pk: UUID | None
    name: str
    pieces: int
    revenue: Decimal


@dataclass(frozen=True)
class StatusFigures:
    """Orders of the period by what they are now; every status has its row."""

    status: str
    orders: int
    # The orders' totals, ₸, whether they count or not.
    total: Decimal


@dataclass(frozen=True)
class HourFigures:
    """One hour of the week; `weekday` 0 is Monday."""

    weekday: int
    hour: int
    orders: int
    revenue: Decimal


@dataclass(frozen=True)
class PeriodFigures:
    """All that the figures of a period are."""

    period: Period
    sums: Sums
    before: Sums
    days: list[DayFigures]
    products: list[ProductFigures]
    categories: list[CategoryFigures]
    statuses: list[StatusFigures]
    # 168 of them, Monday's midnight first.
    hours: list[HourFigures]
