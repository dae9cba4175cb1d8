"""Phone numbers: in as people write them, kept in one form, out as they are read."""

from collections.abc import Iterator

import pytest
from django.core.exceptions import ValidationError
from django.template import Context, Template
from django.utils.translation import override
from hypothesis import given
from hypothesis import strategies as st

from shop.forms import PhoneField
from shop.phones import check_phone, display_phone, to_phone, usable_phone

NUMBER = "+77011234567"
REFUSED = "Write a phone number like +7 701 123 45 67."
NO_PHONES = [
    "1",
    "+7700",
    "+7 701 123 45 6",
    "+7 701 123 45 678",
    "call me",
    "+",
    "+999 701 123 45 67",
    "\x00",
    "7" * 10_000,
    "+7 701 123 45 67 " * 600,
]


@pytest.mark.parametrize(
    "text",
    [
        "+7 701 123 45 67",
        "+77011234567",
        "8 (701) 123-45-67",
        "87011234567",
        "7011234567",
        "  +7.701.123.45.67\n",
        "tel:+77011234567",
        "+٧ ٧٠١ ١٢٣ ٤٥ ٦٧",
        "+\uff17\uff17\uff10\uff11\uff11\uff12\uff13\uff14\uff15\uff16\uff17",
    ],
)
def test_a_number_is_kept_in_one_form(text: str) -> None:
    assert to_phone(text) == check_phone(text) == usable_phone(text) == NUMBER


@pytest.mark.parametrize(
    ("text", "kept"),
    [("+49 30 901820", "+4930901820"), ("+998 90 123 45 67", "+998901234567")],
)
def test_other_countries_have_numbers_too(text: str, kept: str) -> None:
    assert to_phone(text) == kept


@pytest.mark.parametrize("text", ["", "   ", "\n"])
def test_no_number_is_no_error(text: str) -> None:
    assert to_phone(text) == check_phone(text) == usable_phone(text) == ""


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    with override("en"):
        yield


@pytest.mark.parametrize("text", NO_PHONES)
def test_what_cannot_be_dialled_is_refused(text: str) -> None:
    with pytest.raises(ValidationError) as error:
        to_phone(text)
    assert error.value.messages == [REFUSED]
    with pytest.raises(ValidationError) as error:
        check_phone(text)
    assert error.value.message_dict == {"phone": [REFUSED]}
    assert usable_phone(text) == ""
    # An old note in an account is shown as it is.
    assert display_phone(text) == text


@given(st.text() | st.text("+0123456789 -()\x00٧").map("+7701".__add__))
def test_any_text_is_a_number_or_refused(text: str) -> None:
    kept = usable_phone(text)
    assert kept == "" or (kept[0] == "+" and kept[1:].isascii() and kept[1:].isdigit())
    assert usable_phone(kept) == usable_phone(display_phone(kept)) == kept


def test_a_number_is_shown_as_it_is_read() -> None:
    assert display_phone(NUMBER) == "+7 701 123 4567"
    page = Template("{% load shop_tags %}{{ a|phone }}|{{ b|phone }}|{{ c|phone }}")
    shown = page.render(Context({"a": NUMBER, "b": "", "c": "<b>"}))
    assert shown == "+7 701 123 4567||&lt;b&gt;"


def test_the_same_number_in_another_writing_is_no_change() -> None:
    field = PhoneField()
    assert field.prepare_value(NUMBER) == "+7 701 123 4567"
    assert not field.has_changed(NUMBER, "8 701 123-45-67")
    assert not field.has_changed(None, "")
    assert field.has_changed(NUMBER, "+77011234568")
    assert field.has_changed(NUMBER, "")
    assert field.has_changed("+7700", NUMBER)
    assert not field.has_changed("+7700", "+7700")
