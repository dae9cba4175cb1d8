"""Entries of a schema as rows of text, which people can edit, and back again.

A row is a flat map: one text for each thing that can be typed. It carries the entry it
was drawn from (`was`), so whatever a row does not show, or writes in another way than
its author did, is kept: `read_entry(write_row(key, entry))` is the entry itself.
"""

import json
import math
import re
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from catalog.specs import LANGUAGES, number_from_text, parse_field

TEXTS = ("label", "unit")
FLAGS = ("required", "filterable")
LIMITS = ("min", "max")
# Types whose choices may be numbers.
NUMERIC = {"choice", "number", "integer"}
# 1e300 in full has 301 digits; nobody types more.
MAX_DIGITS = 400

Entry = str | dict[str, Any]
Row = dict[str, Any]


# --- An entry as a row ----------------------------------------------------------------


def write_row(key: str, entry: Entry) -> Row:
    """The entry as it stands in the editor."""
    options = _as_options(entry)
    row: Row = {
        "was": json.dumps({key: entry}),
        "key": key,
        "type": options.get("type", "string"),
        "choices": _write_choices(options),
        **{name: options.get(name, False) for name in FLAGS},
        **{name: _write_number(options.get(name)) for name in LIMITS},
    }
    for text in TEXTS:
        own = f"{text}_{settings.LANGUAGE_CODE}"
        row[text] = options.get(text) or options.get(own, "")
        for language in LANGUAGES:
            row[f"{text}_{language}"] = options.get(f"{text}_{language}", "")
        # One text for the default language is enough to see; both are written.
        if row.get(own) == row[text]:
            row[own] = ""
    return row


def _as_options(entry: Entry) -> dict[str, Any]:
    return {"type": entry} if isinstance(entry, str) else entry


def _write_number(number: float | None) -> str:
    return "" if number is None else str(number)


def _write_choices(options: dict[str, Any]) -> str:
    """A choice a line: `value | label in Russian | in Kazakh | in English`."""
    kind, labels = options.get("type", "string"), options.get("choice_labels", {})
    lines = []
    for choice in options.get("choices", []):
        texts = labels.get(str(choice), {})
        texts = [texts.get(language, "") for language in LANGUAGES]
        texts = [text if isinstance(text, str) else "" for text in texts]
        # An empty choice is nonsense, but not nothing.
        first = _write_cell(choice, kind) or '""'
        cells = [first, *map(_write_cell, texts)]
        lines.append(" | ".join(cells).rstrip(" |"))
    return "\n".join(lines)


def _write_cell(value: str | float, kind: str = "string") -> str:
    """Text as it is; in quotes where it would be read as something else."""
    if not isinstance(value, str):
        return str(value)
    is_plain = "|" not in value and "\n" not in value and "\r" not in value
    if is_plain and (not value or _same(_read_cell(value, kind), value)):
        return value
    return json.dumps(value, ensure_ascii=False).replace("|", "\\u007c")


def _same(one: Any, other: Any) -> bool:
    return type(one) is type(other) and one == other


# --- A row as an entry ----------------------------------------------------------------


def read_entry(row: Row) -> Entry:
    """The entry that the row stands for: the old one with what was changed in it."""
    typed, old = _typed_options(row), read_was(row)
    if old is None:
        return typed["type"] if list(typed) == ["type"] else typed
    key, entry = old
    shown = _typed_options(write_row(key, entry))
    if typed == shown:
        return entry
    options = dict(_as_options(entry))
    for name in {**shown, **typed}:
        if typed.get(name) != shown.get(name):
            _put(options, name, typed.get(name))
    for text in TEXTS:
        _follow(options, _as_options(entry), text, typed, shown)
    _keep_other_languages(options, _as_options(entry))
    is_flat = isinstance(entry, str) and list(options) == ["type"]
    return options["type"] if is_flat else options


