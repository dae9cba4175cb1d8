"""What providers say: believed when signed, applied once, never lost (contract §6)."""

import json
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from catalog.models import Product
from events.models import OutboxMessage
from orders import services as orders
from orders.models import Order, OrderStatusChange
from payments import services
from payments.models import Payment, PaymentEvent
from tests.factories import make_product
from tests.payments.callbacks import (
    ADDRESS,
    message,
    send,
    signature,
    tell,
    waiting_payment,
)

pytestmark = pytest.mark.django_db


def state(payment: Payment) -> tuple[str, str]:
    """The payment's status and its order's."""
    payment = Payment.objects.select_related("order").get(pk=payment.pk)
    return payment.status, payment.order.status


def everything() -> Any:
    return (
        list(Payment.objects.order_by("pk").values()),
        list(Order.objects.order_by("pk").values()),
        list(Product.objects.order_by("pk").values()),
        PaymentEvent.objects.count(),
        OrderStatusChange.objects.count(),
        OutboxMessage.objects.count(),
    )


def events(order_id: Any) -> list[str]:
    told = OutboxMessage.objects.filter(aggregate=str(order_id))
    return list(told.values_list("event_type", flat=True))


def code_of(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json().get("code")


def test_a_success_pays_the_order() -> None:
    payment = waiting_payment()
    body = message(payment, event_id="evt-1")
    answer = send(body)
    assert answer.status_code == 200
    assert answer.json() == {"id": str(payment.pk), "status": "succeeded"}
    assert state(payment) == ("succeeded", "paid")
    payment.refresh_from_db()
    assert payment.paid_at
    assert events(payment.order_id) == [
        "order_created",
        "payment_succeeded",
        "order_paid",
    ]
    told = OutboxMessage.objects.get(event_type="payment_succeeded")
    assert told.payload == {
        "payment_id": str(payment.pk),
        "order_id": str(payment.order_id),
        "amount": "200.00",
        "currency": "KZT",
        "provider": "emulator",
    }
    event = PaymentEvent.objects.get()
    assert (event.provider, event.event_id) == ("emulator", "evt-1")
    assert (event.said, event.became) == ("succeeded", "succeeded")
    assert event.raw == body.decode()


def test_a_decline_leaves_the_order_payable() -> None:
    payment = waiting_payment()
    assert tell(payment, "failed").json()["status"] == "failed"
    assert state(payment) == ("failed", "pending")
    assert events(payment.order_id) == ["order_created", "payment_failed"]
    again = services.start_payment(payment.order_id)
    assert again.pk != payment.pk
    assert tell(again).status_code == 200
    assert state(again) == ("succeeded", "paid")
    assert state(payment) == ("failed", "paid")


@pytest.mark.parametrize("status", ["succeeded", "failed"])
def test_a_repeat_is_answered_and_changes_nothing(status: str) -> None:
    payment = waiting_payment()
    body = message(payment, status, event_id="evt-1")
    first = send(body)
    before = everything()
    for _ in range(3):
        again = send(body)
        assert (again.status_code, again.json()) == (200, first.json())
    assert everything() == before


def test_the_same_news_under_another_number_changes_nothing() -> None:
    payment = waiting_payment()
    tell(payment)
    before = everything()
    assert tell(payment).status_code == 200
    after = everything()
    # But that it was said is kept.
    assert after[3] == before[3] + 1
    assert after[:3] == before[:3] and after[4:] == before[4:]
    assert PaymentEvent.objects.latest("pk").became == ""


def test_status_goes_only_forward() -> None:
    payment = waiting_payment()
    tell(payment)
    assert tell(payment, "failed").json()["status"] == "succeeded"
    assert state(payment) == ("succeeded", "paid")


def test_money_after_a_decline_is_money() -> None:
    """The two messages came in the wrong order, or the payer tried again there."""
    payment = waiting_payment()
    tell(payment, "failed")
    assert tell(payment).json()["status"] == "succeeded"
    assert state(payment) == ("succeeded", "paid")


@pytest.mark.parametrize("way", ["canceled", "expired"])
def test_money_for_an_order_that_has_ended_is_kept_and_marked(way: str) -> None:
    product = make_product(stock=5)
    payment = waiting_payment(None, (product, 2))
    if way == "canceled":
        orders.cancel_order(payment.order_id)
    else:
        Order.objects.update(created_at=timezone.now() - timedelta(minutes=31))
        assert services.expire_orders() == 1
    assert state(payment) == ("canceled", "canceled")
    answer = tell(payment)
    assert (answer.status_code, answer.json()["status"]) == (200, "refund_due")
    assert state(payment) == ("refund_due", "canceled")
    assert events(payment.order_id)[-1] == "payment_succeeded"
    product.refresh_from_db()
    assert product.stock == 5
    payment.refresh_from_db()
    assert payment.left == Decimal(200)


def test_the_second_money_for_one_order_is_marked() -> None:
    first = waiting_payment()
    tell(first, "failed")
    second = services.start_payment(first.order_id)
    assert tell(second).json()["status"] == "succeeded"
    assert tell(first).json()["status"] == "refund_due"
    assert state(second) == ("succeeded", "paid")


def test_money_for_what_the_order_no_longer_costs_is_marked() -> None:
    product = make_product(stock=5)
    payment = waiting_payment(None, (product, 2))
    orders.change_quantity(payment.order_id, product.pk, 1)
    assert tell(payment).json()["status"] == "refund_due"
    assert state(payment) == ("refund_due", "pending")
    # And can be paid as it is now.
    again = services.start_payment(payment.order_id)
    assert again.amount == Decimal(100)
    assert tell(again).json()["status"] == "succeeded"


def test_money_of_an_attempt_that_was_given_up_pays_all_the_same() -> None:
    payment = waiting_payment()
    services.start_payment(payment.order_id, "transfer")
    assert state(payment) == ("canceled", "pending")
    assert tell(payment).json()["status"] == "succeeded"
    assert state(payment) == ("succeeded", "paid")
    assert not Payment.objects.filter(status="pending").exists()


# --- Refused ----------------------------------------------------------------------


@pytest.mark.parametrize(
    "forge",
    [
        lambda body: "",
        lambda body: "sha256=",
        lambda body: signature(body)[:-1],
        lambda body: signature(body)[7:],
        lambda body: signature(body).upper(),
        lambda body: signature(body, "another secret"),
        lambda body: signature(body + b" "),
        lambda body: signature(b""),
        lambda body: "sha1=" + signature(body)[7:],
        lambda body: "sha256=" + "ы" * 64,
        lambda body: "x" * 5000,
    ],
)
def test_a_wrong_signature(forge: Any) -> None:
    body = message(waiting_payment())
    before = everything()
    assert code_of(send(body, forge(body))) == (403, "bad_signature")
    assert everything() == before


def test_a_changed_body_is_not_what_was_signed() -> None:
    payment = waiting_payment()
    body = message(payment, "failed")
    forged = body.replace(b"failed", b"succeeded")
    assert code_of(send(forged, signature(body))) == (403, "bad_signature")
    assert state(payment) == ("pending", "pending")


@pytest.mark.parametrize("amount", ["200.01", "199.99", "0", "-200.00", 200.01, "2e9"])
def test_another_amount(amount: Any) -> None:
    payment = waiting_payment()
    before = everything()
    answer = tell(payment, amount=amount)
    assert code_of(answer) == (409, "amount_mismatch")
    assert answer.json()["amount"] == "200.00"
    assert everything() == before


@pytest.mark.parametrize("amount", ["200", "200.0", "200.000", 200, 200.0])
def test_the_same_amount_in_other_words(amount: Any) -> None:
    assert tell(waiting_payment(), amount=amount).status_code == 200


def test_less_than_a_tiyn_is_a_difference_too() -> None:
    assert code_of(tell(waiting_payment(), amount="200.001"))[0] == 409


@pytest.mark.parametrize("currency", ["USD", "kzt", "₸"])
def test_another_currency(currency: str) -> None:
    payment = waiting_payment()
    before = everything()
    answer = tell(payment, currency=currency)
    assert code_of(answer) == (409, "currency_mismatch")
    assert answer.json()["currency"] == "KZT"
    assert everything() == before


def test_an_unknown_payment() -> None:
    payment = waiting_payment()
    answer = tell(payment, payment_id=str(uuid4()))
    assert code_of(answer) == (404, "payment_not_found")
    # An order's number is no payment's.
    answer = tell(payment, payment_id=str(payment.order_id))
    assert code_of(answer) == (404, "payment_not_found")
    assert not PaymentEvent.objects.exists()


def test_a_payment_of_another_provider() -> None:
    payment = services.start_payment(waiting_payment().order_id, "transfer")
    assert code_of(tell(payment)) == (404, "payment_not_found")
    assert state(payment) == ("pending", "pending")


@pytest.mark.parametrize("provider", ["paypal", "cash", "transfer", "x" * 300, "%00"])
def test_an_unknown_provider(provider: str) -> None:
    body = message(waiting_payment())
    answer = send(body, address=f"/api/payments/callback/{provider}")
    assert code_of(answer) == (404, "unknown_provider")


def test_the_emulator_is_silent_where_it_is_off(settings: Any) -> None:
    body = message(waiting_payment())
    settings.PAYMENT_EMULATOR = False
    assert code_of(send(body)) == (404, "unknown_provider")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"not json",
        b'{"payment_id": ',
        b"\xff\xfe\x00",
        b"[" * 50_000,
        b'{"amount": NaN}',
        b"null",
        b"[]",
        b'"text"',
        b"1" * 5000,
    ],
)
def test_what_is_no_json_object(body: bytes) -> None:
    assert code_of(send(body)) == (400, "invalid_callback")
    # Nobody learns that without the signature.
    assert code_of(send(body, "sha256=0"))[0] == 403


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"payment_id": "1"}, "payment_id"),
        ({"payment_id": None}, "payment_id"),
        ({"payment_id": ["a"]}, "payment_id"),
        ({"event_id": ""}, "event_id"),
        ({"event_id": "e" * 201}, "event_id"),
        ({"event_id": "a\0b"}, "event_id"),
        ({"event_id": "\ud800"}, "event_id"),
        ({"event_id": {}}, "event_id"),
        ({"status": "pending"}, "status"),
        ({"status": "refunded"}, "status"),
        ({"status": []}, "status"),
        ({"amount": "a lot"}, "amount"),
        ({"amount": True}, "amount"),
        ({"amount": None}, "amount"),
        ({"amount": "Infinity"}, "amount"),
        ({"amount": "9" * 2000}, "amount"),
        ({"currency": ""}, "currency"),
        ({"currency": "K" * 11}, "currency"),
    ],
)
def test_fields_that_cannot_be(fields: dict[str, Any], wrong: str) -> None:
    payment = waiting_payment()
    before = everything()
    answer = tell(payment, **fields)
    assert answer.status_code == 400
    assert list(answer.json()) == [wrong]
    assert everything() == before


