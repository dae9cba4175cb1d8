"""The search field above every page of the back office."""

from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from catalog.models import Product
from orders import services as orders
from orders.models import Order
from tests.backoffice import messages, office, staff_with
from tests.factories import make_order, make_product, make_user
from tests.orders.office import button, change
from tests.pages import html, queries, text

pytestmark = pytest.mark.django_db

FIND = "/admin/find/"
ALL = ["orders.view_order", "accounts.view_user", "catalog.view_product"]


def clerk(*rights: str) -> Client:
    return office(staff_with(*(rights or ALL)))


def customer(user: User) -> str:
    return reverse("admin:accounts_user_customer", args=[user.pk])


def product_page(product: Product) -> str:
    return reverse("admin:catalog_product_change", args=[product.pk])


def goes_to(query: str, client: Client | None = None) -> str:
    answer = (client or clerk()).get(FIND, {"q": query})
    assert answer.status_code == 302, text(answer)
    return answer.url


def stays(query: str, client: Client | None = None) -> Any:
    answer = (client or clerk()).get(FIND, {"q": query})
    assert answer.status_code == 200, answer.url
    return answer


def guest_order(email: str, **checkout: str) -> Order:
    placed = orders.place_order(
        [orders.Line(make_product().pk, 1)],
        orders.Checkout(email=email, **checkout),
        owner="guest",
    )
    return placed.order


@pytest.fixture
def aigul() -> User:
    return make_user(
        email="aigul@example.com", full_name="Айгүл Серікова", phone="+77011234567"
    )


# --- Straight there -------------------------------------------------------------------


def test_a_number_is_an_orders_and_a_product_of_the_same_is_offered() -> None:
    order, product = make_order(), make_product(name="<b>Чай")
    Order.objects.update(number=product.number)
    order.refresh_from_db()
    client = clerk()
    assert goes_to(str(order.number), client) == change(order)
    (told,) = messages(client.get(change(order)))
    assert told == (
        f'There is also the product <a href="{product_page(product)}">&lt;b&gt;Чай</a>.'
    )
    # What is marked as an order is nothing else.
    for sign in ("№", "№ ", "#"):
        assert goes_to(f"{sign}{order.number}", client) == change(order)
        assert messages(client.get(change(order))) == []


def test_an_old_number_is_found_among_many_phones_with_its_digits() -> None:
    order = make_order()
    Order.objects.filter(pk=order.pk).update(number=7011)
    for _ in range(12):
        other = make_order()
        Order.objects.filter(pk=other.pk).update(phone="+77011234567")
    assert goes_to("7011") == change(order)


def test_an_id_a_sku_and_a_barcode_lead_straight_there(aigul: User) -> None:
    order = make_order(aigul)
    tea = make_product(sku="TEA-1", name="Чай", barcode="4870001112223")
    make_product(sku="TEA-10", name="Чай TEA-1")
    assert goes_to(str(order.pk)) == change(order)
    assert goes_to(str(aigul.pk)) == customer(aigul)
    assert goes_to("tea-1") == product_page(tea)
    assert goes_to("4870001112223") == product_page(tea)


@pytest.mark.parametrize(
    "query", ["aigul@example.com", "AIGUL@Example.com", "8 (701) 123-45-67"]
)
def test_whose_contact_it_is_has_one_order_or_is_the_customer(
    aigul: User, query: str
) -> None:
    make_user(email="xaigul@example.com", phone="+77017654321")
    assert goes_to(query) == customer(aigul)
    order = make_order(aigul, phone="+77011234567")
    assert goes_to(query) == change(order)
    make_order(aigul, phone="+77011234567")
    assert goes_to(query) == customer(aigul)
    guest_order("Aigul@example.com", phone="+77011234567")
    assert goes_to(query) == customer(aigul)


def test_guests_are_known_by_their_address() -> None:
    first = guest_order("guest@example.com", phone="+77011234567")
    assert goes_to("guest@example.com") == change(first)
    newest = guest_order("Guest@example.com", phone="+77011234567")
    assert goes_to("guest@example.com") == button(newest, "customer")
    # Two people with one phone: there is something to choose.
    guest_order("other@example.com", phone="+77011234567")
    told = text(stays("8 701 123 45 67"))
    assert "guest@example.com" in told and "other@example.com" in told


def test_the_only_thing_that_is_found_is_opened(aigul: User) -> None:
    assert goes_to("серік") == customer(aigul)
    kettle = make_product(name="Чайник со свистком")
    assert goes_to("свистком") == product_page(kettle)


# --- What there is to choose ----------------------------------------------------------


