"""What period is asked for, and the figures that stand above all others."""

import re
from datetime import date, timedelta
from decimal import Decimal

import pytest

from dashboard.forms import LONGEST, PeriodForm
from dashboard.reports import sales
from dashboard.reports.figures import DayFigures, Period, Sums
from dashboard.tiles import day_tiles, tiles_of
from tests.backoffice import office
from tests.dashboard.placing import PAGE, SIGN

pytestmark = pytest.mark.django_db


# --- The period -----------------------------------------------------------------------


def period(**asked: str) -> tuple[date, date] | list[str]:
    form = PeriodForm(asked, today=date(2026, 11, 28))
    if not form.is_valid():
        return form.problems
    return form.period.first, form.period.last


@pytest.mark.parametrize(
    ("asked", "first", "last"),
    [
        ({}, "2026-11-22", "2026-11-28"),
        ({"days": ""}, "2026-11-22", "2026-11-28"),
        ({"days": "1"}, "2026-11-28", "2026-11-28"),
        ({"days": "30"}, "2026-10-30", "2026-11-28"),
        ({"days": "366"}, "2025-11-28", "2026-11-28"),
        ({"first": "2026-11-01", "last": "2026-11-03"}, "2026-11-01", "2026-11-03"),
        ({"first": "2026-11-01"}, "2026-11-01", "2026-11-28"),
        ({"first": "2023-11-29", "last": "2026-11-28"}, "2023-11-29", "2026-11-28"),
        # Dates are more than a number of days.
        (
            {"days": "30", "first": "2026-11-01", "last": "2026-11-01"},
            "2026-11-01",
            "2026-11-01",
        ),
    ],
)
def test_what_can_be_asked(asked: dict[str, str], first: str, last: str) -> None:
    assert period(**asked) == (date.fromisoformat(first), date.fromisoformat(last))


BAD = [
    ({"days": "0"}, "Ensure this value is greater than or equal to 1."),
    ({"days": "367"}, "Ensure this value is less than or equal to 366."),
    ({"days": "week"}, "Enter a whole number."),
    ({"days": "9" * 5000}, "Enter a whole number."),
    ({"first": "yesterday"}, "First day: Enter a valid date."),
    ({"first": "2026-02-30"}, "First day: Enter a valid date."),
    ({"first": "01.11.2026", "last": "2026-11-02"}, "First day: Enter a valid date."),
    ({"first": "2026-11-01\0", "last": "2026-11-02"}, None),
    ({"first": "2026-11-01", "last": "<script>"}, "Last day: Enter a valid date."),
    ({"first": "2026-11-02", "last": "2026-11-01"},
     "The first day lies after the last."),
    ({"last": "2026-11-01"}, "Choose the first day too."),
    ({"first": "2001-01-01", "last": "2026-11-01"},
     "A period has three years at most."),
    ({"first": "0001-01-01", "last": "0001-01-02"},
     "There are no figures of so long ago."),
    ({"first": "9999-12-30", "last": "9999-12-31"},
     "The last day lies in the future."),
    ({"first": "٢٠٢٦-11-01", "last": "９９９９-12-31"}, None),
]  # fmt: skip


@pytest.mark.parametrize(("asked", "said"), BAD)
def test_what_makes_no_sense_is_said_and_the_week_is_shown(
    asked: dict[str, str], said: str | None
) -> None:
    page = office().get(PAGE, asked)
    assert page.status_code == 400
    html = page.content.decode()
    (problems,) = re.findall(
        r'<ul class="errorlist" role="alert">(.*?)</ul>', html, re.S
    )
    if said:
        assert f"<li>{said}</li>" in problems
    assert "<script>" not in problems
    assert page.context["figures"].period == Period.up_to(sales.today(), 7)
    assert html.count('<rect class="bar"') == 2 * 7
    table = office().get(f"{PAGE}days.csv", asked)
    assert table.status_code == 400
    assert table["Content-Type"] == "text/plain; charset=utf-8"
    if said:
        assert said in table.content.decode()


def test_three_years_and_not_a_day_more() -> None:
    last = sales.today()
    for days, status in ((LONGEST, 200), (LONGEST + 1, 400)):
        first = last - timedelta(days=days - 1)
        asked = {"first": first.isoformat(), "last": last.isoformat()}
        assert office().get(PAGE, asked).status_code == status


def test_the_future_begins_tomorrow() -> None:
    today = sales.today()
    asked = {"first": today.isoformat(), "last": today.isoformat()}
    assert office().get(PAGE, asked).status_code == 200
    asked["last"] = (today + timedelta(days=1)).isoformat()
    assert office().get(PAGE, asked).status_code == 400


def test_the_period_that_is_shown_is_marked() -> None:
    html = office().get(PAGE, {"days": "30"}).content.decode()
    assert re.findall(r'href="\?days=(\d+)" aria-current', html) == ["30"]
    today = sales.today()
    asked = {"first": str(today - timedelta(days=2)), "last": str(today)}
    html = office().get(PAGE, asked).content.decode()
    assert re.findall(r'href="\?days=(\d+)" aria-current', html) == []
    assert f'name="first" id="id_first" value="{asked["first"]}"' in html


# --- The tiles ------------------------------------------------------------------------


def sums(orders: int, revenue: str, buyers: int, carts: int | None) -> Sums:
    return Sums(orders, Decimal(revenue), buyers, carts)


def test_each_figure_stands_beside_what_it_was() -> None:
    found = tiles_of(sums(3, "336.00", 2, 10), sums(4, "300.00", 2, 10))
    assert [(tile.title, tile.value, tile.change, tile.way) for tile in found] == [
        ("Revenue", f"336,00{SIGN}", "▲\xa012%", "up"),
        ("Orders", "3", "▼\xa025%", "down"),
        ("Average order", f"112,00{SIGN}", "▲\xa049%", "up"),
        ("Buyers", "2", "=\xa00%", "same"),
        ("Conversion of carts", "30.0%", "▼\xa025%", "down"),
    ]
    assert [tile.told for tile in found[:4]] == [
        f"12% more than in the period before: 300,00{SIGN}.",
        "25% less than in the period before: 4.",
        f"49% more than in the period before: 75,00{SIGN}.",
        "As in the period before.",
    ]


def test_what_cannot_be_compared_is_a_dash() -> None:
    found = tiles_of(sums(0, "0", 0, None), sums(0, "0", 0, None))
    assert [(tile.value, tile.change) for tile in found] == [
        (f"0,00{SIGN}", "—"), ("0", "—"), ("—", "—"), ("0", "—"), ("—", "—"),
    ]  # fmt: skip
    assert {tile.told for tile in found} == {"There is nothing to compare with."}
    first = tiles_of(sums(1, "5", 1, 1), sums(0, "0", 0, 0))
    assert {tile.change for tile in first} == {"—"}
    gone = tiles_of(sums(0, "0", 0, 0), sums(1, "5", 1, 1))
    assert [tile.change for tile in gone] == [
        "▼\xa0100%", "▼\xa0100%", "—", "▼\xa0100%", "—",
    ]  # fmt: skip


def test_a_day_has_fewer_tiles() -> None:
    now = DayFigures(date(2026, 11, 28), 2, Decimal("0.01"))
    before = DayFigures(date(2026, 11, 27), 1, Decimal("9999999999.99"))
    assert [(tile.value, tile.change) for tile in day_tiles(now, before)] == [
        (f"0,01{SIGN}", "▼\xa0100%"),
        ("2", "▲\xa0100%"),
        (f"0,01{SIGN}", "▼\xa0100%"),
    ]
