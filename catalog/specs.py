"""Spec templates: the schema of a kind of product, and attributes that obey it.

A schema is a map of keys. The flat form gives just a type (`{"brand": "string"}`),
the rich form a map (`{"weight": {"type": "number", "unit": "kg", …}}`); both may be
mixed. `label` is the text for the default language, `label_ru`, `label_kk` and
`label_en` those of the others; `unit` has the same variants, and `choice_labels` names
choices in each language.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.utils.formats import number_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from shop.memo import Memo
from shop.parsers import is_nested_too_deep

TYPES = {"string", "text", "number", "integer", "boolean", "date", "choice", "url"}
LANGUAGES = ("ru", "kk", "en")
MAX_KEYS = 200
MAX_STRING = 255
MAX_TEXT = 10_000
# Beyond this a JSON integer is not the same number for every reader.
MAX_NUMBER = 10**15
MAX_FLOAT = 1e300
_KEY = re.compile(r"^[^\W_][\w -]{0,63}$")
_TRUE = {"true", "1", "yes", "y", "да", "иә", "+"}
_FALSE = {"false", "0", "no", "n", "нет", "жоқ", "-"}
_OPTIONS: dict[str, type | tuple[type, ...]] = {
    "type": str,
    "unit": str,
    **{f"unit_{language}": str for language in LANGUAGES},
    "label": str,
    **{f"label_{language}": str for language in LANGUAGES},
    "required": bool,
    "filterable": bool,
    "choices": list,
    "choice_labels": dict,
    "min": (int, float),
    "max": (int, float),
}


@dataclass(frozen=True)
class SpecField:
    """One attribute that a template names."""

    key: str
    type: str
    units: dict[str, str] = field(default_factory=dict)
    labels: dict[str, str] = field(default_factory=dict)
    required: bool = False
    filterable: bool = False
    choices: tuple[str | int | float, ...] = ()
    choice_labels: dict[str, dict[str, str]] = field(default_factory=dict)
    min: float | None = None
    max: float | None = None

    @property
    def label(self) -> str:
        """The label in the reader's language, else the default one, else the key."""
        by_language = self.labels.get(_language())
        return (
            by_language
            or self.labels.get("")
            or self.key.replace("_", " ").capitalize()
        )

    @property
    def unit(self) -> str:
        """The unit as the reader's language writes it: kg, кг."""
        return self.units.get(_language()) or self.units.get("", "")

    def display(self, value: Any) -> str:
        """The value as people read it: yes or no, the choice's label, the unit."""
        if isinstance(value, bool):
            return _("yes") if value else _("no")
        if isinstance(value, list):
            return ", ".join(self.display(item) for item in value)
        label = self.choice_labels.get(str(value), {}).get(_language())
        if isinstance(value, float):
            # A decimal comma where the reader writes one.
            value = number_format(value, force_grouping=False)
        text = label or str(value)
        return f"{text}\N{NO-BREAK SPACE}{self.unit}" if self.unit else text


def _language() -> str:
    return (get_language() or "")[:2]


def parse_schema(schema: Any) -> dict[str, SpecField]:
    """The schema as fields, in its own order; ValidationError names each bad key."""
    if not isinstance(schema, dict):
        raise ValidationError({"schema": [_("A schema is a map of attribute names.")]})
    if len(schema) > MAX_KEYS:
        raise ValidationError(
            {
                "schema": [
                    _("A template has at most %(n)s attributes.") % {"n": MAX_KEYS}
                ]
            }
        )
    fields: dict[str, SpecField] = {}
    problems = {}
    for key, options in schema.items():
        try:
            fields[key] = parse_field(key, options)
        except ValidationError as error:
            problems[key] = error.messages
    if problems:
        raise InvalidSchema(problems)
    return fields


_schemas: Memo[dict[str, SpecField]] = Memo(500)


def known_schema(schema: dict[str, Any]) -> dict[str, SpecField]:
    """The same for a schema that is stored: read once, and then by its text."""
    return _schemas.get(json.dumps(schema), lambda: parse_schema(schema))


class InvalidSchema(ValidationError):
    """A schema with entries that are none: `by_entry` says why."""

    def __init__(self, by_entry: dict[str, list[str]]) -> None:
        self.by_entry = by_entry
        lines = [
            f"{shown(key)}: {message}"
            for key, messages in by_entry.items()
            for message in messages
        ]
        super().__init__({"schema": lines})


