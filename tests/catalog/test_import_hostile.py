"""Files that want to break the shop: each is refused with a sentence."""

import io
import tracemalloc
import zipfile
from collections.abc import Iterator
from typing import Any

import pytest
from django.utils.translation import override
from openpyxl import Workbook

from catalog.importing import spreadsheets, tables
from catalog.importing.exceptions import BadFile
from catalog.importing.tables import Row, open_table
from catalog.models import Product
from catalog.services.importing import Counts, import_products
from tests.catalog.imports import row_counts, xlsx
from tests.factories import make_product

MB = 1024 * 1024
TOO_LARGE = "This XLSX file is too large when unpacked: use CSV."
BROKEN = "This XLSX file is broken."
SHEET = "xl/worksheets/sheet1.xml"
MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    with override("en"):
        yield


def rows(content: bytes) -> list[Row]:
    with open_table(io.BytesIO(content), "sku") as table:
        return list(table.rows())


def refused(content: bytes) -> str:
    with pytest.raises(BadFile) as refusal:
        rows(content)
    return str(refusal.value)


def repacked(content: bytes, **parts: bytes | None) -> bytes:
    """The archive with these parts (`__` is `/`) put in or, if None, left out."""
    changed = {name.replace("__", "/"): data for name, data in parts.items()}
    file = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as old,
        zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in old.namelist():
            if name not in changed:
                new.writestr(name, old.read(name))
        for name, data in changed.items():
            if data is not None:
                new.writestr(name, data)
    return file.getvalue()


def sheet(body: str, before: str = "", encoding: str = "utf-8") -> bytes:
    """A book whose sheet has a header with `sku` and these rows below it."""
    header = '<row r="1"><c r="A1" t="inlineStr"><is><t>sku</t></is></c></row>'
    text = (
        f'<?xml version="1.0" encoding="{encoding}"?>{before}<worksheet {MAIN}>'
        f"<sheetData>{header}{body}</sheetData></worksheet>"
    )
    plain = xlsx([["sku"], ["A-1"]])
    return repacked(plain, **{
        "xl__worksheets__sheet1.xml": text.encode(encoding)
    })  # fmt: skip


def cell(place: str, text: str) -> str:
    row = "".join(filter(str.isdigit, place))
    return (
        f'<row r="{row}"><c r="{place}" t="inlineStr"><is><t>{text}</t></is></c></row>'
    )


# --- Bombs ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "size"),
    [
        ("xl__styles.xml", 17 * MB),
        ("xl__sharedStrings.xml", 129 * MB),
        ("xl__worksheets__sheet1.xml", 513 * MB),
        ("xl__media__image1.png", 17 * MB),
        ("xl__externalLinks__externalLink1.xml", 17 * MB),
    ],
)
def test_a_part_that_unfolds_is_refused_before_it_does(name: str, size: int) -> None:
    """By the size that the archive names: the bytes themselves are never made."""
    content = repacked(xlsx([["sku"], ["A-1"]]), **{name: b"<x/>"})
    path = name.replace("__", "/").encode()
    # The directory at the end of the archive: 46 bytes stand before the name.
    entry = content.rindex(b"PK\x01\x02", 0, content.rindex(path))
    lying = bytearray(content)
    lying[entry + 24 : entry + 28] = size.to_bytes(4, "little")
    assert refused(bytes(lying)) == TOO_LARGE


def test_a_part_that_is_larger_than_it_says_is_broken() -> None:
    """Half a gigabyte of zeros that calls itself a hundred bytes."""
    name = "xl/sharedStrings.xml"
    content = repacked(
        xlsx([["sku"], ["A-1"]]), **{"xl__sharedStrings.xml": b" " * (64 * MB)}
    )
    entry = content.rindex(b"PK\x01\x02", 0, content.rindex(name.encode()))
    lying = bytearray(content)
    lying[entry + 24 : entry + 28] = (100).to_bytes(4, "little")
    tracemalloc.start()
    try:
        assert refused(bytes(lying)) == BROKEN
        assert tracemalloc.get_traced_memory()[1] < 8 * MB
    finally:
        tracemalloc.stop()


