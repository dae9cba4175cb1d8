"""Checkout, orders and the quick order as pages."""

import re
import uuid
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from cart.services import Cart
from catalog import services as catalog
from catalog.models import Product
from catalog.services.stock import stock_errors
from orders import services
from orders.models import DeliveryMethod, Order
from tests.factories import make_admin, make_cart, make_order, make_product, make_user

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true", "HX-Target": "summary"}
GUEST = {"email": "guest@example.com", "delivery_method": "pickup"}


@pytest.fixture
def client() -> Client:
    return Client(headers={"Accept-Language": "en"})


@pytest.fixture
def other() -> Client:
    """Somebody else's browser."""
    return Client(headers={"Accept-Language": "en"})


def text(response: Any) -> str:
    """What a reader sees: no tags, single spaces."""
    plain = re.sub(r"<[^>]+>", " ", response.content.decode())
    return " ".join(plain.replace("\N{NO-BREAK SPACE}", " ").split())


def total(response: Any) -> str:
    return re.findall(r'id="total">([^<]+)<', response.content.decode())[0]


def fill(client: Client, product: Product, qty: int = 1) -> None:
    client.post("/cart/add/", {"product_id": product.pk, "qty": qty})


def guest_order(client: Client, *products: Product, **fields: Any) -> Order:
    for product in products or [make_product()]:
        fill(client, product)
    answer = client.post("/checkout/", {**GUEST, **fields})
    assert answer.status_code == 302, text(answer)
    return Order.objects.latest("number")


def stock(product: Product) -> int:
    return Product.objects.get(pk=product.pk).stock


def of(user: User, **fields: Any) -> Order:
    placed = services.place_order(
        [services.Line(make_product().pk, 1)],
        services.Checkout(email=user.email, **fields),
        owner=str(user.pk),
        user=user,
    )
    return placed.order


# --- Checkout ---------------------------------------------------------------------


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
        "+7 700 000 00 00",
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
    for value in ("a@example.com", "Дана", "+77010000000"):
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
        ({"full_name": "x" * 151}, "full_name", "at most 150 characters"),
        ({"address": "x" * 501}, "address", "at most 500 characters"),
        ({"comment": "x" * 1001}, "comment", "at most 1000 characters"),
        ({"idempotency_key": "x" * 65}, "idempotency_key", "at most 64 characters"),
        ({"goods_total": "much"}, "goods_total", "Enter a number."),
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
    alert = re.findall(r'alert-warning.*?href="([^"]+)', answer.content.decode(), re.S)
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
    assert len(_without_carts(shown)) == 6
    assert len(_without_carts(placed)) == 14
    assert cart.count() == 0


def _without_carts(seen: CaptureQueriesContext) -> list[str]:
    """Without the carts of the embedded default, and without savepoints."""
    skip = ("cart_cart", "SAVEPOINT")
    sqls = [query["sql"] for query in seen.captured_queries]
    return [sql for sql in sqls if not any(word in sql for word in skip)]


# --- Who sees an order ------------------------------------------------------------


def test_a_guest_sees_the_order_in_the_session_that_placed_it(
    client: Client, other: Client
) -> None:
    order = guest_order(client)
    assert client.get(f"/orders/{order.pk}/").status_code == 200
    assert other.get(f"/orders/{order.pk}/").status_code == 404
    assert other.post(f"/orders/{order.pk}/cancel/").status_code == 404
    other.force_login(make_user(email=order.email))
    assert other.get(f"/orders/{order.pk}/").status_code == 404


def test_the_signed_link_opens_an_order_and_is_remembered(
    client: Client, other: Client
) -> None:
    order, another = guest_order(client), guest_order(client)
    wrong = ["", "x", another.access_token, order.access_token + "x", ":", "ключ"]
    for token in wrong:
        answer = other.get(f"/orders/{order.pk}/", {"token": token})
        assert answer.status_code == 404
    assert other.get(order.get_signed_url()).status_code == 200
    assert other.get(f"/orders/{order.pk}/").status_code == 200
    assert other.get(f"/orders/{another.pk}/").status_code == 404
    other.post(f"/orders/{order.pk}/cancel/")
    order.refresh_from_db()
    assert order.status == Order.Status.CANCELED


def test_an_order_is_its_owners_business(client: Client, other: Client) -> None:
    user = make_user()
    order = make_order(user)
    client.force_login(user)
    assert client.get(f"/orders/{order.pk}/").status_code == 200
    for stranger in (make_user(), make_user(role=User.Role.STAFF)):
        other.force_login(stranger)
        assert other.get(f"/orders/{order.pk}/").status_code == 404
        assert other.post(f"/orders/{order.pk}/cancel/").status_code == 404
    other.force_login(make_admin())
    assert other.get(f"/orders/{order.pk}/").status_code == 200


