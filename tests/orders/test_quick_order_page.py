"""The quick order as a page."""

import re
from decimal import Decimal

import pytest
from django.test import Client
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from cart.services import Cart
from catalog.models import Product
from orders.models import Order
from tests.factories import make_cart, make_product, make_user
from tests.orders.pages import GUEST, HTMX, fill, stock, text, total

pytestmark = pytest.mark.django_db


def test_a_quick_order_is_placed_by_sku_and_number(client: Client) -> None:
    pen = make_product(sku="PEN", price=Decimal("10.00"), stock=5)
    desk = make_product(price=Decimal("1000.00"), stock=5)
    items = f"PEN:2, {desk.number}:1\nPEN:1"
    answer = client.post("/order/", {**GUEST, "items": items})
    order = Order.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, f"/orders/{order.pk}/")
    lines = {item.sku: item.quantity for item in order.items.all()}
    assert lines == {"PEN": 3, desk.sku: 1}
    assert order.total == Decimal("1030.00")
    assert (stock(pen), stock(desk)) == (2, 4)
    assert f"Order {order.number} is placed." in text(client.get(answer["Location"]))


def test_a_quick_order_leaves_the_cart_alone(client: Client) -> None:
    user, product = make_user(), make_product(sku="PEN")
    make_cart(user, (product, 2))
    client.force_login(user)
    client.post("/order/", {"items": "PEN:1"})
    order = Order.objects.get()
    assert (order.user, order.email, order.delivery_code) == (
        user,
        user.email,
        "pickup",
    )
    assert Cart.of_user(user).lines().quantities == {product.pk: 2}


def test_the_list_is_looked_at_before_it_is_ordered(client: Client) -> None:
    make_product(sku="PEN", name="Ручка", price=Decimal("999.90"), stock=5)
    data = {
        "items": "PEN:2\nNONE:1\nPEN:9",
        "delivery_method": "courier",
        "refresh": "1",
    }
    for headers in ({}, HTMX):
        answer = client.post("/order/", data, headers=headers)
        shown = text(answer)
        assert answer.status_code == 200
        assert "Ручка PEN 999,90 ₸ × 2 1.999,80 ₸" in shown
        assert "NONE × 1 There is no such product." in shown
        assert "Only 5 pieces of Ручка are left." in shown
        assert not answer.context["form"].errors
    assert "<html" not in answer.content.decode()
    assert not Order.objects.exists()


def test_the_looked_at_total_has_its_delivery(client: Client) -> None:
    make_product(sku="PEN", price=Decimal("999.90"))
    data = {"items": "PEN:2", "delivery_method": "courier", "refresh": "1"}
    assert total(client.post("/order/", data)) == "3.499,80\N{NO-BREAK SPACE}₸"


@pytest.mark.parametrize(
    ("items", "message"),
    [
        ("", "Write at least one product."),
        ("\x00", "Null characters are not allowed."),
        ("PEN", "Line 1, “PEN”: write it as SKU:quantity."),
        ("PEN:1\nPEN:0", "Line 2, “PEN:0”: the quantity must be a whole number"),
        (f"PEN:{10**20}", "so many pieces cannot be ordered."),
        (f"PEN:{'9' * 20}", "so many pieces cannot be ordered."),
        ("PEN:2147483647", "There is not enough left of: Ручка."),
        ("PEN:6", "There is not enough left of: Ручка."),
        ("PEN:3,PEN:3", "There is not enough left of: Ручка."),
        ("PEN:1,NONE:1", "Some products were not found; nothing was ordered."),
        ("OLD:1", "Старьё is not on sale any more."),
        ("9223372036854775808:1", "Some products were not found"),
        ("x" * 20_001, "at most 20000 characters"),
    ],
)
def test_a_quick_order_that_cannot_be_is_not_half_made(
    client: Client, items: str, message: str
) -> None:
    pen = make_product(sku="PEN", name="Ручка", stock=5)
    make_product(sku="OLD", name="Старьё", is_active=False)
    answer = client.post("/order/", {**GUEST, "items": items})
    assert answer.status_code == 200
    assert message in text(answer)
    assert answer.content.decode().count("<h1") == 1
    assert not Order.objects.exists()
    assert stock(pen) == 5


