"""How a form field gets Bootstrap's classes."""

from typing import Any

from django import template
from django.forms import BoundField, CheckboxInput, Select
from django.utils.safestring import SafeString

register = template.Library()


@register.filter
def styled(field: BoundField) -> SafeString:
    """The field's widget with the class of its kind, `is-invalid` after an error.

    The first field that is wrong has the focus when the page comes back, so that it is
    seen, and read out together with what is said about it.
    """
    widget = field.field.widget
    if isinstance(widget, CheckboxInput):
        kind = "form-check-input"
    else:
        kind = "form-select" if isinstance(widget, Select) else "form-control"
    own = widget.attrs.get("class", "")
    invalid = "is-invalid" if field.errors else ""
    attrs: dict[str, Any] = {"class": " ".join(f"{kind} {own} {invalid}".split())}
    wrong = field.form.errors
    if field.errors and field.name == next(n for n in field.form.fields if n in wrong):
        attrs["autofocus"] = True
    return field.as_widget(attrs=attrs)
