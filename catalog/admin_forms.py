"""Forms of the back office: what staff type, on its way to `catalog.services`."""

import json
from typing import Any, ClassVar

from django import forms
from django.conf import settings
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.core.validators import URLValidator
from django.forms.models import BaseInlineFormSet
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from catalog.models import (
    TEXT_LANGUAGES,
    Category,
    Product,
    ProductImage,
    StockEntry,
)
from catalog.services.marks import category_mark, pictures_of, product_mark
from catalog.services.pictures import Described, Plain
from catalog.services.stock import MAX_STOCK
from catalog.specs import InvalidAttributes, SpecField, clean_attributes
from catalog.uploads import check_picture
from shop.exceptions import DomainError
from shop.seen import SEEN, SeenMixin, mark_of, read_marks

ATTRIBUTE = "attribute_"
# The button that asks for the fields of another template.
SHOW_ATTRIBUTES = "_attributes"
# What a product's page has seen beside its fields (`shop.seen`).
PICTURES, PICTURE_ROWS = "-pictures", "-picture-rows"


def in_languages(*names: str, default: bool | None = None) -> list[str]:
    """`name_ru`, `name_kk` …: all of them, the default language's, or the others."""
    return [
        f"{name}_{language}"
        for name in names
        for language in sorted(TEXT_LANGUAGES, key=settings.LANGUAGE_CODE.__ne__)
        if default is None or default == (language == settings.LANGUAGE_CODE)
    ]


class RefusableForm(forms.ModelForm):
    """A form that also shows what a service has refused (`catalog.admin.base`)."""

    refusal: ClassVar[DomainError | ValidationError | None] = None

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if isinstance(self.refusal, ValidationError):
            self.add_refused(self.refusal)
        elif self.refusal:
            self.add_error(None, str(self.refusal))
        return cleaned

    def add_refused(self, error: ValidationError) -> None:
        """Each message at its field, or above the form where there is no such field."""
        by_field = (
            error.error_dict
            if hasattr(error, "error_dict")
            else {NON_FIELD_ERRORS: error.error_list}
        )
        for field, errors in by_field.items():
            self.add_error(field if field in self.fields else None, errors)


class NamedForm(RefusableForm):
    """The name in the default language is what a thing cannot be without."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in in_languages("name", default=True):
            if name in self.fields:
                self.fields[name].required = True

    def texts(self, *fields: str) -> dict[str, str]:
        """What was typed; an emptied translation is an empty text, not an old one."""
        names = [name for name in in_languages(*fields) if name in self.cleaned_data]
        return {name: self.cleaned_data[name] or "" for name in names}


class CategoryForm(SeenMixin, NamedForm):
    parent = forms.ModelChoiceField(
        Category.objects.all(), required=False, label=_("Inside"),
        help_text=_("Empty: at the top of the tree."),
    )  # fmt: skip

    class Meta:
        model = Category
        fields = [*in_languages("name"), "slug", "is_active"]

    def __init__(self, data: Any = None, files: Any = None, **kwargs: Any) -> None:
        stored: Category | None = kwargs.get("instance")
        self.stored_mark = ""
        if stored is not None and not stored._state.adding:
            parent = Category.objects.get_parent(stored)
            kwargs["initial"] = {**(kwargs.get("initial") or {}), "parent": parent}
            self.stored_mark = category_mark(stored, parent)
        super().__init__(data, files, **kwargs)
        if "slug" in self.fields:
            self.fields["slug"].required = False
            self.fields["slug"].help_text = _("Empty: made of the name.")


class AttributeField(forms.CharField):
    """One attribute as text. `clean_attributes` alone judges what may stand there."""

    def __init__(self, spec: SpecField, stored: Any) -> None:
        self.spec = spec
        super().__init__(
            label=f"{spec.label}, {spec.unit}" if spec.unit else spec.label,
            required=spec.required,
            widget=_widget(spec, stored),
            help_text=_limits(spec),
        )

    def validate(self, value: Any) -> None:
        """Required attributes are refused by the template, with its own words."""


def attribute_name(key: str) -> str:
    """The form field of an attribute. Keys may hold spaces, but never a plus sign."""
    return ATTRIBUTE + key.replace(" ", "+")


def _text_of(value: Any) -> str:
    """The stored value as it stands in its input."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False)
    return str(value)


def _limits(spec: SpecField) -> str:
    """What may be typed, where the input does not say so by itself."""
    if spec.type not in {"number", "integer"} or spec.choices:
        return ""
    low, high = (
        limit is not None and spec.display(limit) for limit in (spec.min, spec.max)
    )
    if low and high:
        return gettext("From %(low)s to %(high)s.") % {"low": low, "high": high}
    if low:
        return gettext("At least %(n)s.") % {"n": low}
    return gettext("At most %(n)s.") % {"n": high} if high else ""


