"""A customer's whole history on one page of the back office."""

from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse
from redis.exceptions import ConnectionError as RedisDown

from accounts.models import User
from accounts.services import add_address
from cart.services import Cart
from orders import services as orders
from orders.customers import Customer, totals_of
from orders.models import Order
from payments import services
from tests.backoffice import office, queries, staff_with
from tests.factories import make_cart, make_order, make_product, make_user
from tests.orders.office import button, change
from tests.pages import html, text
from tests.payments.callbacks import paid_order
from tests.payments.office import HOSTILE, SHOWN

pytestmark = pytest.mark.django_db

USERS = "/admin/accounts/user/"
SEES = [
    "orders.view_order", "orders.view_ordernote", "accounts.view_user",
    "payments.view_refund",
]  # fmt: skip


def clerk(*rights: str) -> Client:
    return office(staff_with(*(rights or SEES)))


def page_of(user: User) -> str:
    return reverse("admin:accounts_user_customer", args=[user.pk])


def guest_order(email: str, price: str = "100") -> Order:
    product = make_product(price=Decimal(price))
    placed = orders.place_order(
        [orders.Line(product.pk, 1)],
        orders.Checkout(email=email, delivery_method="pickup"),
        owner="guest",
    )
    return placed.order


def own_order(user: User, price: str) -> Order:
    product = make_product(price=Decimal(price))
    return make_order(user, (product, 1), delivery_method="pickup")


@pytest.fixture
def user() -> User:
    return make_user(email="aigul@example.com", full_name="Айгүл", phone="+77011234567")


def listed(answer: Any) -> list[int]:
    assert answer.status_code == 200
    return [order.number for order in answer.context["page"]]


# --- What it shows --------------------------------------------------------------------


def test_orders_of_the_account_and_of_the_guest_with_its_address(user: User) -> None:
    mine = [own_order(user, "100"), own_order(user, "200")]
    guest = guest_order("AIGUL@Example.com", "300")
    guest_order("xaigul@example.com")
    own_order(make_user(), "1000")
    client = clerk()
    answer = client.get(page_of(user))
    assert listed(answer) == [guest.number, mine[1].number, mine[0].number]
    told = text(answer)
    for part in ("Айгүл", "+7 701 123 4567", "aigul@example.com", "guest"):
        assert part in told
    for order in (*mine, guest):
        assert f'href="{change(order)}"' in html(answer)


def test_totals_count_what_came_in_and_stayed(user: User) -> None:
    kept, part, canceled = (own_order(user, price) for price in ("100", "250", "900"))
    guest_order("aigul@example.com", "400")
    orders.cancel_order(canceled.pk)
    orders.set_status(part.pk, "paid")
    Order.objects.filter(pk=part.pk).update(refunded=Decimal(50))
    totals = totals_of(Customer.of_user(user).orders)
    newest = Order.objects.latest("created_at")
    assert totals.__dict__ == {
        "placed": 4,
        "counted": 3,
        "spent": Decimal(700),
        "first_at": kept.created_at,
        "last_at": newest.created_at,
    }
    assert totals.average == Decimal("233.33")
    told = text(clerk().get(page_of(user)))
    assert "Orders 4 3 of them count Spent 700,00 ₸ Average order 233,33 ₸" in told


def test_somebody_who_bought_nothing_has_a_page(user: User) -> None:
    told = text(clerk().get(page_of(user)))
    assert "Orders 0 Spent 0,00 ₸ Average order 0,00 ₸ Last order —" in told
    assert "Nothing was ordered yet." in told
    totals = totals_of(Order.objects.none())
    assert (totals.placed, totals.spent, totals.last_at) == (0, Decimal(0), None)


def test_refunds_notes_addresses_and_the_cart_are_there(
    user: User, settings: Any
) -> None:
    settings.PAYMENT_EMULATOR = True
    order = paid_order(user, (make_product(price=Decimal(100)), 2))
    refund = services.refund_order(order.pk, stock="put_back", note="Broken lid")
    author = make_user(email="boss@example.com")
    orders.add_note(order.pk, "Always late.", author=author)
    add_address(user, title="Home", address="Алматы, Абай 10", phone="87770001122")
    tea = make_product(name="Чай", sku="TEA")
    make_cart(user, (tea, 3))
    answer = clerk().get(page_of(user))
    told = text(answer)
    for part in (
        "Broken lid", "200,00 ₸", "Always late.", "boss@example.com",
        "Home : Алматы, Абай 10, +7 777 000 1122", "Чай × 3",
    ):  # fmt: skip
        assert part in told, part
    refund_page = reverse("admin:payments_refund_change", args=[refund.pk])
    assert refund_page in html(answer)
    # Looking changes nothing: the shopper still finds all of it.
    assert Cart.of_user(user).stored().lines == {tea.pk: 3}


