"""What files import reads: encodings, delimiters, spreadsheets, and broken ones."""

import datetime
import zipfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
from django.utils.translation import override

from catalog.importing import spreadsheets
from catalog.models import Product
from tests.catalog.imports import Run, importer, row_counts, run_command, xlsx

pytestmark = pytest.mark.django_db

# Spreadsheets know no time zones.
DAY = datetime.datetime.fromisoformat("2026-11-20")
ONE = "created 1, updated 0, unchanged 0, failed 0"


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    with override("en"):
        yield


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return importer(tmp_path)


def only_product() -> Product:
    return Product.objects.get()


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1251", "utf-16"])
def test_a_csv_file_of_any_kind(
    run: Run, delimiter: str, ending: str, encoding: str
) -> None:
    rows = [["sku", "name", "price", "цвет"], ["A-1", "Чайник", "10.50", "синий"]]
    text = ending.join(delimiter.join(row) for row in rows) + ending
    outcome = run(text.encode(encoding))
    assert (outcome.error, outcome.summary) == ("", ONE)
    product = only_product()
    assert (product.name_ru, product.attributes) == ("Чайник", {"цвет": "синий"})


def test_a_comma_in_a_quoted_title_is_not_the_delimiter(run: Run) -> None:
    run('sku;"a, b, c, d";name;price\nA-1;x;Kettle;10\n')
    assert only_product().attributes == {"a, b, c, d": "x"}


def test_titles_in_any_letter_case_and_with_spaces(run: Run) -> None:
    assert (
        run("SKU, Name ,PRICE,Is_Active,Color\nA-1,Kettle,10,no,red\n").summary == ONE
    )
    product = only_product()
    assert (product.is_active, product.attributes) == (False, {"Color": "red"})


def test_empty_lines_count_as_lines_of_the_file_and_nothing_else(run: Run) -> None:
    text = "\n\nsku,name,price\n\nA-1,Kettle,10\n,,\n\nA-2,Pan,x\n"
    outcome = run(text, "--skip-errors")
    assert outcome.summary == "created 1, updated 0, unchanged 0, failed 1"
    assert outcome.err == "line 8: price: “x” is not a price\n"


def test_a_row_is_named_by_the_line_where_it_starts(run: Run) -> None:
    text = 'sku,name,price,note\nA-1,Kettle,10,"two\nlines"\nA-2,"Pan\n\nbig",?,x\n'
    assert run(text).err == "line 4: price: “?” is not a price\n"


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("A-2,Pan", "2 cells, but the header has 3"),
        ("A-2,Pan,10,more", "4 cells, but the header has 3"),
        ('A-2,"Pan"x,10', "a quote in this row is out of place or not closed"),
        ('A-2,"Pan,10', "a quote in this row is out of place or not closed"),
        ("A-2,P\0an,10", "the row has characters that cannot be stored"),
    ],
)
def test_a_row_that_is_none(run: Run, row: str, reason: str) -> None:
    # Far enough down not to look like a file of another kind.
    filler = "".join(f"B-{n},{'x' * 100},1\n" for n in range(50))
    before = row_counts()
    outcome = run(f"sku,name,price\n{filler}{row}\n")
    assert outcome.err == f"line 52: {reason}\n"
    assert outcome.error == "Nothing was changed: 1 row is bad."
    assert outcome.out == "created 0, updated 0, unchanged 0, failed 1\n"
    assert row_counts() == before


def test_empty_cells_behind_the_last_column_are_nothing(run: Run) -> None:
    assert run("sku,name,price,,\nA-1,Kettle,10,,,\n").summary == ONE


def test_a_value_under_no_title_is_refused(run: Run) -> None:
    text = "sku,,name,price\nA-1,,Kettle,10\nA-2,x,Pan,10\n"
    assert run(text).err == "line 3: a value stands under no column name\n"


OLD_EXCEL = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600
PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"


