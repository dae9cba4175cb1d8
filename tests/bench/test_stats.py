"""The bench of the figures measures what it says it does, or gives no figures."""

from typing import Any

import pytest

from bench import sales, stats
from bench.goods import Wrong
from catalog.models import Product
from dashboard.models import ChangedOrder, ClosedDays, StatusDay
from orders.models import Order, OrderItem

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]

FEW = sales.Size(orders=400, products=30, buyers=60, repeats=2)


@pytest.fixture(autouse=True)
def indexes_stay(monkeypatch: Any) -> None:
    """The database is that of all tests."""
    monkeypatch.setattr(sales, "UNASKED", ())


def test_every_figure_is_measured_with_totals_and_without() -> None:
    result = stats.run(FEW)
    assert (Order.objects.count(), Product.objects.count()) == (400, 30)
    # Of the same product an order has one line.
    assert 400 < OrderItem.objects.count() <= 1000
    assert len(result.rows) == 10
    assert [len(row.totals) for row in result.rows] == [2] * 10
    assert [len(row.raw) for row in result.rows] == [2] * 5 + [0] * 5
    assert {row.statements for row in result.rows} == {11, 9}
    text = stats.table(result)
    assert text.count("\n| ") == 10
    assert "400 orders, 30 products, 60 buyers" in text
    # The shop is left as it was.
    assert ClosedDays.objects.get().zone == "Asia/Almaty"
    assert not ChangedOrder.objects.exists()


def test_totals_that_are_wrong_give_no_figures(monkeypatch: Any) -> None:
    real = stats.rebuild_totals

    def rebuild() -> None:
        real()
        StatusDay.objects.filter(status="canceled").update(total=1)

    monkeypatch.setattr(stats, "rebuild_totals", rebuild)
    with pytest.raises(Wrong, match="are not what the orders say"):
        stats.run(FEW)


def test_what_takes_too_long_is_named() -> None:
    row = stats.Row("a year", 11, totals=[400.0], raw=[800.0])
    about = {"seconds_to_build": 1, "size": {"orders": 1, "products": 1, "buyers": 1}}
    text = stats.table(stats.Result([row], about))
    assert "| a year | 11 | 400 (400 to 400) |  | 800 | 2 |" in text
    assert "goal, at most 300 ms: missed by a year" in text
