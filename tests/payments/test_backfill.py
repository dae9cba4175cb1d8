"""Orders from before payments were kept get the payment that they stand on."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from orders import services as orders
from orders.models import DeliveryMethod, Order, OrderItem
from payments.models import EmulatedCharge, Payment, Refund, RefundItem
from payments.services import check_orders, reconcile, refund_order, refund_payment
from tests.factories import make_order, make_product
from tests.payments.books import ALL_STEPS, move

pytestmark = pytest.mark.django_db(transaction=True)

BEFORE = [("payments", "0001_initial")]
MIGRATION = ("payments", "0002_payments_of_earlier_orders")
PLACED = datetime(2026, 10, 1, 9, tzinfo=UTC)


def migrate(targets: Any) -> None:
    MigrationExecutor(connection).migrate(targets)


@pytest.fixture
def backfill() -> Iterator[Callable[[], None]]:
    """Goes back to before the backfill and forward again, to the schema of today."""
    newest = MigrationExecutor(connection).loader.graph.leaf_nodes()

    def there_and_back() -> None:
        migrate(BEFORE)
        migrate(newest)

    yield there_and_back
    migrate(newest)


def earlier_order(method: str, *steps: str) -> Order:
    """An order that took these steps a day each, of which no payment was written."""
    product = make_product(price="33.33")
    order = make_order(None, (product, 3), payment_method=method)
    move(order, *steps)
    for model in (RefundItem, Refund, Payment):
        model.objects.all().delete()
    OrderItem.objects.update(refunded_quantity=0)
    Order.objects.update(refunded=0)
    for day, step in enumerate(order.history.order_by("pk")):
        order.history.filter(pk=step.pk).update(created_at=PLACED + timedelta(days=day))
    return order


# The order's steps, and the payment that the backfill gives it: its status, and on
# which day the money came.
LIVES: list[tuple[str, tuple[str, ...], tuple[str, int] | None]] = [
    ("cash", (), None),
    ("cash", ("processing",), None),
    ("cash", ("processing", "shipped"), None),
    ("cash", ("processing", "shipped", "completed"), ("succeeded", 3)),
    ("cash", ("processing", "shipped", "completed", "refunded"), ("refunded", 3)),
    ("cash", ("processing", "shipped", "refunded"), None),
    ("cash", ("processing", "canceled"), None),
    ("cash", ("canceled",), None),
    ("cash", ("paid", "processing"), ("succeeded", 1)),
    ("cash", ("paid", "processing", "shipped", "completed"), ("succeeded", 1)),
    ("transfer", (), None),
    *(
        ("transfer", tuple(ALL_STEPS[:n]), ("succeeded", 1))
        for n in range(1, len(ALL_STEPS) + 1)
    ),
    ("transfer", ("canceled",), None),
    ("transfer", ("paid", "canceled"), ("refund_due", 1)),
    ("transfer", ("paid", "processing", "canceled"), ("refund_due", 1)),
    ("transfer", ("paid", "refunded"), ("refunded", 1)),
    ("transfer", (*ALL_STEPS, "refunded"), ("refunded", 1)),
]


def test_every_life_of_an_earlier_order(backfill: Callable[[], None]) -> None:
    DeliveryMethod.objects.update(price=Decimal("0.10"))
    made = [(earlier_order(method, *steps), paid) for method, steps, paid in LIVES]
    assert Payment.objects.count() == 0
    backfill()
    assert [finding.text for finding in [*check_orders(), *reconcile()]] == []
    for earlier, paid in made:
        order = Order.objects.get(pk=earlier.pk)
        payment = order.payments.first()
        assert order.payments.count() == (paid is not None)
        if payment and paid:
            status, day = paid
            came = PLACED + timedelta(days=day)
            assert (payment.status, payment.provider) == (status, order.payment_method)
            assert (payment.amount, payment.currency) == (order.total, "KZT")
            assert (payment.created_at, payment.paid_at) == (came, came)
        is_refunded = order.status == "refunded"
        assert order.refunds.count() == is_refunded
        item = order.items.get()
        assert item.refunded_quantity == (3 if is_refunded else 0)
        given_back = order.total if is_refunded and payment else Decimal(0)
        assert order.refunded == given_back
        if is_refunded:
            refund = order.refunds.get()
            last = order.history.latest("pk").created_at
            assert (refund.amount, refund.payment) == (given_back, payment)
            assert (refund.status, refund.stock) == ("succeeded", "none")
            assert (refund.created_at, refund.sent_at) == (last, last)
            line = refund.items.get()
            assert (line.quantity, line.amount) == (3, Decimal("99.99"))
    assert EmulatedCharge.objects.count() == 0


def test_they_go_on_like_any_other_order(backfill: Callable[[], None]) -> None:
    paid = earlier_order("transfer", "paid")
    canceled = earlier_order("transfer", "paid", "canceled")
    shipped = earlier_order("cash", "processing", "shipped")
    backfill()
    refund_order(paid.pk, {paid.items.get().product_id: 1}, stock="put_back")
    refund_payment(Payment.objects.get(order=canceled).pk)
    orders.set_status(shipped.pk, "completed")
    assert list(check_orders()) == []


def test_back_and_forward_again_gives_nothing_twice(
    backfill: Callable[[], None],
) -> None:
    for steps in (("paid",), ("paid", "refunded"), ("paid", "canceled")):
        earlier_order("transfer", *steps)
    earlier_order("cash", "processing", "shipped", "refunded")
    backfill()
    models = (Payment, Refund, RefundItem, Order, OrderItem)
    before = [list(model.objects.order_by("pk").values()) for model in models]
    assert [len(rows) for rows in before] == [3, 2, 2, 4, 4]
    backfill()
    assert [list(model.objects.order_by("pk").values()) for model in models] == before


def test_more_than_one_batch(
    backfill: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    loader = MigrationExecutor(connection).loader
    migration = loader.get_migration(*MIGRATION)
    function = migration.operations[0].code
    monkeypatch.setitem(function.__globals__, "BATCH", 2)
    for _ in range(5):
        earlier_order("transfer", "paid")
    backfill()
    assert Payment.objects.filter(status="succeeded").count() == 5
    assert list(check_orders()) == []
