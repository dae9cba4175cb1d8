"""Form fields that several apps share."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from shop.phones import display_phone, to_phone


class PhoneField(forms.CharField):
    """Shown as people write it, cleaned to the one form that is kept."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("label", _("Phone"))
        kwargs.setdefault("max_length", 32)
        kwargs.setdefault("required", False)
        widget = forms.TextInput(attrs={"autocomplete": "tel", "type": "tel"})
        super().__init__(widget=widget, **kwargs)

    def prepare_value(self, value: Any) -> Any:
        return display_phone(value) if isinstance(value, str) else value

    def clean(self, value: Any) -> str:
        return to_phone(super().clean(value))

    def has_changed(self, initial: Any, data: Any) -> bool:
        """The same number written in another way is no change."""
        try:
            return to_phone(initial or "") != to_phone(data or "")
        except ValidationError:
            return super().has_changed(initial, data)
