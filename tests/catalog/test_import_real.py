"""Import of real data: 1,303 laptops and 4,581 category paths."""

from collections import Counter
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from catalog.models import Category, Product, SpecTemplate
from catalog.services.category_tree import CategoryTree
from catalog.services.stock import stock_errors
from tests.catalog.imports import run_command

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(
        not DATA.is_dir(), reason=f"The real data is not here: {DATA} is missing."
    ),
]


def test_laptops() -> None:
    def run() -> tuple[str, int]:
        with CaptureQueriesContext(connection) as queries:
            outcome = run_command(
                "import_products",
                DATA / "laptops.csv",
                template=DATA / "laptop-template.json",
            )
        assert (outcome.err, outcome.error) == ("", "")
        return outcome.out, len(queries)

    created, unchanged = run(), run()
    assert created[0] == "created 1303, updated 0, unchanged 0, failed 0\n"
    assert unchanged[0] == "created 0, updated 0, unchanged 1303, failed 0\n"
    assert unchanged[1] <= 16
    # SQLite takes at most 999 values a statement; PostgreSQL needs far fewer.
    assert created[1] <= (200 if connection.vendor == "sqlite" else 45)
    assert stock_errors() == []
    product = Product.objects.get(sku="LAP-0001")
    assert (product.name_ru, str(product.price), product.stock) == (
        "Apple MacBook Pro", "676945.36", 7,
    )  # fmt: skip
    assert product.attributes == {
        "brand": "Apple", "screen_inches": 13.3, "cpu": "Intel Core i5 2.3GHz",
        "resolution": "IPS Panel Retina Display 2560x1600", "ram_gb": 8,
        "storage": "128GB SSD", "gpu": "Intel Iris Plus Graphics 640", "os": "macOS",
        "weight_kg": 1.37,
    }  # fmt: skip
    assert SpecTemplate.objects.get().products.count() == 1303


def assert_sound_tree() -> None:
    """What `find_problems` looks for, in one query: it takes a minute for so many."""
    rows = Category.objects.values_list("path", "depth", "numchild")
    children = Counter(path[:-4] for path, _depth, _numchild in rows)
    assert children.keys() - {path for path, _depth, _numchild in rows} == {""}
    for path, depth, numchild in rows:
        assert (len(path), numchild) == (4 * depth, children[path])


def test_categories() -> None:
    def run() -> tuple[str, int]:
        with CaptureQueriesContext(connection) as queries:
            outcome = run_command("import_categories", DATA / "categories.csv")
        assert (outcome.err, outcome.error) == ("", "")
        return outcome.out, len(queries)

    created, unchanged = run(), run()
    # One path stands twice with a space behind it, one in two letter cases.
    assert created[0] == "created 4579, unchanged 2, failed 0\n"
    assert unchanged == ("created 0, unchanged 4581, failed 0\n", unchanged[1])
    assert unchanged[1] <= 5
    # And 134 that no row names, only those below them.
    assert Category.objects.count() == 4713
    assert_sound_tree()
    tree = CategoryTree()
    lines = (DATA / "categories.csv").read_text(encoding="utf-8").splitlines()[1:]
    paths = [line.strip('"').replace('""', '"').split(" > ") for line in lines]
    assert len(paths) == 4581
    assert [names for names in paths if tree.find(names) is None] == []
