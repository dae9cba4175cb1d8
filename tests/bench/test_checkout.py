"""The bench compares equals: its floor writes what the shop writes."""

from typing import Any
from uuid import UUID

import pytest

from bench import checkout, floor, goods, report
from bench.crew import Timing
from catalog.models import Product, StockEntry
from events.models import OutboxMessage
from orders.models import Order
from shop.ids import new_id
from tests.factories import make_product


def a_purchase(*products: UUID) -> goods.Purchase:
    return goods.Purchase(new_id(), "", products)


def a_result(*rates: tuple[str, float]) -> checkout.Result:
    """One client, a repeat of two purchases for each way and rate."""
    rows = []
    for way, rate in rates:
        row = checkout.Row(way, 1, hot=False)
        row.add(Timing(0.0, 2 / rate, [1 / rate, 1 / rate]), rates[0][1])
        rows.append(row)
    statements = {"service": {3: 10}, "api": {3: 11}}
    return checkout.Result(rows, statements, {"cores": 2})


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_the_floor_writes_the_rows_of_a_checkout() -> None:
    floor.start_numbers()
    products = [make_product(stock=5, price=2).pk for _ in range(4)]
    first, second = goods.purchases(products, 2, 3)
    script = floor.record(first)
    before = goods.state()
    with floor.open_session() as session:
        floor.send(session, script.bound_to(second, script.number + 1))
    goods.prove(before, [second], None)
    shop, driver = Order.objects.order_by("number")
    assert driver.user_id == second.user_id
    assert driver.total == shop.total == 6
    assert {item.product_id for item in driver.items.all()} == {*second.products}
    ledger = StockEntry.objects.filter(order_id=driver.pk)
    assert {entry.product_id for entry in ledger} == {*second.products}
    assert driver.history.get().actor_id == second.user_id
    event = OutboxMessage.objects.get(aggregate=str(driver.pk))
    assert event.payload["order_id"] == str(driver.pk)
    assert event.payload["number"] == driver.number == shop.number + 1


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_wrong_books_give_no_figures() -> None:
    product = make_product(stock=5)
    before = goods.state()
    with pytest.raises(goods.Wrong, match="expected"):
        goods.prove(before, [a_purchase(product.pk)], None)
    with pytest.raises(goods.Wrong, match="5 pieces of the hot product are left"):
        goods.prove(before, [], product.pk)
    Product.objects.filter(pk=product.pk).update(stock=4)
    with pytest.raises(goods.Wrong, match=f"^{product.sku}: .* 4, .* 5$"):
        goods.prove(before, [], None)


@pytest.mark.postgres
@pytest.mark.django_db
def test_statements_do_not_grow_with_the_cart(monkeypatch: Any) -> None:
    # So many that none falls low, which would be told by one statement more.
    products = [make_product(stock=100).pk for _ in range(20)]
    counted = checkout._count_statements(products)
    for numbers in counted.values():
        assert list(numbers) == [1, 3, 20]
        assert len(set(numbers.values())) == 1
    grown = iter(range(9))
    monkeypatch.setattr(checkout, "_statements_of_call", lambda _: next(grown))
    with pytest.raises(goods.Wrong, match="api: statements grow"):
        checkout._count_statements(products)


def test_a_script_knows_what_belongs_to_its_purchase() -> None:
    first, second = a_purchase(new_id(), new_id()), a_purchase(new_id(), new_id())
    order, amount = new_id(), 7
    params = [order, first.user_id, [*first.products], f"cart:{order}", 1_000_000]
    script = floor.Script([("INSERT", [*params, amount, None])], first, 1_000_000)
    [(_, bound)] = script.bound_to(second, 1_000_001)
    fresh = bound[0]
    assert fresh not in {order, *first.products}
    assert bound == [
        *(fresh, second.user_id, [*second.products], f"cart:{fresh}"),
        *(1_000_001, amount, None),
    ]


def test_ratios_are_to_the_floor_of_the_same_repeat() -> None:
    result = a_result(("floor", 400), ("floor, unprepared", 250), ("service", 100))
    assert [row.ratios for row in result.rows] == [[1.0], [0.625], [0.25]]
    text = report.table(result)
    assert "service                  1  100 (100-100)    10.0    10.0   10" in text
    assert "missed (0.25; 0.40 of the unprepared floor)" in text


def test_the_goal_is_half_of_the_floor() -> None:
    result = a_result(("floor", 400), ("floor, unprepared", 400), ("service", 200))
    assert "one service client: reached (0.50;" in report.table(result)
