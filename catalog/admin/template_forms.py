"""The editor of a schema: rows for people, JSON for whoever prefers it."""

import json
from functools import cached_property
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from catalog import services
from catalog.admin.template_rows import MORE_ROWS, PREFIX, TYPES, AttributeRows
from catalog.admin_forms import RefusableForm
from catalog.exceptions import TemplateChanged
from catalog.models import SpecTemplate
from catalog.schema_rows import Entry, write_row
from catalog.schema_rules import check_schema
from catalog.services.breaking import Breaking
from catalog.specs import InvalidSchema, parse_schema

# A larger schema would be a page of megabytes: it opens as JSON.
MAX_AS_ROWS = 300_000


class SchemaField(forms.JSONField):
    """JSON as people write it; whatever else comes in is refused, never a crash."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(decoder=_NoRepeats, **kwargs)

    def to_python(self, value: Any) -> Any:
        try:
            return super().to_python(value)
        except (ValueError, RecursionError):
            # Numbers of thousands of digits, thousands of brackets.
            raise ValidationError(
                self.error_messages["invalid"], code="invalid"
            ) from None

    def bound_data(self, data: Any, initial: Any) -> Any:
        """What was refused is shown again exactly as it was typed."""
        return forms.fields.InvalidJSONInput(data or "")

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, forms.fields.InvalidJSONInput):
            return value
        return json.dumps(value, ensure_ascii=False, indent=2)


class _NoRepeats(json.JSONDecoder):
    """A name that stands twice is a mistake, not the last one's victory."""

    def __init__(self) -> None:
        super().__init__(object_pairs_hook=_map)