def test_what_is_found_stands_by_kind(aigul: User) -> None:
    order = make_order(aigul)
    orders_of_others = make_order()
    make_product(name="Айгүл, духи", sku="PERFUME")
    Order.objects.filter(pk=order.pk).update(full_name="Айгүл Серікова")
    answer = stays("айгүл")
    told = text(answer)
    for part in (f"№ {order.number}", "aigul@example.com", "PERFUME", "pending"):
        assert part in told
    assert f"№ {orders_of_others.number} " not in told
    page = html(answer)
    for address in (change(order), customer(aigul)):
        assert f'href="{address}"' in page


def test_more_than_fit_lead_to_the_lists(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dashboard.finding.SHOWN", 2)
    for n in range(3):
        make_order(make_user(email=f"many{n}@example.com", full_name="Many"))
        make_product(name=f"Many {n}")
    page = html(stays("many"))
    for name in ("orders_order", "accounts_user", "catalog_product"):
        address = reverse(f"admin:{name}_changelist")
        assert f'href="{address}?q=many"' in page


def test_a_name_is_no_misspelled_product() -> None:
    make_product(name="Серебро")
    user = make_user(full_name="Сиребро", email="s1@example.com")
    make_order(user)
    assert goes_to("сиребро") == customer(user)


@pytest.mark.parametrize(
    "query", ["", " ", "@", "nobody at all", "\0", "%", "x" * 500, "9" * 40, "№", "'--"]
)
def test_where_nothing_is_found_it_is_said(query: str) -> None:
    make_order()
    assert "Orders are found by number" in text(stays(query))


def test_what_is_found_is_text() -> None:
    hostile = "<script>alert(1)</script>"
    for n in range(2):
        make_order(make_user(email=f"h{n}@example.com", full_name=hostile))
        make_product(name=f"{hostile} {n}")
    Order.objects.update(full_name=hostile)
    for asked in ({"q": "script"}, {"q": hostile}):
        answer = clerk().get(FIND, asked)
        assert hostile not in html(answer)
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html(answer)
        offered = clerk().get(FIND, asked, headers={"HX-Request": "true"})
        assert hostile not in html(offered)


# --- Suggestions ----------------------------------------------------------------------


def test_suggestions_are_a_list_and_never_lead_away(aigul: User) -> None:
    order = make_order(aigul, phone="+77011234567")
    tea = make_product(name="Чай", sku="TEA")
    client = clerk()

    def offered(query: str) -> str:
        answer = client.get(FIND, {"q": query}, headers={"HX-Request": "true"})
        assert answer.status_code == 200
        return html(answer)

    shown = offered("aigul@example.com")
    assert f'href="{change(order)}"' in shown
    assert f'href="{customer(aigul)}"' in shown
    assert f'href="{product_page(tea)}"' in offered("tea")
    assert f'href="{change(order)}"' in offered(f"{order.number}")
    assert offered("nobody").strip() == ""
    assert "<html" not in shown


# --- Who may --------------------------------------------------------------------------


def test_each_kind_takes_its_right(aigul: User) -> None:
    order = make_order(aigul)
    Order.objects.update(full_name="Общее")
    User.objects.filter(pk=aigul.pk).update(full_name="Общее")
    tea = make_product(name="Общее", price=Decimal(10))
    assert goes_to("общее", clerk("orders.view_order")) == change(order)
    assert goes_to("общее", clerk("accounts.view_user")) == reverse(
        "admin:accounts_user_change", args=[aigul.pk]
    )
    assert goes_to("общее", clerk("catalog.view_product")) == product_page(tea)
    assert "Nothing is found" in text(
        stays(f"№{order.number}", clerk("catalog.view_product"))
    )
    offered = clerk("accounts.view_user").get(
        FIND, {"q": "общее"}, headers={"HX-Request": "true"}
    )
    assert customer(aigul) not in html(offered)


def test_who_may_look_for_nothing_has_no_field() -> None:
    nobody = office(staff_with("orders.view_deliverymethod"))
    assert nobody.get(FIND, {"q": "1"}).status_code == 403
    assert 'role="search"' not in html(nobody.get("/admin/"))
    assert FIND in html(clerk("orders.view_order").get("/admin/"))
    assert Client().get(FIND).url.startswith("/admin/login/")
    assert 'role="search"' not in html(Client().get("/admin/login/"))
    assert clerk().post(FIND, {"q": "1"}).status_code == 405


def test_looking_takes_no_more_queries_for_20_than_for_2() -> None:
    client = clerk()

    def fill(count: int) -> None:
        for _ in range(count):
            make_order(make_user(full_name="Many"))
            make_product(name=f"Many {uuid4()}")

    fill(2)
    address = f"{FIND}?q=many"
    before = queries(client, address)
    fill(18)
    # What the newest rows fill is not looked for any further.
    assert queries(client, address) <= before <= 12
