"""Entries of a schema and the rows of the editor: nothing is lost on the way."""

import json
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from hypothesis import assume, given
from hypothesis import strategies as st

from catalog.schema_rows import NUMERIC, read_entry, read_number, write_row
from catalog.specs import LANGUAGES, TYPES, parse_field

texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
numbers = st.integers() | st.floats(allow_nan=False, allow_infinity=False)
tricky = st.sampled_from(
    ["8", "8.0", "-0", "1e5", '"8"', '"', "a|b", "a\nb", " a ", "\\", "1,5", "007", "|"]
)
choices = st.lists(texts | tricky | numbers, unique=True, max_size=5)
labels = st.dictionaries(
    st.sampled_from([*LANGUAGES, "de"]), texts | tricky, max_size=4
)
ends = ("", *(f"_{language}" for language in LANGUAGES))
words = [f"{name}{end}" for name in ("label", "unit") for end in ends]


@st.composite
def entries(draw: st.DrawFn) -> Any:
    """Any entry that `parse_field` takes, its options in any order."""
    kind = draw(st.sampled_from(sorted(TYPES)))
    if draw(st.booleans()) and kind != "choice":
        return kind
    options: dict[str, Any] = {"type": kind}
    options |= draw(st.dictionaries(st.sampled_from(words), texts, max_size=4))
    flags = st.sampled_from(["required", "filterable"])
    options |= draw(st.dictionaries(flags, st.booleans()))
    options |= draw(st.dictionaries(st.sampled_from(["min", "max"]), numbers))
    if kind == "choice" or draw(st.booleans()):
        options["choices"] = draw(choices)
        named = draw(st.lists(st.sampled_from([*map(str, options["choices"]), "x"])))
        options["choice_labels"] = {choice: draw(labels) for choice in named}
    if kind == "string" and draw(st.booleans()):
        del options["type"]
    order = draw(st.permutations(sorted(options)))
    entry = {name: options[name] for name in order}
    try:
        parse_field("a", entry)
    except ValidationError:
        assume(False)
    return entry


def as_sent(row: dict[str, Any]) -> dict[str, Any]:
    """The row as a browser sends it: one line in a line, CRLF in a text area."""
    sent = {}
    for name, value in row.items():
        if isinstance(value, str) and name == "choices":
            value = value.replace("\n", "\r\n")
        elif isinstance(value, str) and name not in {"was", "key"}:
            value = value.replace("\r", "").replace("\n", "").strip()
        sent[name] = value
    return sent


@given(entries())
def test_an_entry_survives_the_editor(entry: Any) -> None:
    row = as_sent(write_row("a", entry))
    # As text, so that 1, 1.0 and True differ and the order of options counts.
    assert json.dumps(read_entry(row)) == json.dumps(entry)


@given(entries())
def test_a_row_alone_says_all_that_the_entry_means(entry: Any) -> None:
    row = write_row("a", entry)
    del row["was"]
    read = parse_field("a", read_entry(row))
    meant = parse_field("a", entry)
    for name in ("type", "required", "filterable", "min", "max"):
        assert repr(getattr(read, name)) == repr(getattr(meant, name))
    kind: Any = repr if meant.type in NUMERIC else str
    assert [*map(kind, read.choices)] == [*map(kind, meant.choices)]
    for choice in meant.choices:
        told = meant.choice_labels.get(str(choice), {})
        told = {lang: text for lang, text in told.items() if text and lang != "de"}
        assert read.choice_labels.get(str(choice), {}) == told


RICH = {
    "required": True,
    "type": "choice",
    "choices": [8, "16", "more"],
    "choice_labels": {"more": {"ru": "ещё", "de": "mehr"}},
    "label": "Память",
    "label_ru": "Память",
    "label_en": "Memory",
    "unit_ru": "ГБ",
}


def edited(entry: Any, **typed: Any) -> Any:
    return read_entry(write_row("a", entry) | typed)


