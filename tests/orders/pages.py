"""What the tests of the order pages share: how to shop, and how to read a page."""

import re
from typing import Any

from django.test import Client
from django.test.utils import CaptureQueriesContext

from catalog.models import Product
from orders.models import Order
from tests.factories import make_product

HTMX = {"HX-Request": "true", "HX-Target": "summary"}
GUEST = {"email": "guest@example.com", "delivery_method": "pickup"}


def text(response: Any) -> str:
    """What a reader sees: no tags, single spaces."""
    plain = re.sub(r"<[^>]+>", " ", response.content.decode())
    return " ".join(plain.replace("\N{NO-BREAK SPACE}", " ").split())


def total(response: Any) -> str:
    return re.findall(r'id="total">([^<]+)<', response.content.decode())[0]


def fill(client: Client, product: Product, qty: int = 1) -> None:
    client.post("/cart/add/", {"product_id": product.pk, "qty": qty})


def guest_order(client: Client, *products: Product, **fields: Any) -> Order:
    for product in products or [make_product()]:
        fill(client, product)
    answer = client.post("/checkout/", {**GUEST, **fields})
    assert answer.status_code == 302, text(answer)
    return Order.objects.latest("number")


def stock(product: Product) -> int:
    return Product.objects.get(pk=product.pk).stock


def without_carts(seen: CaptureQueriesContext) -> list[str]:
    """Without the carts of the embedded default, and without savepoints."""
    skip = ("cart_cart", "SAVEPOINT")
    sqls = [query["sql"] for query in seen.captured_queries]
    return [sql for sql in sqls if not any(word in sql for word in skip)]
