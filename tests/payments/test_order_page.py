"""What the order's page says of money, in every state that it can be in."""

import re
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.utils import timezone

from accounts.models import User
from orders import services as orders
from orders.models import Order
from payments import services
from payments.models import Payment, Refund
from payments.providers import emulator
from tests.factories import make_admin, make_order, make_product, make_user
from tests.pages import html, queries
from tests.payments.callbacks import notice, online_order

pytestmark = pytest.mark.django_db

ONLINE = "Payment Online (a trial: no money moves)"


@pytest.fixture
def user() -> User:
    return make_user()


@pytest.fixture
def client(user: User) -> Client:
    client = Client(headers={"Accept-Language": "en"})
    client.force_login(user)
    return client


def paid(user: User, *lines: Any) -> Order:
    """Paid as shoppers pay: the emulator has it in its books, and can give it back."""
    order = online_order(user, *lines)
    # The snapshot is in whatever language was spoken last.
    Order.objects.filter(pk=order.pk).update(delivery_name="Pickup")
    emulator.answer(services.start_payment(order.pk), "succeeded")
    order.refresh_from_db()
    return order


def section(client: Client, order: Order, heading: str) -> str:
    """What a reader sees of one part of the order's page; each time is `TIME`."""
    page = html(client.get(f"/orders/{order.pk}/"))
    found = re.search(
        rf'<section[^>]*aria-labelledby="{heading}-heading".*?</section>', page, re.S
    )
    assert found
    timeless = re.sub(r"<time.*?</time>", "TIME", found[0], flags=re.S)
    return " ".join(re.sub(r"<[^>]+>", " ", timeless).split())


def card(client: Client, order: Order) -> str:
    return section(client, order, "payment")


def progress(client: Client, order: Order) -> str:
    """The part of the progress that has happened, but for its heading."""
    shown = section(client, order, "history").removeprefix("Progress ")
    done = shown.split(" TIME")[:-1]
    return " |".join(done)


def test_cash_is_paid_at_the_door_or_online_instead(
    client: Client, user: User, settings: Any
) -> None:
    order = make_order(user)
    door = "Payment Cash on delivery You pay when you get the goods."
    assert card(client, order) == f"{door} Pay online instead"
    settings.PAYMENT_EMULATOR = False
    assert card(client, order) == door
    orders.set_status(order.pk, "processing")
    settings.PAYMENT_EMULATOR = True
    assert card(client, order) == door
    orders.set_status(order.pk, "shipped")
    assert card(client, order) == door
    orders.set_status(order.pk, "completed")
    assert card(client, order) == "Payment Cash on delivery Paid on TIME"
    assert progress(client, order) == (
        "Pending | Processing | Shipped | Completed 200,00 ₸"
    )


def test_pay_online_instead_changes_the_way_to_pay(client: Client, user: User) -> None:
    order = make_order(user)
    page = html(client.get(f"/orders/{order.pk}/"))
    assert f'action="/orders/{order.pk}/pay/"' in page
    assert 'name="payment_method" value="emulator"' in page
    answer = client.post(f"/orders/{order.pk}/pay/", {"payment_method": "emulator"})
    payment = Payment.objects.get()
    assert answer["Location"] == f"/payment/{payment.pk}/"
    assert card(client, order) == (
        f"{ONLINE} The order is not paid yet."
        " We keep the goods for you until TIME Pay 200,00 ₸"
    )


def test_a_transfer_says_where_to_and_what_to_write(
    client: Client, user: User, settings: Any
) -> None:
    order = make_order(user, payment_method="transfer")
    wait = "Payment Bank transfer We wait for your transfer."
    write = f"Write the order number with the transfer: {order.number} ."
    assert card(client, order) == (
        f"{wait} Ask the shop for its bank details. {write} Pay online instead"
    )
    settings.SHOP_SELLER_NAME, settings.SHOP_SELLER_BIN = "ТОО Дүкен", "123456789012"
    settings.SHOP_BANK_DETAILS = "Bank A\nKZ00 <1>"
    assert card(client, order) == (
        f"{wait} Recipient ТОО Дүкен BIN/IIN 123456789012"
        f" Bank details Bank A KZ00 &lt;1&gt; {write} Pay online instead"
    )
    assert "Bank A<br>KZ00" in html(client.get(f"/orders/{order.pk}/"))
    orders.set_status(order.pk, "paid", actor=make_admin())
    assert card(client, order) == "Payment Bank transfer Paid on TIME"
    assert progress(client, order) == "Pending | Paid 200,00 ₸"


def test_money_that_came_another_way_is_shown_as_it_came(
    client: Client, user: User
) -> None:
    order = online_order(user)
    services.start_payment(order.pk)
    orders.set_status(order.pk, "paid", actor=make_admin())
    assert card(client, order) == "Payment Bank transfer Paid on TIME"
    assert progress(client, order) == "Pending | Paid 200,00 ₸"