def test_a_row_shows_what_people_understand() -> None:
    row = write_row("ram", RICH)
    assert row["choices"] == '8\n"16"\nmore | ещё'
    assert (row["label"], row["label_ru"], row["label_en"]) == ("Память", "", "Memory")
    assert (row["unit"], row["unit_ru"], row["min"]) == ("ГБ", "", "")
    assert (row["key"], row["type"], row["required"]) == ("ram", "choice", True)
    assert row["filterable"] is False


def test_a_change_leaves_the_rest_and_its_order() -> None:
    changed = edited(RICH, required=False, filterable=True)
    assert list(changed) == [*list(RICH)[1:], "filterable"]
    assert changed == {k: v for k, v in RICH.items() if k != "required"} | {
        "filterable": True
    }


def test_the_text_of_the_default_language_follows() -> None:
    changed = edited(RICH, label="ОЗУ", unit="Гб")
    assert changed == RICH | {"label": "ОЗУ", "label_ru": "ОЗУ", "unit_ru": "Гб"}
    assert edited({"label_ru": "А"}, label="") == {}
    # Two that differ are two texts.
    two = {"label": "Memory", "label_ru": "Память"}
    assert edited(two, label="RAM") == {"label": "RAM", "label_ru": "Память"}
    assert edited(two, label_ru="") == {"label": "Memory"}


def test_choices_are_lines_and_labels_their_cells() -> None:
    lines = ' 8 |  восемь\r\n\r\n"16"||\r\n 1,5 |a|"b|c"|d|e'
    assert edited(RICH, choices=lines) == RICH | {
        "choices": [8, "16", "1,5"],
        "choice_labels": {
            "8": {"ru": "восемь"},
            "1,5": {"ru": "a", "kk": '"b', "en": 'c"'},
        },
    }
    assert edited("number", choices="1,5\n2\n3.0\nx") == {
        "type": "number",
        "choices": [1.5, 2, 3.0, "x"],
    }
    assert edited("string", choices="8\n08") == {
        "type": "string",
        "choices": ["8", "08"],
    }
    kept = edited(RICH, choices="more | больше | көп")
    assert kept["choice_labels"] == {
        "more": {"de": "mehr", "ru": "больше", "kk": "көп"}
    }


@pytest.mark.parametrize(
    ("entry", "typed", "becomes"),
    [
        ("string", {}, "string"),
        ("string", {"type": "date"}, "date"),
        ("string", {"required": True}, {"type": "string", "required": True}),
        ({"type": "string"}, {}, {"type": "string"}),
        ({}, {"type": "number"}, {"type": "number"}),
        ({}, {"required": True}, {"required": True}),
        ({"type": "number", "min": 0}, {"min": "0,5"}, {"type": "number", "min": 0.5}),
        ({"type": "number", "min": 0}, {"min": " "}, {"type": "number"}),
        ({"type": "number", "max": 5}, {"max": "5.0"}, {"type": "number", "max": 5}),
        ({"required": False}, {"unit": "кг"}, {"required": False, "unit": "кг"}),
    ],
)
def test_entries_stay_as_plain_as_they_can(
    entry: Any, typed: Any, becomes: Any
) -> None:
    changed = edited(entry, **typed)
    assert json.dumps(changed) == json.dumps(becomes)


@pytest.mark.parametrize(
    "was",
    [
        *("", "{", "[]", "5", "{}", "[" * 9999, "1" * 9999, '{"": "string"}'),
        *('{"a": 5}', '{"a": "x"}', '{"a": {"choices": 5}}'),
        '{"a": "string", "b": "string"}',
    ],
)
def test_a_row_that_was_tampered_with_is_a_new_row(was: str) -> None:
    row = {"was": was, "key": "a", "type": "number", "required": True}
    assert read_entry(row) == {"type": "number", "required": True}


@pytest.mark.parametrize(
    "text", ["a", "1e400", "nan", "inf", "1 2 x", "9" * 500, "--1"]
)
def test_what_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(ValidationError):
        read_number(text)


def test_numbers_are_read_as_people_write_them() -> None:
    read = [read_number(text) for text in (" 5 ", "-0,5", "1 000", "1e+16", "5.0", "")]
    assert repr(read) == "[5, -0.5, 1000, 1e+16, 5.0, None]"