def _map(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            shown = name[:64].encode(errors="replace").decode()
            raise ValidationError(_("“%(name)s” stands twice.") % {"name": shown})
        found[name] = value
    return found


class SpecTemplateForm(RefusableForm):
    """A template with its schema: as rows, or as JSON, but never as both.

    The page that was sent says which: the one with JSON has the field `schema`, the
    one with rows has none.
    """

    schema = SchemaField(
        label=_("Schema"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 24, "cols": 80, "spellcheck": "false"}),
        help_text=_(
            'Each attribute with its type ("brand": "string") or with options: '
            '"weight": {"type": "number", "unit": "kg", "label": "…", "required": '
            'true, "filterable": true, "choices": […], "min": 0, "max": 50}. Types: '
            "string, text, number, integer, boolean, date, choice, url."
        ),
    )
    # The mark of the schema that the page was made from.
    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    class Meta:
        model = SpecTemplate
        fields = ["name"]

    def __init__(self, data: Any = None, files: Any = None, **kwargs: Any) -> None:
        super().__init__(data, files, **kwargs)
        self.is_new = self.instance._state.adding
        self.stored = {} if self.is_new else self.instance.schema
        self.initial["seen"] = services.schema_mark(self.stored)
        self.is_turning = self.is_too_big = False
        self.typed: dict[str, Entry] | None = None
        self.breaking: Breaking | None = None
        self.rows: Any = None
        sent = data if data is not None else {}
        self.has_rows = f"{PREFIX}-TOTAL_FORMS" in sent and "schema" not in sent
        if self.has_rows:
            self.rows = AttributeRows(data, prefix=PREFIX)
        elif "schema" not in sent:
            self._draw(self.stored)
        if self.has_rows and "_more" in sent:
            self._draw_more(sent)
        elif "_as_json" in sent or "_as_rows" in sent:
            self._turn(sent, as_json="_as_json" in sent)

    # --- Reading ------------------------------------------------------------------

    def clean_schema(self) -> Any:
        schema = self.cleaned_data["schema"]
        return {} if schema is None else schema

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if "schema" not in cleaned:
            return cleaned
        schema = cleaned["schema"] if "schema" in self.data else self.stored
        if self.has_rows:
            if not self.rows.is_valid():
                self._refuse_rows()
                return cleaned
            schema = self.rows.schema
        try:
            check_schema(schema, self.stored)
        except InvalidSchema as error:
            if self.has_rows:
                self.rows.refuse(error)
                self._refuse_rows()
            else:
                self.add_refused(error)
        except ValidationError as error:
            self.add_refused(error)
        else:
            self.typed = cleaned["schema"] = schema
        return cleaned

    def full_clean(self) -> None:
        """Products are asked last: it takes time, and other errors come first."""
        super().full_clean()
        if not (self.is_new or self.is_turning or self.errors):
            self._look_at_products()

    @cached_property
    def changed_data(self) -> list[str]:
        names = [name for name in super().changed_data if name == "name"]
        return names + (["schema"] if self.is_schema_changed else [])

    @property
    def is_schema_changed(self) -> bool:
        """Whether staff want another schema than the one they were shown."""
        if self.typed is None:
            return False
        if self.is_new:
            return bool(self.typed)
        return services.schema_mark(self.typed) != self.data.get("seen")

    @property
    def anyway(self) -> str:
        """Says to what exactly "Save anyway" was the answer."""
        return services.schema_mark([self.typed, self.breaking and self.breaking.mark])

    def _refuse_rows(self) -> None:
        self.add_error(None, _("Nothing has been saved: see the marked attributes."))

    def _look_at_products(self) -> None:
        if not self.is_schema_changed:
            return
        if self.data.get("seen") != services.schema_mark(self.stored):
            self.add_error(None, str(TemplateChanged()))
            return
        renamed = self.rows.renamed if self.has_rows else {}
        self.breaking = services.products_that_break(
            self.instance, parse_schema(self.typed), renamed
        )
        if not self.breaking or self.data.get("_anyway") == self.anyway:
            self.breaking = None
            return
        count = self.breaking.count
        self.add_error(
            None,
            ngettext(
                "Nothing has been saved yet: %(n)s product breaks the new schema.",
                "Nothing has been saved yet: %(n)s products break the new schema.",
                count,
            )
            % {"n": count}
            if count
            else _("Nothing has been saved yet: an attribute has another key now."),
        )

    # --- Drawing ------------------------------------------------------------------

    @property
    def as_json(self) -> str:
        return json.dumps(self.stored, ensure_ascii=False, indent=2)

    @property
    def attributes(self) -> list[dict[str, Any]]:
        """The stored schema for whoever may only read it."""
        kinds = dict(TYPES)
        return [
            {
                "spec": spec,
                "type": kinds[spec.type],
                "choices": ", ".join(spec.display(choice) for choice in spec.choices),
            }
            for spec in self.instance.fields.values()
        ]

    def _draw(self, schema: dict[str, Entry], *, as_json: bool = False) -> None:
        self.is_too_big = len(json.dumps(schema)) > MAX_AS_ROWS
        self.initial["schema"] = schema
        self.rows = None
        if not as_json and not self.is_too_big:
            rows = [write_row(key, entry) for key, entry in schema.items()]
            self.rows = AttributeRows(initial=rows, prefix=PREFIX)

    def _draw_more(self, sent: Any) -> None:
        rows, empty = self.rows.typed()
        self._forget_what_was_sent(sent)
        self.rows = AttributeRows(initial=rows, prefix=PREFIX)
        self.rows.extra = empty + MORE_ROWS

    def _turn(self, sent: Any, *, as_json: bool) -> None:
        """The other view of the same schema; with errors the page stays what it is."""
        self.is_turning = True
        self.full_clean()
        if self.typed is not None:
            self._forget_what_was_sent(sent)
            self._draw(self.typed, as_json=as_json)

    def _forget_what_was_sent(self, sent: Any) -> None:
        """A page is only drawn: nothing is saved, and nothing refused."""
        self.initial.update({name: sent.get(name, "") for name in ("name", "seen")})
        self.is_bound, self.data, self._errors = False, MultiValueDict(), None
