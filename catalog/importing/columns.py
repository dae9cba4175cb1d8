"""What the columns of a products file are."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.conf import settings
from django.utils.translation import gettext as _

from catalog.importing.cells import text_fields
from catalog.importing.exceptions import BadFile

PLAIN = (
    "sku",
    "name",
    "category",
    "template",
    "price",
    "stock",
    "description",
    "images",
    "is_active",
    "barcode",
    "compare_at_price",
)
# Says "an attribute" before a key that would otherwise be taken for a column.
PREFIX = "attr."
MAX_KEY = 64


@dataclass(frozen=True)
class Columns:
    """Where each known column and each attribute stands in a row."""

    known: dict[str, int]
    attributes: dict[str, int]
    # Columns without a name: nothing may stand under them.
    unnamed: list[int]

    @classmethod
    def of(cls, header: Sequence[str]) -> "Columns":
        """Read a header; BadFile when it is not one of products."""
        names = reserved()
        known: dict[str, int] = {}
        attributes: dict[str, int] = {}
        unnamed = []
        for place, title in enumerate(header):
            name = names.get(title.strip().casefold())
            key = attribute_key(title)
            if name:
                columns, column = known, name
            elif key:
                columns, column = attributes, key
            else:
                unnamed.append(place)
                continue
            if column in columns:
                raise BadFile(_("The column %(name)s stands twice.") % {"name": column})
            if len(column) > MAX_KEY:
                raise BadFile(
                    _("The name of the column %(name)s… is longer than 64 characters.")
                    % {"name": column[:40]}
                )
            columns[column] = place
        if "sku" not in known:
            raise BadFile(_("The file has no column sku."))
        return cls(known, attributes, unnamed)


def reserved() -> dict[str, str]:
    """Column names that are not attributes, and the column each of them means.

    `name_ru` is `name` where Russian is the default language.
    """
    columns = [*PLAIN, *text_fields()]
    default = settings.LANGUAGE_CODE
    aliases = {f"{text}_{default}": text for text in ("name", "description")}
    return dict(zip(columns, columns, strict=True)) | aliases


def attribute_key(title: str) -> str:
    """The attribute that a column names; after the prefix, to the letter."""
    if title.lstrip().startswith(PREFIX):
        return title.lstrip().removeprefix(PREFIX)
    return title.strip()


def attribute_title(key: str) -> str:
    """The column title of an attribute, such that it is read as that attribute."""
    taken = key.casefold() in reserved() or key.startswith(PREFIX)
    return f"{PREFIX}{key}" if taken or key != key.strip() else key
