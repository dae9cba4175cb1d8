"""Money that moves from several sides at once, on real PostgreSQL.

As with orders, a guard has a twin: the same race without it, which goes wrong.
"""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from functools import partial
from typing import Any
from unittest.mock import patch
from uuid import UUID

import pytest
from django.utils import timezone

from catalog.models import Product
from catalog.services.stock import stock_errors
from events.models import OutboxMessage
from orders import services as orders
from orders.models import Order
from orders.services import changing
from payments import services
from payments.models import Payment, PaymentEvent, Refund
from payments.services import check_orders, paying
from shop.exceptions import DomainError
from tests.concurrency.helpers import Meeting, run_together
from tests.factories import make_order, make_product
from tests.payments.callbacks import (
    notice,
    online_order,
    paid_order,
    waiting_payment,
)

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
MEETING = Meeting(2, patience=20)


@pytest.fixture(autouse=True)
def _emulator(settings: Any) -> None:
    settings.PAYMENT_EMULATOR = True


def together(*calls: Callable[[], Any]) -> list[Any]:
    return run_together(lambda work: work(), [(work,) for work in calls])


def kinds(results: list[Any]) -> dict[str, int]:
    names = [type(result).__name__ for result in results]
    return {name: names.count(name) for name in set(names)}


def read_without_lock(pk: UUID) -> Order:
    """The twin of lock_order: both read, then both write."""
    found = Order.objects.prefetch_related("items").get(pk=pk)
    MEETING.wait()
    return found


def read_alone(pk: UUID) -> Order:
    return Order.objects.prefetch_related("items").get(pk=pk)


def succeed(payment: Payment, **fields: Any) -> Callable[[], Payment]:
    said = notice(payment, **fields)
    return lambda: services.take_notice("emulator", said, "{}")


def assert_all_adds_up() -> None:
    assert stock_errors() == []
    assert [finding.text for finding in check_orders()] == []


def told(event_type: str) -> int:
    return OutboxMessage.objects.filter(event_type=event_type).count()


def test_one_message_twenty_times_counts_once() -> None:
    payment = waiting_payment()
    results = together(*[succeed(payment, event_id="evt-1")] * 20)
    assert kinds(results) == {"Payment": 20}
    assert {result.status for result in results} == {"succeeded"}
    assert PaymentEvent.objects.count() == 1
    assert (told("payment_succeeded"), told("order_paid")) == (1, 1)
    assert_all_adds_up()


def test_two_messages_of_one_success_pay_once() -> None:
    payment = waiting_payment()
    together(succeed(payment), succeed(payment))
    assert PaymentEvent.objects.count() == 2
    assert (told("payment_succeeded"), told("order_paid")) == (1, 1)


def test_without_the_lock_the_second_message_is_an_error() -> None:
    """Both take the money; only the order's own table of steps stops the second."""
    payment = waiting_payment()
    take = paying.take

    def meet_and_take(*args: Any) -> str:
        MEETING.wait()
        return take(*args)

    with (
        patch.object(orders, "lock_order", read_alone),
        patch.object(changing, "lock_order", read_alone),
        patch.object(paying, "take", meet_and_take),
    ):
        results = together(succeed(payment), succeed(payment))
    assert kinds(results) == {"Payment": 1, "InvalidTransition": 1}


def test_one_number_for_two_payments_is_believed_once() -> None:
    payments = [waiting_payment(), waiting_payment()]
    results = together(*(succeed(p, event_id="evt-1") for p in payments))
    assert kinds(results) == {"Payment": 1, "EventIdReused": 1}
    assert PaymentEvent.objects.count() == told("order_paid") == 1
    assert_all_adds_up()


@pytest.mark.parametrize("attempt", range(3))
def test_two_attempts_that_both_succeed_settle_once(attempt: int) -> None:
    first = waiting_payment()
    services.take_notice("emulator", notice(first, "failed"), "{}")
    second = services.start_payment(first.order_id)
    together(succeed(first), succeed(second))
    states = sorted(Payment.objects.values_list("status", flat=True))
    assert states == ["refund_due", "succeeded"]
    assert told("order_paid") == 1
    assert_all_adds_up()


def test_paying_from_two_windows_is_one_payment() -> None:
    order = online_order()
    results = run_together(services.start_payment, [order.pk] * 6)
    assert {result.pk for result in results} == {Payment.objects.get().pk}


def test_without_the_lock_two_windows_are_two_payments() -> None:
    order = online_order()
    create = Payment.objects.create

    def meet_and_create(**fields: Any) -> Payment:
        MEETING.wait()
        return create(**fields)

    with (
        patch.object(orders, "lock_order", read_alone),
        patch.object(Payment.objects, "create", meet_and_create),
    ):
        run_together(services.start_payment, [order.pk] * 2)
    assert Payment.objects.count() == 2


def test_a_payment_in_the_moment_of_expiry_wins_or_loses_cleanly() -> None:
    product = make_product(stock=40)
    payments = [waiting_payment(None, (product, 1)) for _ in range(12)]
    Order.objects.update(created_at=timezone.now() - timedelta(minutes=31))
    pay_all = [succeed(payment) for payment in payments]
    results = together(services.expire_orders, *pay_all, services.expire_orders)
    assert not [result for result in results if isinstance(result, Exception)]
    ends = set(Payment.objects.values_list("status", "order__status"))
    assert ends <= {("succeeded", "paid"), ("refund_due", "canceled")}
    paid = Order.objects.filter(status="paid").count()
    product.refresh_from_db()
    assert product.stock == 40 - paid
    assert told("order_canceled") == 12 - paid
    assert told("order_paid") == paid
    assert_all_adds_up()


