"""Which products a change of a schema breaks, said before anything is saved."""

import json
import re
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation

from catalog import services
from catalog.models import Product, SpecTemplate
from catalog.specs import parse_schema
from tests.backoffice import errors, events, filled, filled_rows, messages, office
from tests.factories import make_product, make_template

pytestmark = pytest.mark.django_db

SCHEMA: dict[str, Any] = {"brand": "string", "ram": {"type": "integer", "max": 64}}


def change(template: SpecTemplate) -> str:
    return reverse("admin:catalog_spectemplate_change", args=[template.pk])


def make(count: int, template: SpecTemplate, **attributes: Any) -> list[Product]:
    return [
        make_product(template=template, attributes=attributes) for _ in range(count)
    ]


def breaking(template: SpecTemplate, schema: Any, *renamed: str) -> Any:
    fresh = SpecTemplate.objects.get(pk=template.pk)
    with translation.override("en"):
        return services.products_that_break(fresh, parse_schema(schema), renamed)


def found(template: SpecTemplate, schema: Any) -> dict[str, Any]:
    """What breaks of each product, by its SKU."""
    broken = breaking(template, schema)
    assert broken.count == len(broken.products)
    return {each.product.sku: each.problems for each in broken.products}


# --- The service ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("schema", "problems"),
    [
        ({"brand": "string", "ram": {"type": "integer", "max": 8}}, "At most 8."),
        ({"ram": {"type": "integer", "min": 32}}, "At least 32."),
        ({"ram": "boolean"}, "Yes or no is expected."),
        ({"ram": {"type": "integer", "choices": [8]}}, "Choose one of: 8."),
    ],
)
def test_products_that_do_not_fit_are_named_with_the_reason(
    schema: Any, problems: str
) -> None:
    template = make_template(schema=SCHEMA)
    make_product(sku="A", template=template, attributes={"ram": 16})
    make(2, template, brand="HP")
    # Another template's products are none of its business.
    make_product(attributes={"ram": 16})
    assert found(template, schema) == {"A": [("Ram", [problems])]}


def test_an_attribute_that_becomes_required_breaks_whoever_has_none() -> None:
    template = make_template(schema=SCHEMA)
    make(1, template, brand="HP", ram=8)
    make_product(sku="B", template=template)
    schema = {
        "brand": {"type": "string", "required": True, "label_en": "Maker"},
        "ram": {"type": "integer", "required": True},
    }
    needed = ["This attribute is required."]
    assert found(template, schema) == {"B": [("Maker", needed), ("Ram", needed)]}


@pytest.mark.parametrize(
    "schema",
    [
        {},
        {"ram": SCHEMA["ram"]},
        SCHEMA | {"new": "string"},
        SCHEMA | {"ram": {"type": "integer", "max": 65}},
        SCHEMA | {"ram": {"type": "number"}},
        {"ram": SCHEMA["ram"], "brand": {"type": "text"}},
    ],
)
def test_what_products_can_live_with_breaks_none(schema: Any) -> None:
    template = make_template(schema=SCHEMA)
    make(3, template, brand="HP", ram=64, other={"of": "before"})
    assert not breaking(template, schema)


def test_texts_and_filters_are_changed_without_a_look_at_products() -> None:
    template = make_template(schema=SCHEMA)
    make(1, template, brand="HP", ram=8)
    # It was broken before, and not by this change.
    Product.objects.update(attributes={"ram": 1000})
    new = {"ram": SCHEMA["ram"] | {"label": "ОЗУ", "filterable": True}}
    fresh = SpecTemplate.objects.get(pk=template.pk)
    with CaptureQueriesContext(connection) as captured:
        assert not services.products_that_break(fresh, parse_schema(new))
    assert len(captured) == 0
    tighter = {"ram": SCHEMA["ram"] | {"max": 32}}
    assert breaking(template, tighter).count == 1


def test_the_first_are_listed_and_all_are_counted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("catalog.services.breaking.LISTED", 3)
    monkeypatch.setattr("catalog.services.breaking.BATCH", 2)
    template = make_template(schema=SCHEMA)
    products = make(7, template, ram=8)
    broken = breaking(template, {"ram": "date"})
    assert broken.count == 7
    assert [each.product for each in broken.products] == products[:3]


def test_queries_are_as_many_for_three_hundred_products_as_for_three(
    django_assert_num_queries: Any,
) -> None:
    for count in (3, 300):
        template = make_template(schema=SCHEMA)
        product = make(1, template, ram=8)[0]
        Product.objects.bulk_create(
            Product(
                sku=f"{count}-{n}",
                slug=f"{count}-{n}",
                number=10**6 * count + n,
                price=1,
                template=template,
                attributes=product.attributes,
            )
            for n in range(count - 1)
        )
        fields = parse_schema({"ram": "date"})
        fresh = SpecTemplate.objects.get(pk=template.pk)
        with django_assert_num_queries(2):
            broken = services.products_that_break(fresh, fields)
        assert (broken.count, len(broken.products)) == (count, min(count, 50))


def test_values_under_an_old_key_are_counted() -> None:
    template = make_template(schema=SCHEMA)
    make(2, template, brand="HP")
    make(1, template, ram=8)
    broken = breaking(template, {"maker": "string", "ram": "integer"}, "brand")
    assert (broken.count, broken.left_behind) == (0, {"brand": 2})


def test_the_mark_is_of_the_products_and_what_is_wrong_with_them() -> None:
    template = make_template(schema=SCHEMA)
    first, _second = make(2, template, brand="HP", ram=8)
    new = {"brand": "date", "ram": "date"}
    mark = breaking(template, new).mark
    with translation.override("ru"):
        fresh = SpecTemplate.objects.get(pk=template.pk)
        assert services.products_that_break(fresh, parse_schema(new)).mark == mark
    Product.objects.filter(pk=first.pk).update(attributes={"ram": 8})
    other = breaking(template, new).mark
    Product.objects.filter(pk=first.pk).update(attributes={})
    assert len({mark, other, breaking(template, new).mark}) == 3


