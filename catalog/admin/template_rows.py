"""Attributes of a spec template as rows that people edit."""

from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.functional import lazy
from django.utils.text import capfirst, format_lazy
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from catalog.schema_rows import TEXTS, Entry, read_entry, read_number, read_was
from catalog.specs import LANGUAGES, MAX_KEYS, InvalidSchema

PREFIX = "rows"
# Rows that a page without scripts offers for new attributes, and "More rows" adds.
EMPTY_ROWS = 3
MORE_ROWS = 5
# Some more than may be saved are read, and refused with a sentence.
READ_ROWS = MAX_KEYS + 50

TYPES = [
    ("string", pgettext_lazy("type of an attribute", "text, one line")),
    ("text", pgettext_lazy("type of an attribute", "long text")),
    ("number", pgettext_lazy("type of an attribute", "number")),
    ("integer", pgettext_lazy("type of an attribute", "whole number")),
    ("boolean", pgettext_lazy("type of an attribute", "yes or no")),
    ("date", pgettext_lazy("type of an attribute", "date")),
    ("choice", pgettext_lazy("type of an attribute", "one of the choices")),
    ("url", pgettext_lazy("type of an attribute", "web address")),
]


def _text(**attrs: Any) -> forms.TextInput:
    # The style sheet hides what is empty and does not apply; it asks the placeholder.
    return forms.TextInput(attrs={"placeholder": " ", "autocomplete": "off", **attrs})


class AttributeRow(forms.Form):
    """One attribute of a template, as `catalog.schema_rows` writes and reads it."""

    was = forms.CharField(required=False, strip=False, widget=forms.HiddenInput)
    key = forms.CharField(
        label=_("Key"), max_length=64, strip=False, widget=_text(spellcheck="false")
    )
    label = forms.CharField(label=_("Label"), required=False, widget=_text())
    type = forms.ChoiceField(label=_("Type"), choices=TYPES, initial="string")
    unit = forms.CharField(label=_("Unit"), required=False, widget=_text())
    required = forms.BooleanField(label=_("Required"), required=False)
    filterable = forms.BooleanField(label=_("In the filters"), required=False)
    choices = forms.CharField(
        label=_("Choices, one a line"),
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 4, "cols": 30, "placeholder": " "}),
    )
    min = forms.CharField(
        label=_("At least"), required=False, widget=_text(inputmode="decimal")
    )
    max = forms.CharField(
        label=_("At most"), required=False, widget=_text(inputmode="decimal")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for text in TEXTS:
            for language in LANGUAGES:
                self._add_translation(text, language)

    def has_changed(self) -> bool:
        """A row with nothing but a place and a type is still an empty row."""
        return bool(set(self.changed_data) - {"ORDER", "type"})

    def clean_key(self) -> str:
        key: str = self.cleaned_data["key"]
        was = read_was({"was": self.data.get(self.add_prefix("was"))})
        return key if was and was[0] == key else key.strip()

    def clean_min(self) -> str:
        return self._clean_number("min")

    def clean_max(self) -> str:
        return self._clean_number("max")

    @property
    def entry(self) -> Entry:
        return read_entry(self.cleaned_data)

    @property
    def old_key(self) -> str | None:
        """What the attribute was called when the page was drawn."""
        was = read_was(self.cleaned_data)
        return was[0] if was else None

    @property
    def title(self) -> str:
        """What people call the attribute, as far as the row says."""
        return str(self["label"].value() or self["key"].value() or "")

    def translations(self) -> list[forms.BoundField]:
        names = [f"{text}_{language}" for text in TEXTS for language in LANGUAGES]
        return [self[name] for name in names if name in self.fields]

    def _add_translation(self, text: str, language: str) -> None:
        name = f"{text}_{language}"
        label = format_lazy("{} [{}]", self.fields[text].label, language)
        self.fields[name] = forms.CharField(label=label, required=False, widget=_text())
        if language == settings.LANGUAGE_CODE and not self[name].value():
            # The first input is its text.
            del self.fields[name]

    def _clean_number(self, name: str) -> str:
        text: str = self.cleaned_data[name]
        read_number(text)
        return text


class BaseAttributeRows(forms.BaseFormSet):
    """The rows of a schema, in the order of their positions."""

    default_error_messages = {
        **forms.BaseFormSet.default_error_messages,
        "too_many_forms": lazy(
            lambda: _("A template has at most %(n)s attributes.") % {"n": MAX_KEYS}, str
        )(),
    }

    def add_fields(self, form: forms.Form, index: int | None) -> None:
        super().add_fields(form, index)
        form.fields["ORDER"].label = _("Position")

    def clean(self) -> None:
        if self.total_form_count() < self.initial_form_count():
            # Rows that are missing were not removed by anybody.
            message = self.error_messages["missing_management_form"]
            raise ValidationError(message % {"field_names": f"{PREFIX}-TOTAL_FORMS"})
        keys = set()
        for row in self.forms:
            key = getattr(row, "cleaned_data", {}).get("key")
            if not key or self._should_delete_form(row):
                continue
            if key in keys:
                row.add_error("key", _("This key stands twice."))
            keys.add(key)

    @property
    def kept(self) -> list[Any]:
        return [row for row in self.ordered_forms if row.cleaned_data.get("key")]

    @property
    def schema(self) -> dict[str, Entry]:
        """The schema that valid rows make."""
        return {row.cleaned_data["key"]: row.entry for row in self.kept}

    @property
    def renamed(self) -> dict[str, str]:
        """Keys that valid rows had before, and the keys they have now."""
        keys = {row.cleaned_data["key"] for row in self.kept}
        pairs = ((row.old_key, row.cleaned_data["key"]) for row in self.kept)
        return {old: new for old, new in pairs if old and old not in keys}

    def refuse(self, error: InvalidSchema) -> None:
        for row in self.kept:
            for message in error.by_entry.get(row.cleaned_data["key"], ()):
                row.add_error(None, capfirst(message))

    def typed(self) -> tuple[list[dict[str, Any]], int]:
        """What stands in the rows as it was typed, and how many are empty."""
        rows, empty = [], 0
        for place, row in enumerate(self.forms):
            values = {name: row[name].value() for name in row.fields}
            order, is_deleted = values.pop("ORDER"), values.pop("DELETE")
            if is_deleted:
                continue
            if place >= self.initial_form_count() and not row.has_changed():
                empty += 1
                continue
            is_placed = str(order).isdecimal() and len(str(order)) < 10
            rows.append((int(order) if is_placed else READ_ROWS, place, values))
        rows.sort(key=lambda row: row[:2])
        return [values for _order, _place, values in rows], empty


AttributeRows = forms.formset_factory(
    AttributeRow,
    formset=BaseAttributeRows,
    extra=EMPTY_ROWS,
    can_order=True,
    can_delete=True,
    max_num=MAX_KEYS,
    absolute_max=READ_ROWS,
)
