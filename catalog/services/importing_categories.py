"""Category paths from files: all of a file or nothing."""

from typing import BinaryIO

from django.db import transaction
from django.utils.translation import gettext as _

from catalog.importing.cells import read_path
from catalog.importing.exceptions import BadFile, BadRow, ImportRefused
from catalog.importing.tables import open_table
from catalog.services.category_tree import CategoryTree, folded_path
from catalog.services.importing import Counts, OnError


def import_categories(
    file: BinaryIO, *, on_error: OnError = lambda line, reason: None
) -> Counts:
    """Have every path of the file's column `path` in the category tree.

    A row is `created` when the tree did not have its path before. Raises BadFile, and
    ImportRefused when a row is bad; nothing is changed then.
    """
    counts = Counts()
    with open_table(file, "path") as table, transaction.atomic():
        titles = [title.strip().casefold() for title in table.header]
        if "path" not in titles:
            raise BadFile(_("The file has no column path."))
        tree = CategoryTree(lock=True)
        paths = []
        for row in table.rows():
            try:
                if row.error:
                    raise BadRow(row.error)
                paths.append(read_path(row.cells[titles.index("path")]))
            except BadRow as error:
                on_error(row.line, str(error))
                counts.failed += 1
        new = {folded_path(names) for names in paths if tree.find(names) is None}
        counts.created = len(new)
        counts.unchanged = len(paths) - len(new)
        if counts.failed:
            raise ImportRefused(Counts(0, 0, counts.unchanged, counts.failed))
        tree.ensure(paths)
    return counts
