"""Carts changed from several devices at once, in both storages."""

from typing import Any
from unittest.mock import patch
from uuid import UUID

import pytest
from pytest_django import Settings

from cart.models import CartItem
from cart.services import Cart
from cart.storages import DatabaseStorage, RedisStorage
from cart.storages.redis import get_redis_connection
from tests.concurrency.helpers import Meeting, run_together
from tests.factories import make_product, make_user

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.redis,
    pytest.mark.django_db(transaction=True),
]
MEETING = Meeting(2)


@pytest.fixture(params=["redis", "cluster", "database"])
def storage(request: pytest.FixtureRequest, settings: Settings) -> Any:
    if request.param == "database":
        settings.REDIS_URL = ""
    if request.param == "cluster":
        request.getfixturevalue("redis_cluster")
    return request.param


def add(cart: Cart, product_id: UUID) -> None:
    cart.add(product_id, 1)


def test_no_concurrent_add_is_lost(storage: str) -> None:
    product = make_product(stock=100)
    cart = Cart.of_user(make_user())
    expected = DatabaseStorage if storage == "database" else RedisStorage
    assert isinstance(cart.storage, expected)
    results = run_together(add, [(cart, product.pk)] * 20)
    assert results == [None] * 20
    assert cart.lines().quantities == {product.pk: 20}


def test_concurrent_adds_stop_at_the_stock(storage: str) -> None:
    product = make_product(stock=5)
    cart = Cart.of_user(make_user())
    results = run_together(add, [(cart, product.pk)] * 12)
    assert results.count(None) == 5
    assert cart.lines().quantities == {product.pk: 5}


def test_adds_without_the_lock_are_lost() -> None:
    """The twin of both storages: read, then write."""
    product = make_product(stock=100)
    cart = Cart.of_user(make_user())

    def add_in_two_steps(
        self: RedisStorage,
        key: str,
        product_id: UUID,
        quantity: int,
        *limits: int,
        **k: int,
    ) -> bool:
        redis = get_redis_connection("default")
        have = int(redis.hget(f"cart:{key}", str(product_id)) or 0)
        MEETING.wait()
        redis.hset(f"cart:{key}", str(product_id), have + quantity)
        return True

    with patch.object(RedisStorage, "add", add_in_two_steps):
        run_together(add, [(cart, product.pk)] * 2)
    assert cart.lines().quantities == {product.pk: 1}


def test_adds_without_the_row_lock_are_lost_in_the_database(
    settings: Settings,
) -> None:
    settings.REDIS_URL = ""
    product = make_product(stock=100)
    cart = Cart.of_user(make_user())
    cart.add(product.pk, 1)

    def add_in_two_steps(
        self: DatabaseStorage,
        key: str,
        product_id: UUID,
        quantity: int,
        *limits: int,
        **k: int,
    ) -> bool:
        item = CartItem.objects.get(cart=key, product_id=product_id)
        MEETING.wait()
        item.quantity += quantity
        item.save()
        return True

    with patch.object(DatabaseStorage, "add", add_in_two_steps):
        run_together(add, [(cart, product.pk)] * 2)
    assert cart.lines().quantities == {product.pk: 2}


def test_a_visitors_cart_is_merged_once(storage: str) -> None:
    from cart.services import merge_carts

    product = make_product(stock=100)
    user = make_user()
    visitor = Cart("anon:somebody")
    visitor.add(product.pk, 3)
    run_together(merge_carts, [(visitor, user)] * 5)
    assert Cart.of_user(user).lines().quantities == {product.pk: 3}
    assert visitor.count() == 0


def test_settling_twice_takes_out_once(storage: str) -> None:
    product = make_product(stock=100)
    cart = Cart.of_user(make_user())
    cart.add(product.pk, 5)
    token = cart.lines().token
    cart.add(product.pk, 5)
    run_together(cart.settle, [(token, {product.pk: 5})] * 6)
    assert cart.lines().quantities == {product.pk: 5}
