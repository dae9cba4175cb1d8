"""The columns of barcodes and earlier prices, in both directions."""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from django.utils.translation import override

from catalog.models import Product
from tests.catalog.imports import Run, importer, row_counts, run_command
from tests.factories import make_product

pytestmark = pytest.mark.django_db

SAME = "created 0, updated 0, unchanged 1, failed 0"
UPDATED = "created 0, updated 1, unchanged 0, failed 0"


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    with override("en"):
        yield


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return importer(tmp_path)


def stored() -> tuple[str, Decimal | None]:
    product = Product.objects.get()
    return product.barcode, product.compare_at_price


def test_a_new_product_has_what_its_cells_say(run: Run) -> None:
    run("sku;name;price;barcode;compare_at_price\nA-1;Pan;1; 0487 ;1 234,5\n")
    assert stored() == ("0487", Decimal("1234.50"))
    assert Product.objects.get().attributes == {}


def test_empty_cells_empty_and_missing_columns_keep(run: Run) -> None:
    make_product(sku="A-1", name="Pan", barcode="0487", compare_at_price="9.00")
    assert run("sku,name\nA-1,Pan\n").summary == SAME
    assert stored() == ("0487", Decimal("9.00"))
    assert run("sku,barcode,compare_at_price\nA-1,0487,9\n").summary == SAME
    assert run("sku,barcode,compare_at_price\nA-1, ,\n").summary == UPDATED
    assert stored() == ("", None)
    assert run("sku,barcode,compare_at_price\nA-1,,\n").summary == SAME


def test_a_number_in_a_spreadsheet_is_a_barcode(run: Run) -> None:
    make_product(sku="A-1")
    header = ["sku", "barcode", "compare_at_price"]
    run([header, ["A-1", 4870001234567.0, 12.5]])
    assert stored() == ("4870001234567", Decimal("12.50"))


@pytest.mark.parametrize(
    ("barcode", "price", "reason"),
    [
        ("1" * 65, "", "barcode: at most 64 characters"),
        ("", "-1", "compare_at_price: a price is 0 or more"),
        ("", "1.555", "compare_at_price: a price has at most two decimals"),
        ("", "x", "compare_at_price: “x” is not a price"),
        ("", "9" * 11, "compare_at_price: this price is too large"),
    ],
)
def test_what_they_cannot_be(run: Run, barcode: str, price: str, reason: str) -> None:
    make_product(sku="A-1", barcode="0487", compare_at_price="9.00")
    before = row_counts()
    outcome = run(f"sku,barcode,compare_at_price\nA-1,{barcode},{price}\n")
    assert outcome.err == f"line 2: {reason}\n"
    assert stored() == ("0487", Decimal("9.00"))
    assert row_counts() == before


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_attributes_of_these_names_stay_attributes(tmp_path: Path, kind: str) -> None:
    own = {"barcode": "mine", "compare_at_price": "low"}
    make_product(sku="A-1", attributes=own, barcode="0487")
    path = tmp_path / f"out.{kind}"
    run_command("export_products", path)
    assert run_command("import_products", path).summary == SAME
    Product.objects.update(attributes={}, barcode="")
    assert run_command("import_products", path).summary == UPDATED
    assert Product.objects.get().attributes == own
    assert stored() == ("0487", None)
