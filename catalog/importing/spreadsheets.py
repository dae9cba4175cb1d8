"""XLSX files as lines of text: values, never formulas."""

import datetime
import zipfile
from collections.abc import Iterator
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
        _refuse_bombs(file)
        try:
            self._book = load_workbook(file, read_only=True, data_only=True)
            self._sheet = self._book.worksheets[0]
            # What a file says about its own size may be wrong.
            self._sheet.reset_dimensions()
        except Exception as error:  # openpyxl raises whatever a broken file provokes
            raise _broken() from error

    def lines(self) -> Iterator[tuple[int, list[str], str]]:
        rows = self._sheet.iter_rows(values_only=True)
        line = 0
        while True:
            line += 1
            try:
                values = next(rows, None)
            except Exception as error:  # as above
                raise _broken() from error
            if values is None:
                return
            failed = any(isinstance(v, str) and v in ERROR_CODES for v in values)
            reason = _("a formula of this row has failed") if failed else ""
            yield line, [_text(value) for value in values], reason

    def close(self) -> None:
        self._book.close()


def _refuse_bombs(file: BinaryIO) -> None:
    try:
        with zipfile.ZipFile(file) as archive:
            parts = archive.infolist()
            names = archive.namelist()
    except Exception as error:  # as above
        raise _broken() from error
    # zipfile never unpacks more than these sizes say.
    if "[Content_Types].xml" not in names:
        raise BadFile(_("This is neither a CSV nor an XLSX file."))
    if sum(part.file_size for part in parts) > MAX_UNPACKED or any(
        part.file_size > _limit(part.filename) for part in parts
    ):
        raise BadFile(_("This XLSX file is too large when unpacked: use CSV."))


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
