"""The page of figures and the front page: exact, for whom, and what they refuse."""

import re
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from xml.etree import ElementTree as ET
from zoneinfo import ZoneInfo

import pytest
from django.test import Client

from catalog.models import Category, Product
from dashboard.forms import LONGEST, PeriodForm
from dashboard.reports import sales
from dashboard.reports.before import days_before, sums_of
from dashboard.reports.figures import DayFigures, Period, Sums
from dashboard.tiles import day_tiles, tiles_of
from orders.models import Order
from tests.backoffice import office, queries, staff_in, staff_with
from tests.factories import make_category, make_order, make_product, make_user
from tests.pages import text

pytestmark = pytest.mark.django_db

PAGE, FRONT = "/admin/stats/", "/admin/"
ZONE = ZoneInfo("Asia/Almaty")
SIGN = "\xa0₸"
EVIL = [
    "<script>alert(1)</script>",
    "</title></svg><img src=x onerror=alert(1)>",
    '"><svg onload=alert(1)>',
    "{{ 7|add:7 }}{% debug %}",
    "&lt;b&gt; & ' \"",
    "]]><![CDATA[",
]


def placed(day: date, total: str, hour: int = 12, **fields: Any) -> Order:
    """An order of that day, at that hour of the shop's clock."""
    made = make_order()
    Order.objects.filter(pk=made.pk).update(
        created_at=datetime.combine(day, time(hour), tzinfo=ZONE),
        total=Decimal(total),
        **fields,
    )
    return made


def tiles(page: Any) -> dict[str, tuple[str, str]]:
    return {tile.title: (tile.value, tile.change) for tile in page.context["tiles"]}


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


# --- The page -------------------------------------------------------------------------


def test_the_figures_of_a_range_are_exact() -> None:
    today = sales.today()
    day = today - timedelta(days=40)
    placed(day, "100.10", email="a@example.com")
    placed(day + timedelta(days=1), "200.20", email="A@example.com")
    placed(day + timedelta(days=1), "5.00", status="canceled")
    placed(day - timedelta(days=1), "150.15", email="b@example.com")
    placed(day + timedelta(days=2), "77.00")
    page = office().get(PAGE, {"first": str(day), "last": str(day + timedelta(days=1))})
    assert {title: tiles(page)[title] for title in ("Revenue", "Orders", "Buyers")} == {
        "Revenue": (f"300,30{SIGN}", "▲\xa0100%"),
        "Orders": ("2", "▲\xa0100%"),
        "Buyers": ("1", "=\xa00%"),
    }
    spans = page.context["spans"]
    assert [(s.orders, s.revenue, s.before) for s in spans] == [
        (1, Decimal("100.10"), Decimal("0.00")),
        (1, Decimal("200.20"), Decimal("150.15")),
    ]
    rows = {row.css: row.value for row in page.context["statuses"]}
    assert rows == {
        "pending": 2, "paid": 0, "processing": 0, "shipped": 0, "completed": 0,
        "canceled": 1, "refunded": 0,
    }  # fmt: skip
    hours = page.context["hours"]
    assert hours[day.weekday()].orders[12] == 1
    assert sum(row.total for row in hours) == 2
    said = text(page)
    assert "300,30 ₸" in said
    assert "12" in said


def test_a_status_leads_to_its_orders_of_the_period() -> None:
    today = sales.today()
    made = placed(today, "1.00", hour=0)
    placed(today - timedelta(days=1), "1.00", hour=23)
    placed(today, "1.00", hour=0, status="paid")
    client = office()
    page = client.get(PAGE, {"days": "1"})
    (pending,) = (row for row in page.context["statuses"] if row.css == "pending")
    found = client.get(pending.address).context["cl"].result_list
    assert [row.pk for row in found] == [made.pk]


def test_a_category_leads_to_its_products() -> None:
    food = make_category("Food")
    tea = make_product(name="Tea", categories=[food])
    make_order(None, (tea, 1), (make_product(name="Loose"), 1))
    client = office()
    page = client.get(PAGE)
    rows = {row.name: row.address for row in page.context["categories"]}
    assert set(rows) == {"Food", "Without a category"}
    assert rows["Without a category"] == ""
    found = client.get(rows["Food"]).context["cl"].result_list
    assert [row.pk for row in found] == [tea.pk]


def test_who_sees_figures_alone_is_led_nowhere_else() -> None:
    make_order(None, (make_product(categories=[make_category()]), 1))
    page = office(staff_with("orders.view_stats")).get(PAGE)
    rows = [
        *page.context["products"], *page.context["categories"],
        *page.context["statuses"],
    ]  # fmt: skip
    assert {row.address for row in rows} == {""}
    assert page.context["low"] is None
    assert page.context["todo"] is None


def svgs(html: str) -> list[ET.Element]:
    """The drawings, which are well-formed by themselves."""
    return [
        ET.fromstring(found)  # noqa: S314 - our own
        for found in re.findall(r"<svg class=.*?</svg>", html, re.S)
    ]


