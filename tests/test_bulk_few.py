"""A few rows go in by one statement, and are what `bulk_create` would have made."""

from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from catalog.models import Product, ProductImage, StockEntry
from events.models import OutboxMessage
from orders.models import Order, OrderClaim, OrderItem, OrderStatusChange
from shop import bulk
from tests.factories import make_order, make_product

pytestmark = pytest.mark.django_db

ODD = "tab\t, new\nline, %s %(a)s, \"quotes' \\N, Қазақша 🫖"


@pytest.fixture
def product() -> Product:
    return make_product()


def pictures(product: Product, count: int, start: int = 0) -> list[ProductImage]:
    return [
        ProductImage(product=product, position=n, url=f"https://a.example/{n}")
        for n in range(start, start + count)
    ]


def steps(order: Order, notes: list[str]) -> list[OrderStatusChange]:
    return [OrderStatusChange(order=order, status="paid", note=note) for note in notes]


def rows(model: Any, **asked: Any) -> list[dict[str, Any]]:
    """The rows without what is each one's own."""
    found = model.objects.filter(**asked).order_by("pk").values()
    return [
        {k: v for k, v in row.items() if k not in {"id", "created_at"}} for row in found
    ]


@pytest.mark.parametrize(
    ("count", "statements"),
    [(1, 1), (bulk.FEW, 1), (bulk.FEW + 1, 1), (bulk.PART, 1), (bulk.PART + 1, 2)],
)
def test_numbered_rows_get_the_keys_that_the_database_gave_them(
    count: int, statements: int
) -> None:
    order, notes = make_order(), [f"{n}" for n in range(count)]
    made = steps(order, notes)
    assert {step.pk for step in made} == {None}
    with CaptureQueriesContext(connection) as seen:
        bulk.create_objects(OrderStatusChange, made)
    assert len(seen) == statements
    # Each has the key of its own row, whatever order they came back in.
    stored = OrderStatusChange.objects.in_bulk([step.pk for step in made])
    assert {pk: step.note for pk, step in stored.items()} == {
        step.pk: step.note for step in made
    }
    assert len(stored) == count
    for step in made:
        assert (step._state.adding, step._state.db) == (False, "default")


def test_what_was_made_can_be_saved_and_deleted_like_any_other() -> None:
    order = make_order()
    (step,) = made = steps(order, ["a"])
    before = OrderStatusChange.objects.count()
    bulk.create_objects(OrderStatusChange, made)
    step.note = "b"
    step.save()
    assert OrderStatusChange.objects.count() == before + 1
    assert OrderStatusChange.objects.get(pk=step.pk).note == "b"
    step.delete()
    assert OrderStatusChange.objects.count() == before


def test_rows_that_bring_their_keys_keep_them(product: Product) -> None:
    entries = [
        StockEntry(product=product, delta=n, reason="import") for n in (1, -2, 3)
    ]
    keys = [entry.pk for entry in entries]
    with CaptureQueriesContext(connection) as seen:
        bulk.create_objects(StockEntry, entries)
    assert len(seen) == 1
    assert [entry.pk for entry in entries] == keys
    assert [StockEntry.objects.get(pk=key).delta for key in keys] == [1, -2, 3]
    assert not any(entry._state.adding for entry in entries)


def test_a_row_with_a_number_of_its_own_keeps_it() -> None:
    order = make_order()
    step = OrderStatusChange(pk=1_000_000, order=order, status="paid")
    bulk.create_objects(OrderStatusChange, [step])
    assert step.pk == 1_000_000
    assert OrderStatusChange.objects.filter(pk=1_000_000, order=order).exists()


def test_they_are_the_rows_of_bulk_create(product: Product) -> None:
    order, other = make_order(), make_order()
    for table, mine, theirs in [
        (OrderStatusChange, steps(order, [ODD, ""]), steps(other, [ODD, ""])),
        (ProductImage, pictures(product, 2), pictures(make_product(), 2)),
    ]:
        bulk.create_objects(table, mine)
        table.objects.bulk_create(theirs)
        owner = "order_id" if table is OrderStatusChange else "product_id"
        ours, djangos = (
            rows(table, pk__in=[one.pk for one in made]) for made in (mine, theirs)
        )
        assert len(ours) == len(djangos) == 2
        for row in [*ours, *djangos]:
            del row[owner]
        assert ours == djangos


def test_odd_texts_and_values_are_values() -> None:
    payload = {"a": ODD, "n": [1, None, {"b": 1.5}]}
    message = OutboxMessage(event_type="x", aggregate=ODD[:40], payload=payload)
    bulk.create_objects(OutboxMessage, [message])
    found = OutboxMessage.objects.get(pk=message.pk)
    assert (found.payload, found.aggregate) == (payload, ODD[:40])
    assert found.created_at == message.created_at
    assert abs((timezone.now() - found.created_at).total_seconds()) < 60


@pytest.mark.parametrize("lines", [bulk.FEW, bulk.FEW + 1, 120])
def test_an_order_may_have_more_lines_than_a_few(lines: int) -> None:
    goods = [make_product(price=n) for n in range(lines)]
    order = make_order(None, *((product, 1) for product in goods))
    sold = OrderItem.objects.filter(order=order)
    assert [item.product_id for item in sold] == [product.pk for product in goods]
    # What the order says of its lines is what is stored.
    assert [item.pk for item in order.items.all()] == [item.pk for item in sold]
    assert order.total - order.delivery_price == sum(range(lines))


def test_nothing_is_nothing() -> None:
    with CaptureQueriesContext(connection) as seen:
        bulk.create_objects(OutboxMessage, [])
    assert len(seen) == 0


def test_a_constraint_lets_none_of_them_in(product: Product) -> None:
    entries = [StockEntry(product=product, delta=n, reason="import") for n in (1, 0)]
    before = StockEntry.objects.count()
    with (
        pytest.raises(IntegrityError, match="stock_entry_not_zero"),
        transaction.atomic(),
    ):
        bulk.create_objects(StockEntry, entries)
    assert StockEntry.objects.count() == before
    # They are as new as they were.
    assert all(entry._state.adding for entry in entries)


def test_what_is_there_already_is_refused() -> None:
    order = make_order()
    claims = [OrderClaim(owner="a", key="k", order=order) for _ in range(2)]
    before = OrderClaim.objects.count()
    for made in (claims, claims[:1] * 2):
        with pytest.raises(IntegrityError), transaction.atomic():
            bulk.create_objects(OrderClaim, made)
    assert OrderClaim.objects.count() == before
    bulk.create_objects(OrderClaim, claims[:1])
    with pytest.raises(IntegrityError), transaction.atomic():
        bulk.create_objects(OrderClaim, claims[1:])
    assert OrderClaim.objects.count() == before + 1


def test_a_rolled_back_row_is_not_there() -> None:
    order = make_order()
    made = steps(order, ["a"])
    with transaction.atomic():
        bulk.create_objects(OrderStatusChange, made)
        transaction.set_rollback(True)
    assert not OrderStatusChange.objects.filter(pk=made[0].pk).exists()
