"""What PostgreSQL does to answer a page: the plans of all its statements.

    with selects() as statements:
        client.get("/")
    assert scans(statements, "catalog_product") == []

Planners read whole tables when those are small: fill them first (`make_many`), with
`vacuum` at the end.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.db import connection
from django.utils import timezone

from catalog.models import Category, Product, SpecTemplate
from shop.fields import next_numbers


@dataclass(frozen=True)
class Statement:
    sql: str
    params: Any

    def explain(self, *options: str) -> Any:
        """The plan's root node, as PostgreSQL's JSON has it."""
        asked = ", ".join(["FORMAT JSON", *options])
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN ({asked}) {self.sql}", self.params)
            found = cursor.fetchone()[0]
        return (json.loads(found) if isinstance(found, str) else found)[0]["Plan"]


@contextmanager
def selects() -> Iterator[list[Statement]]:
    """Every SELECT that runs inside the `with`."""
    seen: list[Statement] = []

    def keep(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.lstrip("( ").upper().startswith(("SELECT", "WITH")):
            seen.append(Statement(sql, params))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(keep):
        yield seen


def nodes(plan: Any) -> Iterator[Any]:
    """The plan's nodes, those of its subplans and CTEs too."""
    yield plan
    for child in plan.get("Plans", []):
        yield from nodes(child)


def scans(statements: list[Statement], table: str) -> list[str]:
    """The statements that read the whole table, from one end to the other."""
    return [
        statement.sql
        for statement in statements
        for node in nodes(statement.explain())
        if node["Node Type"] == "Seq Scan" and node.get("Relation Name") == table
    ]


def make_many(
    count: int,
    categories: list[Category],
    template: SpecTemplate | None = None,
    **fields: Any,
) -> list[Product]:
    """So many products, each in one of the categories, as different as in a shop."""
    now = timezone.now()
    products = []
    for place, number in enumerate(next_numbers(Product, count)):
        product = Product(
            sku=f"MANY-{number}",
            name_ru=f"Ноутбук {place * 7919 % count}",
            name_en=f"Laptop {place * 7919 % count}",
            description_ru="Для работы и учёбы, с экраном, который не бликует. " * 3,
            price=Decimal(place * 6007 % count * 10 + 990),
            stock=place % 5,
            sold=max(0, place % 50 - 30),
            template=template,
            attributes={"brand": f"Brand {place % 40}", "ram": 2 ** (place % 6)},
            **fields,
        )
        product.prepare(number)
        products.append(product)
    Product.objects.bulk_create(products, batch_size=1000)
    links = Product.categories.through
    links.objects.bulk_create(
        (
            links(product=product, category=categories[place % len(categories)])
            for place, product in enumerate(products)
        ),
        batch_size=1000,
    )
    for place in range(0, count, 500):
        group = [product.pk for product in products[place : place + 500]]
        moment = now - timedelta(hours=count - place)
        Product.objects.filter(pk__in=group).update(created_at=moment)
    return products


def vacuum() -> None:
    """Tell the planner how much there is, and that indexes can be trusted alone.

    Autovacuum does so by itself in a shop; a test has to, outside of a transaction.
    Earlier tests have left tables and indexes that are mostly empty pages, which cost
    the planner as much as full ones, and sets of attributes that no product has any
    more, in a table that Django does not empty: those are written anew, and these go.
    """
    grow = ("catalog_", "accounts_", "orders_", "payments_")
    names = connection.introspection.table_names()
    tables = [name for name in names if name.startswith(grow)]
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM catalog_attributeset WHERE digest NOT IN"
            " (SELECT attributes_digest FROM catalog_product)"
        )
        cursor.execute(f"VACUUM FULL {', '.join(tables)}")
        cursor.execute("VACUUM ANALYZE")