def zipped(**parts: bytes) -> bytes:
    file = BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name.replace("__", "/"), content)
    return file.getvalue()


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "The file is empty."),
        (b"\r\n \n", "The file is empty."),
        (b"\xef\xbb\xbf", "The file is empty."),
        (b"name,price\nKettle,10\n", "The file has no column sku."),
        (b"sku,name,NAME\n", "The column name stands twice."),
        (b"sku,name,name_ru\n", "The column name stands twice."),
        (b"sku,size,size\n", "The column size stands twice."),
        (b"sku," + b"x" * 65 + b"\n", f"The name of the column {'x' * 40}… is longer"
         " than 64 characters."),
        (b'sku,"na', "Line 1: a quote in this row is out of place or not closed."),
        (PNG, "This is neither a CSV nor an XLSX file."),
        (OLD_EXCEL, "This is an old or encrypted Excel file: save it as XLSX."),
        (zipped(readme=b"hello"), "This is neither a CSV nor an XLSX file."),
        (xlsx([["sku"], ["A-1"]])[:-200], "This XLSX file is broken."),
        (zipped(**{"[Content_Types].xml": b"<no"}), "This XLSX file is broken."),
        ("sku,name\nA,Чайник\n".encode() + b"B,\xff\n",
         "The file has bytes that are not UTF-8."),
        (b"\xef\xbb\xbfsku\n\xff\n", "The file has bytes that are not UTF-8."),
        (b"\xff\xfes\0k\0u\0\n", "The file has bytes that are not UTF-16."),
        (b"sku,name\nA,\x98\xcf\xf0\xe8\n",
         "The file is neither in UTF-8 nor in Windows-1251."),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_used(
    run: Run, tmp_path: Path, content: bytes, reason: str
) -> None:
    before = row_counts()
    outcome = run(content)
    assert outcome.error == f"{tmp_path / 'file.csv'}: {reason}"
    assert (outcome.out, outcome.err) == ("", "")
    assert row_counts() == before


def test_a_file_that_is_not_there(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "absent.csv"
    expected = f"Cannot read {path}: No such file or directory"
    assert run_command("import_products", path).error == expected
    expected = f"Cannot read {tmp_path}: Is a directory"
    assert run_command("import_products", tmp_path).error == expected
    assert run_command("import_categories", tmp_path).error == expected


def test_a_zip_bomb_is_refused_before_it_is_unpacked(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bomb = zipped(
        **{"[Content_Types].xml": b"<x/>", "xl__styles.xml": b" " * (17 << 20)}
    )
    assert len(bomb) < 20_000
    reason = f"{tmp_path / 'file.csv'}: This XLSX file is too large when unpacked:"
    assert run(bomb).error == f"{reason} use CSV."
    sheets = {f"xl__worksheets__sheet{n}.xml": b" " * 700 for n in range(3)}
    monkeypatch.setattr(spreadsheets, "MAX_UNPACKED", 2000)
    assert run(zipped(**{"[Content_Types].xml": b"", **sheets})).error.startswith(
        reason
    )


def test_cells_of_a_spreadsheet(run: Run) -> None:
    outcome = run(
        [
            ["sku", "name", "price", "stock", "is_active", "made", "seen", "n", "ok"],
            [
                1001.0, "Kettle", 0.1 + 0.2, 5.0, False,
                DAY, DAY.replace(hour=9, minute=5),
                1e21, True,
            ],
        ]
    )  # fmt: skip
    assert (outcome.error, outcome.summary) == ("", ONE)
    product = only_product()
    assert (product.sku, str(product.price), product.stock) == ("1001", "0.30", 5)
    assert product.is_active is False
    assert product.attributes == {
        "made": "2026-11-20",
        "seen": "2026-11-20 09:05:00",
        "n": "1000000000000000000000",
        "ok": "true",
    }


def test_a_spreadsheet_is_known_by_its_content_and_lines_are_its_rows(
    run: Run, tmp_path: Path
) -> None:
    rows = [[], ["sku", "name", "price"], [], ["A-1", "Kettle", 10], [], ["A-2", "Pan"]]
    path = tmp_path / "file.csv"
    content = xlsx(rows)
    outcome = run(content)
    assert path.read_bytes() == content
    assert outcome.err == "line 6: price: a new product needs it\n"


def test_formulas_are_their_values_and_failed_ones_are_errors(run: Run) -> None:
    rows = [
        ["sku", "name", "price"],
        ["A-1", "Kettle", "#DIV/0!"],
        ["A-2", "Pan", "=1"],
    ]
    outcome = run(rows)
    # A formula that no program has calculated has no value.
    assert outcome.err == (
        "line 2: a formula of this row has failed\n"
        "line 3: a formula of this row has no value: open and save the file in a"
        " spreadsheet program\n"
    )


def test_characters_that_xml_cannot_hold_are_unpacked(run: Run) -> None:
    run(
        [["sku", "name", "price", "note"], ["A-1", "Kettle", 1, "a_x000D_b_x005F_x41_"]]
    )
    assert only_product().attributes == {"note": "a\rb_x41_"}


def test_half_a_character_is_refused(run: Run) -> None:
    outcome = run([["sku", "name", "price"], ["A-1", "Kettle_xD83D_", 1]])
    assert outcome.err == "line 2: the row has characters that cannot be stored\n"
