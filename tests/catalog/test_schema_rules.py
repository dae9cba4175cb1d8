"""Schemas that contradict themselves are refused when they are written, not read."""

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.utils import translation

import shop.demo
from catalog import services
from catalog.models import SpecTemplate
from catalog.schema_rules import check_schema
from catalog.specs import InvalidSchema, parse_schema
from tests.api import client_of
from tests.backoffice import errors, filled, office
from tests.catalog.imports import run_command
from tests.conftest import REAL_DATA
from tests.factories import make_admin, make_product, make_template

NAMED_TWICE = "the choice 1 stands twice, as a number and as text"


def refused(entry: Any, key: str = "a", **kwargs: Any) -> list[str]:
    with translation.override("en"), pytest.raises(InvalidSchema) as caught:
        check_schema({"good": "string", key: entry}, **kwargs)
    assert list(caught.value.by_entry) == [key]
    return caught.value.by_entry[key]


@pytest.mark.parametrize(
    ("entry", "reasons"),
    [
        ({"type": "string", "min": 0}, ["only numbers have a min and a max"]),
        ({"max": 0}, ["only numbers have a min and a max"]),
        ({"type": "number", "max": 10**16}, ["this min or max is too large"]),
        ({"type": "number", "min": -1e200}, ["this min or max is too large"]),
        ({"type": "boolean", "choices": [1]}, ["yes or no needs no choices"]),
        ({"type": "choice", "choices": [1, "1"]}, [NAMED_TWICE]),
        (
            {"type": "number", "choices": ["light", 2, 7], "max": 5},
            [
                "the choice light does not fit: A number is expected.",
                "the choice 7 does not fit: At most 5.",
            ],
        ),
        (
            {"type": "integer", "choices": [1.5]},
            ["the choice 1.5 does not fit: A whole number is expected."],
        ),
        (
            {"type": "date", "choices": ["2026-02-30"]},
            ["the choice 2026-02-30 does not fit: A date like 2026-11-20 is expected."],
        ),
        (
            {"type": "string", "choices": [8]},
            ["the choice 8 does not fit: Text is expected."],
        ),
        (
            {"choices": ["", " a", "b "]},
            ["a choice is not empty and has no spaces around it"] * 3,
        ),
        (
            {"choices": ["a"], "choice_labels": {"b": {"ru": "б"}}},
            ["a label names b, which is no choice"],
        ),
        (
            {"choices": ["a"], "choice_labels": {"a": {"ru": 5}}},
            ["a label of the choice a is not text"],
        ),
        ({"choices": [*range(99)]}, 10),
    ],
)
def test_a_contradiction_is_named(entry: Any, reasons: Any) -> None:
    found = refused(entry)
    assert found == reasons or len(found) == reasons
    # What was stored by an earlier version is read all the same.
    parse_schema({"a": entry})
    check_schema({"a": entry}, stored={"a": entry})
    refused(entry, stored={"a": "string"})


@pytest.mark.parametrize("key", ["a ", "a\n"])
def test_a_key_has_no_space_around_it(key: str) -> None:
    said = ["a name does not begin or end with a space"]
    assert refused("string", key=key) == said


@pytest.mark.parametrize(
    "entry",
    [
        {"type": "number", "choices": [1, 2.5], "min": 1, "max": 2.5},
        {"type": "choice", "choices": [8, "16", "more"]},
        {"type": "choice", "choices": [8], "choice_labels": {"8": {"de": "acht"}}},
        {"type": "url", "choices": ["https://example.com"]},
        {"required": True, "choices": ["a", "A"]},
        {"type": "integer", "min": -(10**15), "max": 10**15},
    ],
)
def test_what_products_can_have_is_taken(entry: Any) -> None:
    check_schema({"a": entry})


def test_the_demo_and_the_real_templates_are_sound() -> None:
    demo = Path(shop.demo.__file__).with_name("templates.toml")
    for template in tomllib.loads(demo.read_text())["template"]:
        check_schema(template["schema"])
    real = REAL_DATA / "laptop-template.json"
    if real.exists():
        check_schema(json.loads(real.read_text())["schema"])


@pytest.mark.django_db
def test_labels_that_are_no_text_are_not_shown() -> None:
    """An earlier version has stored them; a page must not fail over them."""
    template = make_template(schema={"a": "string"})
    labels = {"x": {"ru": {"a": 1}, "en": 5}}
    schema = {"a": {"choices": ["x"], "choice_labels": labels}}
    SpecTemplate.objects.update(schema=schema)
    template = SpecTemplate.objects.get(pk=template.pk)
    product = make_product(template=template, attributes={"a": "x"})
    for language in ("en", "ru"):
        with translation.override(language):
            assert product.specs == [("A", "x")]
    # Another attribute is changed without a word about this one.
    client = office()
    address = f"/admin/catalog/spectemplate/{template.pk}/change/"
    new = json.dumps(schema | {"b": "text"})
    page = client.post(address, filled(client.get(address)) | {"schema": new})
    assert page.status_code == 302
    template.refresh_from_db()
    assert template.schema == schema | {"b": "text"}


# --- Whoever asks ---------------------------------------------------------------------

FIVE_HUNDRED = {f"key {n}": "string" for n in range(500)}


@pytest.mark.django_db
def test_the_api_answers_400_and_stores_nothing() -> None:
    api, english = client_of(make_admin()), {"HTTP_ACCEPT_LANGUAGE": "en"}
    template = make_template(schema={"a": "string"})
    path = f"/api/templates/{template.pk}"
    for schema, reason in (
        (FIVE_HUNDRED, "A template has at most 200 attributes."),
        ({"a": {"type": "choice", "choices": [1, "1"]}}, f"a: {NAMED_TWICE}"),
        ({"a": {"choices": {}}}, "a: choices has the wrong type"),
        ({"a": {"type": "number", "min": "a"}}, "a: min has the wrong type"),
    ):
        for answer in (
            api.post("/api/templates", {"name": "A", "schema": schema}, **english),
            api.patch(path, {"schema": schema}, **english),
        ):
            assert (answer.status_code, answer.json()) == (400, {"schema": [reason]})
    assert [*SpecTemplate.objects.values_list("schema")] == [({"a": "string"},)]


@pytest.mark.django_db
def test_a_file_with_five_hundred_attributes_is_refused(tmp_path: Path) -> None:
    template, rows = tmp_path / "t.json", tmp_path / "p.csv"
    template.write_text(json.dumps({"name": "a", "schema": FIVE_HUNDRED}))
    rows.write_text("sku,name,price\nA,n,1\n")
    outcome = run_command("import_products", str(rows), "--template", str(template))
    assert "200" in str(outcome.error)
    assert not SpecTemplate.objects.exists()


@pytest.mark.django_db
def test_what_only_the_service_refuses_is_said_on_the_page(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    template = make_template(schema={"a": "string"})
    client = office()
    address = f"/admin/catalog/spectemplate/{template.pk}/change/"
    data = filled(client.get(address), schema='{"a": {"max": 1}}')
    monkeypatch.setattr(
        "catalog.admin.template_forms.check_schema", lambda *args: parse_schema(args[0])
    )
    page = client.post(address, data)
    assert errors(page) == {"schema": ["a: only numbers have a min and a max"]}
    with pytest.raises(ValidationError):
        services.create_template(name="A", schema={"a": {"max": 1}})
