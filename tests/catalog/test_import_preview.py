"""What `import_products` says of each row, and that saying it changes nothing."""

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.translation import override

from catalog.importing import reports
from catalog.importing.changes import Change, RowReport
from catalog.models import Product
from catalog.services import importing
from catalog.services.importing import Counts, import_products
from tests.catalog.imports import picture, row_counts
from tests.factories import make_category, make_product, make_template

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    with override("en"):
        yield


def preview(text: str, **options: Any) -> list[RowReport]:
    rows: list[RowReport] = []
    file = io.BytesIO(text.encode())
    import_products(file, dry_run=True, skip_errors=True, on_row=rows.append, **options)
    return rows


def changes(text: str) -> list[tuple[str, str, str]]:
    (row,) = preview(text)
    return [(change.column, change.old, change.new) for change in row.changes]


def make_everything() -> Product:
    template = make_template(name="Kettle", schema={"volume": "number"})
    make_template(name="Pan", schema={"volume": "number", "lid": "boolean"})
    return make_product(
        sku="A-1", name="Чайник", name_en="Kettle", description="old text",
        price="10.00", compare_at_price="12.00", barcode="487", stock=5,
        template=template, attributes={"volume": 1.5, "color": "red"},
        categories=[make_category("Home"), make_category("Gifts")],
        images=["https://a.example/1.jpg"],
    )  # fmt: skip


def test_every_kind_of_cell_that_changes() -> None:
    make_everything()
    before = row_counts()
    text = (
        "sku,name,name_en,description,price,compare_at_price,barcode,stock,template,"
        "category,images,is_active,volume,color,lid\n"
        'A-1,Котёл,,new text,"11,5",,4870,7,Pan,'
        "Home > Kitchen | gifts,https://a.example/2.jpg|https://a.example/1.jpg,нет,"
        '"2,0",,да\n'
    )
    assert changes(text) == [
        ("name", "Чайник", "Котёл"),
        ("name_en", "Kettle", ""),
        ("description", "old text", "new text"),
        # The tree writes `Gifts`.
        ("category", "Gifts | Home", "Gifts | Home > Kitchen"),
        ("template", "Kettle", "Pan"),
        ("price", "10.00", "11.50"),
        ("stock", "5", "7"),
        ("images", "https://a.example/1.jpg",
         "https://a.example/2.jpg|https://a.example/1.jpg"),
        ("is_active", "true", "false"),
        ("barcode", "487", "4870"),
        ("compare_at_price", "12.00", ""),
        ("color", "red", ""),
        ("lid", "", "true"),
        ("volume", "1.5", "2"),
    ]  # fmt: skip
    assert row_counts() == before
    import_products(io.BytesIO(text.encode()))
    assert [row.kind for row in preview(text)] == ["unchanged"]


def test_an_attribute_named_like_a_column_is_told_by_its_title() -> None:
    make_product(sku="A-1", attributes={"price": "low"})
    assert changes("sku,attr.price\nA-1,high\n") == [("attr.price", "low", "high")]


def test_lines_kinds_and_reasons_in_the_order_of_the_file() -> None:
    make_product(sku="A-1", name="Pan", price=1)
    rows = preview(
        "sku,name,price\nA-2,Pot,x\nA-1,Pan,1\n\nA-3,Lid,3\nA-3,Lid,4\n,Cup,5\nA-1,,2\n"
    )
    assert [(row.line, row.kind, row.sku, row.reason) for row in rows] == [
        (2, "failed", "A-2", "price: “x” is not a price"),
        (3, "unchanged", "A-1", ""),
        (5, "created", "A-3", ""),
        (6, "failed", "", "the SKU A-3 is on line 5 already"),
        (7, "failed", "", "the SKU is missing"),
        (8, "failed", "", "the SKU A-1 is on line 3 already"),
    ]