def test_missing_fields_are_named() -> None:
    answer = send(json.dumps({}).encode())
    assert answer.status_code == 400
    assert set(answer.json()) == {
        "payment_id",
        "event_id",
        "status",
        "amount",
        "currency",
    }


@pytest.mark.parametrize("size", [64 * 1024 + 1, 3 * 1024 * 1024])
def test_an_oversized_message(size: int) -> None:
    body = message(waiting_payment()).ljust(size)
    assert code_of(send(body)) == (413, "body_too_large")
    assert not PaymentEvent.objects.exists()


def test_a_number_that_meant_something_else() -> None:
    first, second = waiting_payment(), waiting_payment()
    tell(first, event_id="evt-1")
    before = everything()
    answer = tell(second, event_id="evt-1")
    assert code_of(answer) == (409, "event_id_reused")
    assert code_of(tell(first, "failed", event_id="evt-1"))[0] == 409
    assert everything() == before


def test_only_posts() -> None:
    assert APIClient().get(ADDRESS).status_code == 405


@pytest.mark.parametrize(
    "address", [ADDRESS + "/", "/api/v1/payments/callback/emulator"]
)
def test_other_spellings_of_the_address(address: str) -> None:
    assert send(message(waiting_payment()), address=address).status_code == 200


def test_callbacks_are_not_counted(settings: Any) -> None:
    settings.API_RATE_ANON = "2/min"
    payment = waiting_payment()
    assert [tell(payment).status_code for _ in range(5)] == [200] * 5


