"""Brackets in brackets: refused at every door before anything walks into them."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.utils.translation import override

from catalog.models import Product, SpecTemplate
from catalog.specs import clean_attributes, parse_schema
from tests.api import client_of
from tests.backoffice import errors, office
from tests.catalog.imports import run_command
from tests.factories import make_admin

pytestmark = pytest.mark.django_db

DEPTHS = [20, 300, 600, 950, 5000, 100_000]
TOO_DEEP = "This JSON is nested too deep."


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    with override("en"):
        yield


def lists(depth: int) -> Any:
    value: Any = 1
    for _level in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize("depth", DEPTHS)
@pytest.mark.parametrize("door", ["products", "templates", "orders", "cart/add"])
def test_a_deep_body_is_400(depth: int, door: str) -> None:
    body = '{"name": "n", "x": ' + "[" * depth + "]" * depth + "}"
    answer = client_of(make_admin()).post(
        f"/api/{door}", body, content_type="application/json"
    )
    assert (answer.status_code, answer.json()["code"]) == (400, "parse_error")


def test_twenty_levels_are_taken_and_read_again() -> None:
    api = client_of(make_admin())
    fields = {"sku": "A", "name": "n", "price": "1"}
    answer = api.post("/api/products", {**fields, "attributes": {"x": lists(18)}})
    assert answer.status_code == 201, answer.json()
    read = client_of().get(f"/api/products/{answer.json()['id']}").json()
    assert read["attributes"] == {"x": lists(18)}


@pytest.mark.parametrize("depth", DEPTHS)
def test_deep_attributes_in_a_form_are_400(depth: int) -> None:
    text = '{"x": ' + "[" * depth + "]" * depth + "}"
    fields = {"sku": "A", "name": "n", "price": "1", "attributes": text}
    answer = client_of(make_admin()).post("/api/products", fields, format="multipart")
    if depth > 20:
        assert (answer.status_code, list(answer.json())) == (400, ["attributes"])
        assert not Product.objects.exists()
    else:
        assert answer.status_code == 201, answer.json()


@pytest.mark.parametrize("depth", [21, 300, 900, 5000])
def test_specs_refuse_it_whoever_asks(depth: int) -> None:
    with pytest.raises(ValidationError) as refused:
        clean_attributes({}, {"x": lists(depth)})
    assert refused.value.by_key == {"x": [TOO_DEEP]}
    for options in ({"choices": lists(depth)}, {"choice_labels": {"x": lists(depth)}}):
        with pytest.raises(ValidationError) as refused:
            parse_schema({"a": options})
        assert refused.value.message_dict == {"schema": [f"a: {TOO_DEEP}"]}


@pytest.mark.parametrize("depth", [30, 400])
def test_a_deep_template_in_the_back_office_and_in_a_file(
    depth: int, tmp_path: Path
) -> None:
    schema = '{"a": {"choice_labels": {"x": ' + "[" * depth + "]" * depth + "}}}"
    page = office().post(
        "/admin/catalog/spectemplate/add/", {"name": "a", "schema": schema}
    )
    assert errors(page) == {"schema": [f"a: {TOO_DEEP}"]}
    template, rows = tmp_path / "t.json", tmp_path / "p.csv"
    template.write_text(f'{{"name": "a", "schema": {schema}}}')
    rows.write_text("sku,name,price\nA,n,1\n")
    outcome = run_command("import_products", str(rows), "--template", str(template))
    assert TOO_DEEP in str(outcome.error)
    assert not SpecTemplate.objects.exists()
    assert not Product.objects.exists()
