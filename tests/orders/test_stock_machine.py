"""Whatever is done in whatever order: the ledger is the stock, no piece is lost."""

import io
from typing import Any

from django.db import transaction
from django.db.models import Sum
from django.test import TestCase
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

from catalog.exceptions import OutOfStock
from catalog.models import Product, StockEntry
from catalog.services import adjust_stock, update_product
from catalog.services.importing import import_products
from catalog.services.stock import stock_errors
from orders import services
from orders.exceptions import InvalidTransition, LastLine, NotInOrder, NotPending
from orders.models import Order, OrderItem
from shop.exceptions import DomainError
from tests.factories import make_product, make_user

SKUS = ["A", "B", "C"]
quantities = st.integers(1, 6)
lines = st.dictionaries(st.sampled_from(SKUS), quantities, min_size=1)


def sandbox() -> Any:
    """A transaction that durable ones may stand in, as those of Django's TestCase."""
    block = transaction.atomic()
    block._from_testcase = True
    return block


class Shop(RuleBasedStateMachine):
    """The model beside the shop: what came in by hand, and what is out with orders."""

    orders: Bundle[Order] = Bundle("orders")

    @initialize(stocks=st.tuples(*[st.integers(0, 12)] * 3))
    def open_shop(self, stocks: tuple[int, ...]) -> None:
        self.buyer = make_user()
        for sku, stock in zip(SKUS, stocks, strict=True):
            make_product(sku=sku, name=sku, stock=stock)
        self.received = dict(zip(SKUS, stocks, strict=True))

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
        return list(products), list(states), StockEntry.objects.count()

    @rule(target=orders, asked=lines)
    def place(self, asked: dict[str, int]) -> Any:
        wanted = services.resolve_lines(
            {"sku": sku, "quantity": quantity} for sku, quantity in asked.items()
        )
        checkout = services.Checkout(email="a@example.com")

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
        self.attempt(lambda: services.cancel_order(order.pk), InvalidTransition)

    @rule(order=orders, status=st.sampled_from(["paid", "processing", "shipped"]))
    def move_on(self, order: Order, status: str) -> None:
        self.attempt(lambda: services.set_status(order.pk, status), InvalidTransition)

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

    @rule(order=consumes(orders))
    def hide(self, order: Order) -> None:
        self.attempt(lambda: services.hide_order(order.pk), InvalidTransition)

    @rule(sku=st.sampled_from(SKUS), delta=st.integers(-5, 5).filter(bool))
    def adjust(self, sku: str, delta: int) -> None:
        product = Product.objects.get(sku=sku)
        reason = StockEntry.Reason.CORRECTION
        if self.attempt(lambda: adjust_stock(product, delta, reason), OutOfStock):
            self.received[sku] += delta

    @rule(sku=st.sampled_from(SKUS), stock=st.integers(0, 12))
    def edit(self, sku: str, stock: int) -> None:
        product = Product.objects.get(sku=sku)
        update_product(product.pk, stock=stock)
        self.received[sku] += stock - product.stock

    @rule(stocks=st.dictionaries(st.sampled_from(SKUS), st.integers(0, 12), min_size=1))
    def bring_file(self, stocks: dict[str, int]) -> None:
        for sku, stock in stocks.items():
            self.received[sku] += stock - self.free(sku)
        rows = "".join(f"{sku},{stock}\n" for sku, stock in stocks.items())
        counts = import_products(io.BytesIO(f"sku,stock\n{rows}".encode()))
        assert counts.failed == 0

    @invariant()
    def the_ledger_is_the_stock_and_never_below_zero(self) -> None:
        assert stock_errors() == []
        assert not Product.objects.filter(stock__lt=0).exists()

    @invariant()
    def no_piece_is_lost_or_made(self) -> None:
        kept = OrderItem.objects.exclude(order__status="canceled").values("sku")
        sold = dict(kept.annotate(n=Sum("quantity")).values_list("sku", "n"))
        for product in Product.objects.all():
            out = sold.get(product.sku, 0)
            assert self.received[product.sku] == product.stock + out
            assert product.sold == out


class TestShop(TestCase):
    """One database transaction for each of Hypothesis' examples."""

    def test_every_way_through_the_shop(self) -> None:
        class OneExample(Shop):
            def __init__(self) -> None:
                super().__init__()
                self.sandbox = sandbox()
                self.sandbox.__enter__()

            def teardown(self) -> None:
                transaction.set_rollback(True)
                self.sandbox.__exit__(None, None, None)

        run_state_machine_as_test(
            OneExample, settings=settings(max_examples=40, stateful_step_count=20)
        )
