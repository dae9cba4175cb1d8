"""The delivery methods on offer, and those that every new shop starts with."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.db.migrations import Migration

from catalog.caching import drop_catalog_cache
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


def offered_methods() -> list[DeliveryMethod]:
    """Those on offer, in their order; one query."""
    return list(DeliveryMethod.objects.filter(is_active=True))


def drop_pages(**kwargs: Any) -> None:
    """A method was changed or deleted: pages of products say what delivery costs."""
    drop_catalog_cache()


def ensure_delivery_methods(
    using: str = "default",
    plan: Sequence[tuple[Migration, bool]] | None = None,
    **kwargs: Any,
) -> None:
    """Whoever has just made the table finds these three methods in it.

    Runs after every migration; a plan that does not make the table is none of its
    business, and neither are methods that staff have deleted. Emptying a database
    (`flush`) comes without a plan and starts anew.
    """
    if plan is not None and not any(
        (step.app_label, step.name, backwards) == ("orders", "0001_initial", False)
        for step, backwards in plan
    ):
        return
    methods = DeliveryMethod.objects.using(using)
    if not methods.exists():
        methods.bulk_create(DeliveryMethod(**fields) for fields in STARTING)
