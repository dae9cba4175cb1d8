"""Asking for facets in tests."""

from typing import Any

from django.http import QueryDict

from catalog.facets import Facet, Facets
from catalog.filters import ProductFilter
from catalog.models import Product


def facets(query: str = "", request: Any = None) -> Facets:
    """The facets of the list with this query string."""
    filterset = ProductFilter(
        QueryDict(query), queryset=Product.objects.all(), request=request
    )
    assert filterset.is_valid(), filterset.errors
    return Facets(filterset)


def counts(found: Facets | Facet, key: str = "") -> dict[str, int]:
    """How many products each value of the facet has, in its order."""
    facet = found if isinstance(found, Facet) else by_key(found)[key]
    return {value.text: value.count for value in facet.values}


def by_key(found: Facets) -> dict[str, Facet]:
    return {facet.key: facet for facet in found.attributes}