def test_without_a_secret_only_the_shop_itself_can_sign(settings: Any) -> None:
    settings.PAYMENT_CALLBACK_SECRET = ""
    payment = waiting_payment()
    body = message(payment)
    assert code_of(send(body, signature(body, "")))[0] == 403
    assert code_of(send(body, signature(body)))[0] == 403
    from payments.providers.emulator import answer

    answer(payment, "succeeded")
    assert state(payment) == ("succeeded", "paid")


@pytest.mark.parametrize(
    "accept",
    ["text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2", "text/html", "image/png"],
)
def test_whatever_the_provider_would_like_to_read(accept: str) -> None:
    payment = waiting_payment()
    body = message(payment)
    answer = APIClient().generic(
        "POST",
        ADDRESS,
        body,
        content_type="application/json",
        headers={"X-Signature": signature(body), "Accept": accept},
    )
    assert (answer.status_code, answer.json()["status"]) == (200, "succeeded")
    refused = APIClient().get(ADDRESS, headers={"Accept": accept})
    assert code_of(refused) == (405, "method_not_allowed")


def test_spaces_are_no_part_of_a_currency() -> None:
    assert code_of(tell(waiting_payment(), currency="KZT ")) == (
        409,
        "currency_mismatch",
    )


def test_a_body_without_its_length_is_not_taken_for_an_empty_one() -> None:
    body = message(waiting_payment())
    answer = APIClient().generic(
        "POST",
        ADDRESS,
        body,
        content_type="application/json",
        headers={"X-Signature": signature(body), "Transfer-Encoding": "chunked"},
        CONTENT_LENGTH="",
    )
    assert code_of(answer) == (411, "length_required")