@pytest.mark.redis
def test_a_cart_that_does_not_answer_spoils_nothing(
    user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    own_order(user, "100")

    def down(*args: Any, **kwargs: Any) -> Any:
        raise RedisDown

    monkeypatch.setattr("redis.connection.ConnectionPool.get_connection", down)
    answer = clerk().get(page_of(user))
    assert answer.status_code == 200
    assert "The carts do not answer at the moment." in text(answer)


def test_everything_is_text(user: User) -> None:
    User.objects.update(full_name=HOSTILE)
    order = own_order(user, "100")
    Order.objects.update(full_name=HOSTILE, delivery_name=HOSTILE)
    orders.add_note(order.pk, HOSTILE, author=make_user())
    add_address(user, title=HOSTILE, address=HOSTILE)
    page = html(clerk().get(page_of(user)))
    assert HOSTILE not in page
    assert page.count(SHOWN) == 6


def test_many_orders_are_turned_over(
    user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("payments.admin.customers.PER_PAGE", 2)
    numbers = [own_order(user, "100").number for _ in range(5)][::-1]
    client = clerk()
    pages = {
        asked: listed(client.get(page_of(user), {"p": asked}))
        for asked in ("1", "2", "3", "9", "0", "x", "")
    }
    assert pages == {
        "1": numbers[:2], "2": numbers[2:4], "3": numbers[4:], "9": numbers[4:],
        "0": numbers[4:], "x": numbers[:2], "": numbers[:2],
    }  # fmt: skip
    assert "Page 2 of 3" in text(client.get(page_of(user), {"p": "2"}))


# --- The ways there -------------------------------------------------------------------


def test_an_order_leads_to_its_customer_and_back(user: User) -> None:
    mine, guest = own_order(user, "100"), guest_order("AIGUL@example.com")
    client = clerk()
    for order in (mine, guest):
        address = button(order, "customer")
        assert f'href="{address}"' in html(client.get(change(order)))
        assert client.get(address).url == page_of(user)
    assert f'href="{USERS}{user.pk}/change/"' in html(client.get(page_of(user)))
    shown = html(client.get(f"{USERS}{user.pk}/change/"))
    assert f'href="{page_of(user)}"' in shown
    assert f'href="{page_of(user)}"' in html(client.get(USERS))


def test_a_guest_has_a_page_by_the_address_alone() -> None:
    orders_ = [guest_order("Guest@Example.com"), guest_order("guest@example.com")]
    answer = clerk().get(button(orders_[0], "customer"))
    assert listed(answer) == [order.number for order in orders_[::-1]]
    assert "A guest: there is no account with this e-mail address." in text(answer)
    assert "Saved addresses" not in text(answer)


def test_orders_stay_with_the_address_when_the_account_is_gone(user: User) -> None:
    order = own_order(user, "100")
    user.delete()
    assert listed(clerk().get(button(order, "customer"))) == [order.number]


# --- Who may --------------------------------------------------------------------------


def test_each_part_takes_its_right(user: User) -> None:
    order = own_order(user, "100")
    orders.add_note(order.pk, "Always late.", author=make_user())
    add_address(user, title="Home", address="Алматы, Абай 10")
    told = text(clerk("orders.view_order").get(page_of(user)))
    assert f"№ {order.number}" in told
    for part in ("Always late", "Refunds", "Абай", "In the cart", "Registered"):
        assert part not in told
    answer = clerk("orders.view_order").get(page_of(user))
    assert f"{USERS}{user.pk}/change/" not in html(answer)
    assert "Refunds" in text(
        clerk("orders.view_order", "payments.view_refund").get(page_of(user))
    )


def test_without_the_right_to_see_orders_there_is_no_page(user: User) -> None:
    order = own_order(user, "100")
    client = clerk("accounts.view_user", "payments.view_refund")
    for address in (page_of(user), button(order, "customer")):
        assert client.get(address).status_code == 403
        assert Client().get(address).url.startswith("/admin/login/")
    assert "history" not in text(client.get(USERS)).lower()
    assert page_of(user) not in html(client.get(f"{USERS}{user.pk}/change/"))
    boss = office()
    assert boss.get(page_of(User(pk=uuid4()))).status_code == 404
    assert boss.get(button(Order(pk=uuid4()), "customer")).status_code == 404
    assert boss.post(page_of(user)).status_code == 405


def test_the_page_takes_the_same_queries_for_1_and_10_orders(
    user: User, settings: Any
) -> None:
    settings.PAYMENT_EMULATOR = True
    client = clerk()

    def fill() -> None:
        order = paid_order(user, (make_product(price=Decimal(100)), 2))
        services.refund_order(order.pk, stock="put_back")
        orders.add_note(order.pk, "Late.", author=make_user())
        add_address(user, address="Алматы")
        make_cart(user, (make_product(), 1))

    fill()
    addresses = [page_of(user), USERS, f"{USERS}{user.pk}/change/"]
    before = [queries(client, address) for address in addresses]
    for _ in range(9):
        fill()
    assert [queries(client, address) for address in addresses] == before
    assert max(before) <= 12
