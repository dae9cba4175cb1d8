"""What the tests of the order slip share: orders to draw, and how to read a PDF."""

from datetime import UTC, datetime
from io import BytesIO
from typing import Any

from pypdf import PdfReader

from accounts.models import User
from orders import services
from orders.models import Order, OrderItem
from tests.factories import make_user

NOTICE = "This is not a fiscal receipt."


def bought(*lines: Any, user: User | None = None, **fields: Any) -> Order:
    user = user or make_user(email="aigul@example.com")
    placed = services.place_order(
        [services.Line(product.pk, quantity) for product, quantity in lines],
        services.Checkout(email=user.email, **fields),
        owner=str(user.pk),
        user=user,
    )
    # 1:30 at night of the 21st in the shop.
    at = datetime(2026, 11, 20, 20, 30, tzinfo=UTC)
    Order.objects.filter(pk=placed.order.pk).update(created_at=at)
    return Order.objects.get(pk=placed.order.pk)


def unsaved(*names: str, **fields: Any) -> Order:
    """An order that needs no database: of one piece of each name."""
    fields.setdefault("email", "a@example.com")
    created_at = datetime(2026, 11, 21, tzinfo=UTC)
    order = Order(number=7, total=len(names), created_at=created_at, **fields)
    order.remember_items(
        [
            OrderItem(sku=f"S-{n}", name=name, price=1, quantity=1, subtotal=1)
            for n, name in enumerate(names, start=1)
        ]
    )
    return order


def pages(pdf: bytes) -> list[str]:
    """What a reader sees on each page, with single spaces."""
    read = [page.extract_text() for page in PdfReader(BytesIO(pdf), strict=True).pages]
    return [" ".join(page.split()) for page in read]


def addresses(order: Order) -> list[str]:
    page = f"/orders/{order.pk}/slip"
    return [f"{page}/", f"{page}.pdf"]
