"""Drawings of the figures: every coordinate a whole number, and where it has to be."""

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.utils import translation

from dashboard.charts import Rank, day_charts, heat_maps, ranks, spans_of
from dashboard.charts.axis import Axis, short_number, short_price
from dashboard.charts.days import unit_of
from dashboard.reports.figures import DayFigures, HourFigures

FIRST = date(2026, 11, 2)  # a Monday


def days(*revenue: int | str, first: date = FIRST) -> list[DayFigures]:
    """A day each, with an order for every 100 ₸."""
    return [
        DayFigures(first + timedelta(days=n), int(Decimal(r)) // 100, Decimal(r))
        for n, r in enumerate(revenue)
    ]


@pytest.fixture(autouse=True)
def reader_of_english() -> Iterator[None]:
    with translation.override("en"):
        yield


# --- The axis -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("highest", "ticks"),
    [
        (0, [0]),
        (-5, [0]),
        (1, [0, Decimal("0.25"), Decimal("0.5"), Decimal("0.75"), 1]),
        (7, [0, 2, 4, 6, 8]),
        (100, [0, 25, 50, 75, 100]),
        (101, [0, 50, 100, 150]),
        (21_000_000, [0, 10_000_000, 20_000_000, 30_000_000]),
        (Decimal("9999999999.99"), [n * 2_500_000_000 for n in range(5)]),
    ],
)
def test_steps_are_round_and_reach_over_all(highest: Decimal, ticks: list[int]) -> None:
    axis = Axis.over([highest, 0])
    assert axis.ticks == ticks
    assert axis.top >= highest
    assert axis.pixels(axis.top, 188) == 188


@pytest.mark.parametrize(
    ("highest", "ticks"), [(1, [0, 1]), (3, [0, 1, 2, 3]), (9, [0, 5, 10])]
)
def test_steps_of_orders_are_whole(highest: int, ticks: list[int]) -> None:
    assert Axis.over([highest], whole=True).ticks == ticks


@pytest.mark.parametrize(
    ("value", "english", "russian"),
    [
        (0, "0", "0"),
        (999, "999", "999"),
        (1000, "1K", "1"),
        (1_200_000, "1.2M", "1,2"),
        (2_500_000_000, "2.5B", "2,5"),
        ("0.25", "0.25", "0,25"),
        (1234, "1.23K", "1,23"),
    ],
)
def test_numbers_beside_the_axis_are_short(
    value: int | str, english: str, russian: str
) -> None:
    assert short_number(Decimal(value)) == english
    assert short_price(Decimal(value)) == f"{english}\N{NO-BREAK SPACE}₸"
    with translation.override("ru"):
        assert short_number(Decimal(value)).startswith(russian)


# --- Days -----------------------------------------------------------------------------


def test_bars_stand_on_whole_pixels() -> None:
    spans = spans_of(days(100, 0, 400, 200), days(400, 0, 0, 0))
    desk, phone = day_charts(spans, what="revenue")
    assert (desk.css, desk.width, desk.height) == ("on-desk", 872, 220)
    assert (desk.left, desk.right, desk.base) == (76, 856, 198)
    # 195 pixels a day, a quarter of them free; 188 for the highest.
    assert [(b.x, b.y, b.width, b.height) for b in desk.bars] == [
        (100, 151, 147, 47),
        (295, 198, 147, 0),
        (490, 10, 147, 188),
        (685, 104, 147, 94),
    ]
    assert desk.line == "173,10 368,198 563,198 758,198"
    assert [(m.at, m.text) for m in desk.values] == [
        (198, "0\xa0₸"), (151, "100\xa0₸"), (104, "200\xa0₸"), (57, "300\xa0₸"),
        (10, "400\xa0₸"),
    ]  # fmt: skip
    assert [(m.at, m.text) for m in desk.dates] == [
        (173, "02.11"), (368, "03.11"), (563, "04.11"), (758, "05.11"),
    ]  # fmt: skip
    assert desk.bars[0].told == "11/02/2026: 100,00\xa0₸, 1 order"
    assert [(b.x, b.y, b.width, b.height) for b in phone.bars] == [
        (80, 151, 50, 47),
        (146, 198, 50, 0),
        (212, 10, 50, 188),
        (278, 104, 50, 94),
    ]
    assert phone.width == 352


def test_orders_are_a_line_through_the_middles_of_the_bars() -> None:
    spans = spans_of(days(100, 0, 400, 200), [])
    desk, _phone = day_charts(spans, what="orders")
    assert (desk.height, desk.base) == (110, 88)
    # 1, 0, 4 and 2 orders; 78 pixels for the highest.
    assert desk.line == "173,68 368,88 563,10 758,49"
    assert [(d.x, d.y, d.width, d.height) for d in desk.dots] == [
        (171, 66, 4, 4), (366, 86, 4, 4), (561, 8, 4, 4), (756, 47, 4, 4),
    ]  # fmt: skip
    assert desk.dots[2].told == "11/04/2026: 4 orders"
    assert desk.bars == []


def test_nothing_sold_is_an_axis_and_no_bar() -> None:
    for what in ("revenue", "orders"):
        for chart in day_charts(spans_of(days(0, 0, 0), days(0, 0, 0)), what=what):
            assert {bar.height for bar in chart.bars} <= {0}
            assert chart.line == ""
            assert [mark.at for mark in chart.values] == [chart.base]