LAUGHS = '<!DOCTYPE x [<!ENTITY a "ha">' + "".join(
    f'<!ENTITY {name} "{f"&{before};" * 10}">'
    for before, name in zip("abcdefghij", "bcdefghijk", strict=True)
) + "]>"  # fmt: skip


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_entities_are_refused_unread(encoding: str) -> None:
    assert refused(sheet(cell("A2", "&k;"), LAUGHS, encoding)) == BROKEN
    file = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
    assert refused(sheet(cell("A2", "&a;"), file, encoding)) == BROKEN


@pytest.mark.parametrize(
    "part", ["xl__workbook.xml", "xl__styles.xml", "[Content_Types].xml"]
)
def test_entities_are_refused_in_every_part(part: str) -> None:
    content = repacked(xlsx([["sku"], ["A-1"]]), **{part: f"{LAUGHS}<x/>".encode()})
    assert refused(content) == BROKEN


def test_the_parser_itself_bears_no_entities(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever finds a way around the search: expat stops before a gigabyte is made."""
    monkeypatch.setattr(spreadsheets, "_inspect", lambda file: False)
    tracemalloc.start()
    try:
        assert refused(sheet(cell("A2", "&k;"), LAUGHS)) == BROKEN
        # All of it would be twenty gigabytes.
        assert tracemalloc.get_traced_memory()[1] < 200 * MB
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("number", [10**12, 1_048_577])
def test_a_row_beyond_the_last_is_refused(
    monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    monkeypatch.setattr(spreadsheets, "MAX_ROWS", 1000)
    assert refused(sheet(cell(f"A{number}", "A-1"))) == BROKEN


def test_a_cell_far_to_the_right() -> None:
    (row,) = rows(sheet(cell("XFD2", "x")))
    assert row.error == "16384 cells, but the header has 1"
    assert refused(sheet(cell("ZZZZZZZZ2", "x"))) == BROKEN


# --- Formulas, links, macros ----------------------------------------------------------


def formula(place: str, text: str, value: str | None) -> str:
    stored = "" if value is None else f"<v>{value}</v>"
    row = "".join(filter(str.isdigit, place))
    return f'<row r="{row}"><c r="{place}"><f>{text}</f>{stored}</c></row>'


def test_a_formula_is_its_value() -> None:
    """The value that the spreadsheet program has calculated, external or not."""
    (row,) = rows(sheet(formula("A2", "[1]Prices!A1*2", "42")))
    assert (row.cells, row.error) == (["42"], "")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_formula_without_a_value_empties_nothing(encoding: str) -> None:
    content = sheet(formula("A2", "1+1", None), encoding=encoding)
    (row,) = rows(content)
    assert row.error.startswith("a formula of this row has no value")


@pytest.mark.django_db
def test_such_a_row_leaves_its_product_alone() -> None:
    product = make_product(sku="A-1", description="what it is")
    book = Workbook()
    book.active.append(["sku", "description"])
    book.active.append(["A-1", '=CONCATENATE("a","b")'])
    file = io.BytesIO()
    book.save(file)
    before = row_counts()
    counts = import_products(file_again(file), skip_errors=True)
    assert counts == Counts(failed=1)
    assert Product.objects.get().description == product.description
    assert row_counts() == before


def file_again(file: io.BytesIO) -> io.BytesIO:
    file.seek(0)
    return file


def test_macros_and_links_are_not_looked_at() -> None:
    content = repacked(
        xlsx([["sku"], ["A-1"]]),
        **{
            "xl__vbaProject.bin": b"\xd0\xcf\x11\xe0" + b"macro" * 100,
            "xl__externalLinks__externalLink1.xml": b"<externalLink/>",
        },
    )
    (row,) = rows(content)
    assert row.cells == ["A-1"]


# --- What is no file of ours ----------------------------------------------------------


def ods() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", "<x/>")
    return file.getvalue()


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (ods(), "This is neither a CSV nor an XLSX file."),
        # .xls, and an XLSX with a password, which is the same container.
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(512),
         "This is an old or encrypted Excel file: save it as XLSX."),
        (b"PK\x03\x04" + bytes(64), BROKEN),
        (b"%PDF-1.7\n\0", "This is neither a CSV nor an XLSX file."),
        (b"sku,name\nA-1,\0\n", "This is neither a CSV nor an XLSX file."),
    ],
)  # fmt: skip
def test_other_files(content: bytes, reason: str) -> None:
    assert refused(content) == reason


def test_many_columns() -> None:
    titles = ["sku", *(f"a{n}" for n in range(999))]
    assert len(rows(f"{','.join(titles)}\n{'x,' * 999}x\n".encode())) == 1
    assert refused(f"{','.join(titles)},b\n".encode()) == (
        "The file has more than 1000 columns."
    )
    wide = ",".join(f"a{n}" for n in range(100_000))
    assert refused(f"sku,{wide}\n".encode()) == "The file has more than 1000 columns."


class _Endless(io.RawIOBase):
    """A file of so many bytes that nobody keeps: `sku,name`, then one row."""

    def __init__(self, filling: bytes, size: int) -> None:
        self.filling, self.size, self.place = filling, size, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, place: int, whence: int = 0) -> int:
        self.place = place
        return place

    def tell(self) -> int:
        return self.place

    def readinto(self, buffer: Any) -> int:
        start = b"sku,name\nA-1,"
        count = min(len(buffer), self.size - self.place)
        end = self.place + count
        unit = len(self.filling)
        first = max(self.place - len(start), 0) // unit
        filling = self.filling * (count // unit + 2)
        data = start[self.place : end]
        if end > len(start):
            offset = max(self.place - len(start), 0) - first * unit
            data += filling[offset : offset + count - len(data)]
        buffer[: len(data)] = data
        self.place = end
        return len(data)


@pytest.mark.parametrize("filling", [b"x", b"x,", b'"\n",'])
def test_a_row_of_gigabytes_is_never_held(
    filling: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Seen as one line, as many cells, and as many lines in quotes."""
    monkeypatch.setattr(tables, "MAX_ROW", 400_000)
    file = io.BufferedReader(_Endless(filling, 128 * MB))
    tracemalloc.start()
    try:
        with pytest.raises(BadFile) as refusal, open_table(file, "sku") as table:
            list(table.rows())
        assert str(refusal.value) == "The file has a row of more than 4 MB."
        assert tracemalloc.get_traced_memory()[1] < 40 * MB
    finally:
        tracemalloc.stop()


def test_a_row_just_as_long_as_is_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "MAX_ROW", 20)
    line = "A-1," + "x" * 15 + "\n"
    assert len(rows(f"sku,name\n{line}{line}".encode())) == 2
    assert refused(f"sku,name\nA-1,{'x' * 17}\n".encode()).startswith("The file has a")
    assert refused(b'sku,name\nA-1,"x\n' + b"x\n" * 20 + b'"\n').startswith(
        "The file has a row"
    )


def test_a_header_alone() -> None:
    assert rows(b"sku,name,price\n") == []
    assert rows(xlsx([["sku", "name"]])) == []


@pytest.mark.django_db
@pytest.mark.parametrize("encoding", ["cp1251", "utf-8-sig", "utf-16"])
def test_a_file_as_an_older_excel_writes_it(encoding: str) -> None:
    text = "sku;name;price;compare_at_price\r\nA-1;Чайник;1 234,50;1 500,00\r\n"
    import_products(io.BytesIO(text.encode(encoding)))
    product = Product.objects.get()
    told = (product.name_ru, str(product.price), str(product.compare_at_price))
    assert told == ("Чайник", "1234.50", "1500.00")
