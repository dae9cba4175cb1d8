"""Somebody is forgotten while they are at work, on real threads."""

from typing import Any

import pytest

from accounts import services
from accounts.exceptions import LastAdministrator
from accounts.models import User
from accounts.services import forgetting
from accounts.services.letting_go import let_go
from catalog.models import Product
from events.models import OutboxMessage
from orders.exceptions import OrdersInProgress
from orders.models import Order
from tests.accounts.test_deletion_races import before_the_key_is_taken
from tests.concurrency.helpers import run_together
from tests.factories import make_admin, make_order, make_product, make_user

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def forget(user: User) -> None:
    services.forget_person(services.person_of(user))


def test_an_order_that_slips_in_stops_it() -> None:
    user = make_user()
    make_order(user)
    Order.objects.update(status="completed")

    with (
        before_the_key_is_taken(lambda: make_order(user)),
        pytest.raises(OrdersInProgress),
    ):
        forget(user)

    assert [order.user for order in Order.objects.all()] == [user, user]
    assert {order.email for order in Order.objects.all()} == {user.email}
    assert not OutboxMessage.objects.filter(event_type="user_deleted").exists()


def test_without_the_second_look_it_would_stay_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The twin: whatever slipped in is let go of as any other row is."""
    user = make_user()
    make_order(user)
    Order.objects.update(status="completed")

    def once(user: User, first: Any, but: Any) -> None:
        first()
        let_go(user)

    monkeypatch.setattr(forgetting, "let_go", once)
    with before_the_key_is_taken(lambda: make_order(user)):
        forget(user)

    assert sorted(order.is_forgotten for order in Order.objects.all()) == [False, True]


def test_one_of_two_last_administrators_stays() -> None:
    results = run_together(forget, [make_admin(), make_admin()])

    assert {type(result) for result in results} == {type(None), LastAdministrator}
    assert User.objects.filter(is_superuser=True).count() == 1


def test_who_is_forgotten_twice_at_once_is_so_once() -> None:
    user = make_user()
    make_order(user, (make_product(stock=5), 1))
    Order.objects.update(status="completed")

    assert run_together(forget, [user, user]) == [None, None]

    assert OutboxMessage.objects.filter(event_type="user_deleted").count() == 1
    assert Order.objects.get().is_forgotten


def test_who_orders_meanwhile_is_refused_or_stays() -> None:
    product: Product = make_product(stock=50)
    for _ in range(5):
        user = make_user()
        forgotten, placed = run_together(
            lambda act: act(),
            [lambda user=user: forget(user), lambda user=user: buy(user, product)],
        )
        kept = User.objects.filter(pk=user.pk).exists()
        if kept:
            assert isinstance(forgotten, OrdersInProgress)
            assert Order.objects.filter(user=user, email=user.email).count() == 1
        else:
            assert forgotten is None and isinstance(placed, Exception)
            assert not Order.objects.filter(email=user.email).exists()


def buy(user: User, product: Product) -> Order:
    return make_order(user, (product, 1))
