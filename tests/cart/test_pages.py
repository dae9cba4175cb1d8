"""The cart's page and its buttons, without JavaScript and with htmx."""

import re
import uuid
from decimal import Decimal
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from redis.exceptions import ConnectionError as RedisDown

from catalog import services as catalog
from catalog.models import Product
from tests.factories import make_cart, make_product, make_user

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true", "HX-Target": "cart"}


def text(response: Any) -> str:
    """What a reader sees: no tags, single spaces."""
    plain = re.sub(r"<[^>]+>", " ", response.content.decode())
    return " ".join(plain.replace("\N{NO-BREAK SPACE}", " ").split())


def add(client: Client, product: Product, qty: Any = 1, **fields: Any) -> Any:
    data = {"product_id": product.pk, "qty": qty, **fields}
    return client.post(
        "/cart/add/", data, follow=True, headers={"Accept-Language": "en"}
    )


def page(client: Client) -> Any:
    return client.get("/cart/", headers={"Accept-Language": "en"})


def quantities(client: Client) -> dict[Any, int]:
    contents = page(client).context["contents"]
    return contents.quantities


def test_a_visitor_fills_a_cart_and_reads_exact_totals(client: Client) -> None:
    pen = make_product(name="Ручка", price=Decimal("999.90"), stock=5)
    desk = make_product(name="Стол", price=Decimal("122250.27"), stock=5)
    assert "Added to the cart." in text(add(client, pen, 3))
    add(client, desk, 2)
    response = page(client)
    shown = text(response)
    assert response.status_code == 200
    for amount in ("999,90 ₸", "2.999,70 ₸", "244.500,54 ₸"):
        assert amount in shown
    assert 'id="cart-total">247.500,24' in response.content.decode()
    assert "5 pieces" in shown
    assert response.content.decode().count("<h1") == 1


def test_an_empty_cart_says_so_and_opens_no_session(client: Client) -> None:
    response = page(client)
    assert "The cart is empty." in text(response)
    assert reverse("orders:checkout") not in response.content.decode()
    assert "sessionid" not in client.cookies


def test_each_form_carries_the_token(client: Client) -> None:
    product = make_product(stock=2)
    add(client, product, 2)
    # One piece too many for the stock: the warning's own form is there too.
    Product.objects.filter(pk=product.pk).update(stock=1)
    html = page(client).content.decode()
    body = html[html.index('id="cart"') :]
    assert body.count("<form") == body.count("csrfmiddlewaretoken") == 6


def test_without_the_token_nothing_happens() -> None:
    client = Client(enforce_csrf_checks=True)
    product = make_product()
    for url in ("add", "set", "remove", "clear"):
        answer = client.post(f"/cart/{url}/", {"product_id": product.pk, "qty": 1})
        assert answer.status_code == 403
    assert quantities(client) == {}


def test_buttons_answer_only_to_post(client: Client) -> None:
    for url in ("add", "set", "remove", "clear"):
        assert client.get(f"/cart/{url}/").status_code == 405


@pytest.mark.parametrize("url", ["/cart/add/", "/cart/set/"])
@pytest.mark.parametrize(
    ("qty", "message"),
    [
        ("-1", "A whole number of pieces is expected."),
        ("1.5", "A whole number of pieces is expected."),
        ("1.0", "A whole number of pieces is expected."),
        ("1e3", "A whole number of pieces is expected."),
        ("two", "A whole number of pieces is expected."),
        ("", "A whole number of pieces is expected."),
        ("\x00", "A whole number of pieces is expected."),
        ("9" * 5000, "A whole number of pieces is expected."),
        (str(10**20), "Only 5 pieces of Ручка are left."),
        ("6", "Only 5 pieces of Ручка are left."),
    ],
)
def test_a_bad_quantity_is_told_and_changes_nothing(
    client: Client, url: str, qty: str, message: str
) -> None:
    product = make_product(name="Ручка", stock=5)
    add(client, product, 2)
    data = {"product_id": product.pk, "qty": qty}
    headers = {"Accept-Language": "en"}
    answer = client.post(url, data, follow=True, headers=headers)
    assert answer.status_code == 200
    assert message in text(answer)
    assert quantities(client) == {product.pk: 2}


def test_nothing_cannot_be_added(client: Client) -> None:
    assert "A whole number of pieces" in text(add(client, make_product(), 0))
    assert quantities(client) == {}


def test_one_piece_is_added_when_no_quantity_is_named(client: Client) -> None:
    product = make_product()
    client.post("/cart/add/", {"product_id": product.pk})
    assert quantities(client) == {product.pk: 1}


@pytest.mark.parametrize("product_id", ["", "7", "x" * 300, str(uuid.uuid4())])
def test_an_unknown_product_is_told(client: Client, product_id: str) -> None:
    for url in ("add", "set"):
        answer = client.post(
            f"/cart/{url}/",
            {"product_id": product_id, "qty": 1},
            follow=True,
            headers={"Accept-Language": "en"},
        )
        assert "There is no such product." in text(answer)
    assert client.post("/cart/remove/", {"product_id": product_id}).status_code == 302


def test_a_product_off_sale_cannot_be_added(client: Client) -> None:
    product = make_product(name="Ручка", is_active=False)
    assert "Ручка is not on sale any more." in text(add(client, product))
    assert quantities(client) == {}


