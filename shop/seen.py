"""Forms that do not overwrite what somebody else has changed meanwhile.

A form carries, for each of its fields, a mark of what its page showed. When it comes
back, a field is somebody's whose value differs from that mark. What only one of two has
changed is kept, whoever it was; where both have changed the same field to different
values, nothing is saved, and the page asks which it should be.
"""

import hashlib
import json
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal, DecimalException
from typing import Any

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS
from django.forms.models import ModelChoiceField, ModelMultipleChoiceField
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

SEEN = "seen"
# The answer to a conflict: `mine:<mark>` or `theirs:<mark>` of what is stored.
TAKE = "take-"
MINE, THEIRS = "mine", "theirs"
# A form has some dozens of fields; nobody's page carries more.
MAX_SEEN = 100_000


@dataclass(frozen=True)
class Conflict:
    """A field that two have changed: what is stored now, and what was typed."""

    name: str
    label: str
    theirs: str
    mine: str
    # Of what is stored: the answer is to exactly that.
    mark: str

    @property
    def choice(self) -> str:
        return f"{TAKE}{self.name}"


class SeenMixin(forms.ModelForm):
    """For the ModelForm of a page that several people may have open.

    Put it before the form's own base. The caller makes sure that the stored row does
    not change between here and the save, or that the save notices.
    """

    def __init__(self, data: Any = None, files: Any = None, **kwargs: Any) -> None:
        super().__init__(data, files, **kwargs)
        self.conflicts: list[Conflict] = []
        # Labels of what others have changed, and this form keeps.
        self.merged: list[str] = []
        self.fields[SEEN] = forms.CharField(
            required=False, widget=forms.HiddenInput, max_length=MAX_SEEN
        )
        if self.instance._state.adding:
            del self.fields[SEEN]
            return
        self.current = {name: self._shown(name) for name in self._compared()}
        self.initial[SEEN] = json.dumps(self.marks_now())
        if self.is_bound:
            # The browser's own is not to be written into.
            self.sent: Any = data.copy()
            self.data = self.sent
            self._compare()

    def marks_now(self) -> dict[str, str]:
        """A mark of each field as it is stored."""
        return {name: self._mark(name, value) for name, value in self.current.items()}

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if self.conflicts:
            # What is wrong besides is told when it is decided which of both it is.
            self.errors.clear()
            count = len(self.conflicts)
            text = ngettext(
                "Nothing has been saved yet: somebody else has changed %(n)s field "
                "meanwhile. Choose what it should be.",
                "Nothing has been saved yet: somebody else has changed %(n)s fields "
                "meanwhile. Choose what they should be.",
                count,
            )
            self.add_error(NON_FIELD_ERRORS, text % {"n": count})
        return cleaned

    @property
    def changed_data(self) -> list[str]:
        return [name for name in super().changed_data if name != SEEN]

    # --- Comparing ----------------------------------------------------------------

    def _compare(self) -> None:
        """Let the form stand as if its page had just been opened and typed into."""
        seen, now = read_marks(self.data.get(SEEN)), self.marks_now()
        for name, mark in now.items():
            if name not in self.fields:
                # Of something beside the fields, which somebody else compares.
                seen[name] = mark
                continue
            typed = self._typed(name)
            if typed is None:
                # Whoever does not say what it should be does not change it.
                self._put(name, self.current[name])
                if seen.get(name, mark) != mark:
                    self.merged.append(self._label(name))
                seen[name] = mark
                continue
            mine, was = self._mark(name, typed), seen.get(name)
            if was == mark or mine == mark:
                seen[name] = mark
                continue
            # From here on somebody else has changed it.
            answer = self.data.get(f"{TAKE}{name}", "").partition(":")
            if was == mine or answer[0] == THEIRS:
                self._put(name, self.current[name])
                self.merged.append(self._label(name))
                seen[name] = mark
            elif answer == (MINE, ":", mark):
                seen[name] = mark
            else:
                self.conflicts.append(self._conflict(name, typed, mark))
        self.sent[SEEN] = json.dumps(seen)

    def _compared(self) -> Iterable[str]:
        return [
            name
            for name, field in self.fields.items()
            if name != SEEN and not isinstance(field, forms.FileField)
        ]

    def _shown(self, name: str) -> Any:
        """What the page shows of the stored row."""
        initial = self.get_initial_for_field(self.fields[name], name)
        return plain(self.fields[name].prepare_value(initial))

    def _typed(self, name: str) -> Any:
        """What has come; None: the page had no such field."""
        widget = self.fields[name].widget
        sent_as = self.add_prefix(name)
        if widget.value_omitted_from_data(self.data, self.files, sent_as):
            return None
        return plain(widget.value_from_datadict(self.data, self.files, sent_as))

    def _mark(self, name: str, value: Any) -> str:
        """150 and 150.00 are the same price."""
        if isinstance(self.fields[name], forms.IntegerField | forms.DecimalField):
            # 1e9999999 is a number, and more than can be reckoned with.
            with suppress(DecimalException, TypeError):
                value = str(Decimal(value).normalize())
        return mark_of(value)

    def _put(self, name: str, value: Any) -> None:
        sent_as = self.add_prefix(name)
        if isinstance(value, list):
            self.sent.setlist(sent_as, value)
        elif isinstance(self.fields[name].widget, forms.CheckboxInput):
            self.sent.pop(sent_as, None)
            if value == "True":
                self.sent[sent_as] = "on"
        else:
            self.sent[sent_as] = value

    def _conflict(self, name: str, typed: Any, mark: str) -> Conflict:
        return Conflict(
            name,
            self._label(name),
            self._worded(name, self.current[name]),
            self._worded(name, typed),
            mark,
        )

    def _label(self, name: str) -> str:
        return str(self[name].label)

    def _worded(self, name: str, value: Any) -> str:
        """The value as people read it."""
        field = self.fields[name]
        if isinstance(field.widget, forms.CheckboxInput):
            return _("yes") if value == "True" else _("no")
        if isinstance(field, ModelChoiceField):
            keys = value if isinstance(field, ModelMultipleChoiceField) else [value]
            return ", ".join(_names(field, [key for key in keys if key])) or "—"
        choices = dict(getattr(field.widget, "choices", ()))
        return str(choices.get(value, value)) or "—"


def _names(field: Any, keys: list[str]) -> list[str]:
    try:
        found = list(field.queryset.filter(pk__in=keys))
    except (forms.ValidationError, ValueError):
        # Not even keys: the field says so when it is decided.
        return ["?"]
    return sorted(str(field.label_from_instance(one)) for one in found)


def plain(value: Any) -> Any:
    """A field's value as it stands in its input, or a list of such."""
    if value is None:
        return ""
    if isinstance(value, list | tuple | set):
        return sorted(str(plain(one)) for one in value)
    if hasattr(value, "pk"):
        return str(value.pk)
    return str(value).replace("\r\n", "\n").strip()


def mark_of(value: Any) -> str:
    """The same for the same value only."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    return hashlib.blake2s(text.encode(errors="replace"), digest_size=9).hexdigest()


def read_marks(text: Any) -> dict[str, str]:
    """What a page has seen; whatever else comes in has seen nothing."""
    try:
        found = json.loads(text) if isinstance(text, str) else None
    except (ValueError, RecursionError):
        return {}
    if not isinstance(found, dict):
        return {}
    return {name: mark for name, mark in found.items() if isinstance(mark, str)}
