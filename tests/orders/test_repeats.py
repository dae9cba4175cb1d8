"""The same request that comes twice, step by step."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from cart.exceptions import EmptyCart
from cart.services import Cart
from cart.storages import StoredCart
from orders import services
from orders.exceptions import TotalChanged
from orders.models import Order
from tests.factories import make_cart, make_product, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def overtaken(monkeypatch: pytest.MonkeyPatch) -> Callable[[services.Checkout], None]:
    """Let another checkout of the cart finish just before this one reads the cart."""

    def overtake(winner: services.Checkout) -> None:
        read = Cart.stored

        def stored(cart: Cart) -> StoredCart:
            monkeypatch.setattr(Cart, "stored", read)
            services.checkout_cart(cart, winner)
            return read(cart)

        monkeypatch.setattr(Cart, "stored", stored)

    return overtake


def test_the_slower_of_two_equal_requests_gets_the_order_too(overtaken: Any) -> None:
    product = make_product(stock=3)
    cart = make_cart(make_user(), (product, 2))
    checkout = services.Checkout(email="a@example.com", idempotency_key="k")
    overtaken(checkout)
    placed = services.checkout_cart(cart, checkout)
    product.refresh_from_db()
    assert not placed.created
    assert placed.order == Order.objects.get()
    assert product.stock == 1


def test_without_a_key_the_slower_one_finds_the_cart_empty(overtaken: Any) -> None:
    cart = make_cart(make_user(), (make_product(stock=3), 2))
    checkout = services.Checkout(email="a@example.com")
    overtaken(checkout)
    with pytest.raises(EmptyCart):
        services.checkout_cart(cart, checkout)
    assert Order.objects.count() == 1


def test_a_total_that_the_buyer_did_not_see_is_refused() -> None:
    product = make_product(price=Decimal("100.00"), stock=3)
    cart = make_cart(make_user(), (product, 2))
    checkout = services.Checkout(email="a@example.com", goods_total=Decimal("199.99"))
    with pytest.raises(TotalChanged) as refusal:
        services.checkout_cart(cart, checkout)
    product.refresh_from_db()
    assert "200,00" in str(refusal.value)
    assert "199,99" in str(refusal.value)
    assert not Order.objects.exists()
    assert product.stock == 3
    assert cart.lines().quantities == {product.pk: 2}


def test_the_total_that_the_buyer_saw_is_taken() -> None:
    cart = make_cart(make_user(), (make_product(price=Decimal("100.00")), 2))
    checkout = services.Checkout(email="a@example.com", goods_total=Decimal("200.0"))
    placed = services.checkout_cart(cart, checkout)
    assert placed.order.goods_total == Decimal("200.00")
