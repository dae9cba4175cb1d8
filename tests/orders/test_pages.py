"""Who sees an order, its page, and the list."""

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
from catalog import services as catalog
from catalog.services.stock import stock_errors
from orders import services
from orders.models import Order
from tests.factories import make_admin, make_cart, make_order, make_product, make_user
from tests.orders.pages import (
    fill,
    guest_order,
    stock,
    text,
    total,
    without_carts,
)

pytestmark = pytest.mark.django_db


def of(user: User, **fields: Any) -> Order:
    placed = services.place_order(
        [services.Line(make_product().pk, 1)],
        services.Checkout(email=user.email, **fields),
        owner=str(user.pk),
        user=user,
    )
    return placed.order


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


def test_the_page_shows_the_order_as_it_was_sold(client: Client) -> None:
    product = make_product(name="Ручка", sku="PEN", price=Decimal("999.90"))
    fill(client, product, 3)
    client.post(
        "/checkout/",
        {
            "email": "guest@example.com",
            "full_name": "Айгүл",
            "phone": "8 700 123 45 67",
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
        "Phone +7 700 123 4567",
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


def test_the_page_leads_to_the_slip(client: Client) -> None:
    order = guest_order(client)
    html = client.get(f"/orders/{order.pk}/").content.decode()
    for link in (f"/orders/{order.pk}/slip/", f"/orders/{order.pk}/slip.pdf"):
        assert f'href="{link}"' in html
        assert client.get(link).status_code == 200


def test_notes_of_staff_are_not_for_customers(client: Client) -> None:
    user = make_user()
    order = make_order(user)
    admin = make_admin()
    services.add_note(order.pk, "Ask for a passport", author=admin)
    services.set_status(order.pk, "processing", actor=admin, note="Looks odd")
    client.force_login(user)
    shown = text(client.get(f"/orders/{order.pk}/"))
    assert "passport" not in shown
    assert "odd" not in shown
    assert admin.email not in shown


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
    # Session, user, order, lines, payments, refunds, history, products, pictures.
    assert len(without_carts(seen)) == 9


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
    # Session, user, how many, which; payments, refunds, history.
    assert len(without_carts(seen)) == 7


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