def test_goods_are_kept_from_when_online_payment_was_chosen(
    client: Client, user: User, settings: Any
) -> None:
    settings.ORDER_RESERVATION_MINUTES = 45
    assert make_order(user).reserved_until is None
    long_ago = timezone.now() - timedelta(days=2)
    Order.objects.update(created_at=long_ago)
    payment = services.start_payment(Order.objects.get().pk, "emulator")
    order = Order.objects.get()
    assert order.reserved_at
    assert order.reserved_at > long_ago + timedelta(days=1)
    assert order.reserved_until == order.reserved_at + timedelta(minutes=45)
    until = timezone.localtime(order.reserved_until).isoformat()
    assert f'<time datetime="{until}">' in html(client.get(f"/orders/{order.pk}/"))
    emulator.answer(payment, "succeeded")
    assert Order.objects.get().reserved_until is None


def test_an_order_that_is_late_can_still_be_paid(client: Client, user: User) -> None:
    order = online_order(user)
    assert order.reserved_until == order.created_at + timedelta(minutes=30)
    Order.objects.update(created_at=timezone.now() - timedelta(minutes=31))
    late = "The time to pay is over: the order will be canceled soon."
    assert card(client, order) == (
        f"{ONLINE} The order is not paid yet. {late} Pay 200,00 ₸"
    )
    services.expire_orders()
    assert card(client, order) == (
        f"{ONLINE} The payment did not come in time, so the order was canceled."
    )
    assert progress(client, order) == "Pending | Canceled: not paid in time"


def test_no_button_leads_to_a_provider_that_is_switched_off(
    client: Client, user: User, settings: Any
) -> None:
    order = online_order(user)
    settings.PAYMENT_EMULATOR = False
    assert card(client, order) == (
        f"{ONLINE} The order is not paid yet. We keep the goods for you until TIME"
        " Online payment is switched off just now. Please write to the shop."
    )


def test_a_declined_payment_can_be_tried_again(client: Client, user: User) -> None:
    order = online_order(user)
    emulator.answer(services.start_payment(order.pk), "failed")
    assert card(client, order) == (
        f"{ONLINE} The payment was declined. You can try again."
        " We keep the goods for you until TIME Pay 200,00 ₸"
    )
    assert progress(client, order) == "Pending | Payment declined 200,00 ₸"
    emulator.answer(services.start_payment(order.pk), "succeeded")
    assert card(client, order) == f"{ONLINE} Paid on TIME"
    assert progress(client, order) == (
        "Pending | Payment declined 200,00 ₸ | Paid 200,00 ₸"
    )


def test_some_of_the_pieces_are_given_back(client: Client, user: User) -> None:
    pen = make_product(name="Pen", sku="PEN", price=Decimal("100.00"))
    ink = make_product(name="Ink", sku="INK", price=Decimal("50.00"))
    order = paid(user, (pen, 3), (ink, 1))
    refund = services.refund_order(
        order.pk, {pen.pk: 2}, stock=Refund.Stock.NONE, note="A secret"
    )
    assert card(client, order) == (
        f"{ONLINE} Paid on TIME On its way back TIME 200,00 ₸"
    )
    assert progress(client, order) == (
        "Pending | Paid 350,00 ₸ | Money is on its way back 200,00 ₸"
    )
    services.send_refund(refund.pk)
    assert card(client, order) == f"{ONLINE} Paid on TIME Given back TIME 200,00 ₸"
    assert progress(client, order) == (
        "Pending | Paid 350,00 ₸ | Money given back 200,00 ₸"
    )
    assert section(client, order, "items") == (
        "Goods Pen PEN 100,00 ₸ × 3 300,00 ₸ 2 pieces refunded"
        " Ink INK 50,00 ₸ × 1 50,00 ₸"
        " Goods 350,00 ₸ Delivery: Pickup free In total 350,00 ₸"
        " Refunded 200,00 ₸ Left after refunds 150,00 ₸"
    )
    assert "A secret" not in html(client.get(f"/orders/{order.pk}/"))


def test_the_whole_order_is_given_back(client: Client, user: User) -> None:
    pen = make_product(name="Pen", sku="PEN", price=Decimal("100.00"))
    order = paid(user, (pen, 2))
    first = services.refund_order(order.pk, {pen.pk: 1}, stock=Refund.Stock.NONE)
    services.send_refund(first.pk)
    last = services.refund_order(order.pk, stock=Refund.Stock.PUT_BACK)
    assert card(client, order) == (
        f"{ONLINE} 100,00 ₸ is being given back to you."
        " Given back TIME 100,00 ₸ On its way back TIME 100,00 ₸"
    )
    services.send_refund(last.pk)
    assert card(client, order) == (
        f"{ONLINE} 200,00 ₸ was given back to you."
        " Given back TIME 100,00 ₸ Given back TIME 100,00 ₸"
    )
    assert progress(client, order) == (
        "Pending | Paid 200,00 ₸ | Money given back 100,00 ₸ | Refunded 100,00 ₸"
    )
    assert section(client, order, "items") == (
        "Goods Pen PEN 100,00 ₸ × 2 200,00 ₸ 2 pieces refunded"
        " Goods 200,00 ₸ Delivery: Pickup free In total 200,00 ₸"
        " Refunded 200,00 ₸ Left after refunds 0,00 ₸"
    )