# --- The page -------------------------------------------------------------------------


def test_nothing_is_saved_before_the_products_were_shown() -> None:
    template = make_template(schema=SCHEMA)
    product = make_product(
        sku="<A>", name="Кружка", template=template, attributes={"ram": 16}
    )
    client, told = office(), events()
    data = filled_rows(client.get(change(template)), rows__1__max="8", name="New")
    page = client.post(change(template), data)
    said = ["Nothing has been saved yet: 1 product breaks the new schema."]
    assert errors(page) == {"__all__": said}
    html = page.content.decode()
    assert "&lt;A&gt;" in html
    address = reverse("admin:catalog_product_change", args=[product.pk])
    assert f'<a href="{address}">Кружка</a>' in html
    assert "<strong>Ram</strong>: At most 8." in html
    assert "whoever edits one of them next has to mend it first" in html
    template.refresh_from_db()
    assert template.name != "New"
    assert template.schema == SCHEMA
    assert not LogEntry.objects.exists()

    # The same page, and the button that was offered.
    (anyway,) = re.findall(r'name="_anyway" value="(\w+)"', html)
    data = filled_rows(page) | {"_anyway": anyway}
    assert client.post(change(template), data).status_code == 302
    saved = SpecTemplate.objects.get()
    assert (saved.name, saved.schema["ram"]["max"]) == ("New", 8)
    product.refresh_from_db()
    assert product.attributes == {"ram": 16}
    assert events() == told
    message = LogEntry.objects.get().get_change_message()
    assert message == "Changed Name and Schema."


def anyway(page: Any) -> str:
    return page.context["adminform"].form.anyway


def test_json_asks_the_same_question() -> None:
    template = make_template(schema=SCHEMA)
    make(1, template, ram=16)
    client = office()
    page = client.get(change(template))
    page = client.post(change(template), filled_rows(page, _as_json="1"))
    new = json.dumps({"ram": "date"})
    page = client.post(change(template), filled(page, schema=new))
    assert page.context["adminform"].form.breaking.count == 1
    template.refresh_from_db()
    assert template.schema == SCHEMA
    data = filled(page, _anyway=anyway(page))
    assert client.post(change(template), data).status_code == 302
    template.refresh_from_db()
    assert template.schema == {"ram": "date"}


@pytest.mark.parametrize("meanwhile", ["another product", "another schema", "nonsense"])
def test_whoever_saves_anyway_has_seen_what_breaks(meanwhile: str) -> None:
    template = make_template(schema=SCHEMA)
    make(1, template, ram=16)
    client = office()
    page = client.get(change(template))
    page = client.post(change(template), filled_rows(page, rows__1__max="8"))
    data = filled_rows(page, _anyway=anyway(page))
    if meanwhile == "another product":
        make(1, template, ram=32)
    elif meanwhile == "another schema":
        data["rows-1-max"] = "4"
    else:
        data["_anyway"] = "x"
    page = client.post(change(template), data)
    expected = 2 if meanwhile == "another product" else 1
    assert page.context["adminform"].form.breaking.count == expected
    template.refresh_from_db()
    assert template.schema == SCHEMA
    data = filled_rows(page, _anyway=anyway(page))
    assert client.post(change(template), data).status_code == 302
    template.refresh_from_db()
    assert template.schema != SCHEMA


def test_products_that_were_mended_meanwhile_are_no_question() -> None:
    template = make_template(schema=SCHEMA)
    (product,) = make(1, template, ram=16)
    client = office()
    page = client.get(change(template))
    page = client.post(change(template), filled_rows(page, rows__1__max="8"))
    services.update_product(product.pk, attributes={"ram": 8})
    assert client.post(change(template), filled_rows(page)).status_code == 302


def test_another_key_is_a_decision() -> None:
    template = make_template(schema=SCHEMA)
    make(2, template, brand="HP", ram=16)
    client = office()
    page = client.get(change(template))
    page = client.post(change(template), filled_rows(page, rows__0__key="maker"))
    said = ["Nothing has been saved yet: an attribute has another key now."]
    assert errors(page) == {"__all__": said}
    assert "“brand”: 2 products have a value" in page.content.decode()
    data = filled_rows(page, _anyway=anyway(page))
    assert client.post(change(template), data).status_code == 302
    template.refresh_from_db()
    assert list(template.schema) == ["maker", "ram"]
    kept = Product.objects.values_list("attributes", flat=True)
    assert [*kept] == [{"brand": "HP", "ram": 16}] * 2


def test_a_broken_product_is_refused_when_it_is_edited_next() -> None:
    template = make_template(schema=SCHEMA)
    (product,) = make(1, template, ram=16)
    services.update_template(template, schema={"ram": {"type": "integer", "max": 8}})
    client = office()
    address = reverse("admin:catalog_product_change", args=[product.pk])
    page = client.post(address, filled(client.get(address)))
    assert errors(page) == {"attribute_ram": ["At most 8."]}
    assert messages(page) == []


def test_other_errors_come_first() -> None:
    template, other = make_template(schema=SCHEMA), make_template(name="taken")
    make(1, template, ram=16)
    client = office()
    page = client.get(change(template))
    data = filled_rows(page, rows__1__max="8", name=other.name)
    page = client.post(change(template), data)
    assert list(errors(page)) == ["name"]
    template.refresh_from_db()
    assert template.schema == SCHEMA
