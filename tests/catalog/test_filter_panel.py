"""The filter panel and the chips: what is offered, what is chosen, without a script."""

import re
from decimal import Decimal
from typing import Any
from urllib.parse import unquote

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils.html import escape

from catalog.models import Category
from tests.factories import make_category, make_product, make_template
from tests.pages import html, queries, text

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true", "HX-Target": "results"}
SCHEMA = {
    "brand": {"type": "string", "label": "Brand", "filterable": True},
    "ram": {"type": "integer", "label": "RAM", "unit": "GB", "filterable": True},
    "wifi": {"type": "boolean", "label": "Wi-Fi", "filterable": True},
    "weight": {"type": "number", "label": "Weight", "unit": "kg", "filterable": True},
}


@pytest.fixture
def client() -> Client:
    return Client(headers={"Accept-Language": "en"})


@pytest.fixture
def shelf() -> Category:
    """Fourteen laptops of ten brands and fourteen weights, under Техника."""
    top = make_category("Техника")
    template = make_template(name="Laptops", schema=SCHEMA)
    for n in range(14):
        make_product(
            template=template,
            categories=[top],
            price=Decimal("1000.50") + n,
            attributes={
                "brand": f"Brand {n % 10}",
                "ram": 8 if n % 2 else 16,
                "wifi": n > 0,
                "weight": 1 + n / 10,
            },
        )
    return top


def chips(page: Any) -> dict[str, str]:
    return {chip.text: unquote(chip.without) for chip in page.context["listing"].chips}


def groups(page: Any) -> list[str]:
    return [group.facet.key for group in page.context["listing"].groups]


def fields(page: Any, name: str) -> list[str]:
    """The tags of the form's fields with this name."""
    return re.findall(rf'<input[^>]*name="{re.escape(escape(name))}"[^>]*>', html(page))


def test_values_are_checkboxes_with_their_counts(
    client: Client, shelf: Category
) -> None:
    page = client.get("/category/tekhnika/")
    assert groups(page) == ["brand", "ram", "wifi", "weight"]
    boxes = fields(page, "attr.ram")
    assert ['value="8"' in box for box in boxes] == [True, False]
    assert all('type="checkbox"' in box and "checked" not in box for box in boxes)
    shown = text(page)
    assert "RAM RAM, GB 8 GB 7 16 GB 7" in shown
    assert "Wi-Fi Wi-Fi yes 13 no 1" in shown
    # Eight, and the rest behind a summary that needs no script.
    assert len(fields(page, "attr.brand")) == 10
    assert "Brand 7 1 Show all 10 Brand 8 1" in shown


def test_many_numbers_are_chosen_by_their_borders(
    client: Client, shelf: Category
) -> None:
    page = client.get("/category/tekhnika/?attr.weight.min=1.25")
    low, high = fields(page, "attr.weight.min")[0], fields(page, "attr.weight.max")[0]
    assert 'value="1.25"' in low
    assert 'placeholder="1"' in low
    assert 'value=""' in high
    assert 'placeholder="2.3"' in high
    assert fields(page, "attr.weight") == []
    assert page.context["page"].paginator.count == 11
    assert chips(page) == {"Weight: from 1.25\xa0kg": "/category/tekhnika/"}


def test_numbers_in_fields_have_a_point_in_every_language(shelf: Category) -> None:
    russian = Client(headers={"Accept-Language": "ru"})
    page = russian.get("/category/tekhnika/?attr.weight.min=1.25&attr.ram=8")
    assert 'value="1.25"' in fields(page, "attr.weight.min")[0]
    assert 'placeholder="1003"' in fields(page, "min_price")[0]
    assert 'placeholder="1014"' in fields(page, "max_price")[0]


def test_each_chosen_value_has_a_chip_without_itself(
    client: Client, shelf: Category
) -> None:
    query = "attr.brand=Brand 1&attr.brand=Brand 3&attr.wifi=true&attr.ram.max=9"
    page = client.get(f"/category/tekhnika/?{query}&page=7&ordering=price")
    order = "&ordering=price"
    assert chips(page) == {
        "Brand: Brand 1": "/category/tekhnika/?attr.wifi=true&attr.ram.max=9"
        f"{order}&attr.brand=Brand+3",
        "Brand: Brand 3": "/category/tekhnika/?attr.wifi=true&attr.ram.max=9"
        f"{order}&attr.brand=Brand+1",
        "Wi-Fi: yes": "/category/tekhnika/?attr.brand=Brand+1&attr.brand=Brand+3"
        f"&attr.ram.max=9{order}",
        "RAM: up to 9\xa0GB": "/category/tekhnika/?attr.brand=Brand+1"
        f"&attr.brand=Brand+3&attr.wifi=true{order}",
    }
    checked = [box for box in fields(page, "attr.brand") if "checked" in box]
    assert len(checked) == 2
    assert ">Reset all</a>" in html(page)
    assert '<meta name="robots" content="noindex, follow">' in html(page)
    assert "/*?*attr." in html(client.get("/robots.txt"))


