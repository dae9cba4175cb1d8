"""Products in the back office: fields by template, stock by ledger, all by services."""

from decimal import Decimal
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.urls import reverse
from django.utils import translation

from catalog.models import Product, SpecTemplate, StockEntry
from tests.backoffice import (
    errors,
    events,
    filled,
    messages,
    office,
)
from tests.factories import make_category, make_product, make_template

pytestmark = pytest.mark.django_db

LIST = "/admin/catalog/product/"
ADD = "/admin/catalog/product/add/"
LEDGER = "/admin/catalog/stockentry/"
SCHEMA = {
    "brand": "string",
    "ram": {"type": "choice", "choices": [8, 16], "unit": "GB", "required": True},
    "weight": {"type": "number", "unit": "kg", "label_en": "Weight", "max": 10},
    "touch": {"type": "boolean"},
    "released": "date",
    "site": "url",
    "about it": "text",
}


def change(product: Product) -> str:
    return reverse("admin:catalog_product_change", args=[product.pk])


def stock_page(product: Product) -> str:
    return reverse("admin:catalog_product_stock", args=[product.pk])


def new_product(page: Any, **changes: Any) -> dict[str, Any]:
    return filled(page, **{"name_ru": "Чай", "sku": "TEA", "price": "250.50"} | changes)


# --- Adding ---------------------------------------------------------------------------


def test_adding_goes_through_the_service() -> None:
    client, category = office(), make_category("Напитки")
    data = new_product(
        client.get(ADD), stock="7", name_kk="Шай", categories=[str(category.pk)]
    )
    answer = client.post(ADD, data)
    assert answer.status_code == 302, errors(answer)
    product = Product.objects.get()
    assert (product.sku, product.price, product.stock) == ("TEA", Decimal("250.50"), 7)
    assert (product.name_ru, product.name_kk, product.is_active) == ("Чай", "Шай", True)
    assert product.slug == f"chai-{product.number}"
    assert Product.objects.matching("шай").get() == product
    assert list(product.categories.all()) == [category]
    entry = product.stock_entries.get()
    assert (entry.delta, entry.reason) == (7, StockEntry.Reason.OPENING)
    assert entry.actor == answer.wsgi_request.user
    assert events() == ["product_created"]
    assert LogEntry.objects.get().object_id == str(product.pk)


def test_a_template_draws_its_fields_before_anything_is_saved() -> None:
    client, template = office(), make_template(schema=SCHEMA)
    data = new_product(client.get(ADD), template=str(template.pk))
    page = client.post(ADD, data | {"_continue": "1"})
    assert errors(page) == {"attribute_ram": ["This attribute is required."]}
    assert not Product.objects.exists()
    assert events() == []
    typed = {"attribute_ram": "16", "attribute_weight": "1,5", "attribute_touch": ""}
    answer = client.post(ADD, filled(page, **typed) | {"_continue": "1"})
    product = Product.objects.get()
    assert answer.url == change(product)
    assert product.attributes == {"ram": 16, "weight": 1.5}


def test_the_address_may_name_the_template() -> None:
    template = SpecTemplate.objects.get(pk=make_template(schema=SCHEMA).pk)
    page = office().get(ADD, {"template": str(template.pk)})
    form = page.context["adminform"].form
    assert form["template"].value() == str(template.pk)
    drawn = [name for name in form.fields if name.startswith("attribute_")]
    assert drawn == [f"attribute_{key}".replace(" ", "+") for key in template.fields]
    assert len(drawn) == len(SCHEMA)


@pytest.mark.parametrize("template", ["nonsense", "", "0" * 32])
def test_a_template_that_is_none_draws_nothing(template: str) -> None:
    page = office().get(ADD, {"template": template})
    assert page.status_code == 200
    assert not any(
        "attribute_" in name for name in page.context["adminform"].form.fields
    )


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("name_ru", "", "This field is required."),
        ("name_ru", "  ", "This field is required."),
        ("sku", "", "This field is required."),
        ("sku", "x" * 65, "Ensure this value has at most 64 characters (it has 65)."),
        ("sku", "TAKEN", "Product with this SKU already exists."),
        ("price", "-1", "Ensure this value is greater than or equal to 0."),
        ("price", "1.005", "Ensure that there are no more than 2 decimal places."),
        ("price", "1e99", "Ensure that there are no more than 12 digits in total."),
        ("price", "a lot", "Enter a number."),
        ("stock", "-1", "Ensure this value is greater than or equal to 0."),
        ("stock", "1.5", "Enter a whole number."),
        (
            "stock",
            str(10**20),
            "Ensure this value is less than or equal to 2147483647.",
        ),
        ("categories", ["nonsense"], "“nonsense” is not a valid UUID."),
    ],
)
def test_what_cannot_be_saved_is_said_at_its_field(
    field: str, value: Any, message: str
) -> None:
    make_product(sku="TAKEN")
    before = events()
    client = office()
    page = client.post(ADD, new_product(client.get(ADD), **{field: value}))
    assert errors(page) == {field: [message]}
    assert Product.objects.count() == 1
    assert events() == before


