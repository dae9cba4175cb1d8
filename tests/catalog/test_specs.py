"""Spec templates: what a schema may be, and attributes that obey it."""

import contextlib
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from catalog.specs import InvalidAttributes, clean_attributes, parse_schema

RICH = {
    "brand": "string",
    "weight": {
        "type": "number",
        "unit": "kg",
        "unit_ru": "кг",
        "label": "Вес",
        "label_en": "Weight",
        "required": True,
        "min": 0,
        "max": 50,
    },
    "color": {
        "type": "choice",
        "choices": ["red", "blue"],
        "choice_labels": {"red": {"ru": "красный", "en": "red"}},
    },
    "ram": {"type": "integer", "unit": "GB"},
    "wifi": "boolean",
    "released": "date",
    "site": "url",
    "notes": "text",
}


def errors_of(attributes: Any, **kwargs: Any) -> dict[str, list[str]]:
    with pytest.raises(InvalidAttributes) as caught:
        clean_attributes(parse_schema(RICH), attributes, **kwargs)
    return caught.value.by_key


def test_flat_and_rich_forms_mix() -> None:
    fields = parse_schema(RICH)
    assert list(fields) == list(RICH)
    assert fields["brand"].type == "string"
    assert (fields["weight"].units[""], fields["weight"].max) == ("kg", 50)


def test_labels_follow_the_language_and_fall_back() -> None:
    weight = parse_schema(RICH)["weight"]
    with translation.override("en"):
        assert weight.label == "Weight"
    with translation.override("kk"):
        assert weight.label == "Вес"
    assert parse_schema({"ram_gb": "integer"})["ram_gb"].label == "Ram gb"


def test_values_are_shown_with_unit_label_and_words() -> None:
    fields = parse_schema(RICH)
    with translation.override("ru"):
        assert fields["weight"].display(1.5) == "1,5\xa0кг"
        assert fields["color"].display("red") == "красный"
        assert fields["color"].display("blue") == "blue"
    with translation.override("en"):
        assert fields["wifi"].display(True) == "yes"
        assert fields["weight"].display(1.5) == "1.5\xa0kg"


@pytest.mark.parametrize(
    ("schema", "reason"),
    [
        ([], "A schema is a map of attribute names."),
        ({"a": "colour"}, "a: unknown type colour"),
        ({"a": 5}, "a: a type or a map of options is expected"),
        ({"a": {"type": "choice"}}, "a: a choice needs its choices"),
        ({"a": {"type": "choice", "choices": ["x", "x"]}}, "a: a choice stands twice"),
        ({"a": {"type": "number", "min": 2, "max": 1}}, "a: min is above max"),
        ({"a": {"type": "number", "min": True}}, "a: min has the wrong type"),
        ({"a": {"required": "yes"}}, "a: required has the wrong type"),
        ({"a": {"size": 1}}, "a: unknown option size"),
        (
            {"a": {"choices": [[1]], "type": "choice"}},
            "a: choices are words or numbers",
        ),
        ({"": "string"}, ": a name is up to 64 letters, digits, spaces, hyphens or un"),
        ({f"k{n}": "string" for n in range(201)}, "A template has at most 200 attribu"),
    ],
)
def test_a_schema_that_is_none_says_why(schema: Any, reason: str) -> None:
    with translation.override("en"), pytest.raises(ValidationError) as caught:
        parse_schema(schema)
    assert caught.value.message_dict["schema"][0].startswith(reason)


def test_values_keep_their_json_types() -> None:
    given_values = {
        "brand": "HP",
        "weight": 1.5,
        "color": "red",
        "ram": 8.0,
        "wifi": False,
        "released": "2026-11-20",
        "site": "https://example.com/a",
        "unknown": {"kept": [1, None]},
        "notes": "",
    }
    cleaned = clean_attributes(parse_schema(RICH), given_values)
    del given_values["notes"]
    assert cleaned == given_values
    assert isinstance(cleaned["ram"], int)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("brand", 5),
        ("brand", "x" * 256),
        ("weight", "1.5"),
        ("weight", True),
        ("weight", -0.1),
        ("weight", 50.1),
        ("weight", float("inf")),
        ("weight", 10**400),
        ("ram", 1.5),
        ("ram", "8"),
        ("wifi", 1),
        ("wifi", "true"),
        ("released", "20.11.2026"),
        ("released", "2026-02-30"),
        ("released", 20261120),
        ("color", "green"),
        ("color", ["red"]),
        ("site", "javascript:alert(1)"),
        ("site", "ftp://example.com"),
        ("brand", "a\x00b"),
        ("brand", "\ud800"),
        ("free", "\ud800"),
        ("free", [1, {"deep": "\x00"}]),
        ("free", float("nan")),
        ("free", [float("inf")]),
        ("free", "x" * 30_000),
    ],
)
def test_a_value_that_breaks_the_template_is_named(key: str, value: Any) -> None:
    assert list(errors_of({"weight": 1} | {key: value})) == [key]


def test_all_broken_values_are_named_at_once() -> None:
    broken = errors_of({"ram": "x", "color": "green"})
    assert sorted(broken) == ["color", "ram", "weight"]


@pytest.mark.parametrize(
    ("key", "text", "value"),
    [
        ("weight", "1,5", 1.5),
        ("weight", " 0 040.50 ", 40.5),
        ("ram", "8", 8),
        ("wifi", "Да", True),
        ("wifi", "нет", False),
        ("wifi", "ИӘ", True),
        ("brand", "  HP ", "HP"),
    ],
)
def test_text_becomes_the_type(key: str, text: str, value: Any) -> None:
    cleaned = clean_attributes(
        parse_schema(RICH), {"weight": "1", key: text}, from_text=True
    )
    assert cleaned[key] == value
    assert type(cleaned[key]) is type(value)


def test_an_empty_cell_is_an_absent_attribute() -> None:
    assert errors_of({"weight": "", "brand": ""}, from_text=True) == {
        "weight": errors_of({})["weight"]
    }


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner),
    max_leaves=6,
)


@given(st.dictionaries(st.sampled_from([*RICH, "other"]) | st.text(), json_values))
def test_cleaning_refuses_or_gives_a_fixed_point(attributes: dict[str, Any]) -> None:
    fields = parse_schema(RICH)
    try:
        cleaned = clean_attributes(fields, attributes)
    except InvalidAttributes:
        return
    assert clean_attributes(fields, cleaned) == cleaned


@given(json_values)
def test_any_schema_is_parsed_or_refused(schema: Any) -> None:
    with contextlib.suppress(ValidationError):
        assert list(parse_schema(schema)) == list(schema)