def test_what_has_no_field_has_a_chip_and_is_carried_on(
    client: Client, shelf: Category
) -> None:
    page = client.get("/?template=Laptops&attr.nope=%3Cb%3E&attr.ram=64")
    assert chips(page) == {
        "Laptops": "/?attr.nope=<b>&attr.ram=64",
        "Nope: <b>": "/?template=Laptops&attr.ram=64",
        "RAM: 64\xa0GB": "/?template=Laptops&attr.nope=<b>",
    }
    carried = page.context["listing"].carried
    assert carried == [("template", "Laptops"), ("attr.nope", "<b>")]
    assert "Nope: &lt;b&gt;" in html(page)
    # What is chosen and found nowhere can be given up.
    assert 'value="64"' in fields(page, "attr.ram")[-1]
    assert "checked" in fields(page, "attr.ram")[-1]


def test_a_border_that_is_no_number_is_told_and_not_carried(
    client: Client, shelf: Category
) -> None:
    page = client.get("/category/tekhnika/?attr.ram.min=abc")
    assert "Some of the filters make no sense" in text(page)
    assert page.context["listing"].carried == []
    assert len(page.context["page"]) == 14


def test_among_everything_only_common_attributes_are_offered(
    client: Client, shelf: Category
) -> None:
    for _n in range(15):
        make_product()
    cache.clear()
    assert groups(client.get("/")) == []
    assert groups(client.get("/?q=товар")) == ["brand", "ram", "wifi", "weight"]
    assert groups(client.get("/?template=Laptops")) == [
        "brand", "ram", "wifi", "weight",
    ]  # fmt: skip
    assert groups(client.get("/?attr.ram=8")) == ["brand", "ram", "wifi", "weight"]


def test_categories_tell_how_many_products_they_have_here(
    client: Client, shelf: Category
) -> None:
    other = make_category("Другое")
    make_product(categories=[other], price=Decimal("1"))
    page = client.get("/category/tekhnika/?min_price=1005")
    assert "Техника 9 Другое 0" in text(page)
    assert 'href="/category/drugoe/?min_price=1005"' in html(page)


def test_htmx_gets_the_fields_with_the_results(client: Client, shelf: Category) -> None:
    page = client.get("/category/tekhnika/?attr.ram=8", headers=HTMX)
    shown = html(page)
    for element in ("filter-fields", "category-list", "filters-show", "filter-count"):
        assert re.search(rf'id="{element}"[^>]* hx-swap-oob="true"', shown), element
    assert "Show 7 products" in " ".join(shown.split())
    whole = html(client.get("/category/tekhnika/?attr.ram=8"))
    assert "hx-swap-oob" not in whole
    ids = re.findall(r'id="([^"]+)"', whole)
    assert len(ids) == len(set(ids))
    # The same thing has the same name in both: what has the focus keeps it.
    assert set(re.findall(r'id="(facet-[^"]+)"', shown)) <= set(ids)


def test_keys_and_values_of_any_kind_are_fields(client: Client) -> None:
    schema = {
        "цвет корпуса": {"type": "string", "filterable": True},
        "a b": {"type": "string", "filterable": True},
    }
    template = make_template(name="T", schema=schema)
    value = "\"><script>alert(1)</script>&%'+"
    make_product(template=template, attributes={"цвет корпуса": value, "a b": "x y"})
    page = client.get("/?q=товар")
    assert "<script>alert" not in html(page)
    box = fields(page, "attr.цвет корпуса")[0]
    assert f'value="{escape(value)}"' in box
    [found] = [client.get("/", {"attr.цвет корпуса": value})]
    assert len(found.context["page"]) == 1
    assert "checked" in fields(found, "attr.цвет корпуса")[0]
    assert not re.search(r'id="facet-[^"]*\s', html(page))


def test_a_full_panel_costs_no_more_queries(client: Client, shelf: Category) -> None:
    address = (
        "/category/tekhnika/?attr.brand=Brand 1&attr.ram.min=1&attr.wifi=true"
        "&min_price=1&in_stock=true"
    )
    # Category, what is below it, templates, counts, tree; products, pictures, branch.
    assert queries(client, address) == 8
    assert queries(client, address) == 5
    for n in range(30):
        make_product(
            categories=[shelf],
            attributes={"brand": f"Brand {n}", "ram": n, "wifi": True},
        )
    cache.clear()
    assert queries(client, address) == 8