def test_a_sku_taken_at_the_last_moment_is_a_form_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    make_product(sku="TEA")
    # The other one came after this form had looked.
    monkeypatch.setattr(
        "catalog.admin_forms.ProductForm.validate_unique", lambda _: None
    )
    client = office()
    page = client.post(ADD, new_product(client.get(ADD), stock="3"))
    assert errors(page) == {"__all__": ["There is already a product with SKU TEA."]}
    assert Product.objects.count() == 1
    assert StockEntry.objects.count() == 1
    assert not LogEntry.objects.exists()


# --- Changing -------------------------------------------------------------------------


def test_changes_go_through_the_service_and_nothing_else_moves() -> None:
    product = make_product(sku="A", description="old", stock=5)
    client = office()
    page = client.get(change(product))
    Product.objects.update(price=77)  # meanwhile, by somebody else
    answer = client.post(change(product), filled(page, name_ru="Новое", price="100.00"))
    assert answer.status_code == 302, errors(answer)
    product.refresh_from_db()
    assert product.name_ru == "Новое"
    # What somebody else has set stays: nobody here has touched it.
    assert product.price == 77
    assert (product.stock, product.description) == (5, "old")
    assert Product.objects.matching("новое").get() == product
    assert events() == ["product_created", "product_updated"]
    assert LogEntry.objects.get().get_change_message() == "Changed Name [ru]."


def test_saving_without_a_change_changes_nothing() -> None:
    product = make_product(
        template=make_template(schema=SCHEMA),
        attributes={"ram": 8, "touch": False, "weight": 1e-7, "old": [1, {"a": 2}]},
    )
    client = office()
    page = client.get(change(product))
    assert client.post(change(product), filled(page)).status_code == 302
    product.refresh_from_db()
    assert product.attributes == {
        "ram": 8, "touch": False, "weight": 1e-7, "old": [1, {"a": 2}],
    }  # fmt: skip
    assert events() == ["product_created"]


def test_fields_are_drawn_from_the_template() -> None:
    product = make_product(
        template=make_template(schema=SCHEMA),
        attributes={"ram": 8, "touch": True, "released": "2026-11-20"},
    )
    page = office().get(change(product))
    fields = page.context["adminform"].form.fields
    labels = {
        name.removeprefix("attribute_"): str(field.label)
        for name, field in fields.items()
        if name.startswith("attribute_")
    }
    assert labels == {
        "brand": "Brand", "ram": "Ram, GB", "weight": "Weight, kg", "touch": "Touch",
        "released": "Released", "site": "Site", "about+it": "About it",
    }  # fmt: skip
    assert fields["attribute_ram"].required
    html = page.content.decode()
    assert '<option value="8" selected>8\N{NO-BREAK SPACE}GB</option>' in html
    assert '<option value="true" selected>yes</option>' in html
    assert 'type="date" name="attribute_released" value="2026-11-20"' in html
    assert 'type="number" name="attribute_weight" step="any" max="10"' in html
    assert 'type="url" name="attribute_site"' in html


def test_typed_attributes_become_their_types_and_others_stay() -> None:
    product = make_product(
        template=make_template(schema=SCHEMA),
        attributes={"ram": 8, "brand": "Old", "of before": {"kept": [1]}},
    )
    client = office()
    typed = {
        "attribute_ram": "16",
        "attribute_brand": "",
        "attribute_weight": "2",
        "attribute_touch": "false",
        "attribute_released": "2026-01-31",
        "attribute_about+it": "long",
    }
    answer = client.post(change(product), filled(client.get(change(product)), **typed))
    assert answer.status_code == 302, errors(answer)
    product.refresh_from_db()
    assert product.attributes == {
        "ram": 16, "weight": 2, "touch": False, "released": "2026-01-31",
        "about it": "long", "of before": {"kept": [1]},
    }  # fmt: skip


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("weight", "heavy", "A number is expected."),
        ("weight", "11", "At most 10."),
        ("ram", "12", "Choose one of: 8, 16."),
        ("ram", "", "This attribute is required."),
        ("touch", "maybe", "Yes or no is expected."),
        ("released", "31.01.2026", "A date like 2026-11-20 is expected."),
        ("site", "javascript:alert(1)", "Enter a valid URL."),
        ("brand", "x" * 256, "At most 255 characters."),
        ("brand", "a\0b", "Null characters are not allowed."),
    ],
)
def test_attributes_that_break_the_template_are_refused(
    key: str, value: str, message: str
) -> None:
    product = make_product(template=make_template(schema=SCHEMA), attributes={"ram": 8})
    client = office()
    page = client.get(change(product))
    answer = client.post(
        change(product), filled(page, **{f"attribute_{key}": value, "sku": "NEW"})
    )
    assert errors(answer) == {f"attribute_{key}": [message]}
    product.refresh_from_db()
    assert product.attributes == {"ram": 8}
    assert product.sku != "NEW"
    assert events() == ["product_created"]


