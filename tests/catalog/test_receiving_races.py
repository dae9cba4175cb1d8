"""A delivery is received twice at once, and while its goods are sold."""

from uuid import uuid4

import pytest

from catalog import services
from catalog.models import GoodsReceipt, Product
from catalog.services.stock import stock_errors
from tests.concurrency.helpers import run_together
from tests.factories import make_order, make_product, make_user

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def test_the_same_list_at_the_same_time_is_received_once() -> None:
    products = [make_product(stock=0) for _ in range(3)]
    key, wanted = uuid4(), {product.pk: 5 for product in products}
    results = run_together(services.receive_goods, [(key, wanted)] * 8)
    assert sorted(created for _receipt, created in results) == [False] * 7 + [True]
    assert {receipt.pk for receipt, _created in results} == {key}
    assert GoodsReceipt.objects.count() == 1
    assert {product.stock for product in Product.objects.all()} == {5}
    assert stock_errors() == []


def test_receiving_and_selling_do_not_wait_for_each_other_for_ever() -> None:
    products = [make_product(stock=50) for _ in range(5)]
    buyer = make_user()

    def receive(turn: int) -> None:
        ordered = products[::-1] if turn % 2 else products
        services.receive_goods(uuid4(), {product.pk: 2 for product in ordered})

    def sell(turn: int) -> None:
        ordered = products[::-1] if turn % 2 else products
        make_order(buyer, *((product, 1) for product in ordered))

    calls = [(receive, n) for n in range(5)] + [(sell, n) for n in range(5)]
    results = run_together(lambda what, turn: what(turn), calls)
    assert results == [None] * 10
    assert {product.stock for product in Product.objects.all()} == {55}
    assert stock_errors() == []