def test_a_refusal_of_the_provider_is_still_money_on_its_way(
    client: Client, user: User
) -> None:
    order = paid(user)
    refund = services.refund_order(order.pk, stock=Refund.Stock.NONE)
    Refund.objects.update(status=Refund.Status.FAILED, last_error="No such card")
    assert card(client, order) == (
        f"{ONLINE} 200,00 ₸ is being given back to you."
        f" On its way back TIME {refund.amount:.0f},00 ₸"
    )
    assert "No such card" not in html(client.get(f"/orders/{order.pk}/"))


def test_a_canceled_order_gives_its_money_back(client: Client, user: User) -> None:
    order = paid(user)
    assert "The money will be given back." in html(client.get(f"/orders/{order.pk}/"))
    client.post(f"/orders/{order.pk}/cancel/")
    assert card(client, order) == f"{ONLINE} 200,00 ₸ is being given back to you."
    assert progress(client, order) == "Pending | Paid 200,00 ₸ | Canceled"
    refund = services.refund_payment(Payment.objects.get().pk)
    services.send_refund(refund.pk)
    assert card(client, order) == (
        f"{ONLINE} 200,00 ₸ was given back to you. Given back TIME 200,00 ₸"
    )
    assert progress(client, order) == (
        "Pending | Paid 200,00 ₸ | Canceled | Money given back 200,00 ₸"
    )


@pytest.mark.parametrize("method", ["cash", "transfer", "emulator"])
def test_nothing_is_to_be_paid_for_a_canceled_order(
    client: Client, user: User, method: str
) -> None:
    order = make_order(user, payment_method=method)
    client.post(f"/orders/{order.pk}/cancel/")
    assert card(client, order).endswith(" Nothing is to be paid.")
    assert "/pay/" not in html(client.get(f"/orders/{order.pk}/"))


def test_goods_that_were_never_paid_come_back_without_money(
    client: Client, user: User
) -> None:
    order = make_order(user)
    for status in ("processing", "shipped"):
        orders.set_status(order.pk, status)
    services.refund_order(order.pk, stock=Refund.Stock.PUT_BACK)
    assert card(client, order) == "Payment Cash on delivery Nothing is to be paid."
    assert progress(client, order) == "Pending | Processing | Shipped | Refunded"


def test_money_that_came_too_late_is_told(client: Client, user: User) -> None:
    order = online_order(user)
    payment = services.start_payment(order.pk)
    orders.cancel_order(order.pk)
    emulator.answer(payment, "succeeded")
    assert card(client, order) == f"{ONLINE} 200,00 ₸ is being given back to you."
    assert progress(client, order) == ("Pending | Canceled | Payment arrived 200,00 ₸")


def test_money_that_came_twice_is_told(client: Client, user: User) -> None:
    product = make_product(price=Decimal("100.00"))
    order = online_order(user, (product, 1))
    first = services.start_payment(order.pk)
    orders.change_quantity(order.pk, product.pk, 3)
    # The amount of before: it does not pay the order as it is now.
    services.take_notice("emulator", notice(first), "{}")
    surplus = "that this order does not need: it will be given back to you."
    assert card(client, order) == (
        f"{ONLINE} The order is not paid yet. Another 100,00 ₸ arrived {surplus}"
        " We keep the goods for you until TIME Pay 300,00 ₸"
    )
    emulator.answer(services.start_payment(order.pk), "succeeded")
    assert card(client, order) == (
        f"{ONLINE} Paid on TIME Another 100,00 ₸ arrived {surplus}"
    )
    assert progress(client, order) == (
        "Pending | Payment arrived 100,00 ₸ | Paid 300,00 ₸"
    )


def test_who_may_only_look_is_offered_nothing_to_pay(client: Client) -> None:
    staff = make_user(role=User.Role.STAFF)
    staff.user_permissions.add(Permission.objects.get(codename="view_order"))
    client.force_login(staff)
    for order in (online_order(), make_order()):
        page = html(client.get(f"/orders/{order.pk}/"))
        assert 'id="payment"' in page
        assert "/pay/" not in page
        assert client.post(f"/orders/{order.pk}/pay/").status_code == 403
    assert not Payment.objects.exists()


def test_money_costs_the_page_no_query_more(client: Client, user: User) -> None:
    pen = make_product()
    few, many = online_order(user, (pen, 1)), online_order(user, (pen, 4))
    for _ in range(5):
        emulator.answer(services.start_payment(many.pk), "failed")
    emulator.answer(services.start_payment(many.pk), "succeeded")
    for _ in range(3):
        services.refund_order(many.pk, {pen.pk: 1}, stock=Refund.Stock.NONE)
    assert queries(client, f"/orders/{few.pk}/") == queries(
        client, f"/orders/{many.pk}/"
    )
