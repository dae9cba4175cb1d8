"""Signing in, by page or API, brings the visitor's cart along."""

import logging
from typing import Any

from django.contrib.auth.signals import user_logged_in
from django.dispatch import receiver
from django.http import HttpRequest

from accounts.models import User
from cart.services import SESSION_KEY, Cart, merge_carts
from shop.exceptions import Unavailable

logger = logging.getLogger(__name__)


@receiver(user_logged_in)
def bring_cart(sender: Any, request: HttpRequest, user: User, **kwargs: Any) -> None:
    session = getattr(request, "session", None)
    if session is None or SESSION_KEY not in session:
        return
    try:
        merge_carts(Cart(f"anon:{session[SESSION_KEY]}"), user)
    except Unavailable:
        # Nobody is kept out because the carts are down; the next sign-in merges.
        logger.exception("cart not merged at sign-in")
        return
    del session[SESSION_KEY]
