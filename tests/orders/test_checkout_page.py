"""The cart's purchase on one page."""

import re
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from catalog import services as catalog
from catalog.models import Product
from orders.models import DeliveryMethod, Order
from tests.factories import make_cart, make_product, make_user
from tests.orders.pages import (
    GUEST,
    HTMX,
    fill,
    guest_order,
    stock,
    text,
    total,
    without_carts,
)

pytestmark = pytest.mark.django_db


def test_checkout_shows_what_will_be_paid(client: Client) -> None:
    fill(client, make_product(name="Ручка", price=Decimal("999.90")), 3)
    response = client.get("/checkout/")
    shown = text(response)
    assert response.status_code == 200
    assert "Ручка × 3" in shown
    assert total(response) == "2.999,70\N{NO-BREAK SPACE}₸"
    assert "Courier free from 50.000,00 ₸ 1.500,00 ₸" in shown
    assert "Post 2.500,00 ₸" in shown
    assert 'name="goods_total" value="2999.70"' in response.content.decode()
    assert response.content.decode().count("<h1") == 1


def test_a_guest_orders_and_comes_to_the_orders_page(client: Client) -> None:
    product = make_product(price=Decimal("100.00"), stock=5)
    fill(client, product, 2)
    answer = client.post(
        "/checkout/",
        {
            "email": " guest@example.com ",
            "full_name": "Айгүл",
            "phone": "+7 700 000 00 00",
            "delivery_method": "courier",
            "address": "Алматы, Абая 1",
            "payment_method": "transfer",
            "comment": "После шести",
        },
    )
    order = Order.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, f"/orders/{order.pk}/")
    told = (
        order.user,
        order.email,
        order.full_name,
        order.phone,
        order.delivery_code,
        order.address,
        order.payment_method,
        order.comment,
        order.total,
    )
    assert told == (
        None,
        "guest@example.com",
        "Айгүл",
        "+77000000000",
        "courier",
        "Алматы, Абая 1",
        "transfer",
        "После шести",
        Decimal("1700.00"),
    )
    page = client.get(answer["Location"])
    assert f"Thank you! Order {order.number} is placed." in text(page)
    assert "The cart is empty." in text(client.get("/cart/"))
    assert stock(product) == 3


def test_only_the_email_is_asked_of_a_guest(client: Client) -> None:
    order = guest_order(client, delivery_method="")
    assert (order.delivery_code, order.payment_method) == ("pickup", "cash")


def test_the_account_fills_the_form(client: Client) -> None:
    user = make_user(email="a@example.com", full_name="Дана", phone="+77010000000")
    client.force_login(user)
    fill(client, make_product())
    html = client.get("/checkout/").content.decode()
    for value in ("a@example.com", "Дана", "+7 701 000 0000"):
        assert f'value="{value}"' in html
    client.post("/checkout/", {"delivery_method": "pickup"})
    order = Order.objects.get()
    assert (order.user, order.email) == (user, "a@example.com")


def test_an_empty_cart_has_no_checkout(client: Client) -> None:
    for answer in (
        client.get("/checkout/", follow=True),
        client.post("/checkout/", GUEST, follow=True),
    ):
        assert answer.redirect_chain == [("/cart/", 302)]
        assert text(answer).count("The cart is empty.") == 2
    answer = client.post("/checkout/", {"refresh": "1"}, headers=HTMX)
    assert answer["HX-Redirect"] == "/cart/"
    assert not Order.objects.exists()