def parse_field(key: Any, options: Any) -> SpecField:
    """One entry of a schema as a field, or a ValidationError."""
    if not isinstance(key, str) or not _KEY.match(key):
        raise ValidationError(
            _("a name is up to 64 letters, digits, spaces, hyphens or underscores")
        )
    if isinstance(options, str):
        options = {"type": options}
    if not isinstance(options, dict):
        raise ValidationError(_("a type or a map of options is expected"))
    _check_plain(options)
    for name, value in options.items():
        wanted = _OPTIONS.get(name)
        if wanted is None:
            raise ValidationError(_("unknown option %(name)s") % {"name": shown(name)})
        # bool is an int in Python, but `"min": true` is a mistake.
        if not isinstance(value, wanted) or (
            isinstance(value, bool) and wanted is not bool
        ):
            raise ValidationError(_("%(name)s has the wrong type") % {"name": name})
    kind = options.get("type", "string")
    if kind not in TYPES:
        raise ValidationError(_("unknown type %(type)s") % {"type": shown(kind)})
    choices = options.get("choices", [])
    if kind == "choice" and not choices:
        raise ValidationError(_("a choice needs its choices"))
    if any(
        isinstance(c, bool) or not isinstance(c, str | int | float) for c in choices
    ):
        raise ValidationError(_("choices are words or numbers"))
    if len(set(choices)) != len(choices):
        raise ValidationError(_("a choice stands twice"))
    low, high = options.get("min"), options.get("max")
    if low is not None and high is not None and low > high:
        raise ValidationError(_("min is above max"))
    choice_labels = options.get("choice_labels", {})
    if not all(isinstance(texts, dict) for texts in choice_labels.values()):
        raise ValidationError(
            _("%(name)s has the wrong type") % {"name": "choice_labels"}
        )
    return SpecField(
        key=key,
        type=kind,
        units=_by_language(options, "unit"),
        labels=_by_language(options, "label"),
        required=options.get("required", False),
        filterable=options.get("filterable", False),
        choices=tuple(choices),
        choice_labels={
            choice: {
                language: text
                for language, text in texts.items()
                if isinstance(text, str)
            }
            for choice, texts in choice_labels.items()
        },
        min=low,
        max=high,
    )


def _by_language(options: dict[str, Any], name: str) -> dict[str, str]:
    """The option and its variants: "" is for whoever has no variant of their own."""
    texts = {language: options.get(f"{name}_{language}", "") for language in LANGUAGES}
    return {"": options.get(name, ""), **texts}


def clean_attributes(
    fields: dict[str, SpecField], attributes: Any, *, from_text: bool = False
) -> dict[str, Any]:
    """The attributes as they are stored, or a ValidationError that says which and why.

    Values must have their JSON type; with `from_text` (files, forms) text is turned
    into it first. An empty value is an absent attribute. Keys that the template does
    not name are kept.
    """
    if not isinstance(attributes, dict):
        raise ValidationError({"attributes": [_("Attributes are a map.")]})
    cleaned: dict[str, Any] = {}
    errors: dict[str, list[str]] = {}
    for key, value in attributes.items():
        if value is None or value == "":
            continue
        try:
            if not isinstance(key, str) or not key or len(key) > 64:
                raise ValidationError(_("A name has 1 to 64 characters."))
            _check_plain(key)
            _check_plain(value)
            spec = fields.get(key)
            cleaned[key] = _clean_value(spec, value, from_text) if spec else value
        except ValidationError as error:
            errors[shown(key)] = error.messages
    for key, spec in fields.items():
        if spec.required and key not in cleaned and key not in errors:
            errors[key] = [_("This attribute is required.")]
    if errors:
        raise InvalidAttributes(errors)
    return cleaned


class InvalidAttributes(ValidationError):
    """Attributes that break their template: `{"<key>": ["…"]}`."""

    def __init__(self, by_key: dict[str, list[str]]) -> None:
        self.by_key = by_key
        lines = [f"{key}: {' '.join(messages)}" for key, messages in by_key.items()]
        super().__init__({"attributes": lines})


