"""The number beside the cart in every page's header."""

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from cart.services import Cart
from shop.exceptions import Unavailable


def cart(request: HttpRequest) -> dict[str, Any]:
    """`cart_count` in pieces, read when a template asks; 0 when the carts are down."""

    def count() -> int:
        # Error pages may be drawn before sessions and users are known.
        if not hasattr(request, "session") or not hasattr(request, "user"):
            return 0
        try:
            return Cart.of(request).count()
        except Unavailable:
            return 0

    return {"cart_count": SimpleLazyObject(count)}
