"""Counts that are cached: as fresh as the catalog, and kept through sales."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from decimal import Decimal
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from catalog import services
from catalog.caching import PLACES, CountsCache
from catalog.facets import count_of, reading
from catalog.filters import ProductFilter
from catalog.models import Product, SpecTemplate, StockEntry
from tests.catalog.facets import counts, facets
from tests.factories import make_category, make_product, make_template

pytestmark = pytest.mark.django_db

Committed = Callable[[], AbstractContextManager[Any]]


@pytest.fixture
def committed(django_capture_on_commit_callbacks: Any) -> Committed:
    """What happens inside the `with` is committed at its end."""
    return lambda: django_capture_on_commit_callbacks(execute=True)


@pytest.fixture
def template() -> SpecTemplate:
    schema = {"brand": {"type": "string", "filterable": True}}
    return make_template(name="Things", schema=schema)


@pytest.fixture
def product(template: SpecTemplate) -> Product:
    return make_product(template=template, attributes={"brand": "Asus"}, stock=3)


def statements(query: str = "") -> int:
    with CaptureQueriesContext(connection) as seen:
        facets(query).attributes  # noqa: B018
    return len(seen)


def test_the_second_reader_asks_nothing(product: Product) -> None:
    assert (statements(), statements()) == (2, 0)
    # The order, unknown names and the order of names change nothing.
    assert statements("ordering=price&page=2&utm=x") == 0
    assert statements("min_price=1&max_price=9&attr.brand=a&attr.brand=b") == 1
    assert statements("attr.brand=b&max_price=9&attr.brand=a&min_price=1.0") == 0


def test_a_write_makes_them_fresh(
    product: Product, template: SpecTemplate, committed: Committed
) -> None:
    assert counts(facets(), "brand") == {"Asus": 1}
    with committed():
        other = make_product(template=template, attributes={"brand": "Acer"})
    assert counts(facets(), "brand") == {"Acer": 1, "Asus": 1}
    with committed():
        services.update_product(other.pk, attributes={"brand": "Asus"})
    assert counts(facets(), "brand") == {"Asus": 2}
    with committed():
        services.update_product(other.pk, price=Decimal("0.50"))
    assert Decimal((facets().price or "")[0]) == Decimal("0.50")
    with committed():
        category = make_category()
        services.update_product(other.pk, categories=[category])
    assert facets().categories == {category.pk: 1}
    with committed():
        services.delete_product(other)
    assert counts(facets(), "brand") == {"Asus": 1}
    with committed():
        renamed = {"brand": {"type": "string", "filterable": True, "label": "Maker"}}
        services.update_template(template, schema=renamed)
    assert [facet.spec.label for facet in facets().attributes] == ["Maker"]
    with committed():
        services.update_template(template, schema={"brand": "string"})
    assert facets().attributes == []


def sell(product: Product, pieces: int) -> None:
    locked = services.lock_products([product.pk])
    services.move_stock(locked, {product.pk: -pieces}, StockEntry.Reason.SALE)


def test_a_sale_keeps_the_counts_until_something_is_sold_out(
    product: Product, committed: Committed
) -> None:
    both = ("", "in_stock=true")
    for query in both:
        statements(query)
    with committed():
        sell(product, 1)
    assert [statements(query) for query in both] == [0, 0]
    with committed():
        sell(product, 2)
    # What does not ask for stock does not depend on it.
    assert [statements(query) for query in both] == [0, 2]
    assert facets("in_stock=true").count == 0
    with committed():
        sell(product, -1)
    assert [facets(query).count for query in both] == [1, 1]


def test_a_reader_that_was_overtaken_leaves_nothing_stale(
    product: Product,
    template: SpecTemplate,
    committed: Committed,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    count_all = reading.count_all

    def overtaken(questions: Any) -> Any:
        answers = count_all(questions)
        with committed():
            make_product(template=template, attributes={"brand": "Acer"})
        return answers

    with monkeypatch.context() as patch:
        patch.setattr(reading, "count_all", overtaken)
        assert counts(facets(), "brand") == {"Asus": 1}
    assert counts(facets(), "brand") == {"Acer": 1, "Asus": 1}


def test_the_length_of_a_list_is_cached_like_them(
    product: Product, committed: Committed
) -> None:
    def count() -> int:
        filterset = ProductFilter({"min_price": "1"}, queryset=Product.objects.all())
        assert filterset.is_valid()
        return count_of(filterset)

    assert count() == 1
    with CaptureQueriesContext(connection) as seen:
        assert count() == 1
    assert len(seen) == 0
    with committed():
        make_product()
    assert count() == 2


def test_there_is_a_bound_to_what_is_kept(
    product: Product, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("catalog.caching.PLACES", 3)
    for n in range(20):
        assert facets(f"q={n}").count in {0, 1}
    places = [f"catalog:counts:{place}" for place in range(PLACES)]
    assert list(cache.get_many(places)) == places[:3]


def test_two_lists_that_share_a_place_are_not_mistaken(
    monkeypatch: pytest.MonkeyPatch, product: Product
) -> None:
    monkeypatch.setattr("catalog.caching.PLACES", 1)
    first = CountsCache(["a"])
    first.store([("a", 1)])
    assert CountsCache(["a"]).get("a") == 1
    assert CountsCache(["b"]).get("b") is None
    assert CountsCache(["a"], of_stock=True).get("a") is None


def test_a_cache_that_is_down_breaks_no_page(
    product: Product, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As django-redis answers when nobody is there: nothing, to everything."""
    backend = type(cache._connections[cache._alias])
    for name in ("get", "get_many", "set", "set_many", "add"):
        monkeypatch.setattr(backend, name, lambda *args, **kwargs: None)
    assert statements() == statements() == 2
    assert client.get("/").status_code == 200
    assert client.get("/api/products/facets").json()["count"] == 1
    assert client.get("/api/products").json()["count"] == 1
