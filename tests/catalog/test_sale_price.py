"""A price before the sale, and a barcode: on pages, in the API, in the back office."""

import json
from decimal import Decimal
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from catalog.models import Product
from catalog.services import update_product
from events.models import OutboxMessage
from shop.money import MAX_AMOUNT
from tests.api import client_of
from tests.backoffice import errors, filled, office
from tests.factories import make_admin, make_product
from tests.pages import html, text

pytestmark = pytest.mark.django_db


def make_bargain(before: str | None = "125.00", **fields: Any) -> Product:
    compare_at_price = None if before is None else Decimal(before)
    return make_product(compare_at_price=compare_at_price, **fields)


# --- The rule -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("price", "before", "on_sale", "discount"),
    [
        ("100.00", "125.00", True, 20),
        ("100.00", "149.99", True, 33),
        ("100.00", "100.01", True, 0),
        ("0.00", "5.00", True, 100),
        ("0.01", MAX_AMOUNT, True, 99),
        ("100.00", "100.00", False, 0),
        ("100.00", "80.00", False, 0),
        ("0.00", "0.00", False, 0),
        ("100.00", None, False, 0),
    ],
)
def test_on_sale_is_what_cost_more_before(
    price: str, before: Any, on_sale: bool, discount: int
) -> None:
    product = make_bargain(before, price=Decimal(price))
    assert (product.is_on_sale, product.discount) == (on_sale, discount)


def test_a_later_price_is_not_refused_and_ends_the_sale() -> None:
    product = make_bargain("125.00")
    update_product(product.pk, price=Decimal("130"))
    product.refresh_from_db()
    assert product.compare_at_price == Decimal("125.00")
    assert not product.is_on_sale
    update_product(product.pk, compare_at_price=Decimal("150.005"))
    product.refresh_from_db()
    assert product.compare_at_price == Decimal("150.01")
    assert (product.is_on_sale, product.discount) == (True, 13)
    update_product(product.pk, compare_at_price=None)
    product.refresh_from_db()
    assert product.compare_at_price is None


def test_events_tell_the_selling_price_alone() -> None:
    product = make_bargain("125.00", barcode="2000000000015")
    payload = OutboxMessage.objects.get(event_type="product_created").payload
    assert payload == {
        "id": str(product.pk),
        "sku": product.sku,
        "name": product.name,
        "price": "100.00",
        "stock": 10,
        "is_active": True,
    }


# --- Pages ----------------------------------------------------------------------------


@pytest.fixture
def client() -> Client:
    return Client(headers={"Accept-Language": "en"})


def test_pages_strike_the_price_before_through(client: Client) -> None:
    product = make_bargain("125.00")
    for address in ("/", product.get_absolute_url()):
        page = client.get(address)
        assert "<s>125,00 ₸</s>" in html(page)
        shown = text(page).replace("&nbsp;", " ")
        assert "Price before: 125,00 ₸ −20 % Price now: 100,00 ₸" in shown
    source = html(client.get(product.get_absolute_url()))
    assert '<meta property="product:price:amount" content="100.00">' in source
    assert '"price": "100.00"' in source
    assert "125.00" not in source


@pytest.mark.parametrize("before", [None, "80.00", "100.00"])
def test_what_is_not_on_sale_has_one_price(client: Client, before: Any) -> None:
    product = make_bargain(before)
    for address in ("/", product.get_absolute_url()):
        page = client.get(address)
        assert "<s>" not in html(page)
        assert "Price before" not in text(page)
        assert "80,00" not in text(page)


def test_less_than_one_percent_has_no_badge(client: Client) -> None:
    make_bargain("100.50")
    page = client.get("/")
    assert "<s>100,50 ₸</s>" in html(page)
    assert "%" not in text(page)


def test_the_cart_counts_the_selling_price(client: Client) -> None:
    product = make_bargain("125.00")
    client.post("/cart/add/", {"product_id": product.pk, "qty": 3})
    cart = client.get("/api/cart").json()
    assert cart["total"] == "300.00"
    assert "125,00" not in text(client.get("/cart/"))


# --- The API --------------------------------------------------------------------------


