"""The box that the shopper ticks, and what is missing to a free delivery."""

import re
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from orders.models import DeliveryMethod, Order
from tests.api import client_of
from tests.factories import make_cart, make_product, make_user
from tests.orders.pages import GUEST, HTMX, fill, stock, text

pytestmark = pytest.mark.django_db
TOLD = "Please agree, or we may not take the order."


def box(page: Any) -> str:
    return re.findall(r'<input[^>]*name="consent"[^>]*>', page.content.decode())[0]


@pytest.mark.parametrize("path", ["/checkout/", "/order/"])
def test_the_page_asks_and_its_answer_is_demanded(client: Client, path: str) -> None:
    product = make_product(sku="PEN", stock=5)
    fill(client, product)
    page = client.get(path)
    assert 'name="consent_asked" value="1"' in page.content.decode()
    assert " required" in box(page)
    assert " checked" not in box(page)
    assert " autofocus" not in box(page)

    sent = {**GUEST, "items": "PEN:1", "consent_asked": "1"}
    refused = client.post(path, sent)
    assert refused.status_code == 200
    assert refused.context["form"].errors == {"consent": [TOLD]}
    assert TOLD in text(refused)
    assert " autofocus" in box(refused)
    assert 'aria-invalid="true"' in box(refused)
    assert 'aria-describedby="id_consent_error"' in box(refused)
    assert 'id="id_consent_error"' in refused.content.decode()
    assert not Order.objects.exists()
    assert stock(product) == 5

    assert client.post(path, sent | {"consent": "on"}).status_code == 302
    assert Order.objects.get().consent_at is not None


@pytest.mark.parametrize("path", ["/checkout/", "/order/"])
def test_a_program_answers_for_the_consent_it_took(client: Client, path: str) -> None:
    fill(client, make_product(sku="PEN"))
    sent = {**GUEST, "items": "PEN:1"}
    assert client.post(path, sent).status_code == 302
    assert Order.objects.get().consent_at is None


def test_a_tick_survives_a_refresh_and_another_mistake(client: Client) -> None:
    fill(client, make_product())
    sent = {**GUEST, "consent_asked": "1", "consent": "on"}
    assert " checked" in box(client.post("/checkout/", sent | {"refresh": "1"}))
    assert " checked" in box(client.post("/checkout/", sent | {"email": "nobody"}))
    unticked = client.post("/checkout/", {**GUEST, "refresh": "1"})
    assert " checked" not in box(unticked)
    assert not Order.objects.exists()


def test_consent_is_no_part_of_what_is_asked(client: Client) -> None:
    fill(client, make_product())
    sent = {**GUEST, "idempotency_key": "k"}
    first = client.post("/checkout/", sent)
    second = client.post("/checkout/", {**sent, "consent_asked": "1", "consent": "on"})
    assert first["Location"] == second["Location"]
    assert Order.objects.count() == 1


def test_the_box_leads_to_the_privacy_page_when_there_is_one(
    client: Client, settings: Any
) -> None:
    assert "How we use personal data" not in text(client.get("/order/"))
    settings.SHOP_PRIVACY_URL = "https://duken.example/privacy?a=1&b=2"
    page = client.get("/order/")
    assert "How we use personal data" in text(page)
    link = 'href="https://duken.example/privacy?a=1&amp;b=2" target="_blank"'
    assert link in page.content.decode()


def test_the_api_asks_for_no_box() -> None:
    user = make_user(phone="+7700")
    make_cart(user, (make_product(), 1))
    answer = client_of(user).post("/api/order/checkout")
    assert answer.status_code == 201
    # The account's old number cannot be called, and must not stop the order.
    assert answer.json()["delivery"]["phone"] == ""
    assert Order.objects.get().consent_at is None


# --- How much is missing to a free delivery ---------------------------------------


@pytest.mark.parametrize(
    ("method", "price", "missing"),
    [
        ("courier", "37700.00", "12.300,00"),
        ("courier", "49999.99", "0,01"),
        ("courier", "50000.00", None),
        ("pickup", "100.00", None),
        ("post", "100.00", None),
    ],
)
def test_the_total_says_what_is_missing(
    client: Client, method: str, price: str, missing: str | None
) -> None:
    fill(client, make_product(sku="PEN", price=Decimal(price)))
    asked = {"delivery_method": method, "items": "PEN:1", "refresh": "1"}
    for path in ("/checkout/", "/order/"):
        for headers in ({}, HTMX):
            shown = text(client.post(path, asked, headers=headers))
            told = re.findall(r"Add (\S+) ₸ more and delivery is free\.", shown)
            assert told == ([missing] if missing else [])


def test_nothing_is_missing_to_what_is_free_anyway(client: Client) -> None:
    DeliveryMethod.objects.filter(code="courier").update(price=0)
    fill(client, make_product())
    asked = {"delivery_method": "courier", "refresh": "1"}
    assert "more and delivery is free" not in text(client.post("/checkout/", asked))
