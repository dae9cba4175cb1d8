"""Rows by the thousand are the rows that the ORM would have written."""

from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from catalog.models import Product, ProductImage, StockEntry
from events.models import OutboxMessage
from shop import bulk
from tests.factories import make_product

pytestmark = pytest.mark.django_db

ODD = 'tab\t, new\nline, \\N, \\., "quotes", Қазақша 🫖'


def products(count: int) -> list[Product]:
    made = []
    for n in range(count):
        product = Product(
            sku=f"A-{n}", name_ru=ODD, price="1.50", attributes={"a": ODD}
        )
        product.prepare()
        made.append(product)
    return made


def columns(product: Product) -> dict[str, Any]:
    row = Product.objects.rewrite(False).filter(pk=product.pk).values().get()
    for name in ("id", "sku", "number", "slug", "created_at"):
        row.pop(name)
    del row["updated_at"]
    return row


def test_objects_are_inserted_as_save_would() -> None:
    (copied, saved) = products(2)
    bulk.insert_objects(Product, [copied])
    saved.save()
    assert columns(copied) == columns(saved)
    assert not copied._state.adding
    found = Product.objects.get(pk=copied.pk)
    assert (found.name_ru, found.attributes) == (ODD, {"a": ODD})
    assert found.created_at == copied.created_at


def test_rows_get_the_defaults_of_what_is_not_named() -> None:
    product = make_product()
    rows = [(product.pk, 0, "https://a.example/1"), (product.pk, 1, ODD)]
    bulk.insert_rows(ProductImage, ("product", "position", "url"), rows)
    saved = ProductImage.objects.create(product=product, position=2, url="x")
    first, second, third = ProductImage.objects.order_by("position").values()
    assert (first["url"], second["url"]) == ("https://a.example/1", ODD)
    assert len({first["id"], second["id"], saved.pk}) == 3
    own = {"id", "position", "url"}
    defaults = [
        {name: value for name, value in row.items() if name not in own}
        for row in (first, third)
    ]
    assert defaults[0] == defaults[1]


def test_fields_are_updated_and_no_others() -> None:
    one, two = make_product(sku="A-1", stock=3), make_product(sku="A-2", stock=4)
    for product in (one, two):
        product.price, product.stock, product.attributes = 9, 99, {"b": [1, None]}
    bulk.update_objects(Product, [one, two], ["price", "attributes", "updated_at"])
    for product, stock in ((one, 3), (two, 4)):
        found = Product.objects.get(pk=product.pk)
        assert (found.price, found.stock) == (Decimal(9), stock)
        assert found.attributes == {"b": [1, None]}
        assert found.updated_at > found.created_at
    # And once more in the same transaction.
    one.price = 10
    bulk.update_objects(Product, [one], ["price"])
    bulk.update_objects(Product, [], ["price"])
    assert [p.price for p in Product.objects.order_by("sku")] == [10, 9]


def test_constraints_hold_as_errors_of_django() -> None:
    make_product(sku="A-0")
    with pytest.raises(IntegrityError, match="sku"), transaction.atomic():
        bulk.insert_objects(Product, products(1))
    product = make_product(sku="B-1")
    product.price = -1
    with pytest.raises(IntegrityError), transaction.atomic():
        bulk.update_objects(Product, [product], ["price"])
    assert Product.objects.count() == 2


@pytest.mark.parametrize("count", [0, 1, bulk.FEW, bulk.FEW + 1])
def test_few_and_many_are_the_same(count: int) -> None:
    messages = [
        OutboxMessage(event_type="x", aggregate=str(n), payload={"n": n})
        for n in range(count)
    ]
    bulk.create_objects(OutboxMessage, messages)
    found = {m.aggregate: m.payload for m in OutboxMessage.objects.all()}
    assert found == {str(n): {"n": n} for n in range(count)}
    assert {m.status for m in OutboxMessage.objects.all()} <= {"pending"}


def test_stock_of_many_is_moved_as_of_few() -> None:
    """More than FEW go another way to the same rows."""
    from catalog.services import lock_products, move_stock

    made = [make_product(stock=n) for n in range(bulk.FEW + 10)]
    deltas = {product.pk: (n % 3) * 5 for n, product in enumerate(made)}
    with transaction.atomic():
        locked = lock_products(deltas)
        move_stock(locked, deltas, StockEntry.Reason.IMPORT)
    for n, product in enumerate(made):
        assert Product.objects.get(pk=product.pk).stock == n + (n % 3) * 5
        assert locked[product.pk].stock == n + (n % 3) * 5
    moved = StockEntry.objects.filter(reason="import")
    assert moved.count() == sum(1 for delta in deltas.values() if delta)