def _check_plain(value: Any) -> None:
    """Refuse what JSON in PostgreSQL cannot hold: NUL, lone surrogates, infinities.

    And what is nested deeper than readers can follow.
    """
    # First of all: the checks below follow the nesting, call by call.
    if is_nested_too_deep(value):
        raise ValidationError(_("This JSON is nested too deep."))
    text = json.dumps(value, ensure_ascii=False)
    if "\\u0000" in text or (not text.isascii() and not _encodable(text)):
        raise ValidationError(_("This text has characters that cannot be stored."))
    if not _finite(value):
        raise ValidationError(_("This is not a number."))
    if len(text) > MAX_TEXT * 2:
        raise ValidationError(_("This value is too long."))


def shown(name: Any) -> str:
    """A refused name as the answer can carry it: short, and without surrogates."""
    return str(name)[:64].encode(errors="replace").decode()


def _encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _finite(value: Any) -> bool:
    if isinstance(value, int | float):
        return abs(value) <= MAX_FLOAT
    if isinstance(value, dict):
        return all(_finite(item) for item in value.values())
    if isinstance(value, list):
        return all(_finite(item) for item in value)
    return True


def _clean_value(spec: SpecField, value: Any, from_text: bool) -> Any:
    if from_text and isinstance(value, str):
        value = _FROM_TEXT.get(spec.type, str.strip)(value.strip())
        # A choice may be a number; text names it by how it is written.
        value = {str(choice): choice for choice in spec.choices}.get(value, value)
    _CHECKS[spec.type](value)
    if spec.type == "integer":
        value = int(value)
    if spec.choices and value not in spec.choices:
        known = ", ".join(str(choice) for choice in spec.choices[:20])
        raise ValidationError(_("Choose one of: %(choices)s.") % {"choices": known})
    if spec.type in {"number", "integer"}:
        if spec.min is not None and value < spec.min:
            raise ValidationError(_("At least %(n)s.") % {"n": spec.min})
        if spec.max is not None and value > spec.max:
            raise ValidationError(_("At most %(n)s.") % {"n": spec.max})
    return value


def _is_number(value: Any) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValidationError(_("A number is expected."))
    if not abs(value) <= MAX_NUMBER:  # NaN is not below anything
        raise ValidationError(_("This number is too large."))


def _is_integer(value: Any) -> None:
    _is_number(value)
    if value != int(value):
        raise ValidationError(_("A whole number is expected."))


def _is_boolean(value: Any) -> None:
    if not isinstance(value, bool):
        raise ValidationError(_("Yes or no is expected."))


def _is_text(limit: int) -> Callable[[Any], None]:
    def check(value: Any) -> None:
        if not isinstance(value, str):
            raise ValidationError(_("Text is expected."))
        if len(value) > limit:
            raise ValidationError(_("At most %(n)s characters.") % {"n": limit})

    return check


def _is_choice(value: Any) -> None:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise ValidationError(_("One of the choices is expected."))


def _is_date(value: Any) -> None:
    try:
        date.fromisoformat(value)
    except (TypeError, ValueError):
        raise ValidationError(_("A date like 2026-11-20 is expected.")) from None
    if len(value) != 10:  # fromisoformat also reads 20261120
        raise ValidationError(_("A date like 2026-11-20 is expected."))


def _is_url(value: Any) -> None:
    if not isinstance(value, str) or len(value) > 2000:
        raise ValidationError(_("An http(s) address is expected."))
    URLValidator(schemes=["http", "https"])(value)


_CHECKS: dict[str, Callable[[Any], None]] = {
    "string": _is_text(MAX_STRING),
    "text": _is_text(MAX_TEXT),
    "number": _is_number,
    "integer": _is_integer,
    "boolean": _is_boolean,
    "date": _is_date,
    "choice": _is_choice,
    "url": _is_url,
}


def number_from_text(text: str) -> Any:
    """`1 234,5` and `1234.5` are numbers; what is not stays text and is refused."""
    compact = re.sub(r"[\s\u00a0\u202f]", "", text).replace(",", ".")
    if not re.fullmatch(r"[+-]?\d{1,18}(\.\d{1,18})?", compact):
        return text
    return float(compact) if "." in compact else int(compact)


def _boolean_from_text(text: str) -> Any:
    word = text.casefold()
    return True if word in _TRUE else False if word in _FALSE else text


_FROM_TEXT: dict[str, Callable[[str], Any]] = {
    "number": number_from_text,
    "integer": number_from_text,
    "boolean": _boolean_from_text,
}
