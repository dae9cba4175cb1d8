"""`export_products`, and that what it wrote comes back without a change."""

import csv
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.translation import override
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from catalog import exporting
from catalog.models import Category, Product, SpecTemplate
from catalog.services.category_tree import CategoryTree
from tests.catalog.imports import picture, row_counts, run_command
from tests.factories import make_category, make_product, make_template

pytestmark = pytest.mark.django_db

FORMATS = ["csv", "xlsx"]
NBSP = "\N{NO-BREAK SPACE}"


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    with override("en"):
        yield


def read_csv(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))


def make_one_of_everything(**fields: Any) -> Product:
    template = make_template(
        name="Ноутбуки",
        schema={"weight": "number", "brand": "string", "ok": "boolean"},
    )
    a = make_category("A")
    return make_product(
        sku="A-1", name="Чайник", name_kk="Шәйнек", name_en="Kettle", stock=7,
        description="Две\nстроки", description_en="two", price="244500.50",
        template=template, categories=[make_category("Б", a), make_category("C|D>\\")],
        attributes={"brand": "HP", "weight": 1.5, "ok": True, "price": "low"},
        images=["https://a.example/1.jpg", r"https://a.example/?q=1|2\3"],
        barcode="487000", compare_at_price="250000.00", is_active=False, **fields,
    )  # fmt: skip


def test_what_a_csv_file_says(tmp_path: Path) -> None:
    make_one_of_everything()
    make_product(sku="A-2", name="Pan", price=1, stock=0)
    path = tmp_path / "out.csv"
    outcome = run_command("export_products", path)
    assert (outcome.out, outcome.err, outcome.error) == ("exported 2\n", "", "")
    assert path.read_bytes().startswith(b"\xef\xbb\xbfsku,name,category,template,price")
    assert read_csv(path) == [
        ["sku", "name", "category", "template", "price", "stock", "description",
         "images", "is_active", "barcode", "compare_at_price", "name_kk", "name_en",
         "description_kk", "description_en", "brand", "ok", "attr.price", "weight"],
        ["A-1", "Чайник", r"A > Б | C\|D\>\\", "Ноутбуки", "244500.50", "7",
         "Две\nстроки", r"https://a.example/1.jpg|https://a.example/?q=1\|2\\3",
         "false", "487000", "250000.00", "Шәйнек", "Kettle", "", "two", "HP", "true",
         "low", "1.5"],
        ["A-2", "Pan", "", "", "1.00", "0", "", "", "true", "", "", "", "", "", "", "",
         "", "", ""],
    ]  # fmt: skip


def test_what_a_spreadsheet_says(tmp_path: Path) -> None:
    make_one_of_everything()
    path = tmp_path / "OUT.XLSX"
    assert run_command("export_products", path).out == "exported 1\n"
    header, row = load_workbook(path).active.iter_rows(values_only=True)
    cells = dict(zip(header, row, strict=True))
    assert (cells["price"], cells["stock"], cells["weight"]) == (244500.5, 7, 1.5)
    assert (cells["sku"], cells["name"], cells["ok"]) == ("A-1", "Чайник", "true")


@pytest.mark.parametrize("kind", FORMATS)
def test_everything_comes_back_unchanged(
    tmp_path: Path, kind: str, settings: Any
) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"
    make_one_of_everything(slug="kettle")
    make_product(sku="A-2", images=[picture(), "https://a.example/1.jpg"])
    before = row_counts(), list(Product.objects.values())
    path = tmp_path / f"out.{kind}"
    run_command("export_products", path)
    outcome = run_command("import_products", path)
    assert outcome.out == "created 0, updated 0, unchanged 2, failed 0\n"
    assert (row_counts(), list(Product.objects.values())) == before


@pytest.mark.parametrize("kind", FORMATS)
def test_an_emptied_shop_is_filled_again(tmp_path: Path, kind: str) -> None:
    product = make_one_of_everything()
    path = tmp_path / f"out.{kind}"
    run_command("export_products", path)
    names = [
        "sku", "name_ru", "name_kk", "name_en", "description_ru", "description_kk",
        "description_en", "barcode", "compare_at_price", "price", "stock", "is_active",
        "attributes", "template",
    ]  # fmt: skip
    before = Product.objects.values(*names).get(), product.image_urls
    product.delete()
    Category.objects.all().delete()
    outcome = run_command("import_products", path)
    assert outcome.out == "created 1, updated 0, unchanged 0, failed 0\n"
    product = Product.objects.get()
    assert (Product.objects.values(*names).get(), product.image_urls) == before
    tree = CategoryTree()
    categories = product.categories.values_list("pk", flat=True)
    assert {tree.names(pk) for pk in categories} == {("A", "Б"), ("C|D>\\",)}


@pytest.mark.parametrize(
    "text",
    ["=1+1", "+7 701", "-1", "@SUM(A1)", "\t=1", "\r=1", "'quoted", "'=1", "'", "＝1"],
)
def test_no_text_is_a_formula(tmp_path: Path, text: str) -> None:
    make_product(sku="A-1", name="Kettle", attributes={"note": text, "n": -5, text: 1})
    for kind in FORMATS:
        path = tmp_path / f"out.{kind}"
        run_command("export_products", path)
        outcome = run_command("import_products", path)
        assert outcome.summary == "created 0, updated 0, unchanged 1, failed 0"
    header, row = read_csv(tmp_path / "out.csv")
    cells = dict(zip(header, row, strict=True))
    assert (cells["note"], cells["n"]) == (f"'{text}", "-5")
    assert not any(title.startswith(("=", "+", "-", "@")) for title in header)
    sheet = load_workbook(tmp_path / "out.xlsx").active
    assert {cell.data_type for row in sheet.iter_rows() for cell in row} <= {
        "inlineStr",
        "s",
        "n",
    }


