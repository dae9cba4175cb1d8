"""How many different products a cart holds, in both storages."""

from typing import Any
from uuid import UUID, uuid4

import pytest

from cart.exceptions import CartFull
from cart.services import Cart, merge_carts
from tests.api import client_of
from tests.factories import make_product, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture(
    params=[pytest.param("redis", marks=pytest.mark.redis), "database"], autouse=True
)
def storage(request: pytest.FixtureRequest, settings: Any) -> Any:
    if request.param == "database":
        settings.REDIS_URL = ""
    return request.param


def fill(cart: Cart, count: int) -> None:
    """So many lines more; that nobody sells them does not matter to the storage."""
    for _ in range(count):
        cart.storage.set(cart.key, uuid4(), 1)


def stored(cart: Cart) -> dict[UUID, int]:
    return cart.storage.read(cart.key).lines


def told(cart: Cart) -> list[tuple[str, str]]:
    return [(notice["code"], notice["message"]) for notice in cart.contents().notices]


def test_a_cart_holds_500_products() -> None:
    cart, products = Cart.of_user(make_user()), [make_product() for _ in range(3)]
    fill(cart, 498)
    cart.add(products[0].pk)
    cart.set_quantity(products[1].pk, 1)
    before = stored(cart)
    assert len(before) == 500
    for change in (cart.add, cart.set_quantity):
        with pytest.raises(CartFull):
            change(products[2].pk, 1)
    assert stored(cart) == before
    # What is in it already can still be more or less, and makes room when it goes.
    cart.add(products[0].pk, 2)
    cart.set_quantity(products[1].pk, 4)
    assert [stored(cart)[product.pk] for product in products[:2]] == [3, 4]
    cart.set_quantity(products[2].pk, 0)
    cart.set_quantity(products[1].pk, 0)
    cart.add(products[2].pk)
    assert len(stored(cart)) == 500


@pytest.mark.parametrize("call", ["add", "set"])
def test_the_api_says_that_the_cart_is_full(call: str) -> None:
    user, product = make_user(), make_product()
    fill(Cart.of_user(user), 500)
    answer = client_of(user).post(
        f"/api/cart/{call}",
        {"product_id": product.pk, "qty": 1},
        headers={"accept-language": "en"},
    )
    assert answer.status_code == 409
    assert answer.json() == {
        "detail": "A cart holds 500 different products at most.",
        "code": "cart_full",
    }


def test_signing_in_takes_along_what_there_is_room_for() -> None:
    user = make_user()
    own, visitor = Cart.of_user(user), Cart("anon:somebody")
    both, gone = make_product(stock=5), make_product(is_active=False)
    visitors = [make_product() for _ in range(3)]
    own.add(both.pk)
    fill(own, 497)
    visitor.storage.set(visitor.key, gone.pk, 1)
    for product in [*visitors, both]:
        visitor.add(product.pk, 1)
    merge_carts(visitor, user)
    lines = stored(own)
    assert len(lines) == 500
    # What both had is no line more; what is not on sale takes nobody's place.
    assert lines[both.pk] == 2
    assert sum(product.pk in lines for product in visitors) == 2
    assert stored(visitor) == {}
    notices = dict(told(own))
    assert notices["full"] == (
        "Your cart is full: 1 product from before you signed in was left out."
    )
    assert visitors[0].pk in lines
    assert visitors[2].pk not in lines


def test_a_full_cart_takes_nothing_along() -> None:
    user, products = make_user(), [make_product() for _ in range(2)]
    own, visitor = Cart.of_user(user), Cart("anon:somebody")
    fill(own, 500)
    before = stored(own)
    for product in products:
        visitor.add(product.pk)
    merge_carts(visitor, user)
    assert stored(own) == before
    codes = [code for code, _ in told(own)]
    assert [code for code in codes if code != "removed"] == ["full"]


@pytest.mark.parametrize("rows", [1, 20])
def test_adding_takes_the_same_queries_for_each_length(
    rows: int, storage: str, django_assert_num_queries: Any
) -> None:
    cart, product = Cart.of_user(make_user()), make_product()
    fill(cart, rows)
    # The product; in the database also the lines, the cart's lock, its line, and that
    # it is one of the day's.
    with django_assert_num_queries(1 if storage == "redis" else 8):
        cart.add(product.pk)
