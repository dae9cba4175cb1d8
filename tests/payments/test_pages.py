"""The way to the emulator's page, the page, and the way back."""

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any
from uuid import uuid4

import httpx
import pytest
from django.contrib.auth.models import Permission
from django.contrib.staticfiles import finders
from django.test import Client

from accounts.models import User
from orders import services as orders
from orders.models import Order
from payments import services
from payments.models import EmulatedCharge, Payment, PaymentEvent, Refund
from payments.providers import emulator
from tests.factories import make_cart, make_order, make_product, make_user
from tests.orders.pages import fill, guest_order
from tests.pages import html, queries, text
from tests.payments.callbacks import online_order, waiting_payment

pytestmark = pytest.mark.django_db

PAY, DECLINE = {"answer": "succeeded"}, {"answer": "failed"}
TRIAL = "This is a trial: no money moves, whichever button you press."


@pytest.fixture
def client() -> Client:
    return Client(headers={"Accept-Language": "en"})


@pytest.fixture
def payment(client: Client) -> Payment:
    """One that waits, in the browser of whoever has to pay it."""
    payment = waiting_payment()
    client.force_login(payment.order.user)
    return payment


def address(payment: Payment) -> str:
    return f"/payment/{payment.pk}/"


def status(of: Payment | Order) -> str:
    return type(of).objects.get(pk=of.pk).status


def test_the_checkout_leads_to_the_payment(client: Client) -> None:
    fill(client, make_product(price=Decimal("999.90")))
    answer = client.post(
        "/checkout/", {"email": "a@example.com", "delivery_method": "pickup",
                       "payment_method": "emulator"},
        follow=True,
    )  # fmt: skip
    payment = Payment.objects.get()
    order = Order.objects.get()
    assert answer.redirect_chain == [
        (f"/payment/{order.pk}/", 302),
        (f"/payment/{payment.pk}/", 302),
    ]
    assert (payment.order, payment.amount) == (order, Decimal("999.90"))
    back = client.get(f"/orders/{order.pk}/")
    assert f"Thank you! Order {order.number} is placed." in html(back)


def test_the_quick_order_leads_to_the_payment(client: Client) -> None:
    product = make_product()
    answer = client.post(
        "/order/", {"items": f"{product.sku}:1", "email": "a@example.com",
                    "delivery_method": "pickup", "payment_method": "emulator"},
    )  # fmt: skip
    assert answer["Location"] == f"/payment/{Order.objects.get().pk}/"


@pytest.mark.parametrize("method", ["cash", "transfer"])
def test_other_ways_to_pay_lead_to_the_order(client: Client, method: str) -> None:
    user = make_user()
    client.force_login(user)
    make_cart(user, (make_product(), 1))
    answer = client.post(
        "/checkout/", {"email": user.email, "delivery_method": "pickup",
                       "payment_method": method},
    )  # fmt: skip
    assert answer["Location"] == f"/orders/{Order.objects.get().pk}/"
    assert not Payment.objects.exists()


def test_the_page_says_what_is_paid_and_that_it_is_a_trial(
    client: Client, payment: Payment
) -> None:
    page = client.get(address(payment))
    number = payment.order.number
    assert text(page) == (
        f"Trial payment 200,00 ₸ Shop Duken Order number {number} {TRIAL}"
        " Pay 200,00 ₸ Decline Back to the order"
    )
    shown = html(page)
    assert shown.count("<h1") == shown.count("<form") == 1
    assert "csrfmiddlewaretoken" in shown
    assert "<script" not in shown
    assert not re.search(r"<style| style=|\son\w+=", shown)
    assert 'content="noindex"' in shown
    for name in re.findall(r'"/static/([^"#]+)', shown):
        assert finders.find(name)
    assert f'href="/orders/{payment.order_id}/"' in shown


def test_paying_tells_the_shop_by_a_signed_message(
    client: Client, payment: Payment
) -> None:
    answer = client.post(address(payment), PAY, follow=True)
    assert answer.redirect_chain == [(f"/orders/{payment.order_id}/", 302)]
    assert "Thank you! The payment has arrived." in html(answer)
    assert (status(payment), status(payment.order)) == ("succeeded", "paid")
    event = PaymentEvent.objects.get()
    charge = EmulatedCharge.objects.get()
    assert event.event_id == f"{charge.pk}:succeeded"
    assert (event.said, event.became) == ("succeeded", "succeeded")


def test_declining_leaves_the_order_payable(client: Client, payment: Payment) -> None:
    answer = client.post(address(payment), DECLINE, follow=True)
    assert answer.redirect_chain == [(f"/orders/{payment.order_id}/", 302)]
    assert html(answer).count("The payment was declined. You can try again.") == 2
    assert (status(payment), status(payment.order)) == ("failed", "pending")
    again = client.post(f"/orders/{payment.order_id}/pay/")
    second = Payment.objects.get(status="pending")
    assert again["Location"] == f"/payment/{second.pk}/"
    client.post(f"/payment/{second.pk}/", PAY)
    assert status(payment.order) == "paid"