def test_uploads_are_told_by_their_addresses(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path
    product = make_product(sku="A-1", images=[picture()])
    (own,) = product.image_urls
    text = f"sku,images\nA-1,{own}|https://a.example/1.jpg\n"
    assert changes(text) == [("images", own, f"{own}|https://a.example/1.jpg")]
    assert [row.kind for row in preview(f"sku,images\nA-1,{own}\n")] == ["unchanged"]


def test_of_long_texts_the_difference_is_told() -> None:
    make_product(sku="A-1", description="a" * 1000 + "old" + "b" * 1000)
    text = "a" * 1000 + "new" + "b" * 1000
    ((_column, old, new),) = changes(f"sku,description\nA-1,{text}\n")
    assert old == "…" + "a" * 40 + "old" + "b" * 257 + "…"
    assert new == "…" + "a" * 40 + "new" + "b" * 257 + "…"


def test_what_is_told_is_what_is_done() -> None:
    """Counts of the look and of the import agree, and so do their rows."""
    make_product(sku="A-1", name="Pan", price=1)
    text = "sku,name,price\nA-1,Pan,2\nA-2,Pot,1\nA-3,Lid,x\n"
    seen = preview(text)
    rows: list[RowReport] = []
    counts = import_products(
        io.BytesIO(text.encode()), skip_errors=True, on_row=rows.append
    )
    assert rows == seen
    assert counts == Counts(created=1, updated=1, failed=1)


def test_a_look_writes_and_locks_nothing() -> None:
    make_product(sku="A-1", name="Pan", price=1)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        preview("sku,name,price,category\nA-1,Pan,2,A > B\nA-2,Pot,1,A > B\n")
    assert len(queries) <= 6
    for query in queries:
        assert query["sql"].startswith("SELECT")
        assert "FOR UPDATE" not in query["sql"]
        assert "lock" not in query["sql"]


def test_a_look_takes_the_same_queries_for_every_batch(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(importing, "BATCH", 2)

    def count(batches: int) -> int:
        lines = "".join(f"A-{n},Pan,1\n" for n in range(2 * batches))
        with CaptureQueriesContext(connection) as queries:
            preview(f"sku,name,price\n{lines}")
        return len(queries)

    one, two, three = count(1), count(2), count(3)
    assert three - two == two - one <= 3


# --- Reports --------------------------------------------------------------------------


ROWS = [
    RowReport(2, "created", "A\t1", [Change("name", "", "x\ny"), Change("n", "1", "")]),
    RowReport(3, "failed", "", reason="\ud800 is none"),
    RowReport(4, "unchanged", "A-3"),
    RowReport(5, "created", "A-4", [Change("name", "", "=1+1")]),
]


def test_a_report_is_read_as_it_was_written(tmp_path: Path) -> None:
    path = tmp_path / "new" / "file.rows"
    with reports.writer(path) as add:
        assert not path.exists()
        for row in ROWS:
            add(row)
    assert list(reports.rows(path)) == ROWS
    assert list(reports.rows(path, "created")) == [ROWS[0], ROWS[3]]
    assert list(reports.rows(path, "created", 1)) == [ROWS[3]]
    assert list(reports.rows(path, "", 3)) == [ROWS[3]]
    assert [entry.name for entry in path.parent.iterdir()] == ["file.rows"]


def test_a_report_that_was_cut_off_is_none(tmp_path: Path) -> None:
    path = tmp_path / "file.rows"

    def die() -> None:
        with reports.writer(path) as add:
            add(ROWS[0])
            raise RuntimeError

    with pytest.raises(RuntimeError):
        die()
    assert list(tmp_path.iterdir()) == []
    assert list(reports.rows(path)) == []


def test_a_report_as_csv(tmp_path: Path) -> None:
    path = tmp_path / "file.rows"
    with reports.writer(path) as add:
        add(ROWS[3])
        add(ROWS[2])
        add(RowReport(6, "failed", "-5", reason="@bad"))
    assert "".join(reports.csv_pieces(path)) == (
        "\ufeffline,sku,result,column,before,after,reason\r\n"
        "5,A-4,created,name,,'=1+1,\r\n"
        "4,A-3,unchanged,,,,\r\n"
        "6,'-5,failed,,,,'@bad\r\n"
    )
