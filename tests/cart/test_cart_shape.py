"""The cart's JSON is what its serializer says, though it does not write it."""

from decimal import Decimal
from typing import Any

import pytest
from django.conf import settings as shop
from django.utils import translation

from cart.api.serializers import CartSerializer, cart_data
from cart.services import Cart
from catalog import services
from catalog.api.serializers import ProductSerializer
from catalog.known import known_products
from catalog.models import Product
from tests.api import client_of
from tests.factories import make_cart, make_category, make_product, make_user

pytestmark = pytest.mark.django_db(transaction=True)
LANGUAGES = [code for code, _name in shop.LANGUAGES]


def look_up(ids: Any) -> Any:
    return known_products(ids, ProductSerializer().to_representation)


def same(cart: Cart) -> dict[str, Any]:
    """Told from what is known; the serializer tells it from the database."""
    # `lines` leaves the notices where they are, so both read the same.
    told = cart_data(Cart(cart.key, look_up).lines())
    assert told == CartSerializer(Cart(cart.key).lines()).data
    return told


def make_goods() -> list[tuple[Product, int]]:
    kettle = make_product(
        name_ru="Чайник",
        name_en="Kettle",
        price=Decimal("122250.27"),
        compare_at_price=Decimal(150_000),
        categories=[make_category("Кухня")],
        images=["https://pictures.example/1.jpg"],
    )
    return [(kettle, 2), (make_product(price=Decimal("0.10")), 7)]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_cart_is_told_as_its_serializer_says(language: str) -> None:
    cart = make_cart(make_user(), *make_goods())
    with translation.override(language):
        # What was asked and what is known by then.
        first, second = same(cart), same(cart)
    assert first == second
    assert (first["total"], first["total_items"]) == ("244501.24", 9)
    assert [line["subtotal"] for line in first["items"]] == ["244500.54", "0.70"]


def test_an_empty_cart_too() -> None:
    assert same(Cart.of_user(make_user())) == {
        "items": [],
        "total": "0.00",
        "total_display": "0,00\N{NO-BREAK SPACE}₸",
        "total_items": 0,
        "notices": [],
    }


def test_what_is_not_sold_any_more_is_told_once_and_gone() -> None:
    (kettle, lamp), user = make_goods(), make_user()
    for look in (look_up, None):
        services.update_product(kettle[0].pk, is_active=True)
        cart = make_cart(user, kettle)
        make_cart(user, lamp).set_quantity(lamp[0].pk, 1)
        look_up([kettle[0].pk])
        services.update_product(kettle[0].pk, is_active=False)
        contents = Cart(cart.key, look).lines()
        told = cart_data(contents) if look else CartSerializer(contents).data
        assert [line["product"]["id"] for line in told["items"]] == [str(lamp[0].pk)]
        (notice,) = told["notices"]
        assert notice["code"] == "removed" and "Чайник" in notice["message"]
        assert Cart(cart.key, look).lines().notices == []


def test_more_pieces_than_are_left_are_told_as_they_were_put_in() -> None:
    (kettle, lamp) = make_goods()
    cart = make_cart(make_user(), kettle, lamp)
    same(cart)
    services.update_product(kettle[0].pk, stock=1, price=Decimal("100.05"))
    line = same(cart)["items"][0]
    assert (line["qty"], line["product"]["stock"], line["subtotal"]) == (2, 1, "200.10")


def test_each_answer_of_the_api_is_the_same_cart() -> None:
    (kettle, lamp), user = make_goods(), make_user()
    client = client_of(user)
    for address, product, qty in [
        ("add", kettle[0], 2),
        ("add", lamp[0], 1),
        ("set", lamp[0], 7),
    ]:
        body = {"product_id": str(product.pk), "qty": qty}
        answer = client.post(f"/api/cart/{address}", body, format="json")
        assert answer.status_code == 200
        assert answer.json() == CartSerializer(Cart.of_user(user).lines()).data
    body = {"product_id": str(kettle[0].pk)}
    left = client.post("/api/cart/remove", body, format="json").json()
    assert left == client.get("/api/cart").json()
    assert (left["total"], left["total_items"]) == ("0.70", 7)