def _widget(spec: SpecField, stored: Any) -> forms.Widget:
    choices: list[tuple[str, Any]]
    choices = [(_text_of(choice), spec.display(choice)) for choice in spec.choices]
    if spec.type == "boolean":
        choices = [("true", _("yes")), ("false", _("no"))]
    if choices:
        if stored is not None and _text_of(stored) not in dict(choices):
            # No longer offered, but nobody has decided to drop it.
            choices.append((_text_of(stored), _text_of(stored)))
        return forms.Select(choices=[("", "—"), *choices])
    if spec.type == "text":
        return forms.Textarea(attrs={"class": "vLargeTextField", "rows": 4})
    if spec.type in {"number", "integer"}:
        limits = {"min": spec.min, "max": spec.max}
        return forms.NumberInput(
            attrs={
                "step": "any" if spec.type == "number" else 1,
                **{name: limit for name, limit in limits.items() if limit is not None},
            }
        )
    if spec.type == "date":
        return forms.TextInput(attrs={"type": "date"})
    kind = "url" if spec.type == "url" else "text"
    return forms.TextInput(attrs={"type": kind, "class": "vTextField"})


class ProductForm(SeenMixin, NamedForm):
    """A product with a field for each attribute of its template.

    `catalog.admin.products` makes a subclass with the AttributeFields of the template
    that the page is about.
    """

    stock = forms.IntegerField(
        label=_("In stock, pieces"), min_value=0, max_value=MAX_STOCK, initial=0
    )

    # A template may be chosen before its required attributes are filled in.
    use_required_attribute = False
    template_fields: ClassVar[dict[str, SpecField]] = {}
    # The attributes to begin with: its own, or those of the product it is a copy of.
    copied: ClassVar[dict[str, Any]] = {}
    # What is wrong with the pictures that came along.
    picture_errors: ClassVar[list[str]] = []

    class Meta:
        model = Product
        fields = [
            *in_languages("name", "description"),
            *("sku", "barcode", "price", "compare_at_price", "is_active"),
            *("template", "categories"),
        ]
        help_texts = {
            "compare_at_price": _("Shown struck through while it is above the price."),
        }

    def __init__(self, data: Any = None, files: Any = None, **kwargs: Any) -> None:
        # "Show its attributes" draws the page again, and judges nothing.
        is_drawn_again = data is not None and SHOW_ATTRIBUTES in data
        instance: Product | None = kwargs.get("instance")
        self.stored = dict((instance and instance.attributes) or self.copied)
        attributes = {
            attribute_name(key): _text_of(self.stored.get(key))
            for key in self.template_fields
        }
        kwargs["initial"] = {**attributes, **(kwargs.get("initial") or {})}
        is_judged = data is not None and not is_drawn_again
        # Before it is changed: what the service has to find.
        self.stored_mark = product_mark(instance) if instance and is_judged else ""
        super().__init__(*((None, None) if is_drawn_again else (data, files)), **kwargs)
        if is_drawn_again:
            self._draw_what_was_typed(data)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        for text in self.picture_errors:
            self.add_error(None, text)
        try:
            cleaned["attributes"] = clean_attributes(
                self.template_fields, self._typed_attributes(), from_text=True
            )
        except InvalidAttributes as error:
            for key, messages in error.by_key.items():
                self._add_attribute_error(key, messages)
        return cleaned

    def marks_now(self) -> dict[str, str]:
        """Of the pictures too: `catalog.admin.picture_rows` looks at them."""
        return {**super().marks_now(), **picture_marks(self.instance)}

    def changes(self) -> dict[str, Any]:
        """What staff have changed, named as the services name it."""
        cleaned, changed = self.cleaned_data, self.changed_data
        plain = [
            *("sku", "barcode", "price", "compare_at_price", "stock", "is_active"),
            *("template", "categories"),
        ]
        found = {name: cleaned[name] for name in plain if name in changed}
        texts = self.texts("name", "description")
        found |= {name: text for name, text in texts.items() if name in changed}
        # Without the right to it, no attribute has been on the page.
        if (
            "template" in self.fields
            and cleaned["attributes"] != self.instance.attributes
        ):
            found["attributes"] = cleaned["attributes"]
        return found

    def _typed_attributes(self) -> dict[str, Any]:
        """Stored attributes with what was typed; what nobody was asked for stays."""
        attributes = dict(self.stored)
        for key in self.template_fields:
            name = attribute_name(key)
            widget = self.fields[name].widget
            # A template chosen in this very request has no fields on the page yet.
            if name not in self.cleaned_data or widget.value_omitted_from_data(
                self.data, self.files, name
            ):
                continue
            text = self.cleaned_data[name]
            if text != _text_of(self.stored.get(key)):
                attributes[key] = text
        return attributes

    def _draw_what_was_typed(self, data: Any) -> None:
        for name, field in self.fields.items():
            # Attributes of a template that was only just chosen have no inputs yet.
            if name in data or not name.startswith(ATTRIBUTE):
                self.initial[name] = field.widget.value_from_datadict(data, {}, name)
        if SEEN in self.fields:
            # The page has seen what it had seen, and the fields that are new on it.
            seen = read_marks(data.get(SEEN))
            drawn = {
                name: mark
                for name, mark in self.marks_now().items()
                if name.startswith(ATTRIBUTE)
            }
            self.initial[SEEN] = json.dumps({**drawn, **seen})

    def _add_attribute_error(self, key: str, messages: list[str]) -> None:
        name = attribute_name(key)
        if name in self.fields:
            self.add_error(name, messages)
        else:
            self.add_error(None, [f"{key}: {message}" for message in messages])


