"""`check_stock`: stock against the sum of the ledger."""

from collections.abc import Iterator
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils.translation import override

from catalog.models import Product, StockEntry
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
