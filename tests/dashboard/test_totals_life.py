"""Whatever becomes of orders, and whenever totals are kept: the figures are theirs."""

from datetime import date, timedelta
from typing import Any

from django.test import TestCase
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    rule,
)

from dashboard.reports import sales, shop_stats
from dashboard.reports.figures import Period
from dashboard.services import check_totals, mark_changed, rebuild_totals
from dashboard.services.keeping import day_of
from orders import services
from orders.models import Order
from payments import services as money
from shop.exceptions import DomainError
from tests.dashboard import naive
from tests.dashboard.shop import at, close_until, order_on
from tests.factories import make_category, make_product
from tests.orders.machine import explore, sandbox

# About the end of a month, so that months are whole, begun and cut off.
FIRST = date(2026, 8, 29)
days = st.integers(0, 9).map(lambda n: FIRST + timedelta(days=n))
clocks = st.sampled_from(["00:00", "00:01", "12:30", "23:59"])
people = st.sampled_from(["a@example.com", "A@Example.com", "b@example.com"])
PERIODS = [
    Period(FIRST, FIRST + timedelta(days=9)),
    Period(FIRST + timedelta(days=2), FIRST + timedelta(days=5)),
    Period(date(2026, 9, 1), date(2026, 9, 30)),
]


class Life(RuleBasedStateMachine):
    """Orders of ten days; the totals of some of them are kept, sooner or later."""

    orders: Bundle[Order] = Bundle("orders")

    @initialize(target=orders)
    def open_shop(self) -> Any:
        shelf = make_category()
        self.goods = [make_product(stock=500, price=p) for p in ("0.10", "33.33", "7")]
        self.goods[0].categories.add(shelf)
        return multiple(self.order(FIRST, "12:00", "a@example.com", 2))

    def order(self, day: date, clock: str, email: str, pieces: int) -> Order:
        lines = [(self.goods[n], pieces + n) for n in range(pieces % 3 + 1)]
        with sandbox():
            order = order_on(day, *lines, clock=clock, email=email)
            mark_changed([day])
        return order

    @rule(target=orders, day=days, clock=clocks, email=people, n=st.integers(1, 4))
    def place(self, day: date, clock: str, email: str, n: int) -> Order:
        return self.order(day, clock, email, n)

    def attempt(self, action: Any) -> None:
        try:
            with sandbox():
                action()
        except DomainError:
            return

    @rule(order=orders, status=st.sampled_from(Order.Status.values))
    def move(self, order: Order, status: str) -> None:
        self.attempt(lambda: services.set_status(order.pk, status))

    @rule(order=orders)
    def pay(self, order: Order) -> None:
        self.attempt(lambda: services.set_status(order.pk, "paid"))

    @rule(order=orders, quantity=st.integers(0, 9))
    def edit(self, order: Order, quantity: int) -> None:
        wanted = {order.items.first().product_id: quantity}
        self.attempt(lambda: services.change_quantities(order.pk, wanted))

    @rule(order=orders, pieces=st.integers(1, 3))
    def refund(self, order: Order, pieces: int) -> None:
        wanted = {order.items.first().product_id: pieces}
        self.attempt(lambda: money.refund_order(order.pk, wanted, stock="none"))

    @rule(order=orders, day=days, clock=clocks)
    def move_in_time(self, order: Order, day: date, clock: str) -> None:
        """As demo data does it, behind the back of the services."""
        order.refresh_from_db()
        with sandbox():
            mark_changed([day_of(order.created_at), day])
            Order.objects.filter(pk=order.pk).update(created_at=at(day, clock))

    @rule(day=days)
    def keep(self, day: date) -> None:
        close_until(day)

    @rule()
    def rebuild(self) -> None:
        assert rebuild_totals()

    @invariant()
    def figures_are_those_of_the_orders(self) -> None:
        for period in PERIODS:
            assert sales.figures_of(period) == naive.figures_of(period)

    @invariant()
    def the_shops_stats_are_too(self) -> None:
        whole = naive.figures_of(Period(FIRST, FIRST + timedelta(days=9)))
        stats = shop_stats()
        assert stats["total_orders"] == whole.sums.orders
        assert stats["total_revenue"] == str(whole.sums.revenue)
        assert stats["unique_buyers"] == whole.sums.buyers

    @invariant()
    def the_totals_are_right_or_known_to_be_wrong(self) -> None:
        assert [one for one in check_totals() if not one.is_known] == []


class TestLife(TestCase):
    def test_every_life_of_orders(self) -> None:
        explore(Life, examples=15, steps=15)
