"""XLSX files as lines of text: values, never formulas."""

import datetime
import re
import zipfile
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any, BinaryIO

from django.utils.translation import gettext as _
from openpyxl import load_workbook
from openpyxl.cell.cell import ERROR_CODES

from catalog.importing.exceptions import BadFile
from catalog.importing.texts import xml_unescaped

MB = 1024 * 1024
# Unpacked. Rows are read one by one; every other part is held in memory.
MAX_UNPACKED = 512 * MB
MAX_TEXTS = 128 * MB
MAX_PART = 16 * MB
# What XLSX itself allows.
MAX_ROWS = 1_048_576
CHUNK = MB
_FORMULA = re.compile(rb"<(?:\w+:)?f[\s/>]")
_ZIP = b"PK\x03\x04"
_OLD_EXCEL = b"\xd0\xcf\x11\xe0"


def is_spreadsheet(start: bytes) -> bool:
    """The file starts as an XLSX file does. BadFile for the format before it."""
    if start.startswith(_OLD_EXCEL):
        raise BadFile(_("This is an old or encrypted Excel file: save it as XLSX."))
    return start.startswith(_ZIP)


class Spreadsheet:
    """The first sheet of an XLSX file."""

    # Spreadsheets leave out the empty cells at the end of a row.
    pads = True

    def __init__(self, file: BinaryIO) -> None:
        has_formulas = _inspect(file)
        self._books: list[Any] = []
        self._sheet = self._open(file, values=True)
        # Values alone do not say where a formula stands that nobody calculated.
        self._formulas = self._open(file, values=False) if has_formulas else None

    def _open(self, file: BinaryIO, *, values: bool) -> Any:
        try:
            book = load_workbook(
                file, read_only=True, data_only=values, keep_links=False
            )
            self._books.append(book)
            sheet = book.worksheets[0]
            # What a file says about its own size may be wrong.
            sheet.reset_dimensions()
        except Exception as error:  # openpyxl raises whatever a broken file provokes
            raise _broken() from error
        return sheet

    def lines(self) -> Iterator[tuple[int, list[str], str]]:
        rows = self._sheet.iter_rows(values_only=True)
        formulas = self._formulas.iter_rows() if self._formulas else None
        line = 0
        while True:
            line += 1
            try:
                values = next(rows, None)
                cells = next(formulas, ()) if formulas else ()
            except Exception as error:  # as above
                raise _broken() from error
            if values is None:
                return
            if line > MAX_ROWS:
                raise _broken()
            yield line, [_text(value) for value in values], _fault(values, cells)

    def close(self) -> None:
        for book in self._books:
            book.close()


def _fault(values: Sequence[Any], cells: Sequence[Any]) -> str:
    """Why a row with formulas cannot be read; "" for one that can."""
    if any(isinstance(value, str) and value in ERROR_CODES for value in values):
        return _("a formula of this row has failed")
    formulas = zip(values, cells, strict=False)
    if any(value is None and cell.data_type == "f" for value, cell in formulas):
        # Read as empty it would empty what the product has.
        return _(
            "a formula of this row has no value: open and save the file in a"
            " spreadsheet program"
        )
    return ""


def _inspect(file: BinaryIO) -> bool:
    """Refuse what is no XLSX file or would be too much; whether it has formulas."""
    try:
        with zipfile.ZipFile(file) as archive:
            parts = archive.infolist()
            _refuse_bombs(parts)
            # Every part is read to its end: none may hide behind the first formula.
            formulas = [_has_formulas(archive, part) for part in parts]
            return any(formulas)
    except BadFile:
        raise
    except Exception as error:  # as above
        raise _broken() from error


def _refuse_bombs(parts: list[zipfile.ZipInfo]) -> None:
    """By the sizes that the archive names: zipfile never unpacks more than these."""
    if "[Content_Types].xml" not in {part.filename for part in parts}:
        raise BadFile(_("This is neither a CSV nor an XLSX file."))
    if sum(part.file_size for part in parts) > MAX_UNPACKED or any(
        part.file_size > _limit(part.filename) for part in parts
    ):
        raise BadFile(_("This XLSX file is too large when unpacked: use CSV."))


def _has_formulas(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> bool:
    """Reads the part once; BadFile when it declares a document type.

    Office programs write none: it is how XML defines entities that unfold to gigabytes.
    """
    found = False
    end = b""
    if part.filename.startswith("xl/media/"):
        return False
    with archive.open(part) as opened:
        while chunk := opened.read(CHUNK):
            # UTF-16 has a zero in each of these letters.
            window = end + chunk.replace(b"\0", b"")
            if b"<!DOCTYPE" in window or b"<!ENTITY" in window:
                raise _broken()
            found = found or bool(_FORMULA.search(window))
            end = window[-64:]
    return found and part.filename.startswith("xl/worksheets/")


def _limit(name: str) -> int:
    if name.startswith("xl/worksheets/"):
        return MAX_UNPACKED
    return MAX_TEXTS if name.endswith("haredStrings.xml") else MAX_PART


def _broken() -> BadFile:
    return BadFile(_("This XLSX file is broken."))


def _text(value: Any) -> str:
    """A cell's value as it would stand in a CSV file."""
    if value is None:
        return ""
    if isinstance(value, str):
        return xml_unescaped(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        # 15 digits are what Excel keeps: 0.1 + 0.2 is 0.3 there.
        plain = Decimal(format(value, ".15g"))
        return format(plain.to_integral() if value.is_integer() else plain, "f")
    if isinstance(value, datetime.datetime):
        day = value.time() == datetime.time()
        return value.date().isoformat() if day else value.isoformat(" ")
    return str(value)
