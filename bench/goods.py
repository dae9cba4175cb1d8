"""What is bought, and by whom. Needs Django set up and its tables made."""

import random
from dataclasses import dataclass
from decimal import Decimal
from itertools import count
from typing import Any
from uuid import UUID

from django.db import connection

from accounts.models import User
from accounts.tokens import AccessToken
from cart.services import Cart
from catalog.models import Product, StockEntry
from catalog.services import create_product
from catalog.services.stock import stock_errors
from orders.models import Order
from orders.services import Checkout

PRODUCTS = 500
# Pieces: nothing of the ordinary goods runs out.
PLENTY = 1_000_000
# About as much text as a shop writes about its goods.
TEXT = "Простая и надёжная вещь для дома, которую легко чистить и хранить. " * 8
_numbers = count(1)


class Wrong(Exception):
    """The shop sold what it did not have, or lost an order: no figure counts."""


@dataclass(frozen=True)
class Purchase:
    """One buyer with their bearer token, and the products, one piece of each."""

    user_id: UUID
    token: str
    products: tuple[UUID, ...]


def make_products() -> list[UUID]:
    """The ordinary goods, plenty of each."""
    made = [_make_product(PLENTY) for _ in range(PRODUCTS)]
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return made


def make_hot_product(stock: int) -> UUID:
    """The one product that everybody wants."""
    return _make_product(stock)


def purchases(products: list[UUID], buyers: int, lines: int) -> list[Purchase]:
    """New buyers, each with as many different products; the same in every run."""
    # Drawn anew from the same start, so that each row buys the same goods.
    draw = random.Random(1)
    users = User.objects.bulk_create(
        User(
            email=f"buyer{next(_numbers)}@example.com",
            password="!",  # noqa: S106 - nobody signs in with one
            full_name="Айгерим Сериккызы",
            phone="+77011234567",
        )
        for _ in range(buyers)
    )
    return [
        Purchase(
            user.pk,
            str(AccessToken.for_user(user)),
            tuple(draw.sample(products, lines)),
        )
        for user in users
    ]


def fill_cart(user: User, purchase: Purchase) -> Cart:
    cart = Cart.of_user(user)
    for product_id in purchase.products:
        cart.add(product_id)
    return cart


def checkout_of(user: User) -> Checkout:
    """What the API makes of an account when the call says nothing more."""
    return Checkout(email=user.email, full_name=user.full_name, phone=user.phone)


def state() -> dict[str, Any]:
    """What a row of purchases must change by exactly as much as it bought."""
    sold = StockEntry.objects.filter(reason=StockEntry.Reason.SALE)
    return {"orders": Order.objects.count(), "sales": sold.count()}


def prove(before: dict[str, Any], bought: list[Purchase], hot: UUID | None) -> None:
    """Every purchase is one order and its ledger rows, and nothing was oversold."""
    if errors := stock_errors():
        raise Wrong("; ".join(errors[:3]))
    expected = {
        "orders": before["orders"] + len(bought),
        "sales": before["sales"] + sum(len(p.products) for p in bought),
    }
    if state() != expected:
        raise Wrong(f"expected {expected}, found {state()}")
    # There were exactly as many pieces as buyers.
    if hot and (left := Product.objects.get(pk=hot).stock):
        raise Wrong(f"{left} pieces of the hot product are left")


def _make_product(stock: int) -> UUID:
    n = next(_numbers)
    product = create_product(
        sku=f"BENCH-{n}",
        name=f"Товар для замера {n}",
        description=TEXT,
        price=Decimal("1234.50"),
        stock=stock,
        attributes={"brand": "Дүкен", "weight": 2.5},
    )
    return product.pk
