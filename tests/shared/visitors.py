"""Visitors of pages that are made once, and a look at what was kept of them."""

import re
from typing import Any

from django.core.cache import cache
from django.test import Client

from catalog.models import Product
from shop.shared import Kept

_TOKEN = re.compile(rb'name="csrfmiddlewaretoken" value="([^"]+)"')
HTMX = {"HX-Request": "true", "HX-Target": "results"}


def visitor(**options: Any) -> Client:
    """A browser that nobody has used before."""
    return Client(headers={"Accept-Language": "en"}, **options)


def tokens(response: Any) -> set[bytes]:
    return set(_TOKEN.findall(response.content))


def without_token(response: Any) -> bytes:
    (token,) = tokens(response)
    return response.content.replace(token, b"TOKEN")


def put_in(client: Client, product: Product, token: str = "", qty: int = 1) -> Any:
    """The form on a product's page, as a browser sends it."""
    data = {"product_id": product.pk, "qty": qty, "csrfmiddlewaretoken": token}
    return client.post("/cart/add/", data)


class Keeper:
    """Stands for the cache in `shop.shared` and remembers what was kept."""

    def __init__(self) -> None:
        self.kept: list[tuple[str, Kept]] = []

    def set(self, key: str, entry: Any, timeout: float) -> None:
        self.kept.append((key, Kept.unpacked(entry[2])))
        cache.set(key, entry, timeout=timeout)

    def __getattr__(self, name: str) -> Any:
        return getattr(cache, name)

    @property
    def count(self) -> int:
        return len(self.kept)

    @property
    def text(self) -> str:
        """All that was kept: the parts, what stands in the places, the headers."""
        return "\n".join(repr(kept) for _key, kept in self.kept)
