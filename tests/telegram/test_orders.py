"""Orders written as text, listed, looked at, paid and canceled."""

from decimal import Decimal
from urllib.parse import urlsplit

import pytest
from django.test import Client
from django.utils import translation

from accounts.models import User
from accounts.services import add_address
from catalog.models import Product
from orders import services as orders
from orders.models import DeliveryMethod, Order
from payments.models import Payment
from tests.factories import make_order, make_product, make_user
from tests.telegram.fake import FakeTelegram
from tests.telegram.people import Person

pytestmark = pytest.mark.django_db


@pytest.fixture
def goods() -> list[Product]:
    return [
        make_product(name="Kettle", sku="KET-1", price=Decimal(4500), stock=5),
        make_product(name="Iron", sku="IRN-1", price=Decimal(100), stock=5),
    ]


def stocks() -> list[int]:
    return list(Product.objects.order_by("number").values_list("stock", flat=True))


def test_an_order_is_placed_by_numbers_and_skus(
    customer: Person, goods: list[Product]
) -> None:
    said = customer.writes(f"/order {goods[0].number}:2,IRN-1:1")

    order = Order.objects.get()
    assert said == (
        f"Thank you! Order {order.number} is placed.\n"
        "\n"
        "Kettle × 2 — 9.000,00\xa0₸\n"
        "Iron × 1 — 100,00\xa0₸\n"
        "\n"
        "Delivery: Pickup, 0,00\xa0₸\n"
        "Payment: cash on delivery (paid on delivery)\n"
        "Total: 9.100,00\xa0₸"
    )
    assert (order.user, order.email) == (User.objects.get(), "aliya@example.com")
    assert (order.language, order.total) == ("en", Decimal(9100))
    assert stocks() == [3, 4]
    assert customer.sees().labels == [["Cancel the order"]]


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        (
            "",
            "Write it as: /order 1:2,2:1 (number or SKU, quantity)",
        ),
        (
            "{n}:0",
            "Line 1, “{n}:0”: the quantity must be a whole number above zero.",
        ),
        (
            "{n}:-2",
            "Line 1, “{n}:-2”: the quantity must be a whole number above zero.",
        ),
        (
            "{n}:999999",
            "{n}: Only 5 pieces of Kettle are left.",
        ),
        ("x:y", "Line 1, “x:y”: the quantity must be a whole number above zero."),
        ("{n}", "Line 1, “{n}”: write it as SKU:quantity."),
        (
            "{n}:99999999999999999999999",
            "Line 1, “{n}:99999999999999999999999”: so many pieces cannot be ordered.",
        ),
        ("{n}:1,NOPE:1", "NOPE: There is no such product."),
        (
            "{n}:3,KET-1:3",
            "KET-1: Only 5 pieces of Kettle are left.",
        ),
        (
            "{n}:1\n{m}:0\n:1",
            "Line 2, “{m}:0”: the quantity must be a whole number above zero.\n"
            "Line 3, “:1”: write it as SKU:quantity.",
        ),
        (",;,", "Write at least one product."),
    ],
)
def test_a_bad_line_orders_nothing(
    customer: Person, goods: list[Product], text: str, answer: str
) -> None:
    named = {"n": goods[0].number, "m": goods[1].number}
    said = customer.writes(f"/order {text.format(**named)}")
    answer = answer.format(**named)
    assert said == (answer if not text else f"Nothing was ordered.\n{answer}")
    assert not Order.objects.exists()
    assert stocks() == [5, 5]


@pytest.mark.parametrize("text", ["x" * 10_000, "x:y," * 2_500, "1:0\n" * 2_500])
def test_ten_thousand_letters_order_nothing(
    customer: Person, goods: list[Product], text: str
) -> None:
    said = customer.writes(f"/order {text}")
    assert said
    parts = customer.telegram.sent(customer.chat)
    assert all(len(part) <= 4096 for part in parts)
    # Nobody reads a hundred messages.
    assert len(parts) == 1
    assert not Order.objects.exists()


