"""The tables of the figures as files: exact, safe to open, for whom they are."""

import csv
import io
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from catalog.models import Product
from dashboard import tables
from dashboard.reports import sales
from orders.models import Order
from tests.backoffice import office, staff_in, staff_with
from tests.factories import make_category, make_order, make_product, make_user

pytestmark = pytest.mark.django_db

ZONE = ZoneInfo("Asia/Almaty")
TABLES = {
    "days", "products", "categories", "statuses", "hours", "low-stock", "to-do",
}  # fmt: skip


def address(table: str) -> str:
    return f"/admin/stats/{table}.csv"


def rows(table: str, client: Client | None = None, **asked: str) -> list[list[str]]:
    answer = (client or office()).get(address(table), asked)
    assert answer.status_code == 200
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    content = b"".join(answer.streaming_content).decode("utf-8")
    assert content.startswith("\ufeff")
    return list(csv.reader(io.StringIO(content[1:], newline="")))


def placed(day: date, hour: int, *lines: tuple[Product, int], **fields: Any) -> Order:
    made = make_order(None, *lines)
    moment = datetime.combine(day, time(hour), tzinfo=ZONE)
    Order.objects.filter(pk=made.pk).update(created_at=moment, **fields)
    return made


@pytest.fixture
def day() -> date:
    return sales.today() - timedelta(days=3)


@pytest.fixture
def asked(day: date) -> dict[str, str]:
    return {"first": str(day), "last": str(day + timedelta(days=1))}


def test_there_is_a_file_for_every_table() -> None:
    assert tables.TABLES.keys() == TABLES


def test_days(day: date, asked: dict[str, str]) -> None:
    placed(day, 0, total=Decimal("9999999999.99"))
    placed(day, 23, total=Decimal("0.02"))
    placed(day - timedelta(days=1), 23, total=Decimal(7))
    assert rows("days", **asked) == [
        ["Date", "Orders", "Revenue"],
        [str(day), "2", "10000000000.01"],
        [str(day + timedelta(days=1)), "0", "0.00"],
    ]


def test_products_all_of_them_and_their_names_are_no_formulas(
    day: date, asked: dict[str, str]
) -> None:
    names = ["=1+1", "+7", "-2", "@SUM(A1)", "\tTab", "<script>", 'a "b", c', "＝1"]
    products = [
        make_product(sku=f"S{n:02}", name=names[n] if n < 8 else f"P{n}", price=n + 1)
        for n in range(12)
    ]
    placed(day, 12, *((product, 1) for product in products))
    evil = make_product(sku="=cmd|'/c calc'!A1", name="A", price="0.50")
    placed(day, 13, (evil, 3))
    header, *found = rows("products", **asked)
    assert header == ["SKU", "Product", "Pieces", "Revenue", "id"]
    assert len(found) == 13
    assert found[0] == ["S11", "P11", "1", "12.00", str(products[11].pk)]
    by_id = {row[-1]: row[:4] for row in found}
    assert by_id[str(evil.pk)] == ["'=cmd|'/c calc'!A1", "A", "3", "1.50"]
    shown = [by_id[str(product.pk)][1] for product in products[:8]]
    assert shown == [
        "'=1+1", "'+7", "'-2", "'@SUM(A1)", "'\tTab",
        "<script>", 'a "b", c', "'＝1",
    ]  # fmt: skip
    assert not any(
        cell.startswith(("=", "+", "-", "@", "\t")) for row in found for cell in row
    )


def test_categories(day: date, asked: dict[str, str]) -> None:
    food = make_category("=Food")
    tea = make_product(price="0.10", categories=[food])
    placed(day, 12, (tea, 3), (make_product(price=5), 1))
    assert rows("categories", **asked) == [
        ["Category", "Pieces", "Revenue", "id"],
        ["Without a category", "1", "5.00", ""],
        ["'=Food", "3", "0.30", str(food.pk)],
    ]


def test_statuses(day: date, asked: dict[str, str]) -> None:
    placed(day, 12, total=Decimal("1.50"))
    placed(day, 12, total=Decimal("2.25"), status="canceled")
    header, *found = rows("statuses", **asked)
    assert header == ["status", "Status", "Orders", "Total"]
    assert [row[0] for row in found] == Order.Status.values
    assert found[0] == ["pending", "pending", "1", "1.50"]
    assert found[5] == ["canceled", "canceled", "1", "2.25"]
    assert found[6] == ["refunded", "refunded", "0", "0.00"]


