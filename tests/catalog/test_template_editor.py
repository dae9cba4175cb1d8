"""The schema of a template as rows in the back office, and as JSON one click away."""

import json
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.urls import reverse

from catalog import services
from catalog.models import SpecTemplate
from tests.backoffice import (
    errors,
    filled,
    filled_rows,
    office,
    queries,
    staff_with,
)
from tests.factories import make_template

pytestmark = pytest.mark.django_db

ADD = "/admin/catalog/spectemplate/add/"
MARKED = ["Nothing has been saved: see the marked attributes."]
SCHEMA: dict[str, Any] = {
    "brand": "string",
    "weight": {"required": False, "type": "number", "unit": "kg", "min": 0, "max": 50},
    "ram": {
        "type": "choice",
        "choices": [8, "16"],
        "choice_labels": {"8": {"ru": "восемь"}},
        "label": "Память",
        "label_ru": "Память",
        "label_en": "Memory",
        "filterable": True,
    },
}


def change(template: SpecTemplate) -> str:
    return reverse("admin:catalog_spectemplate_change", args=[template.pk])


def said(page: Any) -> list[dict[str, list[str]]]:
    """What the page says about each row."""
    assert page.status_code == 200
    return [dict(row) for row in page.context["adminform"].form.rows.errors]


def stored(template: SpecTemplate) -> str:
    # As text: the order of keys and options counts, and 1 is not 1.0.
    return json.dumps(SpecTemplate.objects.get(pk=template.pk).schema)


# --- Rows -----------------------------------------------------------------------------


