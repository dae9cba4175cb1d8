"""Saved addresses at the checkout: chosen, corrected, kept; with htmx and without."""

import re
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import Address, User
from accounts.services import add_address, delete_address
from orders.models import Order
from tests.factories import make_cart, make_product, make_user
from tests.orders.pages import HTMX, stock, text, without_carts

pytestmark = pytest.mark.django_db
COURIER = {"delivery_method": "courier"}


@pytest.fixture
def user() -> User:
    return make_user(email="a@example.com", full_name="Дана", phone="+77010000000")


@pytest.fixture
def home(user: User) -> Address:
    return add_address(user, title="Home", address="Алматы, Абая 1")


@pytest.fixture
def office(user: User, home: Address) -> Address:
    return add_address(
        user,
        title="Office",
        full_name="Тимур",
        phone="+77020000000",
        address="Астана, Сарайшык 2",
    )


@pytest.fixture
def shopper(client: Client, user: User) -> Client:
    make_cart(user, (make_product(sku="PEN"), 1))
    client.force_login(user)
    return client


def fields(page: Any) -> dict[str, str]:
    """What a browser would send of the contact from this page, as it came."""
    html = page.content.decode()
    names = ("full_name", "phone", "address", "filled_from")
    found = {}
    for name in names:
        tag = re.findall(rf'<input[^>]*name="{name}"[^>]*>', html)[0]
        value = re.findall(r'value="([^"]*)"', tag)
        found[name] = value[0] if value else ""
    chosen = r'name="saved_address"[^>]*value="([^"]*)" checked'
    return found | {"saved_address": "".join(re.findall(chosen, html))}


def of_home(home: Address) -> dict[str, str]:
    return {
        "full_name": "Дана",
        "phone": "+7 701 000 0000",
        "address": "Алматы, Абая 1",
        "filled_from": str(home.pk),
        "saved_address": str(home.pk),
    }


def of_office(office: Address) -> dict[str, str]:
    return {
        "full_name": "Тимур",
        "phone": "+7 702 000 0000",
        "address": "Астана, Сарайшык 2",
        "filled_from": str(office.pk),
        "saved_address": str(office.pk),
    }


EMPTY = {
    "full_name": "Дана",
    "phone": "+7 701 000 0000",
    "address": "",
    "filled_from": "",
    "saved_address": "",
}


def sent_to(order: Order) -> tuple[str, str, str]:
    return order.full_name, order.phone, order.address


@pytest.mark.parametrize("path", ["/checkout/", "/order/"])
def test_the_default_is_filled_in(
    shopper: Client, home: Address, office: Address, path: str
) -> None:
    page = shopper.get(path)
    assert fields(page) == of_home(home)
    shown = text(page)
    assert "Home Алматы, Абая 1" in shown
    assert "Office Астана, Сарайшык 2 Тимур, +7 702 000 0000" in shown
    assert "Another address" in shown
    assert page.content.decode().count("<h1") == 1


def test_who_has_none_is_asked_as_ever(shopper: Client, other: Client) -> None:
    page = shopper.get("/checkout/")
    assert fields(page) == EMPTY
    assert "Saved addresses" not in text(page)
    assert "Save this address for next time" in text(page)
    page = other.get("/order/")
    assert "Saved addresses" not in text(page)
    assert "Save this address" not in text(page)


@pytest.mark.parametrize("path", ["/checkout/", "/order/"])
@pytest.mark.parametrize("headers", [{}, HTMX], ids=["whole", "htmx"])
def test_choosing_one_fills_the_fields(
    shopper: Client, home: Address, office: Address, path: str, headers: Any
) -> None:
    asked = {**of_home(home), **COURIER, "items": "PEN:1", "refresh": "1"}
    asked["saved_address"] = str(office.pk)
    page = shopper.post(path, asked, headers=headers)
    # The radio itself stays where it is; htmx swaps the fields beside it.
    chosen = {} if headers else {"saved_address": str(office.pk)}
    assert fields(page) == of_office(office) | {"saved_address": ""} | chosen
    swaps = re.findall(r'id="([\w-]+)" hx-swap-oob="true"', page.content.decode())
    assert swaps == (["contact-fields", "address-field"] if headers else [])


