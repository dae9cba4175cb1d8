"""Phone numbers: written as people write them, kept in one form (E.164)."""

import phonenumbers
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

# The country of a number that is written without one.
REGION = "KZ"


def to_phone(text: str) -> str:
    """`8 (701) 123-45-67` as `+77011234567`; no number stays no number.

    Raises ValidationError for what cannot be dialled.
    """
    text = text.strip()
    if not text:
        return ""
    try:
        number = phonenumbers.parse(text, REGION)
    except phonenumbers.NumberParseException:
        number = None
    if number is None or not _can_be_dialled(number):
        raise ValidationError(
            _("Write a phone number like +7 701 123 45 67."), code="invalid_phone"
        )
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def check_phone(text: str) -> str:
    """The same, for services: what is wrong is an error of the field `phone`."""
    try:
        return to_phone(text)
    except ValidationError as error:
        raise ValidationError({"phone": error}) from error


def usable_phone(text: str) -> str:
    """The number in one form, or none where there is none to call."""
    try:
        return to_phone(text)
    except ValidationError:
        return ""


def _can_be_dialled(number: phonenumbers.PhoneNumber) -> bool:
    """As long as numbers of its country are.

    Whether it is in use today is not asked: that list ages with the library, and a
    number that is too new for it would be a sale refused.
    """
    possible = phonenumbers.ValidationResult.IS_POSSIBLE
    return phonenumbers.is_possible_number_with_reason(number) == possible


def display_phone(phone: str) -> str:
    """`+77011234567` as `+7 701 123 4567`; what is no number stays as it is."""
    try:
        number = phonenumbers.parse(phone, REGION)
    except phonenumbers.NumberParseException:
        return phone
    if not _can_be_dialled(number):
        return phone
    return phonenumbers.format_number(
        number, phonenumbers.PhoneNumberFormat.INTERNATIONAL
    )