def test_a_payment_that_came_since_the_list_was_read_keeps_its_order() -> None:
    """The race above, made certain: it arrives after the list and before the lock."""
    payment = waiting_payment()
    Order.objects.update(created_at=timezone.now() - timedelta(minutes=31))
    lock = changing.lock_order

    def arrive_first(order_id: UUID) -> Order:
        with patch.object(orders, "lock_order", lock):
            succeed(payment)()
        return lock(order_id)

    with patch.object(orders, "lock_order", arrive_first):
        assert services.expire_orders() == 0
    assert Order.objects.get().status == "paid"


def test_confirmed_by_staff_and_paid_online_at_once() -> None:
    payment = waiting_payment()
    confirm = partial(orders.set_status, payment.order_id, "paid")
    results = together(succeed(payment), confirm)
    assert kinds(results) in (
        {"Payment": 1, "Order": 1},
        {"Payment": 1, "InvalidTransition": 1},
    )
    assert told("order_paid") == 1
    assert Payment.objects.filter(status="succeeded").count() == 1
    assert_all_adds_up()


def test_canceled_by_the_customer_and_paid_at_once() -> None:
    for _ in range(4):
        product = make_product(stock=5)
        payment = waiting_payment(None, (product, 2))
        cancel = partial(orders.cancel_order, payment.order_id)
        together(succeed(payment), cancel)
        payment.refresh_from_db()
        product.refresh_from_db()
        assert (payment.status, product.stock) == ("refund_due", 5)
    assert_all_adds_up()


def refund(order: Order, product: Product, pieces: int) -> Callable[[], Refund]:
    return lambda: services.refund_order(
        order.pk, {product.pk: pieces}, stock="put_back"
    )


def test_two_refunds_of_everything_are_one() -> None:
    product = make_product(stock=10)
    order = paid_order(None, (product, 3))
    results = run_together(
        lambda pk: services.refund_order(pk, stock="put_back"), [order.pk] * 6
    )
    assert kinds(results) == {"Refund": 1, "InvalidTransition": 5}
    product.refresh_from_db()
    assert product.stock == 10
    assert Refund.objects.get().amount == Decimal(300)
    assert told("order_refunded") == 1
    assert_all_adds_up()


def test_two_refunds_that_are_too_much_together() -> None:
    product = make_product(stock=10)
    order = paid_order(None, (product, 3))
    results = together(refund(order, product, 2), refund(order, product, 2))
    assert kinds(results) == {"Refund": 1, "RefundTooLarge": 1}
    product.refresh_from_db()
    assert product.stock == 9
    assert_all_adds_up()


def test_without_the_lock_one_refund_forgets_the_other() -> None:
    product = make_product(stock=10)
    order = paid_order(None, (product, 3))
    with patch.object(orders, "lock_order", read_without_lock):
        together(refund(order, product, 1), refund(order, product, 1))
    assert Refund.objects.count() == 2
    assert Payment.objects.get().refunded == Decimal(100)
    assert any(check_orders())


def test_late_money_goes_back_once_however_many_press() -> None:
    payment = waiting_payment()
    orders.cancel_order(payment.order_id)
    succeed(payment)()
    results = run_together(services.refund_payment, [payment.pk] * 6)
    assert kinds(results) == {"Refund": 1, "NoRefundDue": 5}
    assert_all_adds_up()


def test_refund_and_cancel_at_once() -> None:
    product = make_product(stock=10)
    order = paid_order(None, (product, 3))
    cancel = partial(orders.cancel_order, order.pk)
    together(refund(order, product, 2), cancel)
    product.refresh_from_db()
    assert product.stock == 10
    assert_all_adds_up()


def test_one_refund_sent_by_many_goes_back_once() -> None:
    order = paid_order()
    refund_id = services.refund_order(order.pk, stock="none").pk
    results = run_together(services.send_refund, [refund_id] * 6)
    assert {result.status for result in results} == {"succeeded"}
    assert_all_adds_up()


def test_orders_of_everybody_at_once_with_every_kind_of_money() -> None:
    """No deadlock between those who sell, pay, give back, cancel and expire."""
    product, other = make_product(stock=500), make_product(stock=500)
    lines = [(product, 1), (other, 1)]
    online = [waiting_payment(None, *lines) for _ in range(4)]
    paid = [paid_order(None, *lines[::-1]) for _ in range(4)]
    late = [waiting_payment(None, *lines) for _ in range(4)]
    Order.objects.filter(payments__in=late).update(
        created_at=timezone.now() - timedelta(minutes=31)
    )
    work: list[Callable[[], Any]] = [succeed(payment) for payment in online]
    work += [refund(order, product, 1) for order in paid]
    work += [partial(orders.cancel_order, order.pk) for order in paid]
    work += [partial(make_order, None, *lines[::-1]) for _ in range(4)]
    work += [services.expire_orders]
    results = together(*work)
    # A rule may say no, as to the refund of an order that has just been canceled.
    broken = [r for r in results if isinstance(r, Exception)]
    assert [error for error in broken if not isinstance(error, DomainError)] == []
    assert results[-1] == told("order_canceled") - 4 == 4
    assert_all_adds_up()
