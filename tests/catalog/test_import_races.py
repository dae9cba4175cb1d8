"""Two imports at once: neither waits for the other for ever, nothing is lost."""

from io import BytesIO
from typing import Any

import pytest

from catalog.importing.exceptions import ImportOvertaken
from catalog.models import Product
from catalog.services import importing
from catalog.services.importing import Counts, import_products
from catalog.services.stock import stock_errors
from tests.concurrency.helpers import run_together
from tests.factories import make_product

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]

SKUS = [f"A-{n}" for n in range(12)]


def import_rows(skus: list[str], stock: int, head: str = "sku,stock") -> Counts:
    lines = "".join(f"{sku},{stock}\n" for sku in skus)
    return import_products(BytesIO(f"{head}\n{lines}".encode()))


def import_in_both_orders() -> list[Any]:
    for sku in SKUS:
        make_product(sku=sku, stock=5)
    return run_together(import_rows, [(SKUS, 7), (SKUS[::-1], 9)] * 3)


def test_files_in_opposite_order_do_not_lock_each_other_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(importing, "BATCH", 2)
    results = import_in_both_orders()
    assert [type(result) for result in results] == [Counts] * 6
    assert {item.stock for item in Product.objects.all()} in ({7}, {9})
    assert stock_errors() == []


def test_without_the_first_lock_they_do(monkeypatch: pytest.MonkeyPatch) -> None:
    """The twin that loses: each batch locks only its own rows."""
    monkeypatch.setattr(importing, "BATCH", 2)
    monkeypatch.setattr(importing, "_lock_existing", lambda skus: None)
    for _attempt in range(10):
        Product.objects.all().delete()
        results = import_in_both_orders()
        if any("deadlock detected" in str(result) for result in results):
            return
    pytest.fail("No deadlock in ten attempts: the lock guards nothing.")


def test_the_same_new_products_come_in_once() -> None:
    head = "sku,price,name"
    texts = ["".join(f"{sku},1,x\n" for sku in SKUS)] * 4
    results = run_together(
        lambda text: import_products(BytesIO(f"{head}\n{text}".encode())), texts
    )
    assert Product.objects.count() == len(SKUS)
    refused = [result for result in results if isinstance(result, ImportOvertaken)]
    others = [result for result in results if result not in refused]
    assert all(isinstance(result, Counts) for result in others), results
    assert sum(result.created for result in others) == len(SKUS)
