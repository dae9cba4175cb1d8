"""The cart in a chat: shown, changed by buttons, emptied."""

from decimal import Decimal

import pytest

from accounts.models import User
from cart.services import Cart
from catalog import services as catalog
from catalog.models import StockEntry
from shop.exceptions import Unavailable
from tests.factories import make_product
from tests.telegram.people import Person

pytestmark = pytest.mark.django_db


def own_cart() -> Cart:
    return Cart.of_user(User.objects.get())


def test_an_empty_cart_leads_to_the_catalog(person: Person) -> None:
    assert person.writes("/cart") == "The cart is empty."
    assert person.sees().labels == [["Catalog"]]


def test_the_cart_is_shown_with_its_buttons(customer: Person) -> None:
    kettle = make_product(name="Kettle", price=Decimal(4500))
    iron = make_product(name="Iron", price=Decimal("100.50"), stock=3)
    own_cart().add(kettle.pk, 2)
    own_cart().add(iron.pk, 3)

    assert customer.writes("/cart") == (
        "Cart\n"
        "\n"
        "Kettle — 2 × 4.500,00\xa0₸ = 9.000,00\xa0₸\n"
        "Iron — 3 × 100,50\xa0₸ = 301,50\xa0₸\n"
        "\n"
        "Total: 9.301,50\xa0₸"
    )
    assert customer.sees().labels == [
        ["−", "Kettle × 2", "+", "✕"],
        # No more of it are left.
        ["−", "Iron × 3", "✕"],
        ["Check out"],
        ["Catalog", "Empty the cart"],
    ]


def test_lines_are_changed_in_place(customer: Person) -> None:
    product = make_product(name="Kettle")
    own_cart().add(product.pk, 2)
    customer.writes("/cart")
    customer.presses("+")
    assert own_cart().stored().lines == {product.pk: 3}
    assert customer.sees().text.endswith("Total: 300,00\xa0₸")
    customer.presses("−")
    customer.presses("−")
    assert own_cart().stored().lines == {product.pk: 1}
    customer.presses("Kettle")
    assert "In stock: 10" in customer.sees().text
    customer.writes("/cart")
    customer.presses("✕")
    assert customer.sees().text == "The cart is empty."
    assert own_cart().stored().lines == {}


def test_the_cart_is_emptied_after_a_question(customer: Person) -> None:
    own_cart().add(make_product().pk)
    customer.writes("/cart")
    customer.presses("Empty the cart")
    assert customer.sees().text == "Empty the cart?"
    customer.presses("Back")
    assert own_cart().count() == 1
    customer.presses("Empty the cart")
    customer.presses("Yes, empty it")
    assert customer.sees().text == "The cart is empty."
    assert own_cart().count() == 0


def test_long_carts_have_pages(customer: Person) -> None:
    for n in range(9):
        own_cart().add(make_product(name=f"P{n}").pk)
    customer.writes("/cart")
    assert customer.sees().labels[8] == ["1 / 2", "›"]
    assert customer.sees().text.endswith("Total: 900,00\xa0₸")
    customer.presses("›")
    assert customer.sees().labels[0][1] == "P8 × 1"
    # The page stays when its line is changed, and goes with its last one.
    customer.presses("+")
    assert customer.sees().labels[0][1] == "P8 × 2"
    customer.presses("✕")
    assert customer.sees().labels[0][1] == "P0 × 1"


def test_the_longest_names_fit(customer: Person) -> None:
    for _ in range(8):
        own_cart().add(make_product(name="🛒" * 255).pk)
    said = customer.writes("/cart")
    assert said.count("🛒") == 8 * 255
    assert all(len(text) <= 4096 for text in customer.telegram.sent(customer.chat))


def test_short_lines_and_what_has_left_are_told(customer: Person) -> None:
    scarce = make_product(name="Scarce", stock=5)
    gone = make_product(name="Gone")
    own_cart().add(scarce.pk, 5)
    own_cart().add(gone.pk)
    catalog.adjust_stock(scarce, -3, StockEntry.Reason.WRITE_OFF)
    catalog.update_product(gone.pk, is_active=False)

    assert customer.writes("/cart") == (
        "Gone is not on sale any more and left your cart.\n"
        "Cart\n"
        "\n"
        "Scarce — 5 × 100,00\xa0₸ = 500,00\xa0₸ · In stock: 2\n"
        "\n"
        "Total: 500,00\xa0₸"
    )
    # The next quantity that can be had.
    customer.presses("−")
    assert own_cart().stored().lines == {scarce.pk: 2}


def test_a_button_from_before_a_change_elsewhere_only_shows_the_cart(
    customer: Person,
) -> None:
    product = make_product()
    own_cart().add(product.pk, 2)
    customer.writes("/cart")
    own_cart().add(product.pk, 3)
    customer.presses("+")
    assert customer.toast() == "The cart has changed meanwhile."
    assert own_cart().stored().lines == {product.pk: 5}
    assert "× 5" in customer.sees().labels[0][1]


def test_what_is_off_sale_can_be_taken_out(customer: Person) -> None:
    product = make_product()
    own_cart().add(product.pk, 2)
    customer.writes("/cart")
    catalog.update_product(product.pk, is_active=False)
    customer.presses("✕")
    assert own_cart().stored().lines == {}


def test_carts_that_are_down_are_told(
    person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    product = make_product(name="Kettle")

    def down(cart: Cart, *args: object) -> None:
        raise Unavailable("The cart does not answer. Please try again.")

    for name in ("stored", "contents", "set_quantity"):
        monkeypatch.setattr(Cart, name, down)
    assert person.writes("/cart") == "The cart does not answer. Please try again."
    # The product can be looked at all the same.
    assert person.writes(f"/product {product.number}").startswith("Kettle")
    person.presses("Add to cart")
    assert person.toast() == "The cart does not answer. Please try again."


def test_two_chats_have_two_carts(people) -> None:
    first, second = people(), people()
    product = make_product()
    first.writes(f"/product {product.number}")
    first.presses("Add to cart")
    assert second.writes("/cart") == "The cart is empty."
    assert "Total: 100,00\xa0₸" in first.writes("/cart")