def test_numbers_that_spreadsheets_would_round_are_texts(tmp_path: Path) -> None:
    attributes = {"ean": 9_007_199_254_740_993, "x": 0.1 + 0.2, "code": "007", "y": 2.0}
    make_product(sku="0012", name="Kettle", attributes=attributes)
    path = tmp_path / "out.xlsx"
    run_command("export_products", path)
    header, row = load_workbook(path).active.iter_rows(values_only=True)
    cells = dict(zip(header, row, strict=True))
    assert [cells[key] for key in ("sku", "ean", "x", "code", "y")] == [
        "0012", "9007199254740993", "0.30000000000000004", "007", 2,
    ]  # fmt: skip
    outcome = run_command("import_products", path)
    assert outcome.summary == "created 0, updated 0, unchanged 1, failed 0"
    assert Product.objects.get().attributes == attributes


def test_attributes_that_break_their_template_by_now_do_not_matter(
    tmp_path: Path,
) -> None:
    template = make_template(schema={"brand": "string"})
    make_product(sku="A-1", template=template, attributes={"brand": "HP"})
    SpecTemplate.objects.update(
        schema={"brand": "integer", "ram": {"type": "integer", "required": True}}
    )
    path = tmp_path / "out.csv"
    run_command("export_products", path)
    outcome = run_command("import_products", path)
    assert outcome.out == "created 0, updated 0, unchanged 1, failed 0\n"


def test_another_default_language(tmp_path: Path, settings: Any) -> None:
    settings.LANGUAGE_CODE = "en"
    make_product(sku="A-1", name="Kettle", name_ru="Чайник")
    path = tmp_path / "out.csv"
    run_command("export_products", path)
    header, row = read_csv(path)
    cells = dict(zip(header, row, strict=True))
    assert (cells["name"], cells["name_ru"]) == ("Kettle", "Чайник")
    assert "name_en" not in cells
    outcome = run_command("import_products", path)
    assert outcome.summary == "created 0, updated 0, unchanged 1, failed 0"


@pytest.mark.parametrize("name", ["out.txt", "out", "out.xls"])
def test_a_name_that_says_no_format(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    expected = f"{path}: The name of the file ends with .csv or .xlsx."
    assert run_command("export_products", path).error == expected
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    path = tmp_path / "absent" / "out.csv"
    expected = f"Cannot write {path}: No such file or directory"
    assert run_command("export_products", path).error == expected


def test_a_failed_export_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exporting, "MAX_CELL", 5)
    make_product(sku="A-1", name="Kettle")
    path = tmp_path / "out.xlsx"
    path.write_bytes(b"old")
    expected = f"{path}: A text of 8 characters does not fit into XLSX: use CSV."
    assert run_command("export_products", path).error == expected
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_the_number_of_queries_does_not_depend_on_the_number_of_products(
    tmp_path: Path,
) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            run_command("export_products", tmp_path / "out.csv")
        return len(captured)

    make_one_of_everything()
    few = queries()
    for _ in range(5):
        make_product(categories=[make_category()], images=["https://a.example/1.jpg"])
    assert few == queries() <= 8


texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
# One key is read as it stands; the other keys of a shop have been checked the same way.
keys = texts.filter(lambda key: key.strip() and len(key) <= 64)
values = st.one_of(
    texts.filter(bool), st.booleans(), st.integers(-(10**12), 10**12),
    st.floats(-1e9, 1e9), st.lists(texts, max_size=2),
)  # fmt: skip


@pytest.mark.parametrize("kind", FORMATS)
@given(
    name=texts.filter(lambda text: text.strip() and len(text) <= 255),
    description=texts,
    category=texts.filter(lambda text: text.strip() and len(text) <= 100),
    attributes=st.dictionaries(keys, values, max_size=3),
    price=st.decimals(0, 10**9, places=2),
)
@example("'=1", " \r\n ", r"a\|b > c | d\\", {"attr.x": "", "sku": " "}, Decimal(0))
@example("_x000D_", "\ufeff", "\\", {" Name ": "_x005F_", "attr.": "x"}, Decimal(1))
@settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_odd_texts_come_back_unchanged(
    tmp_path: Path,
    kind: str,
    name: str,
    description: str,
    category: str,
    attributes: dict[str, Any],
    price: Decimal,
) -> None:
    Product.objects.all().delete()
    Category.objects.all().delete()
    make_product(
        sku="A-1", name=name, description=description, attributes=attributes,
        price=price, categories=[make_category(category)],
    )  # fmt: skip
    before = Product.objects.values().get()
    path = tmp_path / f"out.{kind}"
    assert run_command("export_products", path).error == ""
    outcome = run_command("import_products", path)
    assert (outcome.err, outcome.error) == ("", "")
    assert outcome.out == "created 0, updated 0, unchanged 1, failed 0\n"
    assert Product.objects.values().get() == before