def test_another_template_keeps_what_was_known() -> None:
    old = make_template(schema={"brand": "string", "colour": "string"})
    new = make_template(schema={"brand": "string", "size": "string"})
    product = make_product(
        template=old, attributes={"brand": "B", "colour": "red", "size": "XL"}
    )
    client = office()
    data = filled(client.get(change(product)), template=str(new.pk))
    assert client.post(change(product), data).status_code == 302
    product.refresh_from_db()
    assert product.template == new
    assert product.attributes == {"brand": "B", "colour": "red", "size": "XL"}
    page = client.get(change(product))
    fields = page.context["adminform"].form.fields
    assert "attribute_size" in fields
    assert "attribute_colour" not in fields
    assert "Colour: red" in page.content.decode()


def test_a_choice_that_is_no_longer_offered_is_seen_and_said() -> None:
    template = make_template(schema={"size": {"type": "choice", "choices": ["S", "M"]}})
    product = make_product(template=template, attributes={"size": "S"})
    template.schema = {"size": {"type": "choice", "choices": ["M"]}}
    template.save()
    client = office()
    data = filled(client.get(change(product)))
    assert data["attribute_size"] == "S"
    page = client.post(change(product), data)
    assert errors(page) == {"attribute_size": ["Choose one of: M."]}


def test_stock_is_shown_and_cannot_be_typed() -> None:
    product = make_product(stock=5)
    client = office()
    page = client.get(change(product))
    assert "stock" not in page.context["adminform"].form.fields
    client.post(change(product), filled(page, stock="999", number="1", slug="mine"))
    stored = Product.objects.get()
    assert (stored.stock, stored.number, stored.slug) == (
        5, product.number, product.slug,
    )  # fmt: skip
    assert StockEntry.objects.count() == 1


def test_an_emptied_translation_is_empty() -> None:
    product = make_product(name="Чай", name_en="Tea")
    client = office()
    client.post(change(product), filled(client.get(change(product)), name_en=""))
    product.refresh_from_db()
    assert product.name_en == ""
    with translation.override("en"):
        assert product.name == "Чай"


def test_a_product_deleted_meanwhile_leads_back_to_the_list(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    product = make_product()
    client = office()
    data = filled(client.get(change(product)), sku="NEW")
    monkeypatch.setattr("catalog.services.products.lock_products", lambda _: {})
    answer = client.post(change(product), data, follow=True)
    assert answer.redirect_chain == [(LIST, 302)]
    assert messages(answer) == ["This has just been deleted."]
    assert not LogEntry.objects.exists()


@pytest.mark.parametrize(
    "fields",
    [
        {"template": "nonsense"},
        {"images-TOTAL_FORMS": "999999"},
        {"images-TOTAL_FORMS": "x"},
        {"images-INITIAL_FORMS": "5"},
        {"images-0-id": "nonsense", "images-INITIAL_FORMS": "1"},
        {"price": "NaN"},
        {"sku": "a\0b"},
    ],
)
def test_a_form_that_was_tampered_with_changes_nothing(fields: dict[str, str]) -> None:
    product = make_product(sku="A", price=5)
    client = office()
    data = filled(client.get(change(product)), name_ru="new") | fields
    assert client.post(change(product), data).status_code == 200
    product.refresh_from_db()
    assert (product.sku, product.price) == ("A", Decimal(5))
    assert product.name_ru != "new"
    assert events() == ["product_created"]


def test_names_are_text_and_never_markup() -> None:
    evil = "<script>alert(1)</script>"
    product = make_product(
        sku=evil, name=evil, attributes={evil: evil}, images=["https://x.example/<b>"]
    )
    client = office()
    for url in (
        LIST,
        change(product),
        stock_page(product),
        "/admin/catalog/stockentry/",
    ):
        html = client.get(url).content.decode()
        assert evil not in html
        assert "<b>" not in html
        assert "&lt;script&gt;" in html


def test_an_unknown_product_leads_back() -> None:
    client = office()
    for key in ("nonsense", "0" * 32):
        answer = client.get(f"{LIST}{key}/change/", follow=True)
        assert answer.status_code == 200
        assert "doesn’t exist" in messages(answer)[0]