def test_hours(day: date, asked: dict[str, str]) -> None:
    placed(day, 23, total=Decimal("1.50"))
    header, *found = rows("hours", **asked)
    assert header == ["weekday", "Weekday", "Hour", "Orders", "Revenue"]
    assert len(found) == 168
    assert found[0] == ["1", "Monday", "0", "0", "0.00"]
    row = found[day.weekday() * 24 + 23]
    assert row == [str(day.weekday() + 1), f"{day:%A}", "23", "1", "1.50"]
    assert sum(int(row[3]) for row in found) == 1


def test_low_stock_has_every_row(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "PIECE", 4)
    for n in range(25):
        make_product(sku=f"L{n:02}", stock=0)
    still = make_product(sku="STILL", name="-1", stock=1)
    sold = make_product(sku="SOLD", stock=4)
    placed(sales.today(), 0, (sold, 2))
    header, *found = rows("low-stock")
    assert header == [
        "SKU", "Product", "In stock", "Sold in 30 days", "Lasts for days", "id",
    ]  # fmt: skip
    assert [row[0] for row in found] == [f"L{n:02}" for n in range(25)] + [
        "SOLD", "STILL",
    ]  # fmt: skip
    assert found[0][2:5] == ["0", "0", "0.0"]
    assert found[25][2:5] == ["2", "2", "30.0"]
    assert found[26] == ["STILL", "'-1", "1", "0", "", str(still.pk)]


def test_what_waits_one_by_one() -> None:
    made = placed(sales.today() - timedelta(days=5), 9, full_name="=Ann", status="paid")
    Product.objects.update(stock=99)
    header, *found = rows("to-do")
    assert header == ["Task", "About", "Details", "Since", "Page"]
    since = f"{sales.today() - timedelta(days=5)} 09:00:00"
    page = f"/admin/orders/order/{made.pk}/change/"
    assert found == [
        ["To pack", str(made), "'=Ann", since, page],
        ["Late: paid and not sent", str(made), "'=Ann", since, page],
    ]
    # Six and more of a kind, too, unlike on the page.
    for _ in range(7):
        placed(sales.today(), 9, status="paid")
    Product.objects.update(stock=99)
    assert len([row for row in rows("to-do") if row[0] == "To pack"]) == 8


def test_files_are_named_by_their_days(day: date, asked: dict[str, str]) -> None:
    client = office()

    def name(table: str) -> str:
        answer = client.get(address(table), asked)
        b"".join(answer.streaming_content)
        return answer["Content-Disposition"]

    last = day + timedelta(days=1)
    assert name("days") == f'attachment; filename="days-{day}-{last}.csv"'
    today = sales.today()
    assert name("low-stock") == f'attachment; filename="low-stock-{today}.csv"'


ROLES = {
    "manager": TABLES, "analyst": TABLES, "warehouse": {"low-stock", "to-do"},
    "content": set(),
}  # fmt: skip


@pytest.mark.parametrize("role", ROLES)
def test_who_may_have_which_file(role: str) -> None:
    client = office(staff_in(role))
    may = {t for t in TABLES if client.get(address(t)).status_code == 200}
    assert may == ROLES[role]
    refused = {client.get(address(t)).status_code for t in TABLES - may}
    assert refused <= {403}


def test_a_file_has_no_more_than_its_reader_may_see() -> None:
    placed(sales.today() - timedelta(days=5), 9, status="paid")
    make_product(stock=0)
    reader = office(staff_with("catalog.view_product", "catalog.view_stockentry"))
    assert [row[0] for row in rows("to-do", reader)[1:]] == ["Running low"]


def test_strangers_have_none() -> None:
    for client in (Client(), office(make_user())):
        for table in TABLES:
            assert client.get(address(table)).status_code == 302
    assert office().get(address("nothing")).status_code == 404
    assert office().post(address("days")).status_code == 405


def test_titles_come_in_the_readers_language() -> None:
    client = office()
    client.cookies["django_language"] = "ru"
    assert rows("days", client)[0] != ["Date", "Orders", "Revenue"]


@pytest.mark.parametrize("table", sorted(TABLES))
def test_a_file_takes_the_same_queries_for_1_and_20_orders(table: str) -> None:
    client = office()

    def sell() -> None:
        product = make_product(stock=1, categories=[make_category()])
        placed(sales.today() - timedelta(days=4), 1, (product, 1), status="paid")

    sell()
    before = queries_of_file(client, table)
    for _ in range(19):
        sell()
    assert queries_of_file(client, table) == before <= 20


def queries_of_file(client: Client, table: str) -> int:

    with CaptureQueriesContext(connection) as captured:
        answer = client.get(address(table))
        b"".join(answer.streaming_content)
    return len(captured)
