"""The hours of a week as a map: the more orders, the stronger the colour."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.dates import WEEKDAYS, WEEKDAYS_ABBR

from dashboard.charts.axis import orders_shown
from dashboard.charts.days import Mark
from dashboard.reports.figures import HourFigures
from shop.money import format_price

# Steps of the colour beside "none".
LEVELS = 5
TOP = 18


@dataclass(frozen=True)
class Cell:
    x: int
    y: int
    level: int
    told: str


@dataclass(frozen=True)
class HeatMap:
    css: str
    width: int
    height: int
    # Of a cell.
    across: int
    down: int
    cells: list[Cell]
    hours: list[Mark]
    days: list[Mark]


@dataclass(frozen=True)
class _Room:
    css: str
    left: int
    across: int
    down: int
    gap: int
    # Every so many hours are named.
    every: int


_ROOMS = (_Room("on-desk", 40, 30, 22, 2, 2), _Room("on-phone", 30, 11, 18, 1, 6))


def heat_maps(hours: Sequence[HourFigures]) -> list[HeatMap]:
    """The same for a desk and for a phone."""
    return [_map(hours, room) for room in _ROOMS]


def level_of(orders: int, most: int) -> int:
    """0 for none, 1 to LEVELS by the share of the busiest hour."""
    return -(-orders * LEVELS // most) if orders > 0 else 0


def _map(hours: Sequence[HourFigures], room: _Room) -> HeatMap:
    most = max((hour.orders for hour in hours), default=0)
    wide, tall = room.across + room.gap, room.down + room.gap
    return HeatMap(
        css=room.css,
        width=room.left + 24 * wide,
        height=TOP + 7 * tall,
        across=room.across,
        down=room.down,
        cells=[
            Cell(
                room.left + hour.hour * wide,
                TOP + hour.weekday * tall,
                level_of(hour.orders, most),
                _told(hour),
            )
            for hour in hours
        ],
        hours=[
            Mark(room.left + hour * wide + room.across // 2, str(hour))
            for hour in range(0, 24, room.every)
        ],
        days=[
            Mark(TOP + day * tall + room.down // 2 + 4, str(WEEKDAYS_ABBR[day]))
            for day in range(7)
        ],
    )


def _told(hour: HourFigures) -> str:
    when = f"{WEEKDAYS[hour.weekday]}, {hour.hour}:00–{hour.hour + 1}:00"
    return f"{when}: {orders_shown(hour.orders)}, {format_price(hour.revenue)}"