def test_a_refresh_for_something_else_leaves_the_fields_alone(
    shopper: Client, home: Address
) -> None:
    asked = {**of_home(home), "full_name": "Ди", **COURIER, "refresh": "1"}
    part = shopper.post("/checkout/", asked, headers=HTMX).content.decode()
    assert 'name="full_name"' not in part
    assert fields(shopper.post("/checkout/", asked))["full_name"] == "Ди"


def test_another_one_empties_what_was_filled_in(
    shopper: Client, home: Address, office: Address
) -> None:
    asked = {**of_office(office), **COURIER, "refresh": "1", "saved_address": ""}
    assert fields(shopper.post("/checkout/", asked)) == EMPTY
    # What was written already stays.
    asked |= {"address": "Шымкент", "phone": "8 705 000 00 00"}
    written = {"address": "Шымкент", "phone": "+7 705 000 0000"}
    assert fields(shopper.post("/checkout/", asked)) == EMPTY | written


def test_the_fields_are_what_counts(shopper: Client, home: Address) -> None:
    sent = {**of_home(home), **COURIER, "address": "Алматы, Абая 1, кв. 7"}
    shopper.post("/checkout/", sent)
    assert sent_to(Order.objects.get()) == (
        "Дана",
        "+77010000000",
        "Алматы, Абая 1, кв. 7",
    )
    assert Address.objects.get().address == "Алматы, Абая 1"


@pytest.mark.parametrize("path", ["/checkout/", "/order/"])
def test_without_javascript_the_choice_counts_too(
    shopper: Client, home: Address, office: Address, path: str
) -> None:
    # The page still shows the other address in its fields.
    sent = {**of_home(home), **COURIER, "items": "PEN:1"}
    shopper.post(path, sent | {"saved_address": str(office.pk)})
    assert sent_to(Order.objects.get()) == (
        "Тимур",
        "+77020000000",
        "Астана, Сарайшык 2",
    )


def test_another_address_is_what_the_fields_say(shopper: Client, home: Address) -> None:
    sent = {**of_home(home), **COURIER, "saved_address": "", "address": "Шымкент"}
    shopper.post("/checkout/", sent)
    assert Order.objects.get().address == "Шымкент"


def test_what_is_wrong_shows_the_chosen_address(
    shopper: Client, home: Address, office: Address
) -> None:
    sent = {**of_home(home), **COURIER, "email": "nobody"}
    page = shopper.post("/checkout/", sent | {"saved_address": str(office.pk)})
    assert list(page.context["form"].errors) == ["email"]
    assert fields(page) == of_office(office)
    assert not Order.objects.exists()


@pytest.mark.parametrize("whose", ["nobody's", "somebody's", "deleted", "rubbish"])
def test_an_address_that_is_not_there_sends_nothing_elsewhere(
    shopper: Client, user: User, home: Address, whose: str
) -> None:
    chosen: Any = uuid4()
    if whose == "somebody's":
        chosen = add_address(make_user(), address="Чужой дом").pk
    elif whose == "deleted":
        gone = add_address(user, address="Астана")
        chosen = gone.pk
        delete_address(gone)
    elif whose == "rubbish":
        chosen = "x" * 10_000
    sent = {**of_home(home), **COURIER, "saved_address": str(chosen)}
    page = shopper.post("/checkout/", sent)
    assert page.status_code == 200
    assert "This saved address is no longer there." in text(page)
    assert "Чужой дом" not in page.content.decode()
    assert not Order.objects.exists()
    refreshed = shopper.post("/checkout/", sent | {"refresh": "1"})
    assert fields(refreshed)["address"] == "Алматы, Абая 1"


def test_one_deleted_meanwhile_is_still_in_the_fields(
    shopper: Client, home: Address
) -> None:
    sent = {**of_home(home), **COURIER}
    delete_address(home)
    shopper.post("/checkout/", sent)
    assert Order.objects.get().address == "Алматы, Абая 1"


def test_what_is_picked_up_goes_to_no_address(shopper: Client, home: Address) -> None:
    sent = {**of_home(home), "delivery_method": "pickup", "save_address": "on"}
    shopper.post("/checkout/", sent)
    assert sent_to(Order.objects.get()) == ("Дана", "+77010000000", "")
    assert Address.objects.count() == 1