@pytest.mark.parametrize("language", ["en", "ru", "kk"])
def test_every_drawing_is_whole_numbers_and_has_a_name(language: str) -> None:
    for n in range(12):
        made = make_order(None, (make_product(price=n * 999_999), 1))
        moment = datetime.combine(
            sales.today() - timedelta(days=n), time(n), tzinfo=ZONE
        )
        Order.objects.filter(pk=made.pk).update(created_at=moment)
    client = office()
    client.cookies["django_language"] = language
    for days in ("1", "30", "200"):
        html = client.get(PAGE, {"days": days}).content.decode()
        assert html.count("<h1>") == 1
        assert " style=" not in html
        drawn = svgs(html)
        # Twice two lines of days, twice the hours, and the rows.
        assert len(drawn) > 6 + 7
        for svg in drawn:
            if svg.get("aria-hidden"):
                continue
            assert svg.get("role") == "img"
            assert svg.find("title") is not None
            assert (svg.find("title").text or "").strip()  # type: ignore[union-attr]
            for part in svg.iter():
                for name in ("x", "y", "x1", "x2", "y1", "y2", "width", "height"):
                    assert re.fullmatch(r"\d+|", part.get(name, "")), ET.tostring(part)
                for pair in part.get("points", "").split():
                    assert re.fullmatch(r"\d+,\d+", pair)


def test_every_drawing_has_a_table_and_a_file() -> None:
    make_order()
    html = office().get(PAGE, {"days": "30"}).content.decode()
    assert html.count("<details") >= 5
    today = sales.today()
    query = f"first={today - timedelta(days=29)}&amp;last={today}"
    for table in ("days", "products", "categories", "statuses", "hours"):
        assert f'href="/admin/stats/{table}.csv?{query}"' in html
    for table in ("low-stock", "to-do"):
        assert f'href="/admin/stats/{table}.csv"' in html


@pytest.mark.parametrize("evil", EVIL)
def test_what_somebody_wrote_stays_a_text(evil: str) -> None:
    category = make_category("Food")
    Category.objects.filter(pk=category.pk).update(name_ru=evil, name_en=evil)
    product = make_product(name=evil, sku=evil[:60], stock=4, categories=[category])
    make_order(None, (product, 2))
    page = office().get(PAGE)
    html = page.content.decode()
    assert page.context["products"][0].name == evil
    assert page.context["categories"][0].name == evil
    # The page has just the elements that it has with a harmless name.
    Product.objects.update(name_ru="A", name_en="A", sku="A")
    Category.objects.update(name_ru="A", name_en="A")
    Order.objects.get().items.update(name="A", sku="A")
    harmless = office().get(PAGE).content.decode()

    def elements(page: str) -> list[str]:
        return re.findall(r"<(?!!--)/?[a-zA-Z]+", page)

    assert elements(html) == elements(harmless)
    svgs(html)


def test_the_front_page_has_today_and_the_week() -> None:
    today = sales.today()
    placed(today, "300.00", hour=0)
    placed(today - timedelta(days=1), "200.00")
    placed(today - timedelta(days=8), "1000.00")
    (_today, day, _), (_week, week, _) = office().get(FRONT).context["periods"]
    assert [(tile.value, tile.change) for tile in day] == [
        (f"300,00{SIGN}", "▲\xa050%"),
        ("1", "=\xa00%"),
        (f"300,00{SIGN}", "▲\xa050%"),
    ]
    assert [(tile.value, tile.change) for tile in week[:2]] == [
        (f"500,00{SIGN}", "▼\xa050%"),
        ("2", "▲\xa0100%"),
    ]


def test_the_front_page_says_what_the_page_of_figures_says() -> None:
    today = sales.today()
    for days in (0, 1, 6, 7, 13, 14):
        placed(today - timedelta(days=days), f"{days + 1}.50", hour=0)
    week = Period.up_to(today, 7)
    figures = sales.figures_of(week)
    assert sums_of(week) == (figures.days, figures.sums, figures.before)
    assert (figures.sums.orders, figures.before.orders) == (3, 2)
    assert days_before(week) == sales.figures_of(week.before).days


@pytest.mark.parametrize(
    ("role", "sees"),
    [("manager", True), ("warehouse", False), ("content", False), ("analyst", True)],
)
def test_the_front_page_shows_money_to_whom_it_concerns(role: str, sees: bool) -> None:
    make_order()
    page = office(staff_in(role)).get(FRONT)
    html = page.content.decode()
    assert ("periods" in page.context) == sees
    assert ("front-figures" in html) == sees
    assert ("200,00\xa0₸" in html) == sees
    # Django's own parts are there for everybody.
    assert "recent-actions-module" in html
    assert "app-catalog module" in html


def test_the_front_page_needs_a_login_as_before() -> None:
    for client in (Client(), office(make_user())):
        answer = client.get(FRONT)
        assert (answer.status_code, answer.url) == (302, f"/admin/login/?next={FRONT}")


def test_the_page_takes_the_same_queries_for_a_day_and_three_years() -> None:
    client = office()
    make_order(None, (make_product(stock=2, categories=[make_category()]), 1))
    before = queries(client, f"{PAGE}?days=1")
    for n in range(27):
        moment = datetime.combine(
            sales.today() - timedelta(days=n * 13), time(n % 24), tzinfo=ZONE
        )
        product = make_product(stock=2, categories=[make_category()])
        made = make_order(None, (product, 1))
        Order.objects.filter(pk=made.pk).update(created_at=moment)
    assert queries(client, f"{PAGE}?days=1") == before
    assert queries(client, f"{PAGE}?days=366") == before
    assert before <= 35