def test_staff_that_may_only_look_may_not_cancel(client: Client) -> None:
    order = make_order()
    staff = make_user(role=User.Role.STAFF)
    staff.user_permissions.add(Permission.objects.get(codename="view_order"))
    client.force_login(staff)
    page = client.get(f"/orders/{order.pk}/")
    assert page.status_code == 200
    assert "/cancel/" not in page.content.decode()
    assert client.post(f"/orders/{order.pk}/cancel/").status_code == 403
    order.refresh_from_db()
    assert order.status == Order.Status.PENDING


def test_a_hidden_order_is_gone_for_its_owner(client: Client, other: Client) -> None:
    user = make_user()
    order = make_order(user)
    client.force_login(user)
    services.hide_order(order.pk)
    assert client.get(f"/orders/{order.pk}/").status_code == 404
    assert client.get(order.get_signed_url()).status_code == 404
    assert "You have not ordered anything yet." in text(client.get("/orders/"))
    guests = guest_order(other)
    services.hide_order(guests.pk)
    assert other.get(f"/orders/{guests.pk}/").status_code == 404
    other.force_login(make_admin())
    assert other.get(f"/orders/{order.pk}/").status_code == 200


@pytest.mark.parametrize("pk", ["7", "x", str(uuid.uuid4()), f"{uuid.uuid4()}0"])
def test_an_order_that_is_not_there_is_a_404_page(client: Client, pk: str) -> None:
    client.force_login(make_admin())
    assert client.get(f"/orders/{pk}/").status_code == 404
    assert client.post(f"/orders/{pk}/cancel/").status_code == 404


# --- The order's page and the list ------------------------------------------------


def test_the_page_shows_the_order_as_it_was_sold(client: Client) -> None:
    product = make_product(name="Ручка", sku="PEN", price=Decimal("999.90"))
    fill(client, product, 3)
    client.post(
        "/checkout/",
        {
            "email": "guest@example.com",
            "full_name": "Айгүл",
            "phone": "+7 700",
            "delivery_method": "post",
            "address": "Шымкент",
            "comment": "<b>осторожно</b>",
        },
    )
    order = Order.objects.get()
    catalog.update_product(product.pk, name="Карандаш", price=Decimal("1.00"))
    page = client.get(f"/orders/{order.pk}/")
    shown = text(page)
    assert page.content.decode().count("<h1") == 1
    for words in (
        f"Order {order.number}",
        "Ручка PEN 999,90 ₸ × 3 2.999,70 ₸",
        "Goods 2.999,70 ₸",
        "Delivery: Post 2.500,00 ₸",
        "Address Шымкент",
        "Payment Cash on delivery",
        "Full name Айгүл",
        "Phone +7 700",
        "E-mail guest@example.com",
        "&lt;b&gt;осторожно&lt;/b&gt;",
    ):
        assert words in shown
    assert total(page) == "5.499,70\N{NO-BREAK SPACE}₸"
    assert "Карандаш" not in shown


def test_the_product_may_be_gone(client: Client) -> None:
    user = make_user()
    product = make_product(name="Ручка")
    order = make_order(user, (product, 1))
    catalog.delete_product(product)
    client.force_login(user)
    page = client.get(f"/orders/{order.pk}/")
    assert page.status_code == 200
    assert "Ручка" in text(page)
    assert "/product/" not in page.content.decode()


def progress(page: Any) -> list[str]:
    steps = page.context["steps"]
    return [
        f"{step.status}{'*' if step.is_current else ''}{'' if step.at else '?'}"
        for step in steps
    ]


def test_progress_is_history_and_what_is_left(client: Client) -> None:
    user = make_user()
    client.force_login(user)
    cash = of(user)
    services.set_status(cash.pk, Order.Status.PROCESSING)
    assert progress(client.get(f"/orders/{cash.pk}/")) == [
        "pending",
        "processing*",
        "shipped?",
        "completed?",
    ]
    transfer = of(user, payment_method="transfer")
    assert progress(client.get(f"/orders/{transfer.pk}/")) == [
        "pending*",
        "paid?",
        "processing?",
        "shipped?",
        "completed?",
    ]
    services.cancel_order(transfer.pk)
    assert progress(client.get(f"/orders/{transfer.pk}/")) == ["pending", "canceled*"]


def test_canceling_puts_the_stock_back_once(client: Client) -> None:
    product = make_product(stock=5)
    order = guest_order(client, product)
    assert "Yes, cancel it" in text(client.get(f"/orders/{order.pk}/"))
    for _ in range(2):
        answer = client.post(f"/orders/{order.pk}/cancel/", follow=True)
        assert f"Order {order.number} is canceled." in text(answer)
        assert answer.redirect_chain == [(f"/orders/{order.pk}/", 302)]
    assert stock(product) == 5
    assert stock_errors() == []
    assert "Yes, cancel it" not in text(answer)
    assert [change.status for change in order.history.all()] == ["pending", "canceled"]


