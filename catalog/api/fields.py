"""Fields that the catalog's serializers share."""

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ValidationError as DjangoValidationError
from django.core.files.uploadedfile import UploadedFile
from django.core.validators import URLValidator
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.fields import empty

from catalog.specs import TYPES
from catalog.uploads import check_picture

MAX_PICTURES = 30


@extend_schema_field({"type": "array", "items": {"type": "string", "format": "uri"}})
class ImagesField(serializers.Field):
    """Pictures in order: http(s) addresses, or files in a multipart request."""

    takes_files = True
    default_error_messages = {
        "not_a_list": _("A list of addresses is expected."),
        "too_many": _("There are too many pictures."),
        "address": _("An http(s) address is expected."),
    }

    def get_value(self, dictionary: Any) -> Any:
        if isinstance(dictionary, MultiValueDict):
            # A form repeats the field; an absent one changes nothing.
            found = dictionary.getlist(self.field_name)
            return [item for item in found if item != ""] if found else empty
        return super().get_value(dictionary)

    def to_internal_value(self, data: Any) -> list[str | UploadedFile]:
        if not isinstance(data, list):
            self.fail("not_a_list")
        if len(data) > MAX_PICTURES:
            self.fail("too_many")
        return [self._picture(item) for item in data]

    def _picture(self, item: Any) -> str | UploadedFile:
        if isinstance(item, UploadedFile):
            try:
                check_picture(item)
            except DjangoValidationError as error:
                raise serializers.ValidationError(error.messages) from error
            return item
        if not isinstance(item, str) or len(item) > 2000 or not _is_storable(item):
            self.fail("address")
        own = urlsplit(settings.MEDIA_URL).path
        if item.startswith(own):
            # What the API itself answered for an upload; the service checks it.
            return item
        try:
            URLValidator(schemes=["http", "https"])(item)
        except DjangoValidationError:
            self.fail("address")
        return item

    def to_representation(self, value: Any) -> list[str]:
        return [image.address for image in value.all()]


@extend_schema_field({"type": "object", "additionalProperties": {}})
class JSONField(serializers.JSONField):
    """An object, also as text in a form; deep nesting is refused there too."""

    def to_internal_value(self, data: Any) -> Any:
        try:
            return super().to_internal_value(data)
        except RecursionError:
            self.fail("invalid")


@extend_schema_field(
    {
        "type": "object",
        "additionalProperties": {
            "anyOf": [
                {"type": "string", "enum": sorted(TYPES)},
                {
                    "type": "object",
                    "properties": {"type": {"type": "string", "enum": sorted(TYPES)}},
                },
            ]
        },
        "example": {"brand": "string", "weight": {"type": "number", "unit": "kg"}},
    }
)
class SpecsField(JSONField):
    """A template's schema: for each key its type, or an object that tells more."""


def _is_storable(text: str) -> bool:
    """No NUL and no lone surrogate: neither database could keep them."""
    return "\0" not in text and not any("\ud800" <= char <= "\udfff" for char in text)