def test_the_largest_list_has_a_total(client: Client) -> None:
    make_product(sku="PEN", price=Decimal("9999999999.99"))
    items = "PEN:2147483647\n" * 500
    answer = client.post("/order/", {"items": items, "refresh": "1"})
    shown = "10.737.418.234.989.262.581.765,00\N{NO-BREAK SPACE}₸"
    assert total(answer) == shown


# Parts of what a list consists of, among any other texts.
parts = st.sampled_from(["PEN", ":", ",", ";", "\n", "0", "1", "9", "²", "٣", " ", "-"])
lists = st.lists(parts | st.integers(0).map(str) | st.text()).map("".join)


@given(lists)
@example("PEN:99999999999999999999")
@example(":".join("9" * 5000))
@settings(
    max_examples=60,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_any_text_at_all_gets_a_page(client: Client, items: str) -> None:
    if not Product.objects.exists():
        make_product(sku="PEN", price=Decimal("9999999999.99"), stock=0)
    data = {**GUEST, "items": items.encode(errors="replace").decode()}
    for more in ({"refresh": "1"}, {}):
        answer = client.post("/order/", data | more)
        assert answer.status_code == 200
    assert not Order.objects.exists()


def test_a_quick_order_asks_for_the_rest_of_the_form_too(client: Client) -> None:
    make_product(sku="PEN")
    data = {"items": "PEN:1", "email": "", "delivery_method": "post"}
    answer = client.post("/order/", data)
    assert list(answer.context["form"].errors) == ["email"]
    answer = client.post("/order/", {**data, "email": "a@example.com"})
    assert list(answer.context["form"].errors) == ["address"]
    assert not Order.objects.exists()


def test_the_same_quick_order_sent_twice_is_one_order(client: Client) -> None:
    # The second finds nothing left, because the first took it.
    product = make_product(sku="PEN", stock=2)
    data = {**GUEST, "items": "PEN:2", "idempotency_key": "k"}
    first, second = (client.post("/order/", data) for _ in range(2))
    order = Order.objects.get()
    assert first["Location"] == second["Location"] == f"/orders/{order.pk}/"
    assert stock(product) == 0


@pytest.mark.parametrize(
    "other",
    [{"items": "DESK:1"}, {"items": "PEN:2"}, {"email": "else@example.com"}],
    ids=str,
)
def test_a_page_that_has_ordered_is_not_thanked_for_something_else(
    client: Client, other: dict[str, str]
) -> None:
    pen, desk = make_product(sku="PEN", stock=5), make_product(sku="DESK", stock=5)
    data = {**GUEST, "items": "PEN:1", "idempotency_key": "k"}
    first = client.post("/order/", data)
    answer = client.post("/order/", data | other)
    told = "This page has ordered already. For another order, send it again."
    assert answer.status_code == 200
    assert answer.context["form"].non_field_errors() == [told]
    assert told in text(answer)
    assert Order.objects.count() == 1
    assert (stock(pen), stock(desk)) == (4, 5)
    html = answer.content.decode()
    key = re.findall(r'name="idempotency_key" value="(\w+)"', html)[0]
    second = client.post("/order/", data | other | {"idempotency_key": key})
    assert second["Location"] == f"/orders/{Order.objects.latest('number').pk}/"
    assert Order.objects.count() == 2
    assert client.post("/order/", data)["Location"] == first["Location"]


def test_a_key_of_the_cart_is_none_of_the_quick_order(client: Client) -> None:
    product = make_product(sku="PEN", stock=5)
    fill(client, product)
    data = {**GUEST, "idempotency_key": "k"}
    client.post("/checkout/", data)
    assert client.post("/order/", {**data, "items": "PEN:1"}).status_code == 200
    assert stock(product) == 4


def test_a_key_belongs_to_its_guest(client: Client, other: Client) -> None:
    make_product(sku="PEN", stock=5)
    data = {**GUEST, "items": "PEN:2", "idempotency_key": "k"}
    assert (
        client.post("/order/", data)["Location"]
        != (other.post("/order/", data)["Location"])
    )
    assert Order.objects.count() == 2