def read_was(row: Row) -> tuple[str, Entry] | None:
    """The key and entry from which the row was drawn; None for a new row."""
    try:
        ((key, entry),) = json.loads(row.get("was") or "{}").items()
        parse_field(key, entry)
    except (ValueError, AttributeError, RecursionError, ValidationError):
        return None
    return key, entry


def read_number(text: str) -> float | None:
    """The number that was typed, with a decimal comma or point; None when empty."""
    text = text.strip()
    if not text:
        return None
    number = _exact_number(text)
    if number is None:
        number = number_from_text(text)
    if not isinstance(number, int | float):
        raise ValidationError(_("A number is expected."))
    return number


def _typed_options(row: Row) -> dict[str, Any]:
    """What the row says, as options in their usual order; nothing that is empty."""
    options: dict[str, Any] = {"type": row["type"]}
    names = [f"{text}{end}" for text in reversed(TEXTS) for end in ("", *_ENDS)]
    options |= {name: _one_line(row.get(name) or "") for name in names}
    options |= {name: bool(row.get(name)) for name in FLAGS}
    options["choices"], options["choice_labels"] = _read_choices(row)
    options = {name: value for name, value in options.items() if value}
    limits = {name: read_number(row.get(name) or "") for name in LIMITS}
    return options | {name: n for name, n in limits.items() if n is not None}


_ENDS = tuple(f"_{language}" for language in LANGUAGES)


def _one_line(text: str) -> str:
    # As a browser sends what stands in a line of its own.
    return re.sub(r"[\r\n]+", "", text).strip()


def _put(options: dict[str, Any], name: str, value: Any) -> None:
    if value is None:
        options.pop(name, None)
    else:
        options[name] = value


def _follow(
    options: dict[str, Any], old: dict[str, Any], text: str, typed: Row, shown: Row
) -> None:
    """The default language's own text changes with the one that stands for it."""
    own = f"{text}_{settings.LANGUAGE_CODE}"
    if not old.get(own) or own in shown or typed.get(text) == shown.get(text):
        return
    _put(options, own, typed.get(text))
    if not old.get(text):
        options.pop(text, None)


def _keep_other_languages(options: dict[str, Any], old: dict[str, Any]) -> None:
    """Labels in languages that the editor does not show stay with their choice."""
    labels = options.get("choice_labels", {})
    for choice, texts in old.get("choice_labels", {}).items():
        if labels is not old.get("choice_labels") and choice in labels:
            others = {k: text for k, text in texts.items() if k not in LANGUAGES}
            labels[choice] = others | labels[choice]


# --- Choices --------------------------------------------------------------------------


def _read_choices(row: Row) -> tuple[list[str | float], dict[str, dict[str, str]]]:
    choices: list[str | float] = []
    labels: dict[str, dict[str, str]] = {}
    for line in re.split(r"\r?\n", row.get("choices") or ""):
        if not line.strip():
            continue
        first, *texts = line.split("|")
        choice = _read_cell(first, row["type"])
        choices.append(choice)
        named = zip(LANGUAGES, (_read_cell(text) for text in texts), strict=False)
        if found := {language: str(text) for language, text in named if text}:
            labels[str(choice)] = found
    return choices, labels


def _read_cell(cell: str, kind: str = "string") -> str | float:
    """A number where the type may have them, what stands in quotes, or the text."""
    cell = cell.strip()
    if cell.startswith('"'):
        try:
            text = json.loads(cell)
        except ValueError:
            return cell
        return text if isinstance(text, str) else cell
    if kind not in NUMERIC:
        return cell
    number: Any = _exact_number(cell)
    if number is None and kind != "choice":
        number = number_from_text(cell)
    return cell if number is None else number


def _exact_number(text: str) -> float | None:
    """The number that is written in exactly this way."""
    if not re.fullmatch(r"[-+.0-9e]+", text) or len(text) > MAX_DIGITS:
        return None
    for kind in (int, float):
        try:
            number = kind(text)
        except ValueError:
            continue
        if str(number) == text and math.isfinite(number):
            return number
    return None
