"""Reports of imports in files: a line of text for each row, to page through.

A line begins with the row's kind, so that those of another kind are passed over
without being read.
"""

import csv
import json
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any
from uuid import uuid4

from django.utils.translation import gettext as _

from catalog.importing.changes import Change, RowReport
from catalog.importing.texts import escaped

# Lines that are sent together: each piece is compressed by itself.
PIECE = 1000
KINDS = ("failed", "created", "updated", "unchanged")


@contextmanager
def writer(path: Path) -> Iterator[Any]:
    """A function that adds a row; the file stands under its name when all are there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(f".{uuid4().hex[:8]}.part")
    try:
        with part.open("w", encoding="utf-8", errors="replace") as file:

            def add(row: RowReport) -> None:
                changes = [[c.column, c.old, c.new] for c in row.changes]
                data = json.dumps([row.line, row.sku, row.reason, changes])
                file.write(f"{row.kind}\t{data}\n")

            yield add
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def rows(path: Path, kind: str = "", start: int = 0) -> Iterator[RowReport]:
    """The rows of a report, or of one kind in it, from the one numbered `start` on.

    A report that is gone has none.
    """
    try:
        file = path.open(encoding="utf-8")
    except FileNotFoundError:
        return
    with file:
        wanted = (line for line in file if line.startswith(f"{kind}\t") or not kind)
        for line in islice(wanted, start, None):
            found, _tab, data = line.partition("\t")
            number, sku, reason, changes = json.loads(data)
            yield RowReport(
                number, found, sku, [Change(*change) for change in changes], reason
            )


class _Echo:
    def write(self, text: str) -> str:
        return text


def csv_pieces(path: Path) -> Iterator[str]:
    """The report as a CSV file: a line for each cell that changes, or for a bad row."""
    write = csv.writer(_Echo()).writerow
    titles = [_("line"), "sku", _("result"), _("column"), _("before"), _("after")]
    piece = ["\ufeff", write([*titles, _("reason")])]
    for row in rows(path):
        for change in row.changes or [Change("", "", "")]:
            cells = (row.sku, row.kind, change.column, change.old, change.new)
            piece.append(write([row.line, *map(escaped, cells), escaped(row.reason)]))
        if len(piece) >= PIECE:
            yield "".join(piece)
            piece = []
    yield "".join(piece)
