"""The cart's checkout as a conversation, whatever happens in the middle of it."""

from decimal import Decimal
from typing import Any

import pytest
from django.db import OperationalError

from accounts.models import User
from accounts.services import add_address
from cart.services import Cart
from catalog import services as catalog
from catalog.models import Product, StockEntry
from orders import services as orders
from orders.models import DeliveryMethod, Order
from telegram_bot.handlers import checkout
from telegram_bot.models import Chat, Update
from tests.factories import make_product
from tests.telegram.people import Person

pytestmark = pytest.mark.django_db
STALE = "This button is out of date. Please begin anew: /products"


@pytest.fixture
def kettle() -> Product:
    return make_product(name="Kettle", price=Decimal(4500), stock=5)


@pytest.fixture
def buyer(customer: Person, kettle: Product) -> Person:
    """A customer with two kettles in the cart, who looks at it."""
    Cart.of_user(User.objects.get()).add(kettle.pk, 2)
    customer.writes("/cart")
    return customer


def draft() -> dict[str, Any]:
    return Chat.objects.get().draft


def test_from_the_cart_to_the_order(buyer: Person, kettle: Product) -> None:
    buyer.presses("Check out")
    assert buyer.sees().text == "How do the goods reach you?"
    assert buyer.sees().labels == [
        ["Pickup: 0,00\xa0₸"],
        ["Courier: 1.500,00\xa0₸"],
        ["Post: 2.500,00\xa0₸"],
        ["Back to the cart"],
    ]
    buyer.presses("Courier")
    assert buyer.sees().text == (
        "Where to? Write the address: city, street, house, flat."
    )
    assert buyer.writes("  Almaty,\nAbay 1 ") == (
        "Which phone number should the courier call? Write it."
    )
    assert buyer.writes("8 701 123 45 67") == "How will you pay?"
    assert buyer.sees().labels == [
        ["cash on delivery"],
        ["bank transfer"],
        ["Back to the cart"],
    ]
    buyer.presses("bank transfer")
    assert buyer.sees().text == (
        "Your order\n"
        "\n"
        "Kettle × 2 — 9.000,00\xa0₸\n"
        "\n"
        "Delivery: Courier, 1.500,00\xa0₸\n"
        "Address: Almaty, Abay 1\n"
        "Phone: +7 701 123 4567\n"
        "Payment: bank transfer\n"
        "Total: 10.500,00\xa0₸\n"
        "\n"
        "With the order you agree that the shop uses your data to fulfil it."
    )
    assert not Order.objects.exists()
    buyer.presses("Place the order")

    order = Order.objects.get()
    assert buyer.sees().text.startswith(f"Thank you! Order {order.number} is placed.")
    assert (order.total, order.delivery_code) == (Decimal(10500), "courier")
    assert (order.address, order.phone) == ("Almaty, Abay 1", "+77011234567")
    assert (order.payment_method, order.user) == ("transfer", User.objects.get())
    assert order.consent_at is not None
    assert Cart.of_user(order.user).count() == 0
    kettle.refresh_from_db()
    assert kettle.stock == 3
    assert draft() == {}


def test_pickup_asks_for_nothing_more(buyer: Person) -> None:
    buyer.presses("Check out")
    buyer.presses("Pickup")
    buyer.presses("cash on delivery")
    assert "Address" not in buyer.sees().text
    buyer.presses("Place the order")
    assert Order.objects.get().total == Decimal(9000)


def test_where_there_is_one_way_nothing_is_asked(buyer: Person) -> None:
    DeliveryMethod.objects.exclude(code="pickup").update(is_active=False)
    buyer.presses("Check out")
    assert buyer.sees().text == "How will you pay?"


def test_a_saved_address_is_one_press(buyer: Person) -> None:
    user = User.objects.get()
    add_address(
        user,
        title="Office",
        address="Abay 1",
        full_name="Boss",
        phone="+77011234567",
    )
    buyer.presses("Check out")
    buyer.presses("Courier")
    buyer.presses("Office")
    assert buyer.sees().text == "How will you pay?"
    buyer.presses("cash on delivery")
    buyer.presses("Place the order")
    order = Order.objects.get()
    assert (order.address, order.full_name) == ("Abay 1", "Boss")
    assert order.phone == "+77011234567"