@pytest.mark.parametrize(
    ("fields", "field", "message"),
    [
        ({"email": ""}, "email", "This field is required."),
        ({"email": "nobody"}, "email", "Enter a valid email address."),
        ({"email": "a@b.kz\x00"}, "email", "Enter a valid email address."),
        ({"address": "\x00"}, "address", "Null characters are not allowed."),
        (
            {"delivery_method": "courier"},
            "address",
            "This delivery needs an address.",
        ),
        (
            {"delivery_method": "courier", "address": "  "},
            "address",
            "This delivery needs an address.",
        ),
        (
            {"delivery_method": "drone"},
            "delivery_method",
            "Select a valid choice. drone is not one of the available choices.",
        ),
        (
            {"payment_method": "shells"},
            "payment_method",
            "Select a valid choice. shells is not one of the available choices.",
        ),
        ({"phone": "1" * 33}, "phone", "at most 32 characters"),
        ({"phone": "1"}, "phone", "Write a phone number like +7 701 123 45 67."),
        ({"phone": "+7701\x001234567"}, "phone", "Null characters are not allowed."),
        ({"full_name": "x" * 151}, "full_name", "at most 150 characters"),
        ({"address": "x" * 501}, "address", "at most 500 characters"),
        ({"comment": "x" * 1001}, "comment", "at most 1000 characters"),
        ({"idempotency_key": "x" * 65}, "idempotency_key", "at most 64 characters"),
        ({"goods_total": "much"}, "goods_total", "Enter a number."),
        ({"goods_total": "NaN"}, "goods_total", "Enter a number."),
        ({"goods_total": "1e50"}, "goods_total", "no more than 24 digits"),
        ({"goods_total": "-1e999999"}, "goods_total", "no more than 24 digits"),
        ({"goods_total": "1e-50"}, "goods_total", "no more than 24 digits"),
        ({"goods_total": "0.001"}, "goods_total", "no more than 2 decimal places"),
    ],
)
def test_what_is_wrong_is_told_beside_its_field(
    client: Client, fields: dict[str, str], field: str, message: str
) -> None:
    product = make_product(stock=5)
    fill(client, product)
    answer = client.post("/checkout/", {**GUEST, "comment": "kept", **fields})
    html = answer.content.decode()
    assert answer.status_code == 200
    assert message in answer.context["form"].errors[field][0]
    assert message in text(answer)
    if field not in ("idempotency_key", "goods_total"):
        assert f'id="id_{field}_error"' in html
    assert "comment" in fields or "kept" in html
    assert not Order.objects.exists()
    assert stock(product) == 5


def test_a_method_that_is_not_offered_any_more_is_refused(client: Client) -> None:
    fill(client, make_product())
    DeliveryMethod.objects.filter(code="post").update(is_active=False)
    answer = client.post("/checkout/", {**GUEST, "delivery_method": "post"})
    assert "delivery_method" in answer.context["form"].errors
    assert "Post" not in text(answer)


def test_the_same_page_sent_twice_is_one_order(client: Client) -> None:
    product = make_product(stock=5)
    fill(client, product, 2)
    html = client.get("/checkout/").content.decode()
    key = re.findall(r'name="idempotency_key" value="(\w+)"', html)[0]
    data = {**GUEST, "idempotency_key": key, "goods_total": "200.00"}
    first, second = (client.post("/checkout/", data) for _ in range(2))
    order = Order.objects.get()
    assert first["Location"] == second["Location"] == f"/orders/{order.pk}/"
    assert stock(product) == 3
    other_key = re.findall(
        r'name="idempotency_key" value="(\w+)"',
        client.get("/order/").content.decode(),
    )[0]
    assert other_key != key


def test_a_page_that_has_ordered_is_not_thanked_for_something_else(
    client: Client,
) -> None:
    product = make_product(stock=5)
    fill(client, product, 2)
    data = {**GUEST, "idempotency_key": "k", "goods_total": "200.00"}
    first = client.post("/checkout/", data)
    told = "This page has ordered already. For another order, send it again."
    changed = {**data, "comment": "After six"}
    answer = client.post("/checkout/", changed, follow=True)
    assert answer.redirect_chain == [("/cart/", 302)]
    assert told in text(answer)

    fill(client, product, 1)
    answer = client.post("/checkout/", changed)
    html = answer.content.decode()
    assert answer.status_code == 200
    assert answer.context["form"].non_field_errors() == [told]
    assert told in text(answer)
    assert "After six" in html
    assert Order.objects.count() == 1
    assert stock(product) == 3

    # With what the page says now, the shopper goes on.
    key = re.findall(r'name="idempotency_key" value="(\w+)"', html)[0]
    assert key != "k"
    more = {"idempotency_key": key, "goods_total": "100.00"}
    second = client.post("/checkout/", changed | more)
    assert second["Location"] == f"/orders/{Order.objects.latest('number').pk}/"
    assert (Order.objects.count(), stock(product)) == (2, 2)
    # And the first page, sent once more, is still the first order.
    assert client.post("/checkout/", data)["Location"] == first["Location"]


def test_the_total_shown_is_no_part_of_what_is_asked(client: Client) -> None:
    fill(client, make_product())
    data = {**GUEST, "idempotency_key": "k"}
    first, second = (
        client.post("/checkout/", {**data, "goods_total": seen})
        for seen in ("100.00", "")
    )
    assert first["Location"] == second["Location"]
    assert Order.objects.count() == 1