def test_canceling_names_who_did_it(client: Client) -> None:
    user = make_user()
    order = make_order(user)
    client.force_login(user)
    client.post(f"/orders/{order.pk}/cancel/")
    assert order.history.latest("id").actor == user


def test_a_shipped_order_is_not_canceled(client: Client) -> None:
    user = make_user()
    order = make_order(user)
    for status in ("processing", "shipped"):
        services.set_status(order.pk, status)
    client.force_login(user)
    assert "Yes, cancel it" not in text(client.get(f"/orders/{order.pk}/"))
    answer = client.post(f"/orders/{order.pk}/cancel/", follow=True)
    assert f"Order {order.number} is shipped and cannot become canceled." in text(
        answer
    )
    order.refresh_from_db()
    assert order.status == Order.Status.SHIPPED


def test_canceling_is_a_post_with_the_token() -> None:
    client = Client(enforce_csrf_checks=True)
    user = make_user()
    order = make_order(user)
    client.force_login(user)
    assert client.get(f"/orders/{order.pk}/cancel/").status_code == 405
    assert client.post(f"/orders/{order.pk}/cancel/").status_code == 403
    order.refresh_from_db()
    assert order.status == Order.Status.PENDING


@pytest.mark.parametrize("lines", [1, 20])
def test_the_page_takes_the_same_queries_for_each_length(
    client: Client, lines: int
) -> None:
    user = make_user()
    order = make_order(user, *((make_product(), 1) for _ in range(lines)))
    client.force_login(user)
    with CaptureQueriesContext(connection) as seen:
        client.get(f"/orders/{order.pk}/")
    # Session, user, order, lines, history, products, pictures.
    assert len(_without_carts(seen)) == 7


def test_the_list_is_ones_own_newest_first(client: Client) -> None:
    user = make_user()
    first = make_order(user, (make_product(price=Decimal("999.90")), 3))
    second = make_order(user)
    make_order()
    services.cancel_order(second.pk)
    client.force_login(user)
    page = client.get("/orders/")
    shown = text(page)
    assert list(page.context["page_obj"]) == [second, first]
    assert page.content.decode().count("<h1") == 1
    assert re.search(
        rf"Order {second.number} .* canceled 2 pieces 200,00 ₸"
        rf" Order {first.number} .* pending 3 pieces 2.999,70 ₸",
        shown,
    )


def test_visitors_are_asked_to_sign_in(client: Client) -> None:
    answer = client.get("/orders/")
    assert (answer.status_code, answer["Location"]) == (302, "/login/?next=/orders/")


def test_the_list_comes_in_pages(client: Client) -> None:
    user = make_user()
    product = make_product(stock=100)
    orders = [make_order(user, (product, 1)) for _ in range(25)]
    client.force_login(user)
    assert len(client.get("/orders/").context["page_obj"]) == 24
    last = client.get("/orders/", {"page": "2"}).context["page_obj"]
    assert list(last) == [orders[0]]
    for page in ("0", "99", "x"):
        assert client.get("/orders/", {"page": page}).status_code == 200


@pytest.mark.parametrize("count", [1, 20])
def test_the_list_takes_the_same_queries_for_each_length(
    client: Client, count: int
) -> None:
    user = make_user()
    for _ in range(count):
        make_order(user)
    client.force_login(user)
    with CaptureQueriesContext(connection) as seen:
        client.get("/orders/")
    # Session, user, how many, which.
    assert len(_without_carts(seen)) == 4


@pytest.mark.parametrize("path", ["/checkout/", "/order/", "/orders/"])
def test_each_form_carries_the_token(client: Client, path: str) -> None:
    user = make_user()
    order = make_order(user)
    make_cart(user, (make_product(), 1))
    client.force_login(user)
    for url in (path, f"/orders/{order.pk}/"):
        html = client.get(url).content.decode()
        forms = re.findall(r'<form[^>]*method="post".*?</form>', html, re.S)
        assert forms
        assert all("csrfmiddlewaretoken" in form for form in forms)


# --- Quick order ------------------------------------------------------------------


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
        (f"PEN:{10**20}", "the quantity must be a whole number above zero."),
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


def test_a_key_belongs_to_its_guest(client: Client, other: Client) -> None:
    make_product(sku="PEN", stock=5)
    data = {**GUEST, "items": "PEN:2", "idempotency_key": "k"}
    assert (
        client.post("/order/", data)["Location"]
        != (other.post("/order/", data)["Location"])
    )
    assert Order.objects.count() == 2