def test_a_save_without_a_change_is_no_change(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    template = make_template(schema=SCHEMA)
    client = office()
    monkeypatch.setattr(services, "update_template", None)
    answer = client.post(change(template), filled_rows(client.get(change(template))))
    assert answer.status_code == 302
    assert stored(template) == json.dumps(SCHEMA)
    assert LogEntry.objects.get().get_change_message() == "No fields changed."


def test_rows_are_changed_added_removed_and_moved() -> None:
    template = make_template(schema=SCHEMA)
    client = office()
    data = filled_rows(
        client.get(change(template)),
        rows__0__DELETE="on",
        rows__1__required="on",
        rows__1__max="2,5",
        rows__2__ORDER="1",
        rows__2__label="ОЗУ",
        rows__3__key=" screen size ",
        rows__3__type="integer",
        rows__4__key="color",
        rows__4__ORDER="2",
        rows__4__type="choice",
        rows__4__choices="red | красный\r\nblue",
        rows__4__label_kk="Түсі",
    )
    answer = client.post(change(template), data)
    assert answer.status_code == 302, said(answer)
    assert stored(template) == json.dumps(
        {
            "ram": SCHEMA["ram"] | {"label": "ОЗУ", "label_ru": "ОЗУ"},
            "weight": {
                "required": True, "type": "number", "unit": "kg", "min": 0, "max": 2.5,
            },
            "color": {
                "type": "choice",
                "label_kk": "Түсі",
                "choices": ["red", "blue"],
                "choice_labels": {"red": {"ru": "красный"}},
            },
            "screen size": "integer",
        }
    )  # fmt: skip
    assert LogEntry.objects.get().get_change_message() == "Changed Schema."


def test_a_template_is_made_of_rows() -> None:
    client = office()
    page = client.get(ADD)
    data = filled_rows(page, name="Чай", rows__1__key="sort", rows__1__filterable="on")
    assert client.post(ADD, data).status_code == 302
    template = SpecTemplate.objects.get()
    assert template.name == "Чай"
    assert template.schema == {"sort": {"type": "string", "filterable": True}}
    assert LogEntry.objects.get().get_change_message() == "Added."


@pytest.mark.parametrize(
    ("row", "field", "message"),
    [
        ({"key": ""}, "key", "This field is required."),
        (
            {"key": "a/b"},
            "__all__",
            "A name is up to 64 letters, digits, spaces, hyphens or underscores",
        ),
        ({"key": "x" * 65}, "key", "Ensure this value has at most 64 characters (it "),
        ({"key": "a\0"}, "key", "Null characters are not allowed."),
        ({"label": "a\0"}, "label", "Null characters are not allowed."),
        ({"key": "brand"}, "key", "This key stands twice."),
        ({"min": "a"}, "min", "A number is expected."),
        ({"min": "1e400"}, "min", "A number is expected."),
        ({"max": "9" * 20}, "__all__", "This min or max is too large"),
        ({"min": "60"}, "__all__", "Min is above max"),
        ({"type": "colour"}, "type", "Select a valid choice. colour is not one of t"),
        ({"type": "string"}, "__all__", "Only numbers have a min and a max"),
        ({"type": "choice"}, "__all__", "A choice needs its choices"),
        ({"choices": "1\r\n1"}, "__all__", "A choice stands twice"),
        (
            {"type": "choice", "min": "", "max": "", "choices": '1\r\n"1"'},
            "__all__",
            "The choice 1 stands twice, as a number and as text",
        ),
        (
            {"choices": "light"},
            "__all__",
            "The choice light does not fit: A number is expected.",
        ),
        ({"choices": "51"}, "__all__", "The choice 51 does not fit: At most 50."),
        (
            {"choices": '"\\ud800"'},
            "__all__",
            "This text has characters that cannot be stored.",
        ),
        (
            {"choices": '"\\u0000"'},
            "__all__",
            "This text has characters that cannot be stored.",
        ),
    ],
)
def test_what_cannot_be_saved_is_said_at_its_row(
    row: dict[str, str], field: str, message: str
) -> None:
    template = make_template(schema=SCHEMA)
    client = office()
    typed = {f"rows-1-{name}": value for name, value in row.items()}
    page = client.post(
        change(template), filled_rows(client.get(change(template))) | typed
    )
    assert errors(page) == {"__all__": MARKED}
    first, second, third, *_rest = said(page)
    assert (first, third) == ({}, {})
    assert list(second) == [field]
    assert second[field][0].startswith(message)
    assert stored(template) == json.dumps(SCHEMA)
    assert not LogEntry.objects.exists()


TOO_MANY = "A template has at most 200 attributes."


def test_five_hundred_attributes_are_too_many_as_json() -> None:
    schema = json.dumps({f"key {n}": "string" for n in range(500)})
    for button in ("_save", "_as_rows"):
        page = office().post(ADD, {"name": "a", "schema": schema, button: "1"})
        assert errors(page) == {"schema": [TOO_MANY]}
        assert TOO_MANY in page.content.decode()
    assert not SpecTemplate.objects.exists()


@pytest.mark.parametrize("count", [201, 500])
def test_too_many_rows_are_refused_with_a_sentence(count: int) -> None:
    names = ("label", "unit", "label_kk", "label_en", "unit_kk", "unit_en")
    empty = dict.fromkeys((*names, "choices", "min", "max", "was", "ORDER"), "")
    data: dict[str, Any] = {"name": "a", "seen": "", "rows-INITIAL_FORMS": 0}
    data["rows-TOTAL_FORMS"] = count
    for n in range(count):
        row = empty | {"key": f"key {n}", "type": "string"}
        data |= {f"rows-{n}-{name}": value for name, value in row.items()}
    page = office().post(ADD, data)
    assert page.status_code == 200
    assert TOO_MANY in page.content.decode()
    assert not SpecTemplate.objects.exists()


def test_a_template_of_two_hundred_is_saved_as_rows() -> None:
    schema = {
        f"key {n}": {"type": "choice", "choices": ["a"], "label": f"Key {n}"}
        for n in range(200)
    }
    template = make_template(schema=schema)
    client = office()
    page = client.get(change(template))
    data = filled_rows(page, rows__199__ORDER="0")
    assert len(data) > 2000
    assert client.post(change(template), data).status_code == 302
    moved = {"key 199": schema.pop("key 199")} | schema
    assert stored(template) == json.dumps(moved)


def test_the_page_takes_as_many_queries_for_many_attributes_as_for_one() -> None:
    small = make_template(schema={"a": "string"})
    large = make_template(schema={f"a{n}": "string" for n in range(100)})
    client = office()
    assert queries(client, change(small)) == queries(client, change(large)) == 3


ANY_BUTTON = ["_save", "_more", "_as_json", "_as_rows"]


@pytest.mark.parametrize(
    "fields",
    [
        {"rows-TOTAL_FORMS": "999999"},
        {"rows-TOTAL_FORMS": "x"},
        {"rows-TOTAL_FORMS": "-1"},
        {"rows-INITIAL_FORMS": "x"},
        {"rows-0-ORDER": "x"},
        {"rows-0-ORDER": "9" * 5000},
        {"rows-0-was": "x", "rows-0-min": "x"},
        {"seen": "x", "rows-0-key": "new"},
        {"seen": "", "rows-0-key": "new"},
    ],
)
def test_a_form_that_was_tampered_with_changes_nothing(fields: dict[str, str]) -> None:
    template = make_template(schema=SCHEMA)
    client = office()
    data = filled_rows(client.get(change(template))) | fields
    buttons = ["_save"] if fields.get("rows-TOTAL_FORMS") == "999999" else ANY_BUTTON
    for button in buttons:
        assert client.post(change(template), data | {button: "1"}).status_code == 200
    assert stored(template) == json.dumps(SCHEMA)


# --- Without scripts, and as JSON -----------------------------------------------------


def test_more_rows_keep_what_was_typed_and_save_nothing() -> None:
    template = make_template(schema=SCHEMA)
    client = office()
    data = filled_rows(client.get(change(template)), name="New", _more="1")
    data |= {"rows-0-DELETE": "on", "rows-2-ORDER": "1", "rows-1-min": "x"}
    page = client.post(change(template), data | {"rows-4-label": "Half"})
    assert errors(page) == {}
    form = page.context["adminform"].form
    assert form["name"].value() == "New"
    drawn = [(row["key"].value(), row["ORDER"].value()) for row in form.rows.forms]
    empty = [(None, None)] * 7
    assert drawn == [("ram", 1), ("weight", 2), (None, 3), *empty]
    assert form.rows.forms[1]["min"].value() == "x"
    assert form.rows.forms[2]["label"].value() == "Half"
    assert stored(template) == json.dumps(SCHEMA)
    # What is drawn again can be saved.
    data = filled_rows(page, rows__1__min="1", rows__2__key="half")
    assert client.post(change(template), data).status_code == 302
    saved = SpecTemplate.objects.get()
    assert (saved.name, list(saved.schema)) == ("New", ["ram", "weight", "half"])
    assert saved.schema["half"] == {"type": "string", "label": "Half"}


def test_rows_become_json_and_rows_again() -> None:
    template = make_template(schema=SCHEMA)
    client = office()
    page = client.get(change(template))
    data = filled_rows(page, name="New", rows__0__required="on", _as_json="1")
    page = client.post(change(template), data)
    form = page.context["adminform"].form
    assert (errors(page), form.rows, form["name"].value()) == ({}, None, "New")
    wanted = SCHEMA | {"brand": {"type": "string", "required": True}}
    typed = form["schema"].value()
    assert json.dumps(json.loads(typed)) == json.dumps(wanted)
    typed = typed.replace('"brand"', '"maker"')
    page = client.post(change(template), filled(page, schema=typed, _as_rows="1"))
    assert errors(page) == {}
    assert page.context["adminform"].form.rows[0]["key"].value() == "maker"
    assert stored(template) == json.dumps(SCHEMA)
    assert client.post(change(template), filled_rows(page)).status_code == 302
    assert stored(template) == json.dumps(json.loads(typed))
    assert SpecTemplate.objects.get().name == "New"


def test_what_is_no_schema_cannot_be_shown_otherwise() -> None:
    client = office()
    page = client.post(ADD, {"name": "", "schema": "{", "_as_rows": "1"})
    assert errors(page)["schema"] == ["Enter a valid JSON."]
    assert page.context["adminform"].form.rows is None
    data = filled_rows(client.get(ADD), rows__0__key="a/b", _as_json="1")
    page = client.post(ADD, data)
    assert errors(page)["__all__"] == MARKED
    assert page.context["adminform"].form.rows[0]["key"].value() == "a/b"
    # A name that is missing is no reason to refuse the other view.
    page = client.post(ADD, {"name": "", "schema": '{"a": "text"}', "_as_rows": "1"})
    assert errors(page) == {}
    assert page.context["adminform"].form.rows[0]["type"].value() == "text"
    assert not SpecTemplate.objects.exists()


def test_json_that_says_something_twice_is_refused() -> None:
    data = {"name": "a", "schema": '{"a": "text", "b": {"min": 1, "min": 2}}'}
    assert errors(office().post(ADD, data)) == {"schema": ["“min” stands twice."]}


def test_a_schema_of_megabytes_opens_as_json() -> None:
    words = ["ы" * 200 + str(n) for n in range(300)]
    schema = {"a": {"type": "choice", "choices": words[:60]}}
    schema = {f"a{n}": schema["a"] for n in range(10)}
    template = make_template(schema=schema)
    client = office()
    page = client.get(change(template))
    assert page.context["adminform"].form.rows is None
    assert "too large to be shown as rows" in page.content.decode()
    data = filled(page, name="New")
    assert client.post(change(template), data).status_code == 302
    assert stored(template) == json.dumps(schema)


# --- Who, and when --------------------------------------------------------------------


@pytest.mark.parametrize("view", ["rows", "JSON"])
def test_a_stale_page_does_not_overwrite(view: str) -> None:
    template = make_template(name="Old", schema=SCHEMA)
    client = office()
    page = client.get(change(template))
    services.update_template(template, schema={"color": "string"})
    if view == "rows":
        untouched, changed = filled_rows(page), filled_rows(page, rows__0__key="maker")
    else:
        untouched, changed = filled(page), filled(page, schema="{}")
    page = client.post(change(template), changed)
    assert errors(page) == {
        "__all__": [
            "Somebody has changed this template meanwhile. Nothing has been saved: "
            "open it again, and repeat your changes there."
        ]
    }
    assert stored(template) == '{"color": "string"}'
    # The name alone hurts nobody.
    answer = client.post(change(template), untouched | {"name": "New"})
    assert answer.status_code == 302
    template.refresh_from_db()
    assert (template.name, template.schema) == ("New", {"color": "string"})


def test_a_change_at_the_last_moment_is_met_by_the_service(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    template = make_template(schema=SCHEMA)
    client = office()
    data = filled_rows(client.get(change(template)), rows__0__required="on")

    def overtake(*args: Any) -> None:
        SpecTemplate.objects.update(schema={"color": "string"})

    look = "catalog.admin.template_forms.SpecTemplateForm._look_at_products"
    monkeypatch.setattr(look, overtake)
    page = client.post(change(template), data)
    assert "Somebody has changed this template" in errors(page)["__all__"][0]
    assert not LogEntry.objects.exists()


def test_whoever_may_only_view_reads_rows_and_json() -> None:
    template = make_template(schema=SCHEMA)
    client = office(staff_with("catalog.view_spectemplate"))
    html = client.get(change(template)).content.decode()
    assert "<td>Memory</td>" in html
    assert "one of the choices" in html
    assert "&quot;choice_labels&quot;: {" in html
    assert 'name="rows-' not in html
    assert "_as_json" not in html
    data = {"name": "b", "rows-TOTAL_FORMS": "0", "rows-INITIAL_FORMS": "0"}
    assert client.post(change(template), data).status_code == 403
    assert stored(template) == json.dumps(SCHEMA)


def test_names_are_text_and_never_markup() -> None:
    evil = "</textarea><script>alert(1)</script>"
    schema = {"a": {"label": evil, "unit": evil, "type": "choice", "choices": [evil]}}
    template = make_template(schema=schema)
    for user in (None, staff_with("catalog.view_spectemplate")):
        client = office(user)
        html = client.get(change(template)).content.decode()
        assert "<script>alert" not in html
        assert "&lt;script&gt;" in html
