"""What else a shopper may want to see who looks at this product."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from catalog.models import Category, Product

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


class _Candidate(NamedTuple):
    """What is looked at of a product: hundreds are, so they are no models."""

    pk: UUID
    attributes: dict[str, Any]
    price: Decimal
    stock: int
    number: int


def _candidates(category: Category) -> Iterator[_Candidate]:
    links = Product.categories.through.objects.filter(
        category__path__startswith=category.path
    )
    # The links alone are walked: a UUID tells which product is newer.
    newest = links.order_by("-product_id").values("product_id")[:LOOKED_AT]
    some = Product.objects.visible().filter(pk__in=newest).order_by()
    return map(_Candidate._make, some.values_list(*_Candidate._fields))


def _rank(product: Product, candidate: _Candidate, steps_up: int) -> tuple[Any, ...]:
    """Smaller is better; the number makes it certain.

    Only what changes a mark of the page that it stands on: of what sells best nobody
    tells the pages of other products.
    """
    far: Decimal = abs(candidate.price - product.price)
    alike = likeness(product.attributes, candidate.attributes)
    return (not candidate.stock, steps_up, -alike, far, -candidate.number)


def _nearness(one: Any, other: Any) -> float:
    """1 for the same, 0 for what has nothing in common."""
    if not (_is_number(one) and _is_number(other)):
        return float(type(one) is type(other) and one == other)
    largest = max(abs(one), abs(other))
    return max(0.0, 1 - abs(one - other) / largest) if largest else 1.0


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
