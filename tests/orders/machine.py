"""Whatever is done in whatever order: no piece is lost, and no tenge.

The ledger is the stock, and orders, payments and history tell one story.
"""

from collections import defaultdict
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Sum
from django.test import override_settings
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

from catalog.exceptions import OutOfStock
from catalog.models import Product, StockEntry
from catalog.services.stock import stock_errors
from orders import services
from orders.exceptions import (
    InvalidTransition,
    LastLine,
    NotInOrder,
    NotPending,
)
from orders.models import DeliveryMethod, Order, OrderItem
from payments import services as money
from payments.models import Payment, Refund
from shop.exceptions import DomainError
from tests.factories import make_product, make_user

PRICES = {"A": "0.10", "B": "33.33", "C": "100.00"}
SKUS = list(PRICES)
METHODS = ["cash", "transfer", "emulator"]
REFUNDABLE = ["paid", "processing", "shipped", "completed"]
ZERO = Decimal(0)
quantities = st.integers(1, 4)
lines = st.dictionaries(st.sampled_from(SKUS), quantities, min_size=1)
words = st.sampled_from(["succeeded", "succeeded", "failed"])


def sandbox() -> Any:
    """A transaction that durable ones may stand in, as those of Django's TestCase."""
    block = transaction.atomic()
    block._from_testcase = True
    return block


