"""What is bought, and by whom. Needs Django set up and its tables made."""

import random
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from itertools import count
from typing import Any
from uuid import UUID

from django.db import connection
from django.utils import timezone

from accounts.models import User
from accounts.tokens import AccessToken
from bench.errors import Wrong as Wrong
from cart.services import Cart
from catalog.models import Product, StockEntry
from catalog.services import create_product
from catalog.services.stock import stock_errors
from orders.models import Order
from orders.services import Checkout

PRODUCTS = 500
# Pieces: nothing of the ordinary goods runs out.
PLENTY = 1_000_000
# Older than anything of a demo shop.
AGE = timedelta(days=5 * 365)
# What the article numbers of all of them begin with.
PREFIX = "BENCH-"
# About as much text as a shop writes about its goods.
TEXT = "Простая и надёжная вещь для дома, которую легко чистить и хранить. " * 8
_numbers = count(1)


@dataclass(frozen=True)
class Purchase:
    """One buyer with their bearer token, and the products, one piece of each."""

    user_id: UUID
    token: str
    products: tuple[UUID, ...]


def make_products() -> list[UUID]:
    """The ordinary goods, plenty of each.

    Older than what a shop has of its own: its lists begin with the newest, and are to
    show that, with its pictures.
    """
    made = [_make_product(PLENTY) for _ in range(PRODUCTS)]
    long_ago = timezone.now() - AGE
    Product.objects.filter(pk__in=made).update(created_at=long_ago)
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
        sku=f"{PREFIX}{n}",
        name=f"Товар для замера {n}",
        description=TEXT,
        price=Decimal("1234.50"),
        stock=stock,
        attributes={"brand": "Дүкен", "weight": 2.5},
    )
    return product.pk