def test_a_second_press_of_pay_is_thanked_for_the_same(
    client: Client, payment: Payment
) -> None:
    for _ in range(2):
        answer = client.post(address(payment), PAY, follow=True)
        assert "Thank you! The payment has arrived." in html(answer)
        assert answer.redirect_chain == [(f"/orders/{payment.order_id}/", 302)]
    assert PaymentEvent.objects.count() == 1
    history = payment.order.history.values_list("status", flat=True)
    assert list(history) == ["pending", "paid"]


def test_a_press_that_comes_while_the_first_is_under_way_changes_nothing(
    client: Client, payment: Payment, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer_once = emulator.answer

    def answer_twice(payment: Payment, said: str) -> None:
        answer_once(payment, said)
        answer_once(payment, "failed")

    monkeypatch.setattr(emulator, "answer", answer_twice)
    client.post(address(payment), PAY)
    assert (status(payment), status(payment.order)) == ("succeeded", "paid")
    assert PaymentEvent.objects.count() == 1


@pytest.mark.parametrize("data", [{}, {"answer": ""}, {"answer": "refunded"}])
def test_a_press_of_no_button_asks_again(
    client: Client, payment: Payment, data: dict[str, str]
) -> None:
    page = client.post(address(payment), data)
    assert "Choose: pay, or decline." in text(page)
    assert "Pay 200,00 ₸" in text(page)
    assert (status(payment), PaymentEvent.objects.count()) == ("pending", 0)


def _pay(payment: Payment) -> None:
    emulator.answer(payment, "succeeded")


def _pay_and_refund(payment: Payment) -> None:
    _pay(payment)
    services.refund_order(payment.order_id, stock=Refund.Stock.NONE)


def _pay_and_cancel(payment: Payment) -> None:
    _pay(payment)
    orders.cancel_order(payment.order_id)


def _decline(payment: Payment) -> None:
    emulator.answer(payment, "failed")


def _decline_and_cancel(payment: Payment) -> None:
    _decline(payment)
    orders.cancel_order(payment.order_id)


def _choose_cash(payment: Payment) -> None:
    services.start_payment(payment.order_id, "cash")


def _cancel(payment: Payment) -> None:
    orders.cancel_order(payment.order_id)


def _buy_more(payment: Payment) -> None:
    product_id = payment.order.items.get().product_id
    orders.change_quantity(payment.order_id, product_id, 3)


@pytest.mark.parametrize(
    ("happen", "told"),
    [
        (_pay, "This payment has arrived. Thank you!"),
        (_pay_and_refund, "This money was given back."),
        (
            _pay_and_cancel,
            "This money will be given back: the order does not need it.",
        ),
        (
            _decline,
            "This payment was declined. You can try again from your order.",
        ),
        (
            _decline_and_cancel,
            "The order was canceled, so there is nothing to pay.",
        ),
        (_cancel, "The order was canceled, so there is nothing to pay."),
        (
            _choose_cash,
            "This payment is not awaited any more. Please look at your order.",
        ),
        (
            _buy_more,
            "The order has changed, and so has its total. Please begin again.",
        ),
    ],
)
def test_a_payment_that_is_over_says_why_and_leads_back(
    client: Client, payment: Payment, happen: Callable[[Payment], None], told: str
) -> None:
    happen(payment)
    before = list(Payment.objects.values()) + list(PaymentEvent.objects.values())
    charges = list(EmulatedCharge.objects.values())
    page = client.get(address(payment))
    assert text(page) == (
        "Trial payment 200,00 ₸ Shop Duken"
        f" Order number {payment.order.number} {told} Back to the order"
    )
    assert "<button" not in html(page)
    for pressed in (PAY, DECLINE):
        client.post(address(payment), pressed)
    after = list(Payment.objects.values()) + list(PaymentEvent.objects.values())
    assert after == before
    assert list(EmulatedCharge.objects.values()) == charges


def test_a_changed_order_is_paid_by_a_new_payment(
    client: Client, payment: Payment
) -> None:
    _buy_more(payment)
    assert "The order has changed" in text(client.post(address(payment), PAY))
    answer = client.post(f"/orders/{payment.order_id}/pay/", follow=True)
    assert "Pay 300,00 ₸" in text(answer)
    assert status(payment) == "canceled"


def test_money_that_comes_while_the_order_is_being_canceled_goes_back(
    client: Client, payment: Payment, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = emulator.answer

    def too_late(payment: Payment, said: str) -> None:
        orders.cancel_order(payment.order_id)
        answer(payment, said)

    monkeypatch.setattr(emulator, "answer", too_late)
    page = client.post(address(payment), PAY, follow=True)
    late = "The money came too late for this order and will be given back."
    assert late in html(page)
    assert (status(payment), status(payment.order)) == ("refund_due", "canceled")


def test_a_provider_that_is_switched_off_takes_no_money(
    client: Client, payment: Payment, settings: Any
) -> None:
    settings.PAYMENT_EMULATOR = False
    page = client.post(address(payment), PAY)
    assert "Online payment is switched off just now." in text(page)
    assert "<button" not in html(page)
    assert EmulatedCharge.objects.get().status == "open"
    answer = client.post(f"/orders/{payment.order_id}/pay/", follow=True)
    assert "There is no such way to pay." in html(answer)


def test_a_message_that_is_lost_is_made_up_for(
    client: Client, payment: Payment, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unreachable(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused", request=request)

    transport = httpx.MockTransport(unreachable)
    lost = httpx.Client(base_url="http://shop.example", transport=transport)
    monkeypatch.setattr(emulator, "_client", lambda: lost)
    answer = client.post(address(payment), PAY, follow=True)
    noted = "Your answer is noted. The shop will hear of it in a few minutes."
    assert noted in html(answer)
    assert (status(payment), status(payment.order)) == ("pending", "pending")
    assert [finding.fixed for finding in services.reconcile(fix=True)] == [True]
    assert (status(payment), status(payment.order)) == ("succeeded", "paid")


def test_it_is_nobody_elses_payment(payment: Payment) -> None:
    other = Client(headers={"Accept-Language": "en"})
    for reader in (None, make_user(), make_user(role=User.Role.STAFF)):
        if reader:
            other.force_login(reader)
        for path in (address(payment), f"/payment/{payment.order_id}/"):
            assert other.get(path).status_code == 404
            assert other.post(path, PAY).status_code == 404
        assert other.post(f"/orders/{payment.order_id}/pay/").status_code == 404
    assert other.get(f"/payment/{uuid4()}/").status_code == 404
    assert (status(payment), Payment.objects.count()) == ("pending", 1)


def test_who_may_only_look_at_orders_pays_none(
    client: Client, payment: Payment
) -> None:
    staff = make_user(role=User.Role.STAFF)
    staff.user_permissions.add(Permission.objects.get(codename="view_order"))
    client.force_login(staff)
    assert client.get(address(payment)).status_code == 403
    assert client.post(address(payment), PAY).status_code == 403
    assert client.get(f"/payment/{payment.order_id}/").status_code == 403
    assert (status(payment), Payment.objects.count()) == ("pending", 1)


def test_a_guest_pays_in_the_session_that_ordered(client: Client) -> None:
    order = guest_order(client, payment_method="emulator")
    page = client.get(f"/payment/{order.pk}/", follow=True)
    assert "Pay 100,00 ₸" in text(page)
    payment = Payment.objects.get()
    assert client.post(address(payment), PAY)["Location"] == f"/orders/{order.pk}/"
    assert status(order) == "paid"


def test_paying_is_a_post_with_the_token(payment: Payment) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(payment.order.user)
    assert strict.post(address(payment), PAY).status_code == 403
    assert strict.post(f"/orders/{payment.order_id}/pay/").status_code == 403
    assert strict.get(f"/orders/{payment.order_id}/pay/").status_code == 405
    assert status(payment) == "pending"


def test_a_paid_order_is_not_paid_again(client: Client, payment: Payment) -> None:
    _pay(payment)
    order = payment.order
    for path in (f"/payment/{order.pk}/", f"/orders/{order.pk}/pay/"):
        send = client.post if path.endswith("/pay/") else client.get
        answer = send(path, follow=True)
        assert answer.redirect_chain == [(f"/orders/{order.pk}/", 302)]
        assert f"Order {order.number} is paid already." in html(answer)
    assert Payment.objects.count() == 1


def test_a_payment_of_another_kind_leads_to_its_order(client: Client) -> None:
    order = make_order(payment_method="transfer")
    client.force_login(order.user)
    payment = services.start_payment(order.pk)
    assert client.get(address(payment))["Location"] == f"/orders/{order.pk}/"
    assert client.post(address(payment), PAY)["Location"] == f"/orders/{order.pk}/"
    assert status(payment) == "pending"


@pytest.mark.parametrize("method", ["nothing", "card", "\0"])
def test_an_unknown_way_to_pay_starts_nothing(client: Client, method: str) -> None:
    order = online_order()
    client.force_login(order.user)
    path = f"/orders/{order.pk}/pay/"
    answer = client.post(path, {"payment_method": method}, follow=True)
    assert "There is no such way to pay." in html(answer)
    assert not Payment.objects.exists()


def test_the_page_takes_few_queries(client: Client, payment: Payment) -> None:
    # Session, user, payment, order, lines, payments.
    assert queries(client, address(payment)) == 6
