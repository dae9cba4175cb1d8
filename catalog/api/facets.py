"""`GET /api/products/facets`: its filters, its counts and its shape."""

from functools import partial
from typing import Any

from django_filters.rest_framework import DjangoFilterBackend
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request

from catalog.facets import Facets, count_of
from catalog.filters import ProductFilter
from catalog.models import Category
from catalog.paging import ProductPaginator
from shop.api import Pagination
from shop.money import format_price, to_money


class NumberField(serializers.FloatField):
    """A number as it is: whole ones without a point."""

    def to_representation(self, value: Any) -> Any:
        return value


class FacetValueSerializer(serializers.Serializer):
    value = serializers.SerializerMethodField()
    label = serializers.CharField()  # type: ignore[assignment]
    count = serializers.IntegerField()
    selected = serializers.BooleanField()

    @extend_schema_field(
        {"oneOf": [{"type": "string"}, {"type": "number"}, {"type": "boolean"}]}
    )
    def get_value(self, value: Any) -> Any:
        return value.value


class FacetSerializer(serializers.Serializer):
    """An attribute; `min` and `max` are of numbers, else null."""

    key = serializers.CharField()
    label = serializers.CharField(source="spec.label")  # type: ignore[assignment]
    type = serializers.CharField(source="spec.type")
    unit = serializers.CharField(source="spec.unit")
    values = FacetValueSerializer(many=True)
    min = NumberField(source="low", allow_null=True)
    max = NumberField(source="high", allow_null=True)


class FacetCategorySerializer(serializers.ModelSerializer):
    name = serializers.CharField()
    count = serializers.IntegerField()

    class Meta:
        model = Category
        fields = ["id", "name", "slug", "count"]


class PriceRangeSerializer(serializers.Serializer):
    min = serializers.DecimalField(12, 2, allow_null=True)
    max = serializers.DecimalField(12, 2, allow_null=True)
    min_display = serializers.CharField(allow_null=True)
    max_display = serializers.CharField(allow_null=True)


class FacetsSerializer(serializers.Serializer):
    """What remains to be chosen. Counts ignore the choice within their own facet."""

    count = serializers.IntegerField()
    facets = FacetSerializer(source="attributes", many=True)
    categories = FacetCategorySerializer(many=True)
    price = PriceRangeSerializer()


def facets_data(filterset: ProductFilter) -> Any:
    facets = Facets(filterset)
    counts = facets.categories
    categories = list(Category.objects.filter(pk__in=counts)) if counts else []
    for category in categories:
        category.count = counts[category.pk]
    low, high = facets.price or (None, None)
    price = {
        "min": to_money(low) if low else None,
        "max": to_money(high) if high else None,
        "min_display": format_price(low) if low else None,
        "max_display": format_price(high) if high else None,
    }
    told = {
        "count": facets.count,
        "attributes": facets.attributes,
        "categories": categories,
        "price": price,
    }
    return FacetsSerializer(told).data


class ProductFilterBackend(DjangoFilterBackend):
    """Leaves the filters with the view: it counts by them too."""

    def get_filterset(self, request: Request, queryset: Any, view: Any) -> Any:
        view.filterset = super().get_filterset(request, queryset, view)
        return view.filterset


class CountedPagination(Pagination):
    """Pages of a filtered list whose length the cache knows, or is asked for once."""

    def paginate_queryset(
        self, queryset: Any, request: Request, view: Any = None
    ) -> Any:
        paginator: Any = partial(
            ProductPaginator,
            counted=partial(count_of, view.filterset),
            sparse=view.filterset.is_sparse,
        )
        self.django_paginator_class = paginator
        return super().paginate_queryset(queryset, request, view)
