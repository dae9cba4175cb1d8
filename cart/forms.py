"""What the cart's small forms may say: the API's own field names."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _


class QuantityField(forms.IntegerField):
    """Pieces: a whole number; whether there are so many is the cart's question."""

    def __init__(self, **kwargs: Any) -> None:
        whole = _("A whole number of pieces is expected.")
        messages = dict.fromkeys(("invalid", "required", "min_value"), whole)
        super().__init__(error_messages=messages, **kwargs)

    def to_python(self, value: Any) -> int | None:
        # Django reads 1.0 as 1; pieces are not written so.
        if isinstance(value, str) and "." in value:
            raise forms.ValidationError(self.error_messages["invalid"])
        return super().to_python(value)


class ProductForm(forms.Form):
    product_id = forms.UUIDField(
        error_messages=dict.fromkeys(
            ("invalid", "required"), _("There is no such product.")
        )
    )

    @property
    def first_error(self) -> str:
        return str(next(iter(self.errors.values()))[0])


class AddForm(ProductForm):
    """Without `qty`, one piece; an empty one is a mistake."""

    qty = QuantityField(min_value=1)

    def __init__(self, data: Any) -> None:
        if "qty" not in data:
            data = data.copy()
            data["qty"] = "1"
        super().__init__(data)


class SetForm(ProductForm):
    qty = QuantityField(min_value=0)
