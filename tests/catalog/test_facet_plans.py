"""No list and no count reads the products from one end to the other."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.http import QueryDict

from catalog.facets import Facets
from catalog.filters import ProductFilter
from catalog.models import Category, Product, SpecTemplate
from shop.fields import next_numbers
from tests.factories import make_category, make_template

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]

COUNT = 4000
SCHEMA = {
    "brand": {"type": "string", "filterable": True},
    "ram": {"type": "integer", "filterable": True},
    "wifi": {"type": "boolean", "filterable": True},
    "weight": {"type": "number", "filterable": True},
}
QUERIES = [
    "",
    "in_stock=true",
    "category=phones",
    "category=top&in_stock=true&min_price=500",
    "category=phones&attr.ram.min=8&attr.ram.max=16",
    "attr.ram.min=2",
    "attr.wifi=true",
    "attr.brand=Brand 1&attr.brand=Brand 2&attr.wifi=false",
    "template=Laptops&max_price=2000",
    "attr.weight=0.5",
]


def fill(template: SpecTemplate, categories: list[Category]) -> None:
    """Several thousand products, no two with the same attributes."""
    products = []
    for n, number in enumerate(next_numbers(Product, COUNT)):
        attributes = {
            "brand": f"Brand {n % 40}", "ram": 2 ** (n % 6), "wifi": n % 3 > 0,
            "weight": n / 1000,
        }  # fmt: skip
        product = Product(
            sku=f"MANY-{n}",
            name_ru=f"Товар {n}",
            description_ru="Для работы, учёбы и отдыха. " * 20,
            price=n,
            stock=n % 7,
            template=template,
            attributes=attributes,
        )
        product.prepare(number)
        products.append(product)
    Product.objects.bulk_create(products, batch_size=1000)
    links = Product.categories.through
    links.objects.bulk_create(
        links(product=product, category=categories[n % len(categories)])
        for n, product in enumerate(products)
    )
    with connection.cursor() as cursor:
        # As autovacuum does by itself.
        cursor.execute("VACUUM ANALYZE")


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for below in plan.get("Plans", []):
        yield from nodes(below)


def whole_reads(sql: str, params: Any) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (FORMAT JSON) {sql}", params)
        found = cursor.fetchone()[0]
    plan = (json.loads(found) if isinstance(found, str) else found)[0]["Plan"]
    return [
        node["Node Type"]
        for node in nodes(plan)
        if node.get("Relation Name") == "catalog_product" and "Seq" in node["Node Type"]
    ]


def test_no_plan_reads_all_products() -> None:
    top = make_category("top")
    categories = [make_category("phones", top), *(make_category() for _n in range(9))]
    fill(make_template(name="Laptops", schema=SCHEMA), categories)
    statements: list[tuple[str, str, Any]] = []

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if "catalog_product" in sql:
            statements.append((query, sql, params))
        return execute(sql, params, many, context)

    for query in QUERIES:
        cache.clear()
        filterset = ProductFilter(QueryDict(query), queryset=Product.objects.all())
        assert filterset.is_valid()
        with connection.execute_wrapper(note):
            facets = Facets(filterset)
            assert facets.count == filterset.qs.order_by().count()
            assert facets.attributes
    # Each of them: the counts, and the length of the list.
    assert len(statements) == 2 * len(QUERIES)
    read = [(query, whole_reads(sql, params)) for query, sql, params in statements]
    assert read == [(query, []) for query, _sql, _params in statements]


def test_the_documents_are_found_by_their_index() -> None:
    fill(make_template(name="Laptops", schema=SCHEMA), [make_category()])
    filterset = ProductFilter(
        QueryDict("attr.weight=0.5"), queryset=Product.objects.all()
    )
    assert filterset.is_valid()
    plan = filterset.qs.order_by().explain()
    assert "Bitmap Index Scan on attributeset_attributes" in plan
    assert "product_digest" in plan