class Shop(RuleBasedStateMachine):
    """The model beside the shop: what came in by hand, and what is out with orders."""

    orders: Bundle[Order] = Bundle("orders")

    @initialize(target=orders, stocks=st.tuples(*[st.integers(5, 20)] * 3))
    def open_shop(self, stocks: tuple[int, ...]) -> Any:
        self.buyer = make_user()
        for sku, stock in zip(SKUS, stocks, strict=True):
            make_product(sku=sku, name=sku, stock=stock, price=PRICES[sku])
        DeliveryMethod.objects.update(price=Decimal("0.30"))
        self.received = dict(zip(SKUS, stocks, strict=True))
        # Pieces that came back with a refund: into stock, or spoiled.
        self.returned: dict[str, int] = defaultdict(int)
        self.spoiled: dict[str, int] = defaultdict(int)
        # By order, ₸: what came, what went back, and what the order stands on.
        self.came: dict[UUID, Decimal] = defaultdict(Decimal)
        self.back: dict[UUID, Decimal] = defaultdict(Decimal)
        self.left: dict[UUID, Decimal] = {}
        # What each of the provider's events has said of which payment.
        self.heard: dict[str, tuple[UUID, str]] = {}
        return multiple(
            *[self.place({"A": 1, "B": 1}, method) for method in METHODS[1:]]
        )

    def attempt(self, action: Any, *refusals: type[DomainError]) -> Any:
        """The action's answer, or None when the shop says no; then nothing changed."""
        before = self.everything()
        try:
            with sandbox():
                return action()
        except refusals:
            assert self.everything() == before
            return None

    def everything(self) -> Any:
        products = Product.objects.order_by("sku").values_list("sku", "stock", "sold")
        states = Order.objects.order_by("number").values_list(
            "number", "status", "total"
        )
        payments = Payment.objects.order_by("pk").values_list(
            "pk", "status", "refunded"
        )
        counts = StockEntry.objects.count(), Refund.objects.count()
        return list(products), list(states), list(payments), counts

    @rule(target=orders, asked=lines, method=st.sampled_from(METHODS))
    def place(self, asked: dict[str, int], method: str) -> Any:
        wanted = services.resolve_lines(
            {"sku": sku, "quantity": quantity} for sku, quantity in asked.items()
        )
        checkout = services.Checkout(email="a@example.com", payment_method=method)

        def place() -> Order:
            return services.place_order(wanted, checkout, owner="o").order

        enough = all(self.free(sku) >= n for sku, n in asked.items())
        order = self.attempt(place, OutOfStock)
        assert (order is not None) == enough
        return order if order is not None else multiple()

    def free(self, sku: str) -> int:
        return Product.objects.get(sku=sku).stock

    @rule(order=orders)
    def cancel(self, order: Order) -> None:
        if self.attempt(lambda: services.cancel_order(order.pk), InvalidTransition):
            self.left.pop(order.pk, None)

    @rule(order=orders, status=st.sampled_from([*REFUNDABLE, "refunded"]))
    def jump(self, order: Order, status: str) -> None:
        self.move(order, status)

    @rule(order=orders, way=st.integers(0, 5))
    def move_on(self, order: Order, way: int) -> None:
        """A step that exists, except to where `cancel` leads."""
        order.refresh_from_db()
        ways = sorted(order.NEXT[order.status] - {"canceled"})
        if ways:
            self.move(order, ways[way % len(ways)])

    def move(self, order: Order, status: str) -> None:
        def step() -> Order:
            return services.set_status(order.pk, status)

        moved = self.attempt(step, InvalidTransition)
        if moved and status in {"paid", "completed"} and order.pk not in self.left:
            self.came[order.pk] += moved.total
            self.left[order.pk] = moved.total
        elif moved and status == "refunded":
            self.back[order.pk] += self.left.pop(order.pk, ZERO)

    @rule(order=orders, quantity=st.integers(0, 8))
    def change(self, order: Order, quantity: int) -> None:
        product_id = order.items.first().product_id
        self.attempt(
            lambda: services.change_quantity(order.pk, product_id, quantity),
            NotPending,
            LastLine,
            NotInOrder,
            OutOfStock,
        )

    @invariant()
    def no_tenge_is_lost_or_made(self) -> None:
        came: dict[UUID, Decimal] = defaultdict(Decimal)
        back: dict[UUID, Decimal] = defaultdict(Decimal)
        left: dict[UUID, Decimal] = {}
        for payment in Payment.objects.all():
            if payment.paid_at:
                came[payment.order_id] += payment.amount
                back[payment.order_id] += payment.refunded
                assert payment.left >= 0
            if payment.status == "succeeded":
                left[payment.order_id] = payment.left
        sent: dict[UUID, Decimal] = defaultdict(Decimal)
        for refund in Refund.objects.all():
            sent[refund.order_id] += refund.amount
        assert came == {pk: amount for pk, amount in self.came.items() if amount}
        assert left == self.left
        for pk in {*back, *sent, *self.back}:
            assert back[pk] == sent[pk] == self.back[pk] <= came[pk]

    @invariant()
    def all_tell_one_story(self) -> None:
        assert list(money.check_orders()) == []

    @invariant()
    def the_ledger_is_the_stock_and_never_below_zero(self) -> None:
        assert stock_errors() == []
        assert not Product.objects.filter(stock__lt=0).exists()

    @invariant()
    def no_piece_is_lost_or_made(self) -> None:
        kept = OrderItem.objects.exclude(order__status="canceled").values("sku")
        sold = dict(kept.annotate(n=Sum("quantity")).values_list("sku", "n"))
        # What was refunded before its order was canceled does not come back twice.
        rest = OrderItem.objects.filter(order__status="canceled").values("sku")
        gone = dict(rest.annotate(n=Sum("refunded_quantity")).values_list("sku", "n"))
        for product in Product.objects.all():
            sku = product.sku
            out = sold.get(sku, 0) + gone.get(sku, 0) - self.returned[sku]
            assert self.received[sku] == product.stock + out
            assert product.sold == out - self.spoiled[sku]


def explore(machine: type[Shop], *, examples: int, steps: int) -> None:
    """Try ways through the shop, one transaction each; within Django's TestCase."""

    class OneExample(machine):  # type: ignore[valid-type, misc]
        def __init__(self) -> None:
            super().__init__()
            self.sandbox = sandbox()
            self.sandbox.__enter__()

        def teardown(self) -> None:
            transaction.set_rollback(True)
            self.sandbox.__exit__(None, None, None)

    enough = settings(max_examples=examples, stateful_step_count=steps)
    with override_settings(PAYMENT_EMULATOR=True):
        run_state_machine_as_test(OneExample, settings=enough)
