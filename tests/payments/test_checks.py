"""`check_orders`: every rule sees what breaks it, and mends only what is certain."""

from collections.abc import Callable, Iterator
from decimal import Decimal

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.models import F
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.utils.translation import override

from orders.models import Order
from payments import services
from payments.models import Payment, RefundItem
from tests.catalog.imports import run_command
from tests.factories import make_order, make_product
from tests.payments.books import (
    fill_shop,
    move,
    tell,
)
from tests.payments.callbacks import paid_order, waiting_payment
from tests.payments.damage import (
    Break,
    add_step,
    canceled_order,
    cash_order,
    drop_ledger,
    everything,
    forget_history,
    forget_payment,
    give_refund_to_another,
    half_refunded_order,
    late_order,
    pending_order,
    refunded_order,
    sell_something_else,
    set_items,
    set_ledger,
    set_order,
    set_payments,
    set_refund_items,
    set_refunds,
    texts,
    transfer_order,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    with override("en"):
        yield


def test_a_sound_shop() -> None:
    fill_shop()
    outcome = run_command("check_orders")
    assert outcome.out == "Every order adds up.\n"
    assert (outcome.err, outcome.error) == ("", "")
    assert {order.status for order in Order.objects.all()} == set(Order.Status)
    assert {p.status for p in Payment.objects.all()} == set(Payment.Status)


def test_an_empty_shop() -> None:
    assert run_command("check_orders").out == "Every order adds up.\n"


# --- What people have to look at --------------------------------------------------
# Each entry: an order, how it is broken, and what is said of it.

FOR_PEOPLE: list[tuple[Callable[[], Order], Break, list[str]]] = [
    (
        pending_order,
        set_items(price=Decimal("100.01")),
        ["the sum of A is not its price × quantity"],
    ),
    (
        pending_order,
        set_order(total=Decimal("200.01")),
        ["the total is 200.01, goods and delivery are 200.00"],
    ),
    (
        pending_order,
        set_order(delivery_price=Decimal("0.01")),
        ["the total is 200.00, goods and delivery are 200.01"],
    ),
    (
        half_refunded_order,
        set_order(refunded=Decimal("1.11")),
        ["refunded is 1.11, its refunds are 1.10"],
    ),
    (
        pending_order,
        set_order(refunded=Decimal("0.01")),
        ["refunded is 0.01, its refunds are 0.00"],
    ),
    (
        half_refunded_order,
        set_payments(refunded=Decimal("1.00")),
        ["a payment's refunds do not add up"],
    ),
    (
        half_refunded_order,
        set_refunds(payment=None),
        ["a payment's refunds do not add up"],
    ),
    (
        half_refunded_order,
        set_items(refunded_quantity=2),
        ["2 of A are refunded, by its refunds 1"],
    ),
    (
        half_refunded_order,
        set_refund_items(amount=Decimal("1.00")),
        ["the refund of A is not its price × quantity"],
    ),
    (
        half_refunded_order,
        give_refund_to_another,
        [
            "a refund is of another order's money or goods",
            "the ledger has moved -2 of A, and not -3",
        ],
    ),
    (
        pending_order,
        forget_history,
        ["it is pending, its history ends with “”"],
    ),
    (
        transfer_order,
        set_order(status="pending"),
        [
            "it is pending, its history ends with “paid”",
            "it is paid and still waits for its payment",
        ],
    ),
    (
        transfer_order,
        lambda order: order.history.filter(status="pending").delete(),
        ["a step from “” to “paid” is not one"],
    ),
    (
        cash_order,
        lambda order: order.history.filter(status="shipped").delete(),
        ["a step from “processing” to “completed” is not one"],
    ),
    (
        transfer_order,
        add_step("paid"),
        ["a step from “paid” to “paid” is not one"],
    ),
    (
        transfer_order,
        forget_payment,
        ["it is paid, and no payment covers it"],
    ),
    (
        transfer_order,
        set_payments(amount=Decimal("199.99")),
        ["it is paid, and no payment covers it"],
    ),
    (
        transfer_order,
        set_payments(currency="USD"),
        ["it is paid, and no payment covers it"],
    ),
    (
        cash_order,
        set_payments(status="canceled", paid_at=None),
        ["it is completed, and no payment covers it"],
    ),
    (
        refunded_order,
        set_payments(status="succeeded"),
        ["it is refunded, and its payment is not given back"],
    ),
    (
        transfer_order,
        set_payments(paid_at=None),
        ["a payment is “succeeded”, and its figures are not"],
    ),
    (
        lambda: waiting_payment().order,
        set_payments(paid_at=timezone.now()),
        ["a payment is “pending”, and its figures are not"],
    ),
    (
        late_order,
        set_payments(status="refunded"),
        ["a payment is “refunded”, and its figures are not"],
    ),
    (
        refunded_order,
        set_payments(status="refund_due"),
        ["a payment is “refund_due”, and its figures are not"],
    ),
    (
        refunded_order,
        lambda order: [
            set_items(refunded_quantity=0)(order),
            RefundItem.objects.filter(refund__order=order).delete(),
        ],
        ["it is refunded, and some of its goods are not"],
    ),
    (
        refunded_order,
        lambda order: [
            set_order(status="paid")(order),
            set_payments(status="succeeded")(order),
            order.history.filter(status="refunded").delete(),
        ],
        ["all its goods are refunded, and it is paid"],
    ),
    (
        pending_order,
        set_ledger("sale", delta=-1),
        ["the ledger has moved -1 of A, and not -2"],
    ),
    (
        pending_order,
        drop_ledger("sale"),
        ["the ledger has moved 0 of A, and not -2"],
    ),
    (
        canceled_order,
        drop_ledger("cancel"),
        ["the ledger has moved -2 of A, and not 0"],
    ),
    (
        half_refunded_order,
        set_refunds(stock="write_off"),
        ["the ledger has moved -2 of A, and not -3"],
    ),
    (
        pending_order,
        sell_something_else,
        ["the ledger has moved -4 of X, and not 0"],
    ),
    # A repair alone would hide these.
    (
        pending_order,
        set_order(status="canceled"),
        [
            "it is canceled, its history ends with “pending”",
            "the ledger has moved -2 of A, and not 0",
        ],
    ),
    (
        pending_order,
        set_order(status="paid"),
        [
            "it is paid, its history ends with “pending”",
            "it is paid, and no payment covers it",
        ],
    ),
]


@pytest.mark.parametrize(("make", "damage", "told"), FOR_PEOPLE)
def test_what_only_people_can_judge(
    make: Callable[[], Order], damage: Break, told: list[str], neighbors: None
) -> None:
    order = make()
    damage(order)
    lines = [f"Order {order.number}: {text}" for text in told]
    things = "1 thing is wrong." if len(told) == 1 else f"{len(told)} things are wrong."
    before = everything()
    for arguments in ([], ["--fix"]):
        outcome = run_command("check_orders", *arguments)
        assert outcome.out.splitlines() == lines
        assert outcome.error == things
        assert everything() == before


def test_manage_py_exits_with_1() -> None:
    set_order(total=1)(pending_order())
    with pytest.raises(CommandError) as error:
        call_command("check_orders")
    assert error.value.returncode == 1


# --- Amounts ----------------------------------------------------------------------


def test_cents_that_binary_numbers_cannot_hold() -> None:
    product = make_product(price="0.10")
    order = make_order(None, (product, 3), payment_method="transfer")
    move(order, "paid")
    for refunded in ("0.10", "0.20", "0.30"):
        services.refund_order(order.pk, {product.pk: 1}, stock="none")
        order.refresh_from_db()
        assert order.refunded == Decimal(refunded)
    assert order.status == "refunded"
    assert texts() == []


def test_large_amounts() -> None:
    product = make_product(price="9999999.97", stock=1000)
    order = make_order(None, (product, 999))
    assert order.total == Decimal("9989999970.03")
    assert texts() == []
    set_order(total=F("total") + Decimal("0.01"))(order)
    assert len(texts()) == 1


def test_gifts_and_free_orders() -> None:
    sold, gift = make_product(), make_product(price="0.00")
    order = make_order(None, (sold, 1), (gift, 1), payment_method="transfer")
    order = move(order, "paid")
    services.refund_order(order.pk, {sold.pk: 1}, stock="put_back")
    assert order.payments.get().status == "succeeded"
    assert texts() == []
    services.refund_order(order.pk, {gift.pk: 1}, stock="put_back")
    free = make_order(None, (gift, 2), payment_method="transfer")
    move(free, "paid")
    services.refund_order(free.pk, {gift.pk: 1}, stock="none")
    services.refund_order(free.pk, stock="none")
    assert {payment.status for payment in Payment.objects.all()} == {"refunded"}
    canceled = make_order(None, (gift, 1), payment_method="transfer")
    move(canceled, "paid", "canceled")
    assert texts() == []


# --- Queries ----------------------------------------------------------------------


def test_queries_do_not_depend_on_orders() -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as seen:
            assert texts() == []
        return len(seen)

    tell(waiting_payment())
    one = queries()
    for _ in range(19):
        paid_order()
    assert queries() == one
