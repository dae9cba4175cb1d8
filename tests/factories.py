"""Things for tests, made the way the shop makes them."""

from decimal import Decimal
from itertools import count
from typing import Any

from accounts.models import User
from cart.services import Cart
from catalog import services as catalog
from catalog.models import Category, Product, SpecTemplate
from orders import services as orders
from orders.models import Order

_numbers = count(1)


def make_user(**fields: Any) -> User:
    n = next(_numbers)
    fields.setdefault("email", f"buyer{n}@example.com")
    return User.objects.create_user(password=fields.pop("password", "pw"), **fields)


def make_admin(**fields: Any) -> User:
    return make_user(role=User.Role.ADMIN, **fields)


def make_product(**fields: Any) -> Product:
    n = next(_numbers)
    fields.setdefault("sku", f"SKU-{n}")
    fields.setdefault("name", f"Товар {n}")
    fields.setdefault("price", Decimal("100.00"))
    fields.setdefault("stock", 10)
    return catalog.create_product(**fields)


def make_category(name: str = "", parent: Category | None = None) -> Category:
    return catalog.create_category(
        name=name or f"Категория {next(_numbers)}", parent=parent
    )


def make_template(**fields: Any) -> SpecTemplate:
    fields.setdefault("name", f"Template {next(_numbers)}")
    fields.setdefault("schema", {"brand": "string"})
    return catalog.create_template(**fields)


def make_cart(user: User, *lines: tuple[Product, int]) -> Cart:
    cart = Cart.of_user(user)
    for product, quantity in lines:
        cart.add(product.pk, quantity)
    return cart


def make_order(
    user: User | None = None, *lines: tuple[Product, int], **checkout: Any
) -> Order:
    """An order of these lines, or of two pieces of a new product."""
    user = user or make_user()
    asked = lines or ((make_product(), 2),)
    placed = orders.place_order(
        [orders.Line(product.pk, quantity) for product, quantity in asked],
        orders.Checkout(email=user.email, **checkout),
        owner=str(user.pk),
        user=user,
    )
    return placed.order
