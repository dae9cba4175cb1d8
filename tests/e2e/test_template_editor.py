"""A shop manager at the schema of a spec template, in a browser."""

import json

import pytest
from playwright.sync_api import Page, expect

from catalog.models import Product, SpecTemplate
from tests.factories import make_admin, make_product, make_template

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]


def enter(page: Page, path: str) -> None:
    make_admin(email="boss@example.com", password="of-the-shop")
    page.goto(path)
    page.fill("#id_username", "boss@example.com")
    page.fill("#id_password", "of-the-shop")
    page.click("#login-form input[type=submit]")


def open_template(page: Page, template: SpecTemplate) -> None:
    enter(page, f"/admin/catalog/spectemplate/{template.pk}/change/")


def keys(page: Page, count: int) -> list[str]:
    """The keys from top to bottom, once there are this many rows."""
    inputs = page.locator(".attributes .cell-key input")
    expect(inputs).to_have_count(count)
    return inputs.evaluate_all("inputs => inputs.map(input => input.value)")


def test_a_row_is_added_moved_and_saved_and_json_says_the_same(page: Page) -> None:
    template = make_template(schema={"brand": "string", "weight": "number"})
    open_template(page, template)
    # Rows for pages without scripts are gone.
    assert keys(page, 2) == ["brand", "weight"]
    page.get_by_role("button", name="Add an attribute").click()
    page.keyboard.type("Цвет")
    row = page.locator(".attribute", has=page.locator("#id_rows-2-key"))
    row.locator(".cell-key input").fill("color")
    expect(row.locator(".cell-choices")).to_be_hidden()
    row.locator("select").select_option("choice")
    row.locator("textarea").fill("red | красный\nblue")
    up = row.locator("[data-move='-1']")
    up.press("Enter")
    assert keys(page, 3) == ["brand", "color", "weight"]
    expect(page.locator("[data-status]")).to_have_text("Moved to position 2")
    expect(up).to_be_focused()
    up.press("Enter")
    expect(up).to_be_disabled()
    expect(row.locator("[data-move='1']")).to_be_focused()
    # A position can be typed too.
    page.locator(".attribute").nth(1).locator(".cell-order input").fill("3")
    page.keyboard.press("Tab")
    assert keys(page, 3) == ["color", "weight", "brand"]
    page.locator("input[name=_continue]").click()
    expect(page.locator(".messagelist .success")).to_be_visible()
    schema = {
        "color": {
            "type": "choice",
            "label": "Цвет",
            "choices": ["red", "blue"],
            "choice_labels": {"red": {"ru": "красный"}},
        },
        "weight": "number",
        "brand": "string",
    }
    template.refresh_from_db()
    assert json.dumps(template.schema) == json.dumps(schema)
    page.get_by_role("button", name="Show as JSON").click()
    shown = page.locator("#id_schema").input_value()
    assert json.dumps(json.loads(shown)) == json.dumps(schema)


def test_what_does_not_apply_to_a_type_is_out_of_the_way(page: Page) -> None:
    template = make_template(schema={"a": "string", "b": {"type": "number", "min": 1}})
    open_template(page, template)
    expect(page.locator(".attribute")).to_have_count(2)
    first, second = page.locator(".attribute").all()
    low = first.get_by_label("At least")
    expect(low).to_be_hidden()
    first.locator("select").select_option("integer")
    expect(low).to_be_visible()
    expect(first.locator("textarea")).to_be_hidden()
    first.locator("summary").click()
    expect(first.locator("textarea")).to_be_visible()
    expect(first.get_by_label("Label [en]")).to_be_visible()
    # What was typed is not hidden from whoever has to clear it.
    second.locator("select").select_option("date")
    expect(second.get_by_label("At least")).to_be_visible()
    expect(second.get_by_label("At most")).to_be_hidden()


def test_without_scripts_empty_rows_and_positions_do_the_same(
    page_without_javascript: Page,
) -> None:
    page = page_without_javascript
    template = make_template(schema={"brand": "string", "weight": "number"})
    open_template(page, template)
    page.locator("#id_rows-0-key").fill("maker")
    page.get_by_role("button", name="More empty rows").click()
    assert keys(page, 10) == ["maker", "weight", *[""] * 8]
    page.locator("#id_rows-9-key").fill("color")
    page.locator("#id_rows-9-ORDER").fill("1")
    page.locator("#id_rows-1-DELETE").check()
    # Enter saves, whatever other buttons the page has.
    page.locator("#id_name").press("Enter")
    expect(page.locator(".messagelist .success")).to_be_visible()
    template.refresh_from_db()
    assert list(template.schema) == ["maker", "color"]


@pytest.mark.parametrize("width", [320, 390, 1280])
def test_the_editor_never_scrolls_sideways(page: Page, width: int) -> None:
    long = "ы" * 60
    schema = {
        "x" * 64: {"type": "choice", "label": long, "unit": long, "choices": [long]},
        "n": {"type": "number", "min": 0.000001, "max": 10**15},
    }
    template = make_template(name=long, schema=schema)
    make_product(name="Ы" * 255, sku="X" * 64, template=template, attributes={"n": 1})
    page.set_viewport_size({"width": width, "height": 800})
    open_template(page, template)
    expect(page.locator(".attribute")).to_have_count(2)
    for summary in page.locator(".attribute summary").all():
        summary.click()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.locator("#id_rows-1-max").fill("0,5")
    page.locator("#id_name").press("Enter")
    expect(page.locator(".breaking td")).to_have_count(3)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.get_by_role("button", name="Save anyway").click()
    expect(page.locator(".messagelist .success")).to_be_visible()
    template.refresh_from_db()
    assert template.schema["n"]["max"] == 0.5


def test_a_products_attributes_are_filled_in_on_one_page(page: Page) -> None:
    schema = {"touch": {"type": "boolean", "required": True}, "released": "date"}
    template = make_template(schema=schema)
    enter(page, "/admin/catalog/product/add/")
    page.locator("#id_name_ru").fill("Чай")
    page.locator("#id_sku").fill("TEA")
    page.locator("#id_price").fill("5")
    page.locator("#id_template").select_option(str(template.pk))
    page.get_by_role("button", name="Show its attributes").click()
    expect(page.locator("#id_sku")).to_have_value("TEA")
    page.get_by_label("Touch").select_option("yes")
    page.get_by_label("Released").fill("2026-11-20")
    page.locator("#id_sku").press("Enter")
    expect(page.locator(".messagelist .success")).to_be_visible()
    product = Product.objects.get()
    assert product.attributes == {"touch": True, "released": "2026-11-20"}