def test_the_accounts_phone_is_taken(buyer: Person) -> None:
    User.objects.update(phone="+77011234567")
    buyer.presses("Check out")
    buyer.presses("Courier")
    assert buyer.writes("Abay 1") == "How will you pay?"


def test_a_phone_may_be_left_out(buyer: Person) -> None:
    buyer.presses("Check out")
    buyer.presses("Courier")
    buyer.writes("Abay 1")
    buyer.presses("Without a phone")
    buyer.presses("cash on delivery")
    assert "Phone" not in buyer.sees().text
    buyer.presses("Place the order")
    assert Order.objects.get().phone == ""


def test_bad_answers_are_asked_for_again(buyer: Person) -> None:
    buyer.presses("Check out")
    buyer.presses("Courier")
    wrong = "Please write the address: city, street, house, flat."
    assert buyer.writes(None) == wrong
    assert buyer.writes("x" * 501) == (
        "An address has 500 letters at most. Please write it shorter."
    )
    buyer.writes("Abay 1")
    assert buyer.writes("call me") == "Write a phone number like +7 701 123 45 67."
    assert buyer.writes(None) == "Please write your phone number."
    assert buyer.writes("+7 701 123 45 67") == "How will you pay?"


@pytest.mark.parametrize("leave", ["/cart", "/help", "Back to the cart"])
def test_whoever_does_something_else_has_left(buyer: Person, leave: str) -> None:
    buyer.presses("Check out")
    buyer.presses("Courier")
    asked = buyer.sees()
    buyer.writes(leave) if leave.startswith("/") else buyer.presses(leave)
    assert draft() == {}
    # What is written now is looked for in the catalog.
    assert buyer.writes("Abay 1").startswith("Search: ")
    old = asked.keyboard[0][0]["callback_data"] if asked.keyboard else ""
    buyer.deliver(buyer.press(old or "delivery:x:pickup"))
    assert not Order.objects.exists()


@pytest.mark.parametrize(
    "data",
    [
        "delivery:{token}:nowhere",
        "payment:{token}:gold",
        "payment:{token}:emulator",
        "delivery:{token}:",
    ],
)
def test_what_is_not_offered_is_asked_for_again(buyer: Person, data: str) -> None:
    buyer.presses("Check out")
    before = buyer.sees().text
    buyer.deliver(buyer.press(data.format(token=draft()["token"]), buyer.sees()))
    assert buyer.sees().text == before
    assert not Order.objects.exists()


@pytest.mark.parametrize(
    "data",
    [
        "delivery::pickup",
        "delivery:00000000:pickup",
        "delivery:{token}",
        "address:{token}:00000000000000000000000000000000",
        "address:{token}:x",
        "nophone:00000000",
        "payment:00000000:cash",
        "confirm:00000000",
        "confirm:",
        "confirm",
    ],
)
def test_buttons_of_another_checkout_are_out_of_date(buyer: Person, data: str) -> None:
    buyer.presses("Check out")
    token = draft()["token"]
    buyer.deliver(buyer.press(data.format(token=token), buyer.sees()))
    assert buyer.toast() == STALE
    # This one goes on.
    assert draft()["token"] == token
    assert not Order.objects.exists()


def test_somebody_elses_address_is_not_taken(buyer: Person) -> None:
    from tests.factories import make_user

    stranger = make_user()
    address = add_address(stranger, address="Secret 1", full_name="", phone="")
    buyer.presses("Check out")
    token = draft()["token"]
    buyer.deliver(buyer.press(f"address:{token}:{address.pk.hex}", buyer.sees()))
    assert buyer.toast() == STALE
    assert "address" not in draft()


def ready(buyer: Person) -> None:
    """The last question has been asked."""
    buyer.presses("Check out")
    buyer.presses("Pickup")
    buyer.presses("cash on delivery")


def test_pressing_twice_is_one_order(buyer: Person) -> None:
    ready(buyer)
    asked = buyer.sees()
    confirm = asked.keyboard[0][0]["callback_data"]
    buyer.deliver(buyer.press(confirm, asked))
    buyer.deliver(buyer.press(confirm, asked))
    order = Order.objects.get()
    assert buyer.sees().text.startswith(f"Thank you! Order {order.number} is placed.")


def test_an_unfinished_checkout_cannot_be_confirmed(buyer: Person) -> None:
    buyer.presses("Check out")
    buyer.deliver(buyer.press(f"confirm:{draft()['token']}", buyer.sees()))
    assert not Order.objects.exists()
    assert buyer.sees().text == "How do the goods reach you?"


