"""Attributes of a product as fields of the form: chosen, drawn, explained."""

from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.urls import reverse
from django.utils import translation

from catalog.models import Product
from tests.backoffice import errors, events, filled, office, staff_with
from tests.factories import make_category, make_product, make_template

pytestmark = pytest.mark.django_db

ADD = "/admin/catalog/product/add/"
SCHEMA: dict[str, Any] = {
    "ram": {"type": "integer", "min": 1, "max": 64, "unit": "GB", "unit_ru": "ГБ"},
    "weight": {"type": "number", "max": 2.5, "required": True},
    "size": {"type": "number", "choices": [1, 2], "min": 0},
    "depth": {"type": "number", "min": 0},
    "touch": "boolean",
}


def change(product: Product) -> str:
    return reverse("admin:catalog_product_change", args=[product.pk])


def form_of(page: Any) -> Any:
    assert page.status_code == 200
    return page.context["adminform"].form


def test_attributes_are_shown_before_anything_is_saved() -> None:
    client, template = office(), make_template(schema=SCHEMA)
    category = make_category()
    typed = {
        "name_ru": "Чай", "sku": "TEA", "price": "x", "stock": "7",
        "categories": [str(category.pk)], "template": str(template.pk),
        "images-0-url": "https://x.example/a.jpg",
    }  # fmt: skip
    data = filled(client.get(ADD), **typed, _attributes="1")
    del data["is_active"]
    page = client.post(ADD, data)
    form = form_of(page)
    assert errors(page) == {}
    assert [name for name in form.fields if name.startswith("attribute_")] == [
        "attribute_ram", "attribute_weight", "attribute_size", "attribute_depth",
        "attribute_touch",
    ]  # fmt: skip
    for name, value in typed.items():
        if name in form.fields:
            assert form[name].value() == value, name
    assert form["is_active"].value() is False
    assert form["attribute_ram"].value() == ""
    assert 'value="https://x.example/a.jpg"' in page.content.decode()
    assert not Product.objects.exists()
    assert not LogEntry.objects.exists()
    data = filled(page, price="5", attribute_weight="1,5", attribute_ram="8")
    assert client.post(ADD, data).status_code == 302
    product = Product.objects.get()
    assert (product.name_ru, product.is_active) == ("Чай", False)
    assert product.attributes == {"weight": 1.5, "ram": 8}
    assert product.image_urls == ["https://x.example/a.jpg"]


def test_another_template_shows_what_the_product_has_for_it() -> None:
    old, new = make_template(schema={"brand": "string"}), make_template(schema=SCHEMA)
    product = make_product(template=old, attributes={"brand": "HP", "weight": 2})
    client, told = office(), events()
    data = filled(client.get(change(product)), template=str(new.pk), sku="NEW")
    page = client.post(change(product), data | {"_attributes": "1"})
    form = form_of(page)
    assert (form["sku"].value(), form["attribute_weight"].value()) == ("NEW", "2")
    assert "attribute_brand" not in form.fields
    # Typed attributes stay when the button is pressed again.
    data = filled(page, attribute_weight="abc", _attributes="1")
    page = client.post(change(product), data)
    assert form_of(page)["attribute_weight"].value() == "abc"
    product.refresh_from_db()
    assert product.sku != "NEW"
    assert product.template == old
    assert events() == told


@pytest.mark.parametrize("template", ["nonsense", "", "\0", "9" * 40])
def test_a_template_that_is_none_shows_nothing(template: str) -> None:
    client = office()
    data = filled(client.get(ADD), template=template, _attributes="1")
    form = form_of(client.post(ADD, data))
    assert not any(name.startswith("attribute_") for name in form.fields)
    assert not Product.objects.exists()


def test_limits_are_said_in_the_readers_language() -> None:
    product = make_product(
        template=make_template(schema=SCHEMA), attributes={"weight": 1}
    )
    fields = form_of(office().get(change(product))).fields
    said = {name: str(field.help_text) for name, field in fields.items()}
    assert said["attribute_ram"] == "From 1\xa0GB to 64\xa0GB."
    assert said["attribute_weight"] == "At most 2.5."
    assert said["attribute_depth"] == "At least 0."
    assert said["attribute_size"] == said["attribute_touch"] == ""


def test_enter_saves_and_does_not_show_attributes() -> None:
    """The first button of a form is the one that Enter presses."""
    html = office().get(ADD).content.decode()
    html = html[html.index('id="product_form"') :]
    assert 0 < html.index('name="_save"') < html.index('name="_attributes"')


def test_whoever_may_only_view_is_offered_no_button() -> None:
    product = make_product(template=make_template(schema={"brand": "string"}))
    client = office(staff_with("catalog.view_product"))
    html = client.get(change(product)).content.decode()
    assert 'name="_attributes"' not in html
    assert 'name="_save"' not in html
    with translation.override("en"):
        answer = client.post(change(product), {"_attributes": "1"})
    assert answer.status_code == 403
