"""Revenue and orders along the days of a period, or its weeks, or its months."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import groupby, zip_longest

from django.utils.formats import date_format

from dashboard.charts.axis import Axis, orders_shown, short_number, short_price
from dashboard.reports.figures import DayFigures
from shop.money import format_price

# Beyond so many days a bar is a week, and beyond so many a month.
MOST_DAYS, MOST_WEEKS = 100, 700
# Above the highest bar and below the axis, for the numbers.
TOP, BELOW = 10, 22


@dataclass(frozen=True)
class Span:
    """What one bar stands for."""

    first: date
    last: date
    orders: int
    revenue: Decimal
    # Of as many days in the period before.
    before: Decimal

    @property
    def name(self) -> str:
        first = date_format(self.first, "SHORT_DATE_FORMAT")
        if self.first == self.last:
            return first
        return f"{first} – {date_format(self.last, 'SHORT_DATE_FORMAT')}"

    @property
    def told(self) -> str:
        return f"{self.name}: {format_price(self.revenue)}, {orders_shown(self.orders)}"


def unit_of(days: int) -> str:
    """What a bar is in a period of so many days."""
    if days > MOST_WEEKS:
        return "month"
    return "week" if days > MOST_DAYS else "day"


def spans_of(days: Sequence[DayFigures], before: Sequence[DayFigures]) -> list[Span]:
    """The period's days, weeks or months, and what the days before them brought.

    The first day is compared with the first of the period before, and so on. Weeks
    and months at the ends have the days that belong to the period.
    """
    unit = unit_of(len(days))

    def place(pair: tuple[DayFigures, DayFigures | None]) -> tuple[int, ...]:
        day = pair[0].date
        if unit == "month":
            return (day.year, day.month)
        return day.isocalendar()[:2] if unit == "week" else (day.toordinal(),)

    pairs = zip_longest(days, before[: len(days)])
    return [_span(list(group)) for _place, group in groupby(pairs, key=place)]


def _span(pairs: list[tuple[DayFigures, DayFigures | None]]) -> Span:
    days = [day for day, _before in pairs]
    return Span(
        days[0].date,
        days[-1].date,
        sum(day.orders for day in days),
        sum((day.revenue for day in days), Decimal(0)),
        sum((before.revenue for _day, before in pairs if before), Decimal(0)),
    )


@dataclass(frozen=True)
class Bar:
    x: int
    y: int
    width: int
    height: int
    told: str


@dataclass(frozen=True)
class Mark:
    """A number beside an axis, or a date below it."""

    at: int
    text: str


@dataclass(frozen=True)
class DayChart:
    """One drawing: bars, or points with a line through them; edges on whole pixels."""

    css: str
    width: int
    height: int
    left: int
    right: int
    base: int
    bars: list[Bar]
    # "x,y x,y …"; empty: nothing to draw.
    line: str
    dots: list[Bar]
    values: list[Mark]
    dates: list[Mark]


@dataclass(frozen=True)
class _Room:
    """Where it is shown: pixels for the bars and the numbers, dates at most."""

    css: str
    bars: int
    left: int
    dates: int
    least: int


_ROOMS = (_Room("on-desk", 780, 76, 8, 4), _Room("on-phone", 264, 72, 4, 2))


def day_charts(spans: Sequence[Span], *, what: str) -> list[DayChart]:
    """The same for a desk and for a phone; `what` is "revenue" or "orders"."""
    draw = _revenue if what == "revenue" else _orders
    return [draw(spans, room) for room in _ROOMS]


def _revenue(spans: Sequence[Span], room: _Room) -> DayChart:
    """Bars of revenue, and the period before as a line."""
    height, base = 220, 220 - BELOW
    axis = Axis.over(value for span in spans for value in (span.revenue, span.before))
    slot = _slot(len(spans), room)
    gap = max(1, slot // 4)
    bars = []
    for place, span in enumerate(spans):
        tall = axis.pixels(span.revenue, base - TOP)
        x = room.left + place * slot + gap // 2
        bars.append(Bar(x, base - tall, slot - gap, tall, span.told))
    before = [
        (_middle(place, slot, room), base - axis.pixels(span.before, base - TOP))
        for place, span in enumerate(spans)
    ]
    line = _points(before, slot) if any(span.before for span in spans) else ""
    return _chart(spans, room, axis, height, bars=bars, line=line, price=True)


def _orders(spans: Sequence[Span], room: _Room) -> DayChart:
    """The number of orders as a line, with a point for each bar above it."""
    height, base = 110, 110 - BELOW
    axis = Axis.over((span.orders for span in spans), whole=True)
    slot = _slot(len(spans), room)
    places = [
        (_middle(place, slot, room), base - axis.pixels(span.orders, base - TOP))
        for place, span in enumerate(spans)
    ]
    dots = [
        Bar(x - 2, y - 2, 4, 4, f"{span.name}: {orders_shown(span.orders)}")
        for (x, y), span in zip(places, spans, strict=True)
    ]
    line = _points(places, slot) if any(span.orders for span in spans) else ""
    return _chart(spans, room, axis, height, dots=dots, line=line, price=False)


def _slot(count: int, room: _Room) -> int:
    return max(room.least, room.bars // max(count, 1))


def _middle(place: int, slot: int, room: _Room) -> int:
    return room.left + place * slot + slot // 2


def _points(places: list[tuple[int, int]], slot: int) -> str:
    if len(places) == 1:
        # A line has a length.
        (x, y) = places[0]
        places = [(x - slot // 2, y), (x + slot // 2, y)]
    return " ".join(f"{x},{y}" for x, y in places)


def _chart(
    spans: Sequence[Span],
    room: _Room,
    axis: Axis,
    height: int,
    *,
    bars: Iterable[Bar] = (),
    dots: Iterable[Bar] = (),
    line: str,
    price: bool,
) -> DayChart:
    base = height - BELOW
    slot = _slot(len(spans), room)
    right = room.left + max(slot * len(spans), slot)
    every = -(-len(spans) // room.dates) or 1
    shown = short_price if price else short_number
    last = len(spans) - 1
    # Where the same day comes twice, the year is told instead.
    form = "m.Y" if spans and (spans[-1].last - spans[0].first).days > 366 else "d.m"
    return DayChart(
        css=room.css,
        # The newest date is as wide as two bars, and more.
        width=right + 16,
        height=height,
        left=room.left,
        right=right,
        base=base,
        bars=list(bars),
        line=line,
        dots=list(dots),
        values=[
            Mark(base - axis.pixels(tick, base - TOP), shown(tick))
            for tick in axis.ticks
        ],
        dates=[
            Mark(_middle(place, slot, room), date_format(span.first, form))
            for place, span in enumerate(spans)
            # From the end: the newest day is named.
            if (last - place) % every == 0
        ],
    )