def test_no_order_without_an_account(person: Person, goods: list[Product]) -> None:
    said = person.writes(f"/order {goods[0].number}:1")
    assert said.startswith("To order, sign in")
    assert person.sees().labels == [["My account"]]
    assert not Order.objects.exists()
    assert stocks() == [5, 5]


def test_an_order_that_must_travel_takes_the_saved_address(
    customer: Person, goods: list[Product]
) -> None:
    DeliveryMethod.objects.exclude(code="courier").update(is_active=False)
    line = f"{goods[1].number}:1"

    assert customer.writes(f"/order {line}") == "This delivery needs an address."
    assert not Order.objects.exists()
    add_address(User.objects.get(), address="Almaty, Abay 1", full_name="", phone="")
    assert "Address: Almaty, Abay 1" in customer.writes(f"/order {line}")
    assert Order.objects.get().delivery_code == "courier"


def test_orders_are_listed_newest_first(customer: Person) -> None:
    user = User.objects.get()
    make_order(make_user())
    first, second = make_order(user), make_order(user)
    orders.cancel_order(first.pk)
    hidden = make_order(user)
    orders.hide_order(hidden.pk)

    lines = customer.writes("/orders").split("\n")
    assert lines[:2] == ["My orders", ""]
    assert [line.split(" · ")[:3] for line in lines[2:]] == [
        [f"№ {second.number}", "pending", "200,00\xa0₸"],
        [f"№ {first.number}", "canceled", "200,00\xa0₸"],
    ]
    assert customer.sees().labels == [[f"№ {second.number}", f"№ {first.number}"]]


def test_no_orders_yet(customer: Person) -> None:
    assert customer.writes("/orders") == "You have no orders yet."


@pytest.mark.parametrize("text", ["/orders", "/cancel 1"])
def test_strangers_are_asked_to_sign_in(person: Person, text: str) -> None:
    assert person.writes(text).startswith("To order, sign in")


@pytest.mark.parametrize(
    "data",
    ["orders:1", "order:1", "cancel:1", "canceled:1", "checkout", "confirm:00000000"],
)
def test_strangers_buttons_ask_to_sign_in(person: Person, data: str) -> None:
    person.deliver(person.press(data))
    assert person.sees().text.startswith("To order, sign in")
    assert "answerCallbackQuery" in person.telegram.methods()


def test_many_orders_have_pages(customer: Person) -> None:
    user = User.objects.get()
    product = make_product(stock=20)
    numbers = [make_order(user, (product, 1)).number for _ in range(9)]
    customer.writes("/orders")
    assert customer.sees().labels[2] == ["1 / 2", "›"]
    customer.presses("›")
    assert customer.sees().labels == [[f"№ {numbers[0]}"], ["‹", "2 / 2"]]


def test_an_order_is_looked_at(customer: Person, goods: list[Product]) -> None:
    with translation.override("en"):
        order = make_order(User.objects.get(), (goods[0], 1), address="Abay 1")
    customer.writes("/orders")
    customer.presses(f"№ {order.number}")
    text = customer.sees().text.split("\n")
    assert text[0] == f"Order {order.number} · pending"
    assert text[3:] == [
        "Kettle × 1 — 4.500,00\xa0₸",
        "",
        "Delivery: Pickup, 0,00\xa0₸",
        "Address: Abay 1",
        "Payment: cash on delivery (paid on delivery)",
        "Total: 4.500,00\xa0₸",
    ]
    assert customer.sees().labels == [["Cancel the order"], ["My orders"]]


def test_a_transfer_says_where_to(customer: Person, settings) -> None:
    settings.SHOP_BANK_DETAILS = "Bank: X\nAccount: KZ1"
    settings.SHOP_SELLER_NAME = "Duken LLP"
    order = make_order(User.objects.get(), payment_method="transfer")
    customer.writes("/orders")
    customer.presses(f"№ {order.number}")
    assert customer.sees().text.endswith("\n\nDuken LLP\nBank: X\nAccount: KZ1")


