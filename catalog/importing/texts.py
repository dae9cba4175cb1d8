"""Text that must pass through a spreadsheet program and come back the same."""

import re

from django.utils.translation import gettext as _

# What makes a spreadsheet take a cell of a CSV file for a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\uff1d", "\uff0b", "\uff0d", "\uff20")
# How XLSX writes characters that XML cannot hold (and CR, which XML loses).
_XML_ESCAPE = re.compile(r"_x([0-9A-Fa-f]{4})_")
_NOT_XML = re.compile(r"[\x00-\x08\x0b-\x1f\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")


def escaped(text: str) -> str:
    """The text as a CSV cell: an apostrophe keeps what looks like a formula a text."""
    return f"'{text}" if text.startswith((*_FORMULA, "'")) else text


def unescaped(cell: str) -> str:
    """The text of a CSV cell that `escaped`, or a careful person, wrote."""
    return cell[1:] if cell.startswith("'") and cell[1:2] in (*_FORMULA, "'") else cell


def xml_escaped(text: str) -> str:
    return _NOT_XML.sub(lambda found: f"_x{ord(found[0]):04X}_", text)


def xml_unescaped(text: str) -> str:
    return _XML_ESCAPE.sub(lambda found: chr(int(found[1], 16)), text)


def check_storable(cells: list[str]) -> str:
    """'' when a database can hold these texts, else the reason."""
    text = "".join(cells)
    try:
        if "\0" not in text and (text.isascii() or text.encode()):
            return ""
    except UnicodeEncodeError:
        pass
    return _("the row has characters that cannot be stored")
