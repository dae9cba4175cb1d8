"""What a list can be narrowed by: which values, how many products, in which order."""

from decimal import Decimal
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext
from django.utils.translation import override

from catalog.models import SpecTemplate
from tests.catalog.facets import by_key, counts, facets
from tests.factories import make_admin, make_category, make_product, make_template

pytestmark = pytest.mark.django_db

LAPTOPS = {
    "brand": {"type": "string", "label": "Brand", "filterable": True},
    "ram": {"type": "integer", "unit": "GB", "filterable": True},
    "touch": {"type": "boolean", "filterable": True},
    "color": {
        "type": "choice",
        "choices": ["red", "black"],
        "choice_labels": {"red": {"ru": "красный"}, "black": {"ru": "чёрный"}},
        "filterable": True,
    },
    "note": "string",
}


@pytest.fixture
def laptops() -> SpecTemplate:
    return make_template(name="Laptops", schema=LAPTOPS)


def laptop(template: SpecTemplate | None, **attributes: Any) -> None:
    make_product(template=template, attributes=attributes)


@pytest.fixture
def shelf(laptops: SpecTemplate) -> SpecTemplate:
    laptop(laptops, brand="Asus", ram=8, color="black", note="a")
    laptop(laptops, brand="Asus", ram=16, color="red", touch=True)
    laptop(laptops, brand="Acer", ram=16, color="black", touch=False)
    return laptops


# --- Counts ---------------------------------------------------------------------------


def test_a_facet_ignores_its_own_choice_and_heeds_the_others(
    shelf: SpecTemplate,
) -> None:
    found = facets("attr.brand=Asus")
    assert found.count == 2
    assert counts(found, "brand") == {"Asus": 2, "Acer": 1}
    assert counts(found, "ram") == {"8": 1, "16": 1}
    both = facets("attr.brand=Asus&attr.ram=16")
    assert both.count == 1
    assert counts(both, "brand") == {"Acer": 1, "Asus": 1}
    assert counts(both, "ram") == {"8": 1, "16": 1}
    assert counts(both, "color") == {"red": 1}


def test_borders_are_a_choice_too(shelf: SpecTemplate) -> None:
    found = facets("attr.ram.min=10")
    assert found.count == 2
    ram = by_key(found)["ram"]
    assert counts(ram) == {"8": 1, "16": 2}
    assert (ram.low, ram.high) == (8, 16)
    assert ram.is_range
    assert [value.selected for value in ram.values] == [False, False]
    assert counts(found, "brand") == {"Acer": 1, "Asus": 1}


def test_what_is_filterable_has_facets_and_nothing_else(shelf: SpecTemplate) -> None:
    assert [facet.key for facet in facets().attributes] == [
        "brand", "ram", "touch", "color",
    ]  # fmt: skip
    # A choice of what is no facet narrows the list all the same.
    assert facets("attr.note=a").count == 1


def test_yes_is_not_one_and_2_is_2_0(laptops: SpecTemplate) -> None:
    for value in (1, 2, 2.0, True, "2", [2], {"a": 2}):
        # What the template calls something else comes from before its schema.
        laptop(None, touch=value)
    laptop(laptops)
    found = by_key(facets())["touch"]
    shown = [(value.value, value.text, value.count) for value in found.values]
    # Choosing 2 finds the word too.
    assert shown == [(True, "true", 1), (1, "1", 1), (2, "2", 3)]
    assert type(found.values[0].value) is bool
    assert facets("attr.touch=2").count == 3


def test_each_text_is_what_choosing_it_finds(laptops: SpecTemplate) -> None:
    for value in ("2.0", 2, "true", True, 0.5, 10**20, "x" * 255, "x" * 256):
        laptop(laptops if value == "true" else None, note=value)
    laptops.schema = {"note": {"type": "string", "filterable": True}}
    laptops.save()
    shown = counts(facets(), "note")
    assert shown == {
        "true": 2, "0.5": 1, "2": 1, "1e+20": 1, "2.0": 2, "x" * 255: 1,
    }  # fmt: skip
    for text, count in shown.items():
        # A plus in an address is a blank.
        assert facets(f"attr.note={text.replace('+', '%2B')}").count == count


def test_what_is_off_sale_counts_for_staff_who_ask(shelf: SpecTemplate) -> None:
    make_product(template=shelf, attributes={"brand": "Old"}, is_active=False)
    assert "Old" not in counts(facets(), "brand")
    request = RequestFactory().get("/")
    request.user = make_admin()
    assert counts(facets("is_active=false", request), "brand") == {"Old": 1}
    assert facets("is_active=false").count == 3


def test_stock_counts_if_it_is_asked_for(shelf: SpecTemplate) -> None:
    make_product(template=shelf, attributes={"brand": "Asus"}, stock=0)
    assert counts(facets(), "brand") == {"Asus": 3, "Acer": 1}
    assert counts(facets("in_stock=true"), "brand") == {"Asus": 2, "Acer": 1}


# --- Order and limits -----------------------------------------------------------------


def test_the_order_of_values(laptops: SpecTemplate) -> None:
    for brand, ram, color in [("b", 16, "red"), ("c", 4, "black"), ("a", 8, "red")]:
        laptop(laptops, brand=brand, ram=ram, color=color, touch=ram > 4)
    laptop(laptops, brand="c", ram=128, color="black", touch=False)
    found = facets()
    assert list(counts(found, "brand")) == ["c", "a", "b"]
    assert list(counts(found, "ram")) == ["4", "8", "16", "128"]
    assert list(counts(found, "color")) == ["red", "black"]
    assert list(counts(found, "touch")) == ["true", "false"]


