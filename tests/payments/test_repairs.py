"""`check_orders --fix`: what can only be mended in one way is mended."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.utils.translation import override

from orders import services as orders
from orders.models import Order
from payments import services
from payments.models import Payment
from tests.catalog.imports import run_command
from tests.factories import make_order
from tests.payments.damage import (
    Break,
    canceled_order,
    everything,
    forget_last_step,
    online_pending_order,
    pay_behind_its_back,
    pending_order,
    pretend_unheard,
    pretend_unheard_before_canceling,
    set_order,
    texts,
    transfer_order,
    wait_again,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    with override("en"):
        yield


# Each entry: an order, its damage, what is said, and what it is afterwards: its
# status, its payments' and its history.
CERTAIN: list[tuple[Callable[[], Order], Break, list[str], Any]] = [
    (
        transfer_order,
        forget_last_step,
        ["it is paid, its history ends with “pending”"],
        ("paid", ["succeeded"], ["pending", "paid"]),
    ),
    (
        canceled_order,
        forget_last_step,
        ["it is canceled, its history ends with “pending”"],
        ("canceled", [], ["pending", "canceled"]),
    ),
    (
        online_pending_order,
        pretend_unheard,
        ["its provider has said that a payment is here, and it is “pending”"],
        ("paid", ["succeeded"], ["pending", "paid"]),
    ),
    (
        online_pending_order,
        pretend_unheard_before_canceling,
        ["its provider has said that a payment is here, and it is “canceled”"],
        ("canceled", ["refund_due"], ["pending", "canceled"]),
    ),
    (
        pending_order,
        pay_behind_its_back,
        ["it is paid and still waits for its payment"],
        ("paid", ["succeeded"], ["pending", "paid"]),
    ),
    (
        canceled_order,
        pay_behind_its_back,
        ["it is canceled, and its payment is not given back"],
        ("canceled", ["refund_due"], ["pending", "canceled"]),
    ),
    (
        canceled_order,
        wait_again,
        ["its money is settled, and a payment is still waited for"],
        ("canceled", ["canceled"], ["pending", "canceled"]),
    ),
    (
        transfer_order,
        wait_again,
        ["its money is settled, and a payment is still waited for"],
        ("paid", ["canceled", "succeeded"], ["pending", "paid"]),
    ),
]


@pytest.mark.parametrize(("make", "damage", "told", "afterwards"), CERTAIN)
def test_what_is_certain_is_mended(
    make: Callable[[], Order],
    damage: Break,
    told: list[str],
    afterwards: Any,
    neighbors: None,
) -> None:
    order = make()
    damage(order)
    lines = [f"Order {order.number}: {text}" for text in told]
    before = everything()
    outcome = run_command("check_orders")
    assert (outcome.out.splitlines(), outcome.error) == (lines, "1 thing is wrong.")
    assert everything() == before
    outcome = run_command("check_orders", "--fix")
    assert outcome.out.splitlines() == [f"{line} (mended)" for line in lines]
    assert outcome.error == ""
    assert run_command("check_orders").out == "Every order adds up.\n"
    order.refresh_from_db()
    statuses = sorted(order.payments.values_list("status", flat=True))
    steps = list(order.history.order_by("id").values_list("status", flat=True))
    assert (order.status, statuses, steps) == afterwards


def test_certain_and_doubtful_side_by_side() -> None:
    mendable, doubtful = transfer_order(), make_order()
    forget_last_step(mendable)
    set_order(total=1)(doubtful)
    outcome = run_command("check_orders", "--fix")
    assert outcome.out.splitlines() == [
        f"Order {doubtful.number}: the total is 1.00, goods and delivery are 200.00",
        f"Order {mendable.number}: it is paid, its history ends with “pending” "
        "(mended)",
    ]
    assert outcome.error == "1 thing is wrong."


def test_what_was_mended_meanwhile_is_not_mended_twice(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    order = transfer_order()
    forget_last_step(order)
    findings = services.check_orders(fix=True)
    lock = orders.lock_order

    def somebody_was_faster(order_id: Any) -> Order:
        monkeypatch.setattr(orders, "lock_order", lock)
        assert [f.fixed for f in services.check_orders(fix=True)] == [True]
        return lock(order_id)

    monkeypatch.setattr(orders, "lock_order", somebody_was_faster)
    assert [finding.fixed for finding in findings] == [True]
    assert order.history.count() == 2
    assert texts() == []


def test_a_payment_of_another_total_does_not_pay() -> None:
    order = pending_order()
    pay_behind_its_back(order)
    Payment.objects.update(amount=1)
    outcome = run_command("check_orders", "--fix")
    assert outcome.error == "1 thing is wrong."
    order.refresh_from_db()
    assert order.status == "pending"
