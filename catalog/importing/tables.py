"""Tables in files: CSV and XLSX, read row by row, never held in memory."""

import codecs
import csv
import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import BinaryIO

from django.utils.translation import gettext as _

from catalog.importing.exceptions import BadFile
from catalog.importing.spreadsheets import Spreadsheet, is_spreadsheet
from catalog.importing.texts import check_storable, unescaped

# Characters in a cell. An unclosed quote swallows no more of the file than this.
MAX_CELL = 1_000_000
# Characters in a row, and columns.
MAX_ROW = 4_000_000
MAX_COLUMNS = 1000
CHUNK = 1 << 20
DELIMITERS = ",;\t"
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


@dataclass(slots=True)
class Row:
    """A row and the line of the file where it starts; `error` says it is no row."""

    line: int
    cells: list[str]
    error: str = ""


@dataclass
class Table:
    """The header and, as often as asked, the rows below it that are not empty."""

    header: list[str]
    _source: "_Csv | Spreadsheet"
    _header_line: int

    def rows(self) -> Iterator[Row]:
        width = len(self.header)
        for line, cells, error in self._source.lines():
            if line <= self._header_line or not (error or any(map(str.strip, cells))):
                continue
            extra = any(cell.strip() for cell in cells[width:])
            if not error and (extra or (len(cells) < width and not self._source.pads)):
                error = _("%(n)s cells, but the header has %(width)s") % {
                    "n": len(cells),
                    "width": width,
                }
            cells = cells[:width] + [""] * (width - len(cells))
            yield Row(line, cells, error or check_storable(cells))


@contextmanager
def open_table(file: BinaryIO, key: str) -> Iterator[Table]:
    """The table in a seekable file; `key` is the column that it must have.

    What it is, is read from its content: the ending of a name promises nothing.
    Raises BadFile.
    """
    start = file.read(4096)
    file.seek(0)
    if not start.strip():
        raise BadFile(_("The file is empty."))
    source: _Csv | Spreadsheet
    if is_spreadsheet(start):
        source = Spreadsheet(file)
    elif b"\0" in start and not start.startswith(_UTF16):
        raise BadFile(_("This is neither a CSV nor an XLSX file."))
    else:
        source = _Csv(file, key)
    try:
        for line, cells, error in source.lines():
            if error:
                raise BadFile(
                    _("Line %(line)s: %(reason)s.") % {"line": line, "reason": error}
                )
            if any(map(str.strip, cells)):
                break
        else:
            raise BadFile(_("The file is empty."))
        while not cells[-1].strip():
            cells.pop()
        if len(cells) > MAX_COLUMNS:
            raise BadFile(
                _("The file has more than %(n)s columns.") % {"n": MAX_COLUMNS}
            )
        yield Table(cells, source, line)
    finally:
        source.close()


class _Csv:
    """Lines of a CSV file in whatever encoding and with whatever delimiter it has."""

    # A row that is too short has lost something.
    pads = False

    def __init__(self, file: BinaryIO, key: str) -> None:
        self._encoding = _encoding(file)
        file.seek(0)
        self._text = io.TextIOWrapper(file, self._encoding, newline="")
        self._taken = 0
        self._delimiter = self._find_delimiter(key)

    def lines(self) -> Iterator[tuple[int, list[str], str]]:
        csv.field_size_limit(MAX_CELL)
        self._text.seek(0)
        reader = csv.reader(self._pieces(), delimiter=self._delimiter, strict=True)
        while True:
            line = reader.line_num + 1
            self._taken = 0
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error:
                yield line, [], _("a quote in this row is out of place or not closed")
            else:
                yield line, [unescaped(cell) for cell in cells], ""

    def _pieces(self) -> Iterator[str]:
        """Lines of text; BadFile when a row of them is too long to be held."""
        while piece := self._text.readline(MAX_ROW):
            self._taken += len(piece)
            if self._taken > MAX_ROW or (
                len(piece) == MAX_ROW and not piece.endswith(("\n", "\r"))
            ):
                raise BadFile(_("The file has a row of more than 4 MB."))
            yield piece

    def close(self) -> None:
        # Whoever opened the file closes it.
        self._text.detach()

    def _find_delimiter(self, key: str) -> str:
        """The one that makes the key a column; of several the one that cuts most."""
        self._text.seek(0)
        # Enough for a header of hundreds of columns.
        sample = self._text.read(65_536).lstrip("\r\n")

        def fits(delimiter: str) -> tuple[bool, int]:
            header = next(
                csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter), []
            )
            names = [name.strip().casefold() for name in header]
            return key in names, len(names)

        return max(DELIMITERS, key=fits)


def _encoding(file: BinaryIO) -> str:
    """UTF-8, what a BOM says, or Windows-1251 for files of an older Excel."""
    start = file.read(4)
    if start.startswith(_UTF16):
        if _decodes(file, "utf-16"):
            return "utf-16"
        raise BadFile(_("The file has bytes that are not UTF-16."))
    if _decodes(file, "utf-8"):
        return "utf-8-sig"
    if start.startswith(codecs.BOM_UTF8) or _mostly_utf8(file):
        raise BadFile(_("The file has bytes that are not UTF-8."))
    if _decodes(file, "cp1251"):
        return "cp1251"
    raise BadFile(_("The file is neither in UTF-8 nor in Windows-1251."))


def _decodes(file: BinaryIO, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        for chunk in _chunks(file):
            decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _mostly_utf8(file: BinaryIO) -> bool:
    """A damaged UTF-8 file must not come in as Windows-1251 gibberish."""
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    good = bad = 0
    for chunk in _chunks(file):
        text = decoder.decode(chunk)
        bad += text.count("\ufffd")
        good += sum(not char.isascii() for char in text)
    return good > 2 * bad


def _chunks(file: BinaryIO) -> Iterator[bytes]:
    file.seek(0)
    while chunk := file.read(CHUNK):
        yield chunk