def test_a_total_that_was_not_shown_is_shown_first(client: Client) -> None:
    product = make_product(price=Decimal("100.00"))
    fill(client, product, 2)
    catalog.update_product(product.pk, price=Decimal("120.00"))
    data = {**GUEST, "goods_total": "200.00"}
    answer = client.post("/checkout/", data)
    assert "The goods cost 240,00 ₸ now, not 200,00 ₸. Please look again." in text(
        answer
    )
    assert total(answer) == "240,00\N{NO-BREAK SPACE}₸"
    assert 'name="goods_total" value="240.00"' in answer.content.decode()
    assert not Order.objects.exists()
    client.post("/checkout/", {**data, "goods_total": "240.00"})
    assert Order.objects.get().total == Decimal("240.00")


def test_a_shortage_names_the_lines_and_leads_to_the_cart(client: Client) -> None:
    pen, desk = make_product(name="Ручка", stock=5), make_product(name="Стол")
    fill(client, pen, 4)
    fill(client, desk, 1)
    Product.objects.filter(pk=pen.pk).update(stock=3)
    answer = client.post("/checkout/", GUEST)
    alert = re.findall(
        r'alert-warning" role.*?href="([^"]+)', answer.content.decode(), re.S
    )
    assert answer.status_code == 200
    assert "Ручка: 4 wanted, 3 left" in text(answer)
    assert "Стол: " not in text(answer)
    assert alert == ["/cart/"]
    assert not Order.objects.exists()
    assert (stock(pen), stock(desk)) == (3, 10)


def test_a_product_that_left_the_shop_sends_back_to_the_cart(client: Client) -> None:
    product = make_product(name="Ручка")
    fill(client, product)
    fill(client, make_product())
    catalog.update_product(product.pk, is_active=False)
    answer = client.post("/checkout/", GUEST, follow=True)
    assert answer.redirect_chain == [("/cart/", 302)]
    assert "Ручка is not on sale any more and left your cart." in text(answer)
    assert not Order.objects.exists()


@pytest.mark.parametrize(
    ("method", "price", "shown"),
    [
        ("pickup", "100.00", "100,00"),
        ("courier", "100.00", "1.600,00"),
        ("courier", "49999.99", "51.499,99"),
        ("courier", "50000.00", "50.000,00"),
        ("post", "50000.00", "52.500,00"),
        ("drone", "100.00", "100,00"),
    ],
)
def test_the_total_follows_the_delivery(
    client: Client, method: str, price: str, shown: str
) -> None:
    fill(client, make_product(price=Decimal(price)))
    data = {"delivery_method": method, "refresh": "1", "email": "kept@"}
    part = client.post("/checkout/", data, headers=HTMX)
    assert "<html" not in part.content.decode()
    assert f'"innerHTML:#total-status">In total: {shown}' in part.content.decode()
    assert total(part) == f"{shown}\N{NO-BREAK SPACE}₸"
    page = client.post("/checkout/", data)
    assert total(page) == f"{shown}\N{NO-BREAK SPACE}₸"
    assert 'value="kept@"' in page.content.decode()
    # Nothing is found fault with before the order is placed.
    assert not page.context["form"].errors
    assert not Order.objects.exists()


@pytest.mark.parametrize("lines", [1, 20])
def test_checkout_takes_the_same_queries_for_each_length(
    client: Client, lines: int
) -> None:
    user = make_user()
    cart = make_cart(user, *((make_product(), 1) for _ in range(lines)))
    client.force_login(user)
    client.get("/checkout/")
    with CaptureQueriesContext(connection) as shown:
        client.get("/checkout/")
    with CaptureQueriesContext(connection) as placed:
        assert client.post("/checkout/", GUEST).status_code == 302
    assert len(without_carts(shown)) == 7
    assert len(without_carts(placed)) == 13
    assert cart.count() == 0


@pytest.mark.parametrize("offered", [True, False])
def test_the_emulator_is_offered_only_where_it_is_on(
    client: Client, settings: Any, offered: bool
) -> None:
    settings.PAYMENT_EMULATOR = offered
    fill(client, make_product())
    page = client.get("/checkout/").content.decode()
    assert ('value="emulator"' in page) == offered
    answer = client.post("/checkout/", {**GUEST, "payment_method": "emulator"})
    assert answer.status_code == (302 if offered else 200)
    assert Order.objects.exists() == offered


def test_each_delivery_tells_its_total_where_no_script_does(client: Client) -> None:
    fill(client, make_product(price=Decimal("12000.50"), stock=9), 2)
    page = client.get("/checkout/").content.decode().replace("\N{NO-BREAK SPACE}", " ")
    listed = re.findall(r"<noscript><small[^>]*>([^<]*)</small></noscript>", page)
    assert [told.split(" ", 2)[-1] for told in listed] == [
        "24.001,00 ₸",
        "25.501,00 ₸",
        "26.501,00 ₸",
    ]
