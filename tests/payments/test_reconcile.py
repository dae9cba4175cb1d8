"""`reconcile_payments`: what providers know, and the shop never heard."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any
from unittest.mock import patch

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.utils.translation import override

from events.models import OutboxMessage
from orders import services as orders
from orders.models import Order
from payments import services, tasks
from payments.exceptions import ProviderRefused, ProviderUnavailable
from payments.models import EmulatedCharge, Payment, PaymentEvent, Refund
from payments.providers.emulator import EmulatorProvider
from tests.catalog.imports import Outcome, run_command
from tests.factories import make_user
from tests.payments.books import charge, fill_shop, late_money, move
from tests.payments.callbacks import notice, online_order, paid_order, waiting_payment
from tests.payments.callbacks import tell as call_back

pytestmark = pytest.mark.django_db

CLEAN = "The providers know nothing that the shop does not.\n"
AWAY = "The payment service does not answer. Please try again in a minute."


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    with override("en"):
        yield


def reconcile(*args: str) -> Outcome:
    # A request in between has left its own language.
    with override("en"):
        return run_command("reconcile_payments", *args)


def line(payment: Payment, what: str, *, mended: bool = False) -> str:
    text = f"Order {payment.order.number}, payment {payment.pk}: {what}"
    return f"{text} (mended)\n" if mended else f"{text}\n"


def states() -> Any:
    return (
        list(Order.objects.order_by("number").values_list("status", flat=True)),
        list(Payment.objects.order_by("pk").values()),
        list(Refund.objects.order_by("pk").values()),
        PaymentEvent.objects.count(),
        OutboxMessage.objects.count(),
    )


def event_of(payment: Payment) -> str:
    """The number that the emulator gives to what it says of this payment."""
    book = EmulatedCharge.objects.get(payment_id=payment.pk)
    return f"{book.pk}:{book.status}"


def test_nothing_new() -> None:
    fill_shop()
    Refund.objects.update(status="succeeded")
    outcome = reconcile()
    assert (outcome.out, outcome.error) == (CLEAN, "")


def test_a_payment_that_the_shop_never_heard_of() -> None:
    payment = waiting_payment()
    charge(payment, "succeeded")
    said = "waiting for the money here, paid there"
    before = states()
    outcome = reconcile()
    assert outcome.out == line(payment, said)
    assert outcome.error == "1 thing is wrong."
    assert states() == before
    outcome = reconcile("--fix")
    assert (outcome.out, outcome.error) == (line(payment, said, mended=True), "")
    payment.refresh_from_db()
    assert (payment.status, payment.order.status) == ("succeeded", "paid")
    assert payment.paid_at
    event = PaymentEvent.objects.get()
    assert (event.event_id, event.said, event.became, event.raw) == (
        event_of(payment),
        "succeeded",
        "succeeded",
        "asked",
    )
    assert reconcile().out == CLEAN


def test_it_does_what_the_callback_would_have_done() -> None:
    def told(payment: Payment) -> Any:
        messages = OutboxMessage.objects.filter(aggregate=payment.order_id)
        history = payment.order.history.order_by("id")
        return (
            list(messages.order_by("pk").values_list("event_type", flat=True)),
            list(history.values_list("status", "actor", "note", "reason")),
            list(payment.events.values_list("event_id", "said", "became")),
        )

    buyer = make_user()
    asked, called = waiting_payment(buyer), waiting_payment(buyer)
    for payment in (asked, called):
        charge(payment, "succeeded")
    assert call_back(called, event_id=event_of(called)).status_code == 200
    reconcile("--fix")
    by_asking, by_calling = told(asked), told(called)
    assert by_asking[:2] == by_calling[:2]
    assert by_asking[0][-2:] == ["payment_succeeded", "order_paid"]
    assert by_asking[2] == [(event_of(asked), "succeeded", "succeeded")]


@pytest.mark.parametrize(
    ("said", "was", "word"),
    [
        ("succeeded", "succeeded", "paid"),
        ("failed", "failed", "declined"),
    ],
)
def test_the_same_callback_later_changes_nothing(
    said: str, was: str, word: str
) -> None:
    payment = waiting_payment()
    charge(payment, said)
    outcome = reconcile("--fix")
    assert outcome.out == line(
        payment, f"waiting for the money here, {word} there", mended=True
    )
    before = states()
    assert call_back(payment, said, event_id=event_of(payment)).status_code == 200
    assert states() == before
    assert Payment.objects.get().status == was
    assert reconcile().out == CLEAN


def test_money_for_a_canceled_order() -> None:
    payment = waiting_payment()
    orders.cancel_order(payment.order_id)
    charge(payment, "succeeded")
    outcome = reconcile("--fix")
    assert outcome.out == line(payment, "withdrawn here, paid there", mended=True)
    payment.refresh_from_db()
    assert (payment.status, payment.order.status) == ("refund_due", "canceled")
    assert payment.left == Decimal(200)
    assert reconcile().out == CLEAN


def test_money_after_a_decline() -> None:
    payment = waiting_payment()
    services.take_notice("emulator", notice(payment, "failed"), "{}")
    charge(payment, "succeeded")
    outcome = reconcile("--fix")
    assert outcome.out == line(payment, "declined here, paid there", mended=True)
    assert Order.objects.get().status == "paid"


def test_a_decline_of_what_nobody_waits_for_is_no_news() -> None:
    payment = waiting_payment()
    orders.cancel_order(payment.order_id)
    charge(payment, "failed")
    assert reconcile().out == CLEAN


def test_a_decline_does_not_undo_a_payment() -> None:
    order = paid_order()
    charge(order.payments.get(), "failed")
    assert reconcile("--fix").out == CLEAN
    assert order.payments.get().status == "succeeded"


def test_what_was_ended_long_ago_is_not_asked_about() -> None:
    payment = waiting_payment()
    orders.cancel_order(payment.order_id)
    charge(payment, "succeeded")
    now = timezone.now()
    Payment.objects.update(updated_at=now - timedelta(days=30, minutes=1))
    assert reconcile().out == CLEAN
    Payment.objects.update(updated_at=now - timedelta(days=29))
    assert reconcile().error == "1 thing is wrong."


def test_only_online_payments_are_asked_about() -> None:
    services.start_payment(online_order().pk, "transfer")
    with patch.object(EmulatorProvider, "fetch_status") as asked:
        assert reconcile().out == CLEAN
    asked.assert_not_called()


# --- Trouble ----------------------------------------------------------------------


def with_trouble(error: Exception, payment: Payment) -> Any:
    """The provider stumbles over this payment, and knows the others."""
    know = EmulatorProvider.fetch_status

    def fetch(self: EmulatorProvider, asked: Payment) -> Any:
        if asked.pk == payment.pk:
            raise error
        return know(self, asked)

    return patch.object(EmulatorProvider, "fetch_status", fetch)


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (ProviderUnavailable(), AWAY),
        (RuntimeError("secret"), "something broke, and the log says what"),
    ],
)
def test_one_payments_trouble_is_told_and_the_others_are_done(
    error: Exception, told: str
) -> None:
    first, second, third = (waiting_payment() for _ in range(3))
    for payment in (first, second, third):
        charge(payment, "succeeded")
    with with_trouble(error, second):
        outcome = reconcile("--fix")
    news = "waiting for the money here, paid there"
    assert sorted(outcome.out.splitlines(keepends=True)) == [
        line(first, news, mended=True),
        line(second, told),
        line(third, news, mended=True),
    ]
    assert outcome.error == "1 thing is wrong."
    second.refresh_from_db()
    assert (second.status, second.order.status) == ("pending", "pending")
    assert reconcile("--fix").out == line(second, news, mended=True)


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"amount": Decimal("1.00")}, "The amount is not the one that was asked for."),
        ({"currency": "USD"}, "The currency is not the one that was asked for."),
    ],
)
def test_what_does_not_fit_is_left_to_people(wrong: Any, told: str) -> None:
    payment = waiting_payment()
    EmulatedCharge.objects.update(status="succeeded", **wrong)
    before = states()
    outcome = reconcile("--fix")
    assert (outcome.out, outcome.error) == (line(payment, told), "1 thing is wrong.")
    assert states() == before


def test_what_was_heard_and_forgotten_is_not_called_mended() -> None:
    payment = waiting_payment()
    charge(payment, "succeeded")
    PaymentEvent.objects.create(
        provider="emulator",
        event_id=event_of(payment),
        payment=payment,
        said="succeeded",
        raw="{}",
    )
    outcome = reconcile("--fix")
    assert outcome.out == line(payment, "waiting for the money here, paid there")
    assert outcome.error == "1 thing is wrong."


# --- Refunds ----------------------------------------------------------------------


def undone_refund(status: str = "pending") -> Refund:
    refund = services.refund_order(paid_order().pk, stock="none")
    Refund.objects.filter(pk=refund.pk).update(status=status)
    return refund


def refund_line(refund: Refund, *, mended: bool = False) -> str:
    amount = "200,00\N{NO-BREAK SPACE}₸"
    text = f"Order {refund.order.number}: {amount} are still to be given back"
    return f"{text} (mended)\n" if mended else f"{text}\n"


@pytest.mark.parametrize("status", ["pending", "failed"])
def test_a_refund_is_sent_again_once(status: str) -> None:
    refund = undone_refund(status)
    outcome = reconcile()
    assert outcome.out == refund_line(refund)
    assert outcome.error == "1 thing is wrong."
    assert EmulatedCharge.objects.get().refunds == {}
    send = EmulatorProvider.refund
    with patch.object(EmulatorProvider, "refund", autospec=True) as sent:
        sent.side_effect = send
        outcome = reconcile("--fix")
        assert (outcome.out, outcome.error) == (refund_line(refund, mended=True), "")
        assert reconcile("--fix").out == CLEAN
        assert sent.call_count == 1
    assert EmulatedCharge.objects.get().refunds == {str(refund.pk): "200.00"}
    refund.refresh_from_db()
    assert refund.status == "succeeded"


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (ProviderUnavailable(), "pending"),
        (ProviderRefused("the card is closed"), "failed"),
        (RuntimeError(), "pending"),
    ],
)
def test_a_refund_that_fails_again_stays_listed(error: Exception, status: str) -> None:
    refund, other = undone_refund(), undone_refund()
    send = EmulatorProvider.refund

    def stumble(self: EmulatorProvider, payment: Payment, asked: Refund) -> None:
        if asked.pk == refund.pk:
            raise error
        send(self, payment, asked)

    with patch.object(EmulatorProvider, "refund", stumble):
        outcome = reconcile("--fix")
    assert outcome.out == refund_line(refund) + refund_line(other, mended=True)
    assert outcome.error == "1 thing is wrong."
    refund.refresh_from_db()
    assert refund.status == status
    assert reconcile("--fix").out == refund_line(refund, mended=True)


def test_money_without_a_provider_is_only_written_down() -> None:
    order = move(online_order(), "paid")
    refund = services.refund_order(order.pk, stock="none")
    assert reconcile("--fix").out == refund_line(refund, mended=True)
    refund.refresh_from_db()
    assert refund.status == "succeeded"
    assert refund.sent_at


def test_late_money_that_is_on_its_way_back() -> None:
    refund = services.refund_payment(late_money().pk)
    assert reconcile("--fix").out == refund_line(refund, mended=True)
    assert Payment.objects.get().status == "refunded"


# --- By schedule ------------------------------------------------------------------


def test_the_schedule_makes_up_for_what_was_lost() -> None:
    payment = waiting_payment()
    charge(payment, "succeeded")
    refund = undone_refund()
    tasks.settle_payments()
    payment.refresh_from_db()
    refund.refresh_from_db()
    assert (payment.status, refund.status) == ("succeeded", "succeeded")
    assert reconcile().out == CLEAN


def test_the_schedule_leaves_a_refusal_to_people() -> None:
    refund = undone_refund("failed")
    with patch.object(EmulatorProvider, "refund") as sent:
        tasks.settle_payments()
    sent.assert_not_called()
    refund.refresh_from_db()
    assert refund.status == "failed"
    assert reconcile().out == refund_line(refund)


def test_queries_do_not_depend_on_what_is_settled() -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as seen:
            assert reconcile().out == CLEAN
        return len(seen)

    paid_order()
    one = queries()
    for _ in range(5):
        paid_order()
    assert queries() == one == 2