def picture_marks(product: Product) -> dict[str, str]:
    """Of the pictures, and of the rows that a page shows of them."""
    images = list(product.images.all())
    rows = [[str(image.position), image.url, image.alt] for image in images]
    return {PICTURES: mark_of(pictures_of(product)), PICTURE_ROWS: mark_of(rows)}


def copied_fields(product: Product) -> dict[str, Any]:
    """What a copy of the product begins with: all but what is its own."""
    own = {"sku", "barcode"}
    names = [name for name in ProductForm.Meta.fields if name not in own]
    return {
        name: (
            list(product.categories.all())
            if name == "categories"
            else getattr(product, name)
        )
        for name in names
    }


class ImageForm(forms.ModelForm):
    """A picture: an address elsewhere or an upload, never both."""

    position = forms.IntegerField(
        label=_("Position"), required=False, min_value=0, max_value=32767
    )
    url = forms.CharField(
        label=_("Address"),
        required=False,
        max_length=2000,
        validators=[URLValidator(schemes=["http", "https"])],
        widget=forms.TextInput(attrs={"type": "url", "class": "vURLField"}),
    )
    file = forms.FileField(label=_("File"), required=False, widget=forms.FileInput)

    class Meta:
        model = ProductImage
        fields = ["position", "url", "file", "alt"]
        widgets = {"alt": forms.TextInput(attrs={"class": "vTextField"})}

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if isinstance(file, UploadedFile):
            check_picture(file)
        return file

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if not self.errors and bool(cleaned.get("url")) == bool(cleaned.get("file")):
            self.add_error("url", _("Give either an address or a file."))
        return cleaned

    @property
    def picture(self) -> Plain:
        """The picture as the services take it, without its text."""
        file = self.cleaned_data["file"]
        if isinstance(file, UploadedFile):
            return file
        return self.instance.address if file else self.cleaned_data["url"]


class ImageFormSet(BaseInlineFormSet):
    """The pictures of a product; `pictures` is the whole list as it should be."""

    @property
    def pictures(self) -> list[Described]:
        """By position; where none was given, after all others."""
        kept = [
            form
            for form in self.forms
            if form.cleaned_data and not form.cleaned_data.get("DELETE")
        ]
        last = 32768
        kept.sort(
            key=lambda form: (
                last
                if form.cleaned_data["position"] is None
                else form.cleaned_data["position"]
            )
        )
        return [
            Described(form.picture, form.cleaned_data["alt"])
            for form in kept
            if isinstance(form, ImageForm)
        ]


class StockForm(forms.Form):
    """A movement of stock by hand."""

    delta = forms.IntegerField(
        label=_("Change, pieces"),
        min_value=-MAX_STOCK,
        max_value=MAX_STOCK,
        help_text=_("5 adds five pieces, -5 takes five away."),
    )
    reason = forms.TypedChoiceField(
        label=_("Reason"),
        choices=[
            (reason, StockEntry.Reason(reason).label) for reason in StockEntry.BY_HAND
        ],
        coerce=StockEntry.Reason,
    )
    note = forms.CharField(label=_("Note"), required=False, max_length=255)

    def clean_delta(self) -> int:
        delta: int = self.cleaned_data["delta"]
        if delta == 0:
            raise ValidationError(_("The stock would not change."))
        return delta
