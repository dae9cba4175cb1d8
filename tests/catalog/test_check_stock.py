"""`check_stock`: stock against the sum of the ledger."""

from collections.abc import Iterator
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import TestCase
from django.test.utils import CaptureQueriesContext
from django.utils.translation import override

from catalog.models import Product, StockEntry
from catalog.services import stock
from tests.api import client_of
from tests.catalog.imports import run_command
from tests.factories import make_order, make_product

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    with override("en"):
        yield


def test_a_consistent_shop() -> None:
    make_product(stock=5)
    make_product(stock=0)
    outcome = run_command("check_stock")
    assert outcome.out == "Every product's stock is the sum of its ledger.\n"
    assert (outcome.err, outcome.error) == ("", "")


def test_differences_are_listed_and_the_command_fails() -> None:
    make_product(sku="A-1", stock=5)
    make_product(sku="A-2", stock=5)
    make_product(sku="A-3", stock=5)
    Product.objects.filter(sku="A-1").update(stock=6)
    StockEntry.objects.filter(product__sku="A-3").delete()
    outcome = run_command("check_stock")
    assert outcome.out == "A-1: stock 6, ledger 5\nA-3: stock 5, ledger 0\n"
    assert outcome.error == "2 things are wrong."
    with pytest.raises(CommandError) as error:
        call_command("check_stock", stdout=StringIO())
    # What manage.py exits with.
    assert error.value.returncode == 1


@pytest.mark.django_db(transaction=True)
def test_orders_keep_it() -> None:
    make_order()
    assert run_command("check_stock").error == ""


# --- Mending ----------------------------------------------------------------------


def rows() -> list[Any]:
    return list(StockEntry.objects.order_by("pk").values())


@pytest.mark.parametrize(("stock", "delta"), [(7, 0), (2, 0), (0, 0), (5, 3), (5, -5)])
def test_it_becomes_what_the_ledger_says(stock: int, delta: int) -> None:
    """Ahead of its ledger or behind, and a row whose stock never moved."""
    product, sound = make_product(sku="A", stock=5), make_product(sku="B", stock=3)
    Product.objects.filter(pk=product.pk).update(stock=stock)
    if delta:
        StockEntry.objects.create(product=product, delta=delta, reason="correction")
    before, ledger = rows(), 5 + delta
    outcome = run_command("check_stock", "--fix")
    assert outcome.out == f"A: stock {stock}, ledger {ledger} (mended)\n"
    assert outcome.error == ""
    product.refresh_from_db()
    sound.refresh_from_db()
    assert (product.stock, sound.stock) == (ledger, 3)
    assert rows() == before
    assert run_command("check_stock").out == (
        "Every product's stock is the sum of its ledger.\n"
    )


def test_a_ledger_below_zero_is_for_people() -> None:
    product, other = make_product(sku="A", stock=5), make_product(sku="B", stock=5)
    StockEntry.objects.create(product=product, delta=-6, reason="sale")
    Product.objects.filter(pk=other.pk).update(stock=4)
    for arguments, told in (
        ([], ["A: stock 5, ledger -1", "B: stock 4, ledger 5"]),
        (["--fix"], ["A: stock 5, ledger -1", "B: stock 4, ledger 5 (mended)"]),
        (["--fix"], ["A: stock 5, ledger -1"]),
    ):
        outcome = run_command("check_stock", *arguments)
        assert outcome.out.splitlines() == told
    assert outcome.error == "1 thing is wrong."
    product.refresh_from_db()
    other.refresh_from_db()
    assert (product.stock, other.stock) == (5, 5)


def test_what_the_catalog_shows_follows() -> None:
    product, api = make_product(stock=5), client_of()
    Product.objects.update(stock=0)
    path = f"/api/products/{product.pk}"
    assert [p["stock"] for p in api.get("/api/products").json()["results"]] == [0]
    updated = product.updated_at
    with TestCase.captureOnCommitCallbacks(execute=True):
        run_command("check_stock", "--fix")
    assert [p["stock"] for p in api.get("/api/products").json()["results"]] == [5]
    assert api.get(path).json()["stock"] == 5
    product.refresh_from_db()
    assert product.updated_at > updated


def test_sold_meanwhile_is_not_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    """A piece is sold between the look and the lock: nothing is overwritten."""
    product = make_product(sku="A", stock=5)
    Product.objects.filter(pk=product.pk).update(stock=6)
    lock = stock.lock_products

    def somebody_mends(ids: list[Any]) -> Any:
        monkeypatch.setattr(stock, "lock_products", lock)
        Product.objects.filter(pk=product.pk).update(stock=4)
        StockEntry.objects.create(product=product, delta=-1, reason="sale")
        return lock(ids)

    monkeypatch.setattr(stock, "lock_products", somebody_mends)
    assert list(stock.check_stock(fix=True)) == []
    product.refresh_from_db()
    assert product.stock == 4


def test_a_large_ledger_beyond_what_a_stock_holds() -> None:
    product = make_product(sku="A", stock=5)
    StockEntry.objects.create(product=product, delta=stock.MAX_STOCK, reason="receipt")
    outcome = run_command("check_stock", "--fix")
    assert outcome.out == f"A: stock 5, ledger {stock.MAX_STOCK + 5}\n"
    assert outcome.error == "1 thing is wrong."


def test_queries_do_not_depend_on_products() -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as seen:
            assert stock.stock_errors() == []
        return len(seen)

    make_product()
    one = queries()
    for _ in range(9):
        make_product()
    assert queries() == one == 1
