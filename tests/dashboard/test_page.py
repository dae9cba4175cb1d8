"""The page of figures: exact, whole numbers in its drawings, and texts as texts."""

import re
from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from catalog.models import Category, Product
from dashboard.reports import sales
from orders.models import Order
from tests.backoffice import office, queries, staff_with
from tests.dashboard.placing import PAGE, SIGN, ZONE, placed
from tests.factories import make_category, make_order, make_product
from tests.pages import text

pytestmark = pytest.mark.django_db

EVIL = [
    "<script>alert(1)</script>",
    "</title></svg><img src=x onerror=alert(1)>",
    '"><svg onload=alert(1)>',
    "{{ 7|add:7 }}{% debug %}",
    "&lt;b&gt; & ' \"",
    "]]><![CDATA[",
]


def tiles(page: Any) -> dict[str, tuple[str, str]]:
    return {tile.title: (tile.value, tile.change) for tile in page.context["tiles"]}


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
