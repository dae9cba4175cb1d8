"""The shop's figures: exact, by the shop's own days, for those who may see them."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation

from catalog.models import Product
from dashboard import reports
from dashboard.api.serializers import StatsSerializer
from orders import services as orders
from orders.models import Order
from payments.services import refund_order
from tests.api import client_of
from tests.backoffice import office, queries, staff_with
from tests.factories import make_admin, make_order, make_product, make_user

pytestmark = pytest.mark.django_db

ALMATY = ZoneInfo("Asia/Almaty")
API = "/api/admin/stats"
PAGE = "/admin/stats/"


def placed_at(moment: datetime, total: str, **fields: Any) -> Order:
    order = make_order()
    Order.objects.filter(pk=order.pk).update(
        created_at=moment, total=Decimal(total), **fields
    )
    return order


# --- The figures ----------------------------------------------------------------------


def test_an_empty_shop_has_zeros() -> None:
    stats = reports.shop_stats()
    today = timezone.localdate(timezone=ALMATY)
    assert stats == {
        "products": {"total": 0, "active": 0, "low_stock": []},
        "total_orders": 0,
        "total_revenue": "0.00",
        "unique_buyers": 0,
        "top_products": [],
        "last7": [
            {
                "date": str(today - timedelta(days=6 - n)),
                "count": 0,
                "revenue": "0.00",
            }
            for n in range(7)
        ],
    }


def test_canceled_and_refunded_orders_do_not_count() -> None:
    price = Decimal("10.10")
    tea = make_product(sku="TEA", name="Чай", price=price, stock=100)
    for status in Order.Status.values:
        order = make_order(make_user(email=f"{status}@example.com"), (tea, 2))
        Order.objects.filter(pk=order.pk).update(status=status)
    stats = reports.shop_stats()
    assert stats["total_orders"] == 5
    assert stats["total_revenue"] == "101.00"
    assert stats["unique_buyers"] == 5
    assert stats["top_products"] == [
        {
            "product_id": str(tea.pk),
            "sku": "TEA",
            "name": "Чай",
            "qty": 10,
            "revenue": "101.00",
        }
    ]
    assert (stats["last7"][-1]["count"], stats["last7"][-1]["revenue"]) == (5, "101.00")


def test_a_buyer_is_one_in_any_letter_case() -> None:
    for email in ("a@example.com", "A@Example.com", "b@example.com"):
        placed_at(timezone.now(), "1", email=email)
    assert reports.shop_stats()["unique_buyers"] == 2


def test_the_five_best_by_revenue_named_as_in_their_newest_sale() -> None:
    buyer = make_user()
    products = [
        make_product(sku=f"P{n}", name=f"old {n}", price=Decimal(n))
        for n in range(1, 8)
    ]
    make_order(buyer, *((product, 1) for product in products))
    Product.objects.filter(sku="P7").update(name_ru="new 7", sku="P7-new", price=1)
    make_order(buyer, (Product.objects.get(sku="P7-new"), 3))
    top = reports.shop_stats()["top_products"]
    assert [(row["sku"], row["name"], row["qty"], row["revenue"]) for row in top] == [
        ("P7-new", "new 7", 4, "10.00"),
        ("P6", "old 6", 1, "6.00"),
        ("P5", "old 5", 1, "5.00"),
        ("P4", "old 4", 1, "4.00"),
        ("P3", "old 3", 1, "3.00"),
    ]


def test_a_deleted_product_stays_among_the_best() -> None:
    product = make_product(sku="GONE", price=5)
    make_order(None, (product, 2))
    product.delete()
    (row,) = reports.shop_stats()["top_products"]
    assert (row["sku"], row["revenue"]) == ("GONE", "10.00")


def test_ten_products_run_low_the_lowest_first(settings: Any) -> None:
    settings.LOW_STOCK_THRESHOLD = 3
    for n in range(12):
        make_product(sku=f"L{n:02}", stock=n % 4)
    make_product(sku="enough", stock=4)
    make_product(sku="off", stock=0, is_active=False)
    products = reports.shop_stats()["products"]
    assert (products["total"], products["active"]) == (14, 13)
    low = [(row["sku"], row["stock"]) for row in products["low_stock"]]
    assert low == [
        ("L00", 0), ("L04", 0), ("L08", 0), ("L01", 1), ("L05", 1), ("L09", 1),
        ("L02", 2), ("L06", 2), ("L10", 2), ("L03", 3),
    ]  # fmt: skip


def test_a_day_ends_at_midnight_in_the_shops_time_zone() -> None:
    today = timezone.localdate(timezone=ALMATY)
    midnight = datetime(today.year, today.month, today.day, tzinfo=ALMATY)
    second = timedelta(seconds=1)
    placed_at(midnight, "1.00")
    placed_at(midnight - second, "20.00")
    placed_at(midnight - timedelta(days=6), "300.00")
    placed_at(midnight - timedelta(days=6) - second, "4000.00")
    # Whoever reads, and wherever they are.
    with timezone.override("America/New_York"):
        stats = reports.shop_stats(days=8)
    revenue = {day["date"]: (day["count"], day["revenue"]) for day in stats["days"]}
    assert revenue == {
        **{str(today - timedelta(days=n)): (0, "0.00") for n in range(8)},
        str(today): (1, "1.00"),
        str(today - timedelta(days=1)): (1, "20.00"),
        str(today - timedelta(days=6)): (1, "300.00"),
        str(today - timedelta(days=7)): (1, "4000.00"),
    }
    assert [day["date"] for day in stats["last7"]] == [
        str(today - timedelta(days=n)) for n in range(6, -1, -1)
    ]
    assert stats["last7"] == stats["days"][1:]


def test_an_order_of_tomorrow_is_not_shown_among_the_days() -> None:
    placed_at(timezone.now() + timedelta(days=2), "5.00")
    stats = reports.shop_stats()
    assert stats["total_orders"] == 1
    assert sum(day["count"] for day in stats["last7"]) == 0


@pytest.mark.parametrize("days", [1, 7, 30, 366])
def test_any_number_of_days_is_filled_with_zeros(days: int) -> None:
    stats = reports.shop_stats(days)
    assert len(stats["days"]) == days
    assert len(stats["last7"]) == 7
    assert stats["days"][-1]["date"] == str(timezone.localdate(timezone=ALMATY))


def test_the_figures_take_the_same_queries_for_1_and_30_orders() -> None:
    make_order()

    def count() -> int:
        with CaptureQueriesContext(connection) as captured:
            reports.shop_stats(days=30)
        return len(captured)

    before = count()
    for _ in range(29):
        make_order(None, (make_product(stock=2), 1))
    assert count() == before <= 9


def test_large_money_is_exact() -> None:
    placed_at(timezone.now(), "9999999999.99")
    placed_at(timezone.now(), "0.02")
    assert reports.shop_stats()["total_revenue"] == "10000000000.01"


# --- The API --------------------------------------------------------------------------


def test_the_api_answers_the_contracts_shape() -> None:
    make_order(None, (make_product(stock=2), 1))
    answer = client_of(make_admin()).get(API, {"days": 30})
    assert answer.status_code == 200
    stats = answer.json()
    assert stats == reports.shop_stats(30)
    assert list(stats) == list(StatsSerializer().fields)
    assert StatsSerializer(data=stats).is_valid()
    assert "days" not in client_of(make_admin()).get(f"{API}/").json()


def test_who_may_read_the_api() -> None:
    assert client_of().get(API).status_code == 401
    assert client_of(make_user()).get(API).status_code == 403
    assert client_of(staff_with("orders.view_order")).get(API).status_code == 403
    assert client_of(staff_with("orders.view_stats")).get(API).status_code == 200
    assert client_of(make_admin()).get(API).status_code == 200
    assert client_of(make_admin()).post(API).status_code == 405
    refusal = client_of(make_user()).get(API).json()
    assert refusal["code"] == "permission_denied"
    permitted = make_user()
    permitted.user_permissions.set(
        staff_with("orders.view_stats").user_permissions.all()
    )
    assert client_of(permitted).get(API).status_code == 403


@pytest.mark.parametrize("days", ["0", "-1", "367", "week", "1.5", "9" * 30])
def test_a_number_of_days_that_is_none_is_a_field_error(days: str) -> None:
    answer = client_of(make_admin()).get(API, {"days": days})
    assert answer.status_code == 400
    assert list(answer.json()) == ["days"]


def test_names_come_in_the_readers_language() -> None:
    make_product(name="Чай", name_en="Tea", stock=1)
    client = client_of(make_admin(), HTTP_ACCEPT_LANGUAGE="en")
    (row,) = client.get(API).json()["products"]["low_stock"]
    assert row["name"] == "Tea"


# --- The page -------------------------------------------------------------------------


def test_the_page_shows_the_figures() -> None:
    product = make_product(sku="TEA", name="<script>alert(1)</script>", stock=4)
    make_order(None, (product, 2))
    html = office().get(PAGE).content.decode()
    assert "<script>alert" not in html
    assert "&lt;script&gt;" in html
    assert html.count('<rect class="bar"') == 2 * 7
    assert "200,00\N{NO-BREAK SPACE}₸" in html
    assert " style=" not in html
    assert html.count("<h1>") == 1


@pytest.mark.parametrize("language", ["ru", "kk", "en"])
def test_the_drawing_has_plain_numbers_in_every_language(language: str) -> None:
    make_order()
    client = office()
    client.cookies["django_language"] = language
    with translation.override(None):
        html = client.get(PAGE, {"days": 30}).content.decode()
    assert '<rect class="bar" x="833" y="10" width="20" height="188">' in html
    assert html.count('<rect class="bar"') == 2 * 30


def test_a_bad_number_of_days_is_said_on_the_page() -> None:
    page = office().get(PAGE, {"days": "367"})
    assert page.status_code == 400
    assert "less than or equal to 366" in page.content.decode()


def test_who_may_open_the_page() -> None:
    for client in (Client(), office(make_user())):
        answer = client.get(PAGE)
        assert answer.status_code == 302
        assert answer.url == f"/admin/login/?next={PAGE}"
    assert office(staff_with("orders.view_order")).get(PAGE).status_code == 403
    assert office(staff_with("orders.view_stats")).get(PAGE).status_code == 200


def test_the_back_office_leads_to_the_page_whoever_may_open_it() -> None:
    link = f'href="{PAGE}"'
    assert link in office().get("/admin/").content.decode()
    stranger = office(staff_with("catalog.view_product"))
    assert link not in stranger.get("/admin/").content.decode()


def test_the_page_takes_the_same_queries_for_1_and_30_orders() -> None:
    client, buyer = office(), make_user()
    make_order(buyer)
    before = queries(client, PAGE)
    for _ in range(29):
        make_order(buyer)
    assert queries(client, PAGE) == before <= 35


@pytest.mark.parametrize(
    ("short", "target"),
    [
        ("/admin/templates/", "/admin/catalog/spectemplate/"),
        ("/admin/orders/", "/admin/orders/order/"),
    ],
)
def test_short_addresses_lead_to_their_lists(short: str, target: str) -> None:
    answer = office().get(f"{short}?q=a")
    assert (answer.status_code, answer.url) == (302, f"{target}?q=a")
    assert office().get(target).status_code == 200
    answer = Client().get(short)
    assert answer.url == f"/admin/login/?next={short}"


def test_the_shops_name_stands_above_the_back_office(settings: Any) -> None:
    settings.SHOP_NAME = "Дүкен <&>"
    html = Client().get("/admin/login/").content.decode()
    assert "Дүкен &lt;&amp;&gt;</a>" in html
    assert "| Дүкен &lt;&amp;&gt;</title>" in html


def test_what_was_refunded_of_an_order_does_not_count() -> None:
    product = make_product(sku="A", price="33.33", stock=10)
    order = make_order(None, (product, 3))
    orders.set_status(order.pk, "paid")
    refund_order(order.pk, {product.pk: 1}, stock="put_back")
    stats = reports.shop_stats()
    assert (stats["total_orders"], stats["total_revenue"]) == (1, "66.66")
    best = stats["top_products"][0]
    assert (best["qty"], best["revenue"]) == (2, "66.66")
    assert stats["last7"][-1]["revenue"] == "66.66"
