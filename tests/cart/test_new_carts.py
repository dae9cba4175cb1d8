"""How many new carts of visitors one address may make."""

from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.test import Client

from cart.storages import get_storage
from catalog.models import Product
from orders.models import Order
from shop import throttling
from tests.api import client_of
from tests.factories import make_product, make_user
from tests.pages import html

pytestmark = pytest.mark.django_db
EN = {"accept-language": "en"}
TOLD = "This was sent too often."


@pytest.fixture(autouse=True)
def two_an_hour(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """At half past: no window ends while a test runs."""
    settings.NEW_CART_RATE = "2/hour"
    monkeypatch.setattr(throttling.time, "time", lambda: 1_800_001_800.0)


@pytest.fixture
def product() -> Product:
    return make_product(stock=99)


def by_page(product: Product, client: Client | None = None, **more: Any) -> Any:
    client = client or Client(headers=EN)
    return client.post("/cart/add/", {"product_id": product.pk, "qty": 1}, **more)


def by_api(product: Product, path: str = "cart/add", **more: Any) -> Any:
    data = {"product_id": str(product.pk), "qty": 1}
    return client_of().post(f"/api/{path}", data, format="json", headers=EN, **more)


def carts() -> int:
    keys = Session.objects.values_list("session_key", flat=True)
    return sum(bool(get_storage().count(f"anon:{key}")) for key in keys)


def test_pages_and_api_share_the_count(product: Product) -> None:
    assert (by_page(product).status_code, by_api(product).status_code) == (302, 200)

    assert by_page(product).status_code == by_api(product).status_code == 429
    assert by_api(product, "cart/set").status_code == 429
    assert by_api(product, "v1/cart/add").status_code == 429
    # Neither a cart nor a session was made.
    assert (Session.objects.count(), carts()) == (2, 2)
    # Elsewhere somebody else shops.
    assert by_page(product, REMOTE_ADDR="198.51.100.7").status_code == 302


def test_the_twin_without_the_limit_fills_the_shop(
    product: Product, settings: Any
) -> None:
    settings.NEW_CART_RATE = ""

    assert {by_page(product).status_code for _ in range(5)} == {302}
    assert (Session.objects.count(), carts()) == (5, 5)


def test_the_page_says_when_to_come_back(product: Product) -> None:
    for _ in range(2):
        by_page(product)

    refused = by_page(product)

    assert (refused.status_code, refused["Retry-After"]) == (429, "1800")
    assert "no-store" in refused["Cache-Control"]
    assert TOLD in html(refused)
    assert "You can try again in 30 minutes." in html(refused)
    assert "sessionid" not in refused.cookies


def test_htmx_says_it_beside_the_button(product: Product) -> None:
    for _ in range(2):
        by_page(product)

    refused = by_page(product, headers={**EN, "HX-Request": "true"})

    assert (refused.status_code, refused["Retry-After"]) == (429, "1800")
    assert refused["HX-Reswap"] == "none"
    assert f'role="alert"><span>{TOLD}</span>' in html(refused)
    assert "<h1" not in html(refused)
    assert Session.objects.count() == 2


def test_the_api_says_it_in_its_words(product: Product) -> None:
    for _ in range(2):
        by_api(product)

    refused = by_api(product)

    assert (refused.status_code, refused["Retry-After"]) == (429, "1800")
    assert refused.json() == {"detail": TOLD, "code": "throttled", "retry_after": 1800}
    assert "sessionid" not in refused.cookies


def test_carts_that_are_there_go_on(product: Product) -> None:
    shopper, program = Client(headers=EN), client_of()
    by_page(product, shopper)
    data = {"product_id": str(product.pk), "qty": 1}
    program.post("/api/cart/add", data, format="json")
    assert by_page(product).status_code == 429

    assert by_page(product, shopper).status_code == 302
    answer = program.post("/api/cart/add", data, format="json")
    assert (answer.status_code, answer.json()["total_items"]) == (200, 2)
    # The cart is empty, and still theirs.
    assert program.post("/api/cart/clear").status_code == 200
    assert program.post("/api/cart/add", data, format="json").status_code == 200


def test_who_has_signed_in_is_not_counted(product: Product) -> None:
    for _ in range(2):
        by_page(product)
    for _ in range(3):
        customer = Client()
        customer.force_login(make_user())
        assert by_page(product, customer).status_code == 302


def test_a_cookie_of_one_s_own_making_is_no_cart(product: Product) -> None:
    for n in range(3):
        client = Client()
        client.cookies["sessionid"] = f"madeup{n}" * 5
        answer = by_page(product, client)

    assert answer.status_code == 429
    assert Session.objects.count() == 2


def test_orders_without_a_cart_make_a_session_too(product: Product) -> None:
    for _ in range(2):
        by_page(product)
    data = {
        "items": [{"sku": product.sku, "quantity": 1}],
        "customer_email": "a@example.com",
    }

    by_door = [
        client_of().post("/api/orders", data, format="json"),
        client_of().post("/api/order/checkout", {"email": "a@example.com"}),
        Client().post("/order/", {"items": f"{product.sku}:1", "email": "a@b.kz"}),
    ]

    assert [answer.status_code for answer in by_door] == [429] * 3
    assert (Session.objects.count(), Order.objects.count()) == (2, 0)
