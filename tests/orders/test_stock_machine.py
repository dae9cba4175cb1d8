"""Whatever is done in whatever order: the ledger is the stock, no piece is lost."""

import io

from django.test import TestCase
from hypothesis import strategies as st
from hypothesis.stateful import consumes, rule

from catalog.exceptions import OutOfStock
from catalog.models import Product, StockEntry
from catalog.services import adjust_stock, update_product
from catalog.services.importing import import_products
from orders import services
from orders.exceptions import InvalidTransition
from orders.models import Order
from tests.orders.machine import SKUS, Shop, explore


class Goods(Shop):
    """Staff count and receive goods while people order them."""

    orders = Shop.orders

    @rule(order=consumes(orders))
    def hide(self, order: Order) -> None:
        def hide() -> bool:
            services.hide_order(order.pk)
            return True

        if self.attempt(hide, InvalidTransition):
            self.left.pop(order.pk, None)

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


class TestShop(TestCase):
    def test_every_way_through_the_shop(self) -> None:
        explore(Goods, examples=20, steps=20)