def test_beside_a_huge_day_a_small_one_is_seen_and_none_is_not() -> None:
    spans = spans_of(days("9999999999.99", "0.01", 0), [])
    for chart in day_charts(spans, what="revenue"):
        assert [bar.height for bar in chart.bars] == [188, 1, 0]
        assert [bar.y for bar in chart.bars] == [10, 197, 198]


def test_less_than_nothing_is_nothing() -> None:
    for chart in day_charts(spans_of(days(-100, 100), days(-5, 0)), what="revenue"):
        assert [bar.height for bar in chart.bars] == [0, 188]


def test_one_day_has_a_line_all_the_same() -> None:
    (desk, _phone) = day_charts(spans_of(days(100), days(50)), what="revenue")
    assert desk.line == "76,104 856,104"
    assert [mark.text for mark in desk.dates] == ["02.11"]


@pytest.mark.parametrize("count", [1, 2, 7, 30, 31, 90, 100])
def test_a_drawing_fits_where_it_is_shown(count: int) -> None:
    spans = spans_of(days(*([100] * count)), [])
    assert len(spans) == count
    for what in ("revenue", "orders"):
        desk, phone = day_charts(spans, what=what)
        assert desk.width <= 876
        assert phone.width <= 352
        assert len(desk.dates) <= 8
        assert len(phone.dates) <= 4
        # The newest day is named.
        assert desk.dates[-1].text == spans[-1].first.strftime("%d.%m")
        for bar in (*desk.bars, *phone.bars):
            assert bar.width >= 1
            assert bar.x >= 72


@pytest.mark.parametrize(
    ("count", "unit"),
    [(1, "day"), (100, "day"), (101, "week"), (700, "week"), (701, "month")],
)
def test_long_periods_are_drawn_by_week_and_month(count: int, unit: str) -> None:
    assert unit_of(count) == unit


def test_weeks_begin_on_monday_and_keep_every_tenge() -> None:
    wednesday = date(2026, 1, 7)
    now = days(*range(1, 102), first=wednesday)
    before = days(*([10] * 101), first=wednesday - timedelta(days=101))
    spans = spans_of(now, before)
    assert [(s.first, s.last) for s in spans[:2]] == [
        (wednesday, date(2026, 1, 11)),
        (date(2026, 1, 12), date(2026, 1, 18)),
    ]
    assert spans[0].revenue == 1 + 2 + 3 + 4 + 5
    assert [s.before for s in spans[:2]] == [50, 70]
    assert sum(s.revenue for s in spans) == sum(range(1, 102))
    assert spans[-1].last == wednesday + timedelta(days=100)
    assert spans[0].name == "01/07/2026 – 01/11/2026"


def test_months_of_several_years_are_told_apart() -> None:
    spans = spans_of(days(*([1] * 800), first=date(2024, 12, 15)), [])
    assert (spans[0].first, spans[0].last) == (date(2024, 12, 15), date(2024, 12, 31))
    assert spans[0].revenue == 17
    assert len({(s.first.year, s.first.month) for s in spans}) == len(spans) == 27
    desk, _phone = day_charts(spans, what="revenue")
    assert desk.dates[-1].text == "02.2027"


# --- Rows -----------------------------------------------------------------------------


def test_the_longest_bar_has_all_the_room() -> None:
    rows = [Rank("a", Decimal(300), "300"), Rank("b", Decimal(100), "100")]
    rows += [Rank("c", Decimal("0.01"), "0.01"), Rank("d", 0, "0"), Rank("e", -1, "")]
    assert [row.width for row in ranks(rows)] == [400, 133, 1, 0, 0]
    assert [row.width for row in ranks([Rank("a", 0, "0")])] == [0]
    assert ranks([]) == []


# --- Hours ----------------------------------------------------------------------------


def week(**orders: int) -> list[HourFigures]:
    """`d2h13=5`: so many orders on Wednesday between 13 and 14."""
    return [
        HourFigures(d, h, (n := orders.get(f"d{d}h{h}", 0)), Decimal(n * 100))
        for d in range(7)
        for h in range(24)
    ]


def test_every_hour_has_its_cell() -> None:
    desk, phone = heat_maps(week(d0h0=10, d2h13=5, d6h23=1))
    assert (desk.width, desk.height) == (808, 186)
    assert (phone.width, phone.height) == (318, 151)
    assert len(desk.cells) == len(phone.cells) == 168
    found = {c.level: (c.x, c.y) for c in desk.cells if c.level}
    assert found == {5: (40, 18), 3: (456, 66), 1: (776, 162)}
    found = {c.level: (c.x, c.y) for c in phone.cells if c.level}
    assert found == {5: (30, 18), 3: (186, 56), 1: (306, 132)}
    assert desk.cells[0].told == "Monday, 0:00–1:00: 10 orders, 1.000,00\xa0₸"
    assert desk.cells[-1].told == "Sunday, 23:00–24:00: 1 order, 100,00\xa0₸"


def test_a_week_without_orders_has_no_colour() -> None:
    for heat_map in heat_maps(week()):
        assert {cell.level for cell in heat_map.cells} == {0}