def test_an_account_with_an_old_odd_phone_can_order(client: Client) -> None:
    user = make_user(phone="+7700")
    make_cart(user, (make_product(), 1))
    client.force_login(user)
    assert fields(client.get("/checkout/"))["phone"] == ""
    client.post("/checkout/", {"delivery_method": "pickup"})
    assert Order.objects.get().phone == ""


# --- Kept for next time -----------------------------------------------------------


@pytest.mark.parametrize("path", ["/checkout/", "/order/"])
def test_an_address_is_kept_after_the_order(
    shopper: Client, user: User, path: str
) -> None:
    sent = {
        "full_name": "Дана",
        "phone": "8 705 000 00 00",
        "address": "Шымкент",
        "items": "PEN:1",
        "save_address": "on",
        "idempotency_key": "k",
        **COURIER,
    }
    first, second = (shopper.post(path, sent) for _ in range(2))
    assert first["Location"] == second["Location"]
    kept = user.addresses.get()
    told = (kept.title, kept.full_name, kept.phone, kept.address, kept.is_default)
    assert told == ("", "Дана", "+77050000000", "Шымкент", True)


def test_what_is_not_ticked_is_not_kept(shopper: Client) -> None:
    shopper.post("/checkout/", {**COURIER, "address": "Шымкент"})
    assert Order.objects.count() == 1
    assert not Address.objects.exists()


def test_a_saved_one_is_not_kept_twice(
    shopper: Client, user: User, home: Address
) -> None:
    shopper.post("/checkout/", {**of_home(home), **COURIER, "save_address": "on"})
    assert Order.objects.count() == 1
    assert user.addresses.get() == home


def test_a_refused_order_keeps_no_address(shopper: Client) -> None:
    sent = {**COURIER, "address": "Шымкент", "save_address": "on", "email": "nobody"}
    assert shopper.post("/checkout/", sent).status_code == 200
    assert not Address.objects.exists()


def test_the_order_stands_when_no_more_addresses_fit(
    client: Client, user: User
) -> None:
    product = make_product(stock=5)
    make_cart(user, (product, 1))
    client.force_login(user)
    for n in range(20):
        add_address(user, address=f"Абая {n}")
    sent = {**COURIER, "address": "Шымкент", "save_address": "on"}
    answer = client.post("/checkout/", sent, follow=True)
    order = Order.objects.get()
    assert answer.redirect_chain == [(f"/orders/{order.pk}/", 302)]
    assert f"Thank you! Order {order.number} is placed." in text(answer)
    assert "The address was not saved. You have 20 saved addresses" in text(answer)
    assert (user.addresses.count(), stock(product)) == (20, 4)


def test_a_guest_keeps_nothing(client: Client) -> None:
    make_product(sku="PEN")
    sent = {
        "items": "PEN:1",
        "email": "guest@example.com",
        "address": "Шымкент",
        "save_address": "on",
        "saved_address": "x",
        "filled_from": "x",
        **COURIER,
    }
    client.post("/order/", sent)
    assert Order.objects.get().address == "Шымкент"
    assert not Address.objects.exists()


def test_what_is_kept_is_no_part_of_what_is_asked(
    shopper: Client, home: Address
) -> None:
    sent = {**of_home(home), **COURIER, "items": "PEN:1", "idempotency_key": "k"}
    other = {"saved_address": "", "filled_from": "", "save_address": "on"}
    first = shopper.post("/order/", sent)
    second = shopper.post("/order/", sent | other)
    assert first["Location"] == second["Location"]
    assert Order.objects.count() == 1


@pytest.mark.parametrize("count", [1, 19])
def test_the_checkout_takes_the_same_queries_for_each_number(
    shopper: Client, user: User, count: int
) -> None:
    for n in range(count):
        add_address(user, address=f"Абая {n}")
    shopper.get("/checkout/")
    with CaptureQueriesContext(connection) as shown:
        page = shopper.get("/checkout/")
    sent = fields(page) | COURIER
    with CaptureQueriesContext(connection) as placed:
        assert shopper.post("/checkout/", sent).status_code == 302
    assert (len(without_carts(shown)), len(without_carts(placed))) == (7, 13)