def test_a_hundred_values_and_those_that_are_chosen(laptops: SpecTemplate) -> None:
    for n in range(230):
        laptop(laptops, brand=f"Brand {n:03}", ram=n)
    for n in range(20):
        laptop(laptops, brand=f"Brand {n:03}", ram=n)
    brand = by_key(facets("attr.brand=Brand 229&attr.brand=Brand 228"))["brand"]
    ram = by_key(facets("attr.ram=229&attr.ram=5"))["ram"]
    assert len(brand.values) == len(ram.values) == 100
    chosen = [value.text for value in brand.values if value.selected]
    assert chosen == ["Brand 228", "Brand 229"]
    assert [value.value for value in ram.values if value.selected] == [5, 229]
    # Of all 230, not only of those that are named.
    assert (ram.low, ram.high, ram.is_range) == (0, 229, True)


def test_what_is_chosen_and_found_nowhere_stays(shelf: SpecTemplate) -> None:
    found = facets("attr.ram=64&attr.touch=true&attr.brand=Nobody&attr.color=red")
    assert found.count == 0
    ram = {value.text: value for value in by_key(found)["ram"].values}
    assert (ram["64"].value, ram["64"].count, ram["64"].selected) == (64, 0, True)
    assert counts(found, "brand") == {"Nobody": 0}
    assert counts(found, "touch") == {"true": 0}
    nothing = facets("attr.brand=Nobody")
    assert counts(nothing, "brand") == {"Asus": 2, "Acer": 1, "Nobody": 0}


def test_the_template_of_most_products_names_the_attribute(
    laptops: SpecTemplate,
) -> None:
    phones = make_template(
        name="Phones",
        schema={
            "color": {
                "type": "choice", "label": "Hue", "choices": ["mint"],
                "choice_labels": {"mint": {"ru": "мятный"}}, "filterable": True,
            },
            "brand": {"type": "string", "label": "Maker", "filterable": True},
            "sim": {"type": "integer", "filterable": True},
        },
    )  # fmt: skip
    for _n in range(2):
        laptop(phones, brand="Asus", color="mint", sim=2)
    laptop(laptops, brand="Asus", color="black", ram=8)
    found = facets()
    labels = {facet.key: facet.spec.label for facet in found.attributes}
    assert labels == {"color": "Hue", "brand": "Maker", "sim": "Sim", "ram": "Ram"}
    with override("ru"):
        # The other template knows what its own choices are called.
        color = by_key(facets())["color"]
        assert [value.label for value in color.values] == ["мятный", "чёрный"]
    assert list(by_key(facets("attr.ram=8"))) == ["brand", "ram", "color"]


def test_what_most_have_is_common(laptops: SpecTemplate) -> None:
    for n in range(4):
        laptop(laptops, brand="Asus", **({"ram": 8} if n < 2 else {}))
    laptop(laptops, color="red")
    assert [facet.key for facet in facets().common] == ["brand"]
    chosen = facets("attr.color=red")
    assert [facet.key for facet in chosen.common] == ["color"]


# --- Categories and prices ------------------------------------------------------------


def test_a_category_counts_all_below_it_each_product_once() -> None:
    top = make_category("Top")
    left, right = make_category("Left", top), make_category("Right", top)
    make_category("Empty", top)
    make_product(categories=[left, right], price=Decimal("10.50"))
    make_product(categories=[left], price=Decimal("20"))
    make_product(categories=[top, right], price=Decimal("30"), is_active=False)
    make_product(price=Decimal("5"))
    expected = {top.pk: 2, left.pk: 2, right.pk: 1}
    assert facets().categories == expected
    inside = facets(f"category={right.slug}")
    assert (inside.count, inside.categories) == (1, expected)
    assert facets("max_price=15").categories == {top.pk: 1, left.pk: 1, right.pk: 1}


def test_the_price_ignores_its_own_borders() -> None:
    top = make_category("Top")
    for price in ("0.10", "10.50", "99999.99"):
        make_product(price=Decimal(price), categories=[top])
    low, high = facets("min_price=5&max_price=20").price or ("", "")
    assert (Decimal(low), Decimal(high)) == (Decimal("0.1"), Decimal("99999.99"))
    assert facets("q=nothing").price is None
    assert facets("category=nothing").price is None


# --- Statements -----------------------------------------------------------------------


def test_statements_do_not_grow_with_rows_values_or_choices(
    laptops: SpecTemplate,
) -> None:
    category = make_category()
    query = (
        f"category={category.slug}&attr.brand=A1&attr.brand=A2&attr.ram.min=0"
        "&attr.color=red&min_price=1&in_stock=true"
    )

    def statements(asked: str) -> int:
        cache.clear()
        with CaptureQueriesContext(connection) as seen:
            found = facets(asked)
            found.attributes, found.categories, found.price  # noqa: B018
        return len(seen)

    seen = set()
    for _round in range(2):
        for n in range(8):
            attributes = {"brand": f"A{n}", "ram": n, "color": "red"}
            make_product(template=laptops, attributes=attributes, categories=[category])
        seen.add((statements(""), statements("attr.brand=A1"), statements(query)))
    # Templates, all counts, the tree; a category is looked up, with what is below it.
    assert seen == {(3, 3, 5)}
    with CaptureQueriesContext(connection) as again:
        facets(query)
    assert len(again) == 1
