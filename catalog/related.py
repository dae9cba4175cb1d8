"""What else a shopper may want to see who looks at this product."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from catalog.models import Category, Product, ProductQuerySet

SHOWN = 8
# Candidates of one category. They are its newest, which an index hands out: in a
# category of thousands a look at all of them would cost more than the page.
LOOKED_AT = 200


def related_ids(product: Product, way: Sequence[Category]) -> list[UUID]:
    """Up to eight products of the same category, what can be bought and is like first.

    `way` leads from the root to the deepest of the product's categories; where that
    holds few, the one above it fills up. One query, or two; the same answer each time.
    """
    found: dict[UUID, tuple[Any, ...]] = {}
    for steps_up, category in enumerate(way[:-3:-1]):
        for candidate in _candidates(category):
            if candidate.pk != product.pk and candidate.pk not in found:
                found[candidate.pk] = _rank(product, candidate, steps_up)
        if len(found) >= SHOWN:
            break
    return sorted(found, key=found.__getitem__)[:SHOWN]


def likeness(one: dict[str, Any], other: dict[str, Any]) -> float:
    """How many attributes two products share; near numbers count in part."""
    shared = one.keys() & other.keys()
    return round(sum(_nearness(one[key], other[key]) for key in shared), 2)


def _candidates(category: Category) -> ProductQuerySet:
    links = Product.categories.through.objects.filter(
        category__path__startswith=category.path
    )
    # The links alone are walked: a UUID tells which product is newer.
    newest = links.order_by("-product_id").values("product_id")[:LOOKED_AT]
    some = Product.objects.visible().filter(pk__in=newest).order_by()
    return some.only("attributes", "price", "stock", "sold", "number")


def _rank(product: Product, candidate: Product, steps_up: int) -> tuple[Any, ...]:
    """Smaller is better; the number makes it certain."""
    far: Decimal = abs(candidate.price - product.price)
    alike = likeness(product.attributes, candidate.attributes)
    sold, number = candidate.sold, candidate.number
    return (not candidate.stock, steps_up, -alike, far, -sold, -number)


def _nearness(one: Any, other: Any) -> float:
    """1 for the same, 0 for what has nothing in common."""
    if not (_is_number(one) and _is_number(other)):
        return float(type(one) is type(other) and one == other)
    largest = max(abs(one), abs(other))
    return max(0.0, 1 - abs(one - other) / largest) if largest else 1.0


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
