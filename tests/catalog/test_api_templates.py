"""Every row of the contract's §3 about spec templates."""

from typing import Any
from uuid import uuid4

import pytest
from django.utils import translation

from catalog.models import SpecTemplate
from tests.api import client_of
from tests.factories import make_admin, make_product, make_template, make_user

pytestmark = pytest.mark.django_db
SCHEMA = {"brand": "string", "weight": {"type": "number", "unit": "kg", "label": "Вес"}}


def test_create_read_change_delete() -> None:
    api = client_of(make_admin())
    made = api.post("/api/templates", {"name": "Phone", "schema": SCHEMA})
    assert made.status_code == 201, made.json()
    body = made.json()
    assert sorted(body) == ["created_at", "id", "name", "schema"]
    assert (body["name"], body["schema"]) == ("Phone", SCHEMA)
    path = f"/api/templates/{body['id']}/"
    assert api.get(path).json() == body
    assert api.get("/api/v1/templates").json()["results"] == [body]
    changed = api.patch(path, {"schema": {"brand": "string"}})
    assert (changed.status_code, changed.json()["name"]) == (200, "Phone")
    assert changed.json()["schema"] == {"brand": "string"}
    assert api.delete(path).status_code == 204
    assert api.get(path).status_code == 404
    assert api.put(path, {}).status_code == 405


def test_conflicts() -> None:
    api = client_of(make_admin())
    template, other = make_template(name="Phone"), make_template(name="Other")
    taken = api.post("/api/templates", {"name": "Phone", "schema": {}})
    assert (taken.status_code, taken.json()["code"]) == (409, "template_exists")
    renamed = api.patch(f"/api/templates/{other.pk}", {"name": "Phone"})
    assert (renamed.status_code, renamed.json()["code"]) == (409, "template_exists")
    make_product(template=template, attributes={"brand": "HP"})
    used = api.delete(f"/api/templates/{template.pk}")
    assert (used.status_code, used.json()["code"]) == (409, "template_in_use")
    assert sorted(SpecTemplate.objects.values_list("name", flat=True)) == [
        "Other",
        "Phone",
    ]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"name": "A", "schema": []}, "schema"),
        ({"name": "A", "schema": {"a": "colour"}}, "schema"),
        ({"name": "A", "schema": {"a": {"type": ["x"]}}}, "schema"),
        ({"name": "A"}, "schema"),
        ({"name": "", "schema": {}}, "name"),
        ({"name": "x" * 121, "schema": {}}, "name"),
        ({"schema": {}}, "name"),
    ],
)
def test_a_bad_template_is_400(body: Any, field: str) -> None:
    answer = client_of(make_admin()).post("/api/templates", body)
    assert (answer.status_code, list(answer.json())) == (400, [field])
    assert not SpecTemplate.objects.exists()


def test_roles() -> None:
    for user, code in ((None, 401), (make_user(), 403), (make_user(role="staff"), 403)):
        api = client_of(user)
        assert api.get("/api/templates").status_code == code
        assert api.get(f"/api/templates/{uuid4()}").status_code == code
        assert api.post("/api/templates", {}).status_code == code


def test_keys_keep_the_order_they_were_written_in() -> None:
    """jsonb would sort them by length; shoppers read specs in the author's order."""
    schema = {"screen_inches": "number", "os": "string", "brand": "string", "a": "text"}
    api = client_of(make_admin())
    made = api.post("/api/templates", {"name": "Phone", "schema": schema}).json()
    read = api.get(f"/api/templates/{made['id']}").json()
    assert list(read["schema"]) == list(schema)
    template = SpecTemplate.objects.get()
    product = make_product(
        template=template,
        attributes={"a": "x", "brand": "HP", "os": "Linux", "screen_inches": 6.5},
    )
    product.refresh_from_db()
    assert [value for _label, value in product.specs] == ["6,5", "Linux", "HP", "x"]
    with translation.override("en"):
        assert product.specs[0] == ("Screen inches", "6.5")


def test_a_schema_survives_what_json_can_say() -> None:
    for schema in ({}, {"a": {"type": "choice", "choices": ["é", 1, 2.5]}}):
        template = make_template(schema=schema)
        template.refresh_from_db()
        assert template.schema == schema
        template.save()
        template.refresh_from_db()
        assert template.schema == schema
