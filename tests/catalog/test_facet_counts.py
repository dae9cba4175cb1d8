"""Whatever the goods and whatever is chosen: a count is what choosing it finds."""

from typing import Any

import pytest
from django.core.cache import cache
from django.http import QueryDict
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from catalog.filters import ProductFilter
from catalog.models import Product, SpecTemplate
from tests.catalog.facets import facets
from tests.factories import make_category, make_product, make_template

KEYS = ["size", "цвет", "on-off", "a b"]
SCHEMAS: list[dict[str, Any]] = [
    {key: {"type": "string", "filterable": True} for key in KEYS},
    {"size": {"type": "number", "filterable": True}, "цвет": "string"},
]
words = st.sampled_from(["2", "2.0", "true", "xl", "Қ", "'", "%s", "1e3", "{}", "a b"])
numbers = st.sampled_from([0, 1, 2, 2.0, 2.5, -1, 1000, 0.1, 10**15])
values = words | numbers | st.booleans() | st.just([2])
goods = st.fixed_dictionaries(
    {
        "template": st.sampled_from([0, 1, None]),
        "attributes": st.dictionaries(st.sampled_from(KEYS), values, max_size=4),
        "price": st.sampled_from([1, 5, 10]),
        "stock": st.sampled_from([0, 3]),
        "categories": st.sets(st.integers(0, 3)),
        "is_active": st.sampled_from([True, True, True, False]),
    }
)
texts = words | numbers.map(str) | st.sampled_from(["true", "false"])
asked = st.lists(
    st.one_of(
        st.tuples(st.sampled_from([f"attr.{key}" for key in KEYS]), texts),
        st.tuples(
            st.sampled_from(["attr.size.min", "attr.size.max", "attr.цвет.min"]),
            st.sampled_from(["0", "2", "2.5"]),
        ),
        st.tuples(st.just("min_price"), st.sampled_from(["2", "6"])),
        st.tuples(st.just("max_price"), st.sampled_from(["5", "8"])),
        st.tuples(st.just("in_stock"), st.just("true")),
        st.tuples(st.just("category"), st.sampled_from(["top", "left", "right"])),
        st.tuples(st.just("template"), st.just("First")),
    ),
    max_size=5,
)


def listed(query: QueryDict) -> set[Any]:
    found = ProductFilter(query, queryset=Product.objects.all())
    assert found.is_valid()
    return set(found.qs.values_list("pk", flat=True))


class TestFacetCounts(TestCase):
    templates: list[SpecTemplate | None]

    @classmethod
    def setUpTestData(cls) -> None:
        cls.templates = [
            make_template(name="First", schema=SCHEMAS[0]),
            make_template(name="Second", schema=SCHEMAS[1]),
        ]
        top = make_category("top")
        left, right = make_category("left", top), make_category("right", top)
        cls.categories = [top, left, right, make_category("aside")]

    @settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])
    @given(st.lists(goods, max_size=7), asked)
    def test_each_count_is_the_length_of_the_list(
        self, shelf: list[dict[str, Any]], pairs: list[tuple[str, str]]
    ) -> None:
        cache.clear()
        for fields in shelf:
            # As it may stand in the database, whatever the schema says now.
            attributes = fields["attributes"]
            place = fields["template"]
            product = make_product(
                price=fields["price"],
                stock=fields["stock"],
                is_active=fields["is_active"],
                categories=[self.categories[n] for n in fields["categories"]],
            )
            Product.objects.filter(pk=product.pk).update(
                attributes=attributes,
                template=None if place is None else self.templates[place],
            )
        query = QueryDict(mutable=True)
        for name, text in pairs:
            query.appendlist(name, text)
        found = facets(query.urlencode())
        here = listed(query)
        assert found.count == len(here)
        for facet in found.attributes:
            assert len({value.text for value in facet.values}) == len(facet.values)
            for value in facet.values:
                choice = query.copy()
                for name in facet.choice.names:
                    choice.pop(name, None)
                choice[f"attr.{facet.key}"] = value.text
                assert value.count == len(listed(choice)), (facet.key, value)
                assert value.count or value.selected
        for category in self.categories:
            choice = query.copy()
            choice["category"] = str(category.pk)
            count = found.categories.get(category.pk, 0)
            assert count == len(listed(choice)), category
        without_price = query.copy()
        for name in ("min_price", "max_price"):
            without_price.pop(name, None)
        prices = Product.objects.filter(pk__in=listed(without_price))
        known = sorted(prices.values_list("price", flat=True))
        shown = found.price and tuple(float(price) for price in found.price)
        assert shown == ((float(known[0]), float(known[-1])) if known else None)


pytestmark = pytest.mark.django_db
