"""Orders that change while their day is counted, on real PostgreSQL.

Whoever changes an order says so in the same transaction, and only what was read is
forgotten. Without either, the change is never counted: the twins.
"""

from datetime import date
from typing import Any

import pytest
from django.db import transaction

from dashboard.models import ChangedOrder
from dashboard.reports import sales
from dashboard.reports.figures import Period
from dashboard.services import check_totals, keep_totals, keeping
from orders import services as orders
from orders.signals import order_changed
from tests.concurrency.helpers import run_together
from tests.dashboard.shop import close_until, order_on

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]

DAY = date(2026, 9, 10)


def counted() -> int:
    return sales.figures_of(Period(DAY, DAY)).sums.orders


def change_while_counting(monkeypatch: Any, *, after: bool) -> None:
    """Of two orders one is canceled, which is counted, while the other one is."""
    first, second = order_on(DAY), order_on(DAY)
    order_on(DAY)
    close_until(DAY)
    orders.cancel_order(first.pk)
    real = keeping.write_days

    def write(*args: Any, **kwargs: Any) -> None:
        if after:
            real(*args, **kwargs)
        [changed] = run_together(orders.cancel_order, [second.pk])
        assert changed.status == "canceled"
        if not after:
            real(*args, **kwargs)

    monkeypatch.setattr(keeping, "write_days", write)
    close_until(DAY)
    monkeypatch.setattr(keeping, "write_days", real)


@pytest.mark.parametrize("after", [False, True])
def test_a_change_that_comes_while_its_day_is_counted(
    monkeypatch: Any, after: bool
) -> None:
    change_while_counting(monkeypatch, after=after)
    assert counted() == 1
    assert ChangedOrder.objects.count() == 1
    close_until(DAY)
    assert counted() == 1
    assert not ChangedOrder.objects.exists()
    assert check_totals() == []


def test_twin_that_forgets_whatever_the_day_has(monkeypatch: Any) -> None:
    def forget_all(rows: list[int], day: date) -> None:
        ChangedOrder.objects.filter(day=day).delete()

    monkeypatch.setattr(keeping, "forget_changes", forget_all)
    change_while_counting(monkeypatch, after=True)
    assert counted() == 2
    assert not check_totals()[0].is_known


def test_twin_whose_changes_say_nothing(monkeypatch: Any) -> None:
    monkeypatch.setattr(order_changed, "send", lambda *args, **kwargs: [])
    change_while_counting(monkeypatch, after=True)
    # Not even the change before the counting was seen.
    assert counted() == 3
    assert not check_totals()[0].is_known


def test_a_change_is_read_from_the_moment_of_its_commit() -> None:
    order = order_on(DAY)
    order_on(DAY)
    close_until(DAY)
    with transaction.atomic():
        orders.cancel_order(order.pk)
        # Another connection counts and reads: for it, nothing has changed yet.
        assert run_together(keep_totals, [()]) == [True]
        assert run_together(counted, [()]) == [2]
    assert counted() == 1
    close_until(DAY)
    assert counted() == 1
    assert check_totals() == []


def test_of_two_that_count_at_once_one_does_nothing(monkeypatch: Any) -> None:
    order_on(DAY)
    real, others = keeping.write_days, []

    def write(*args: Any, **kwargs: Any) -> None:
        others.extend(run_together(keep_totals, [()]))
        real(*args, **kwargs)

    monkeypatch.setattr(keeping, "write_days", write)
    close_until(DAY)
    assert others == [False]
    assert counted() == 1
    assert check_totals() == []
