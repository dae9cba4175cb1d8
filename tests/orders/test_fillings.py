"""One filling of a cart is one order, whatever breaks in between."""

from decimal import Decimal
from typing import Any
from unittest.mock import patch

import pytest

from accounts.models import User
from cart.exceptions import EmptyCart
from cart.services import Cart
from cart.storages import get_storage
from catalog.models import Product
from catalog.services.stock import stock_errors
from orders import services
from orders.exceptions import AccountGone, AlreadyOrdered
from orders.models import DeliveryMethod, Order
from orders.services import placing
from shop.exceptions import Unavailable
from shop.fields import next_numbers
from tests.factories import make_cart, make_order, make_product, make_user

pytestmark = pytest.mark.django_db
CHECKOUT = services.Checkout(email="a@example.com")


@pytest.fixture(
    params=[pytest.param("redis", marks=pytest.mark.redis), "database"], autouse=True
)
def storage(request: pytest.FixtureRequest, settings: Any) -> Any:
    if request.param == "database":
        settings.REDIS_URL = ""
    return request.param


def order_without_settling(
    cart: Cart, user: User, checkout: services.Checkout = CHECKOUT
) -> Order:
    """The process dies, or Redis does, between the commit and the clearing."""
    with patch.object(type(get_storage()), "settle", side_effect=Unavailable):
        return services.checkout_cart(cart, checkout, user=user).order


def test_a_crash_after_the_commit_orders_nothing_twice() -> None:
    user, product = make_user(), make_product(stock=10)
    cart = make_cart(user, (product, 2))
    order_without_settling(cart, user)
    assert cart.count() == 2
    with pytest.raises(EmptyCart):
        services.checkout_cart(cart, CHECKOUT, user=user)
    assert (cart.count(), Order.objects.count()) == (0, 1)
    cart.add(product.pk, 1)
    services.checkout_cart(cart, CHECKOUT, user=user)
    assert Order.objects.count() == 2
    product.refresh_from_db()
    assert product.stock == 7


def test_what_was_added_after_the_crash_waits_to_be_ordered() -> None:
    user, first, second = make_user(), make_product(), make_product()
    cart = make_cart(user, (first, 2))
    order = order_without_settling(cart, user)
    cart.add(first.pk, 1)
    cart.add(second.pk, 3)
    with pytest.raises(AlreadyOrdered, match=str(order.number)):
        services.checkout_cart(cart, CHECKOUT, user=user)
    assert cart.lines().quantities == {first.pk: 1, second.pk: 3}
    placed = services.checkout_cart(cart, CHECKOUT, user=user)
    assert placed.order.total == Decimal("400.00")
    assert cart.count() == 0


def test_the_same_request_after_the_crash_also_empties_the_cart() -> None:
    user, first, second = make_user(), make_product(), make_product()
    cart = make_cart(user, (first, 2))
    checkout = services.Checkout(email="a@example.com", idempotency_key="k")
    order = order_without_settling(cart, user, checkout)
    placed = services.checkout_cart(cart, checkout, user=user)
    assert (placed.order, placed.created, cart.count()) == (order, False, 0)
    cart.add(second.pk, 3)
    services.checkout_cart(cart, checkout, user=user)
    assert cart.lines().quantities == {second.pk: 3}


@pytest.mark.parametrize("empty", ["clear", "remove", "set"])
def test_an_emptied_cart_is_another_filling(empty: str) -> None:
    user, product = make_user(), make_product(stock=10)
    cart = make_cart(user, (product, 2))
    order_without_settling(cart, user)
    if empty == "clear":
        cart.clear()
    elif empty == "remove":
        cart.remove(product.pk)
    else:
        cart.set_quantity(product.pk, 0)
    cart.add(product.pk, 5)
    services.checkout_cart(cart, CHECKOUT, user=user)
    assert Order.objects.count() == 2
    assert stock_errors() == []


def test_lines_and_token_are_read_at_one_moment(storage: str) -> None:
    """Another checkout that settles while this one reads leaves it no order."""
    if storage == "database":
        return
    from cart.storages.redis import get_redis_connection

    user, product = make_user(), make_product(stock=10)
    cart = make_cart(user, (product, 2))
    redis = get_redis_connection("default")
    with patch("cart.storages.redis.get_redis_connection") as connection:
        connection.return_value = spy = _Spy(redis)
        cart.lines()
    assert spy.calls == ["eval"]


class _Spy:
    """A connection that notes what it is asked."""

    def __init__(self, redis: Any) -> None:
        self._redis = redis
        self.calls: list[str] = []

    def __getattr__(self, name: str) -> Any:
        self.calls.append(name)
        return getattr(self._redis, name)


def test_an_account_deleted_while_ordering_is_a_refusal() -> None:
    user, product = make_user(), make_product(stock=10)
    ghost = User.objects.get(pk=user.pk)
    user.delete()
    lines = [services.Line(product.pk, 1)]
    from django.db import connection

    def check(*args: Any) -> None:
        # Both databases look at the key at the end, which a test never comes to.
        connection.check_constraints()

    with (
        pytest.raises(AccountGone),
        patch.object(
            placing, "emit_created", lambda *args: connection.check_constraints()
        ),
    ):
        services.place_order(lines, CHECKOUT, owner="x", user=ghost)
    product.refresh_from_db()
    assert (product.stock, Order.objects.count()) == (10, 0)


def test_delivery_stays_what_was_agreed() -> None:
    user, product = make_user(), make_product(stock=100, price="10000.00")
    checkout = services.Checkout(
        email="a@example.com", delivery_method="courier", address="Астана"
    )
    lines = [services.Line(product.pk, 2)]
    order = services.place_order(lines, checkout, owner="x", user=user).order
    assert (order.delivery_price, order.total) == (Decimal(1500), Decimal(21500))
    DeliveryMethod.objects.update(price=9999, free_from=None)

    def price_of(quantity: int) -> Decimal:
        changed = services.change_quantity(order.pk, product.pk, quantity)
        assert changed.total == quantity * 10000 + changed.delivery_price
        return changed.delivery_price

    assert price_of(3) == Decimal(1500)
    assert price_of(5) == Decimal(0)
    assert price_of(4) == Decimal(1500)


def test_a_number_does_not_come_back() -> None:
    first, second = make_product(), make_product()
    assert second.number == first.number + 1
    second.delete()
    assert make_product().number == second.number + 1
    block = next_numbers(Product, 3)
    assert block == [block[0], block[0] + 1, block[0] + 2]
    assert make_product().number == block[2] + 1


def test_numbers_that_rows_brought_along_are_taken() -> None:
    brought = make_product().number + 1000
    Product.objects.update(number=brought)
    fresh = make_product().number
    assert fresh != brought


@pytest.mark.parametrize("app", ["orders", "cart", "catalog"])
def test_migrating_elsewhere_does_not_bring_methods_back(app: str) -> None:
    from django.db.migrations import Migration

    from orders.delivery import ensure_delivery_methods

    DeliveryMethod.objects.all().delete()
    step = Migration("0001_initial", app)
    ensure_delivery_methods(plan=[(step, True)])
    ensure_delivery_methods(plan=[])
    assert not DeliveryMethod.objects.exists()
    ensure_delivery_methods(plan=[(Migration("0001_initial", "orders"), False)])
    assert DeliveryMethod.objects.count() == 3
    make_order()