def test_set_remove_and_clear(client: Client) -> None:
    one, two, three = (make_product() for _ in range(3))
    for product in (one, two, three):
        add(client, product, 2)
    client.post("/cart/set/", {"product_id": one.pk, "qty": 7})
    client.post("/cart/set/", {"product_id": two.pk, "qty": 0})
    assert quantities(client) == {one.pk: 7, three.pk: 2}
    client.post("/cart/remove/", {"product_id": three.pk})
    assert quantities(client) == {one.pk: 7}
    client.post("/cart/clear/")
    assert quantities(client) == {}


@pytest.mark.parametrize(
    ("target", "lands"),
    [
        ("/product/pen-1/?a=1", "/product/pen-1/?a=1"),
        ("", "/cart/"),
        ("https://elsewhere.example/", "/cart/"),
        ("//elsewhere.example/", "/cart/"),
        ("javascript:alert(1)", "/cart/"),
    ],
)
def test_next_leads_only_within_the_shop(
    client: Client, target: str, lands: str
) -> None:
    data = {"product_id": make_product().pk, "next": target}
    answer = client.post("/cart/add/", data)
    assert (answer.status_code, answer["Location"]) == (302, lands)


def test_a_shortage_is_told_beside_the_line(client: Client) -> None:
    product = make_product(stock=5)
    add(client, product, 4)
    Product.objects.filter(pk=product.pk).update(stock=3)
    response = page(client)
    assert "Only 3 pieces are left." in text(response)
    # "−" goes to what can be had, and so does the warning's button.
    html = response.content.decode()
    assert re.findall(r'name="qty" value="(\d+)"', html) == ["3", "4", "5", "3"]


def test_out_of_stock_is_told_beside_the_line(client: Client) -> None:
    product = make_product(stock=5)
    add(client, product, 4)
    Product.objects.filter(pk=product.pk).update(stock=0)
    assert "Out of stock: remove it to check out." in text(page(client))


def test_a_notice_is_told_once(client: Client) -> None:
    gone = make_product(name="Ручка")
    add(client, gone)
    catalog.update_product(gone.pk, is_active=False)
    told = "Ручка is not on sale any more and left your cart."
    assert text(page(client)).count(told) == 1
    assert told not in text(page(client))


def test_signing_in_brings_the_cart_along(client: Client) -> None:
    product, user = make_product(stock=3), make_user()
    make_cart(user, (product, 2))
    add(client, product, 2)
    client.force_login(user)
    shown = text(page(client))
    assert quantities(client) == {product.pk: 3}
    assert "1 product from before you signed in was added to your cart." in shown
    assert "only 3 left, so the quantity was lowered." in shown


def test_htmx_gets_the_cart_and_the_number_in_the_header(client: Client) -> None:
    product = make_product(price=Decimal("100.00"))
    add(client, product, 1)
    answer = client.post(
        "/cart/set/", {"product_id": product.pk, "qty": 3}, headers=HTMX
    )
    html = answer.content.decode()
    assert answer.status_code == 200
    assert "<html" not in html
    assert 'id="cart-total">300,00' in html
    assert re.search(r'id="cart-count"[^>]*hx-swap-oob="true"[^>]*>\s*3\s*<', html)


def test_htmx_is_told_of_a_refusal(client: Client) -> None:
    product = make_product(name="Ручка", stock=3)
    add(client, product, 1)
    data = {"product_id": product.pk, "qty": 4}
    headers = {**HTMX, "Accept-Language": "en"}
    answer = client.post("/cart/set/", data, headers=headers)
    assert "Only 3 pieces of Ручка are left." in text(answer)
    assert quantities(client) == {product.pk: 1}


def test_a_button_elsewhere_leaves_the_page_and_the_notices(client: Client) -> None:
    product, user = make_product(), make_user()
    add(client, product)
    client.force_login(user)
    headers = {"HX-Request": "true", "Accept-Language": "en"}
    answer = client.post("/cart/add/", {"product_id": product.pk}, headers=headers)
    html = answer.content.decode()
    assert "Added to the cart." in html
    assert 'id="cart"' not in html
    assert re.search(r'id="cart-count"[^>]*hx-swap-oob="true"[^>]*>\s*2\s*<', html)
    assert "from before you signed in" in text(page(client))


@pytest.mark.parametrize("lines", [1, 20])
def test_the_number_of_queries_does_not_depend_on_the_lines(
    client: Client, lines: int
) -> None:
    user = make_user()
    make_cart(user, *((make_product(), 1) for _ in range(lines)))
    client.force_login(user)
    with CaptureQueriesContext(connection) as seen:
        assert len(page(client).context["contents"].lines) == lines
    about_the_cart = [q for q in seen.captured_queries if '"cart_' in q["sql"]]
    # Session and user; products with their template, pictures and categories.
    assert len(seen) - len(about_the_cart) == 5
    # In the database: the lines, notices that wait, the number in the header.
    assert len(about_the_cart) == (0 if settings.REDIS_URL else 3)


@pytest.mark.redis
def test_a_cart_that_does_not_answer_is_a_whole_page(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    product = make_product()
    add(client, product)

    def down(name: str) -> Any:
        raise RedisDown

    monkeypatch.setattr("cart.storages.redis.get_redis_connection", down)
    response = page(client)
    shown = text(response)
    assert response.status_code == 200
    assert "The cart cannot be shown right now." in shown
    assert response.content.decode().count("<h1") == 1
    answer = client.post("/cart/add/", {"product_id": product.pk})
    assert (answer.status_code, answer["Location"]) == (302, "/cart/")
    answer = client.get("/checkout/")
    assert (answer.status_code, answer["Location"]) == (302, "/cart/")