def test_an_online_order_is_paid_by_a_signed_link(
    customer: Person, settings, client: Client
) -> None:
    settings.PAYMENT_EMULATOR = True
    order = make_order(User.objects.get(), payment_method="emulator")
    customer.writes("/orders")
    customer.presses(f"№ {order.number}")

    [pay] = customer.sees().keyboard[0]
    assert pay["text"] == "Pay"
    assert pay["url"] == (
        f"https://shop.example/payment/{order.pk}/?token={order.access_token}"
    )
    link = urlsplit(pay["url"])
    response = client.get(f"{link.path}?{link.query}")
    payment = Payment.objects.get()
    assert response.status_code == 302
    assert response["Location"] == f"/payment/{payment.pk}/"
    assert client.get(response["Location"]).status_code == 200


def test_without_an_address_of_the_shop_there_is_no_link(
    customer: Person, settings
) -> None:
    settings.PAYMENT_EMULATOR = True
    order = make_order(User.objects.get(), payment_method="emulator")
    for url in ("", "http://localhost:8000"):
        settings.SHOP_URL = url
        customer.writes("/orders")
        customer.presses(f"№ {order.number}")
        assert customer.sees().labels == [["Cancel the order"], ["My orders"]]


@pytest.mark.parametrize("written", ["{}", "№ {}", "#{}", "  {} "])
def test_an_order_is_canceled(customer: Person, written: str) -> None:
    product = make_product(stock=5)
    order = make_order(User.objects.get(), (product, 2))

    said = customer.writes(f"/cancel {written.format(order.number)}")
    assert said == f"Order {order.number} is canceled."
    order.refresh_from_db()
    assert order.status == "canceled"
    assert stocks() == [5]
    assert order.history.last().actor == User.objects.get()
    # And again: it stays as it is.
    assert customer.writes(f"/cancel {order.number}") == said
    assert stocks() == [5]


def test_canceling_by_button_asks_first(customer: Person) -> None:
    order = make_order(User.objects.get())
    customer.writes("/orders")
    customer.presses(f"№ {order.number}")
    customer.presses("Cancel the order")
    order.refresh_from_db()
    assert order.status == "pending"
    assert customer.sees().text == (
        f"Cancel order {order.number}? This cannot be undone."
    )
    customer.presses("Back")
    customer.presses("Cancel the order")
    customer.presses("Yes, cancel it")
    order.refresh_from_db()
    assert order.status == "canceled"
    assert customer.sees().text == f"Order {order.number} is canceled."
    assert len(customer.telegram.messages) == 2  # the greeting, and this one


def test_somebody_elses_order_is_not_found(
    customer: Person, telegram: FakeTelegram
) -> None:
    order = make_order(make_user())
    unknown = "You have no order of this number."

    assert customer.writes(f"/cancel {order.number}") == unknown
    assert customer.writes(f"/cancel {order.number + 1}") == unknown
    for data in ("order", "cancel", "canceled"):
        customer.deliver(customer.press(f"{data}:{order.number}"))
        assert customer.toast() == unknown
    order.refresh_from_db()
    assert order.status == "pending"


@pytest.mark.parametrize("rest", ["", "x", "-1", "1.5", "1 2", "9" * 30, "²"])
def test_cancel_without_a_number_says_how_it_is_written(
    customer: Person, rest: str
) -> None:
    assert customer.writes(f"/cancel {rest}") == "Write it as: /cancel order number"


def test_a_shipped_order_is_not_canceled(customer: Person) -> None:
    order = make_order(User.objects.get())
    orders.set_status(order.pk, "processing")
    orders.set_status(order.pk, "shipped")
    assert customer.writes(f"/cancel {order.number}") == (
        f"Order {order.number} is shipped and cannot become canceled."
    )
    order.refresh_from_db()
    assert order.status == "shipped"


def test_an_order_of_many_lines_is_split(customer: Person) -> None:
    products = [make_product(name=f"{n} " + "x" * 250) for n in range(40)]
    lines = ",".join(f"{product.number}:1" for product in products)
    customer.writes(f"/order {lines}")
    parts = customer.telegram.sent(customer.chat)
    assert len(parts) == 3
    assert [len(part) <= 4096 for part in parts] == [True] * 3
    assert parts[0].startswith("Thank you!") and parts[2].endswith("4.000,00\xa0₸")
    assert customer.sees().labels == [["Cancel the order"]]
