"""Where carts live: one Redis hash each, or the database."""

from functools import cache

from django.conf import settings

from cart.storages.base import CartStorage, StoredCart
from cart.storages.database import DatabaseStorage
from cart.storages.redis import RedisStorage

__all__ = ["CartStorage", "StoredCart", "get_storage"]


def get_storage() -> CartStorage:
    """The storage that the settings ask for."""
    return _storage(bool(settings.REDIS_URL))


@cache
def _storage(redis: bool) -> CartStorage:
    return RedisStorage() if redis else DatabaseStorage()