def test_everybody_reads_both() -> None:
    on = make_bargain("125.00", barcode="2000000000015")
    off = make_bargain("80.00")
    plain = make_product()
    shown = {
        row["id"]: row for row in client_of().get("/api/products").json()["results"]
    }
    fields = ("barcode", "compare_at_price", "compare_at_price_display")
    assert [shown[str(on.pk)][field] for field in fields] == [
        "2000000000015", "125.00", "125,00\N{NO-BREAK SPACE}₸",
    ]  # fmt: skip
    # Kept, for whoever writes; there is nothing to strike through.
    assert [shown[str(off.pk)][field] for field in fields] == ["", "80.00", None]
    assert [shown[str(plain.pk)][field] for field in fields] == ["", None, None]


def test_admins_write_both() -> None:
    api = client_of(make_admin())
    created = api.post(
        "/api/products",
        {"sku": "A", "name": "A", "price": "90", "compare_at_price": "100.5",
         "barcode": " 2000000000015 "},
    )  # fmt: skip
    assert created.status_code == 201
    body = created.json()
    assert (body["barcode"], body["compare_at_price"]) == ("2000000000015", "100.50")
    address = f"/api/products/{body['id']}"
    assert api.patch(address, {"price": "80"}).json()["compare_at_price"] == "100.50"
    changed = api.patch(address, {"compare_at_price": None, "barcode": ""}).json()
    assert (changed["barcode"], changed["compare_at_price"]) == ("", None)
    put = {"sku": "A", "name": "A", "price": "70", "compare_at_price": "75.00"}
    assert api.put(address, put).json()["compare_at_price_display"] == "75,00\xa0₸"


NO_PRICES: list[Any] = [
    "-0.01", "1.005", "10000000000", "1e400", "NaN", "Infinity", "9" * 5000, "abc",
    "\0", "\ud800", True, [], {}, [1],
]  # fmt: skip
NO_BARCODES: list[Any] = ["x" * 65, "a\0", "\ud800", None, [], {}]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        *(("compare_at_price", value) for value in NO_PRICES),
        *(("barcode", value) for value in NO_BARCODES),
    ],
)
def test_what_cannot_be_kept_is_refused_on_its_field(field: str, value: Any) -> None:
    api = client_of(make_admin())
    fields = {"sku": "A", "name": "A", "price": "90", field: value}
    # Escaped: the client cannot write a lone surrogate otherwise.
    sent, kind = json.dumps(fields), "application/json"
    answer = api.post("/api/products", sent, content_type=kind)
    assert (answer.status_code, list(answer.json())) == (400, [field])
    assert not Product.objects.exists()
    product = make_bargain("125.00", barcode="1")
    sent = json.dumps({field: value})
    answer = api.patch(f"/api/products/{product.pk}", sent, content_type=kind)
    assert (answer.status_code, list(answer.json())) == (400, [field])
    product.refresh_from_db()
    assert (product.barcode, product.compare_at_price) == ("1", Decimal("125.00"))


def test_the_cached_first_page_is_not_older_than_a_sale() -> None:
    product = make_product()
    api = client_of()
    assert api.get("/api/products").json()["results"][0]["compare_at_price"] is None
    assert cache.get("catalog:products") or cache.get("catalog:products:en")
    with pytest.MonkeyPatch.context() as patch:
        # The test's own transaction never commits.
        patch.setattr("catalog.caching.transaction.on_commit", lambda do, **_: do())
        update_product(product.pk, compare_at_price=Decimal(125))
    row = api.get("/api/products").json()["results"][0]
    assert row["compare_at_price_display"] == "125,00\xa0₸"


# --- The back office ------------------------------------------------------------------


def test_staff_give_and_take_a_price_before() -> None:
    product = make_product()
    client, address = office(), f"/admin/catalog/product/{product.pk}/change/"
    page = client.get(address)
    assert "Shown struck through while it is above the price." in html(page)
    sent = filled(page, compare_at_price="125.5", barcode="2000000000015")
    assert client.post(address, sent).status_code == 302
    product.refresh_from_db()
    assert product.compare_at_price == Decimal("125.50")
    assert product.barcode == "2000000000015"
    emptied = filled(client.get(address), compare_at_price="", barcode="")
    assert client.post(address, emptied).status_code == 302
    product = Product.objects.get()
    assert (product.compare_at_price, product.barcode) == (None, "")


def test_staff_are_told_what_is_no_price() -> None:
    client = office()
    address = "/admin/catalog/product/add/"
    fields = {"name_ru": "А", "sku": "A", "price": "1", "stock": "1"}
    for value in ("-1", "1.005", "9" * 11, "x", "NaN"):
        sent = filled(client.get(address), **fields, compare_at_price=value)
        assert list(errors(client.post(address, sent))) == ["compare_at_price"]
    assert not Product.objects.exists()
