"""The delivery methods that every new shop starts with; staff edit them later."""

from decimal import Decimal
from typing import Any

from orders.models import DeliveryMethod

# Prices in ₸.
STARTING = [
    {
        "code": "pickup",
        "name_ru": "Самовывоз",
        "name_kk": "Өзі алып кету",
        "name_en": "Pickup",
        "price": Decimal(0),
        "needs_address": False,
        "position": 1,
    },
    {
        "code": "courier",
        "name_ru": "Курьер",
        "name_kk": "Курьер",
        "name_en": "Courier",
        "price": Decimal(1500),
        "free_from": Decimal(50000),
        "needs_address": True,
        "position": 2,
    },
    {
        "code": "post",
        "name_ru": "Почта",
        "name_kk": "Пошта",
        "name_en": "Post",
        "price": Decimal(2500),
        "needs_address": True,
        "position": 3,
    },
]


def ensure_delivery_methods(using: str = "default", **kwargs: Any) -> None:
    """After migrating, a shop without any delivery method has these three."""
    methods = DeliveryMethod.objects.using(using)
    if not methods.exists():
        methods.bulk_create(DeliveryMethod(**fields) for fields in STARTING)