def test_what_was_sold_meanwhile_is_told(buyer: Person, kettle: Product) -> None:
    ready(buyer)
    catalog.adjust_stock(kettle, -4, StockEntry.Reason.WRITE_OFF)
    buyer.presses("Place the order")

    said = buyer.telegram.sent(buyer.chat)[-2:]
    assert said[0] == ("There is not enough left, so nothing was ordered:\nKettle: 1")
    assert "Kettle — 2 × 4.500,00\xa0₸" in said[1]
    assert "In stock: 1" in said[1]
    assert not Order.objects.exists()
    assert draft() == {}


def test_a_price_that_changed_is_told(buyer: Person, kettle: Product) -> None:
    ready(buyer)
    catalog.update_product(kettle.pk, price=Decimal(5000))
    buyer.presses("Place the order")
    assert buyer.telegram.sent(buyer.chat)[-2] == (
        "The goods cost 10.000,00\xa0₸ now, not 9.000,00\xa0₸. Please look again."
    )
    assert not Order.objects.exists()


def test_a_way_of_delivery_that_went_is_asked_for_again(buyer: Person) -> None:
    ready(buyer)
    DeliveryMethod.objects.filter(code="pickup").update(is_active=False)
    buyer.presses("Place the order")
    said = buyer.telegram.sent(buyer.chat)[-2:]
    assert said == [
        "This delivery method is not offered.",
        "How do the goods reach you?",
    ]
    assert not Order.objects.exists()


def test_a_cart_emptied_elsewhere_ends_the_checkout(buyer: Person) -> None:
    buyer.presses("Check out")
    Cart.of_user(User.objects.get()).clear()
    buyer.presses("Pickup")
    assert buyer.toast() == "The cart is empty."
    assert draft() == {}


def test_another_process_goes_on(buyer: Person, monkeypatch: Any) -> None:
    """Nothing of a conversation lives in objects: new ones read it from the row."""
    buyer.presses("Check out")
    buyer.presses("Courier")
    row = Chat.objects.values().get()
    assert row["draft"]["asks"] == "address"
    buyer.writes("Abay 1")
    assert Chat.objects.get().draft["address"] == "Abay 1"


def test_who_dies_after_the_order_answers_it_the_next_time(
    buyer: Person, monkeypatch: Any
) -> None:
    ready(buyer)
    asked = buyer.sees()
    update = buyer.press(asked.keyboard[0][0]["callback_data"], asked)

    def die(*args: Any) -> None:
        raise OperationalError("the connection is lost")

    with monkeypatch.context() as patch:
        patch.setattr(checkout, "thank", die)
        with pytest.raises(OperationalError):
            buyer.deliver(update)
    order = Order.objects.get()
    assert Update.objects.get(pk=update["update_id"]).handled_at is None
    buyer.deliver(update)
    assert Order.objects.get() == order
    assert asked.text.startswith(f"Thank you! Order {order.number} is placed.")
    assert Update.objects.get(pk=update["update_id"]).handled_at is not None


def test_a_written_order_whose_answer_died_is_answered_again(
    customer: Person, monkeypatch: Any, kettle: Product
) -> None:
    from telegram_bot.handlers import orders as handlers

    update = customer.message(f"/order {kettle.number}:5")

    def die(*args: Any) -> None:
        raise OperationalError("the connection is lost")

    with monkeypatch.context() as patch:
        patch.setattr(handlers, "thank", die)
        with pytest.raises(OperationalError):
            customer.deliver(update)
    # Of which nothing is left by now.
    customer.deliver(update)
    order = Order.objects.get()
    assert customer.sees().text.startswith(f"Thank you! Order {order.number}")


def test_signing_out_ends_the_checkout(buyer: Person) -> None:
    ready(buyer)
    asked = buyer.sees()
    buyer.writes("/logout")
    buyer.deliver(buyer.press(asked.keyboard[0][0]["callback_data"], asked))
    assert buyer.sees().text.startswith("To order, sign in")
    assert not Order.objects.exists()


def test_strangers_cannot_check_out(person: Person, kettle: Product) -> None:
    person.writes(f"/product {kettle.number}")
    person.presses("Add to cart")
    person.writes("/cart")
    person.presses("Check out")
    assert person.sees().text.startswith("To order, sign in")
    assert orders and draft() == {}
