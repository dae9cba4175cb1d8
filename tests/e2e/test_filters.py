"""The filter panel in a real browser: by keyboard, back again, and without a script."""

import re
from decimal import Decimal

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.factories import make_category, make_product, make_template

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]

SCHEMA = {
    "brand": {"type": "string", "label": "Brand", "filterable": True},
    "ram": {"type": "integer", "label": "RAM", "unit": "GB", "filterable": True},
}


@pytest.fixture
def shelf() -> None:
    """Twenty laptops: half of them from Acer; each RAM in every fourth."""
    top = make_category("Техника")
    template = make_template(name="Laptops", schema=SCHEMA)
    for n in range(20):
        make_product(
            template=template,
            categories=[top],
            price=Decimal(1000 + n),
            attributes={"brand": "Acer" if n % 2 else "Asus", "ram": 2 ** (n % 4)},
        )


def box(page: Page, label: str) -> Locator:
    return page.locator("#filters").get_by_label(label)


def test_two_boxes_by_keyboard_and_back(page: Page, shelf: None) -> None:
    page.goto("/category/tekhnika/")
    expect(page.locator(".product-card")).to_have_count(20)
    acer = box(page, "Acer 10")
    acer.focus()
    page.keyboard.press("Space")
    expect(page.locator(".product-card")).to_have_count(10)
    # The counts are new, and the keyboard is where it was.
    expect(box(page, "2 GB 5")).to_be_visible()
    expect(box(page, "Acer 10")).to_be_focused()
    expect(box(page, "Acer 10")).to_be_checked()
    expect(box(page, "Asus 10")).not_to_be_checked()

    # A group that is closed stays closed.
    brand = page.locator("#facet-brand")
    brand.locator("summary").click()
    box(page, "2 GB 5").focus()
    page.keyboard.press("Space")
    expect(page.locator(".product-card")).to_have_count(5)
    expect(page).to_have_url(re.compile(r"/\?attr\.brand=Acer&attr\.ram=2$"))
    expect(brand).not_to_have_attribute("open", "")
    expect(page.locator("#filters-show")).to_have_text("Show 5 products")
    expect(page.locator(".chip-on")).to_have_text(
        [re.compile("Brand: Acer"), re.compile("RAM: 2")]
    )

    page.go_back()
    expect(page.locator(".product-card")).to_have_count(10)
    expect(box(page, "2 GB 5")).not_to_be_checked()
    page.locator(".chip-on").click()
    expect(page.locator(".product-card")).to_have_count(20)
    expect(page).to_have_url(re.compile(r"/category/tekhnika/$"))


def test_two_quick_clicks_are_both_heard(page: Page, shelf: None) -> None:
    page.goto("/category/tekhnika/")
    page.evaluate(
        "document.querySelectorAll('#facet-ram input')"
        ".forEach((box, n) => n < 2 && box.click())"
    )
    expect(page.locator(".product-card")).to_have_count(10)
    expect(page).to_have_url(re.compile(r"/\?attr\.ram=1&attr\.ram=2$"))


def test_a_phone_keeps_the_panel_open_until_it_is_done(page: Page, shelf: None) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto("/category/tekhnika/")
    page.locator(".drawer summary").nth(1).click()
    box(page, "Acer 10").check()
    expect(page.locator("#filters-show")).to_have_text("Show 10 products")
    box(page, "2 GB 5").check()
    show = page.locator("#filters button")
    expect(show).to_have_text("Show 5 products")
    expect(show).to_be_in_viewport()
    expect(page.locator("#filter-count")).to_have_text("2")
    show.click()
    expect(page.locator("#filters")).to_be_hidden()
    expect(page.locator(".product-card")).to_have_count(5)
    expect(page.locator("#results")).to_be_focused()


def test_without_javascript_the_button_does_it(
    page_without_javascript: Page, shelf: None
) -> None:
    page = page_without_javascript
    page.goto("/category/tekhnika/")
    box(page, "Acer 10").check()
    box(page, "2 GB 5").check()
    page.locator("#filters button").click()
    expect(page.locator(".product-card")).to_have_count(5)
    expect(page.locator(".chip-on")).to_have_count(2)
    expect(box(page, "Acer 5")).to_be_checked()
    page.locator(".chip-on").first.click()
    expect(page.locator(".product-card")).to_have_count(5)


@pytest.mark.parametrize("width", [320, 390, 1280])
def test_long_labels_do_not_scroll_the_page_sideways(page: Page, width: int) -> None:
    label = "Сверхдлинноеназваниебезпробелов" * 3
    schema = {"x": {"type": "string", "label": label, "filterable": True}}
    template = make_template(name="T", schema=schema)
    for n in range(12):
        make_product(template=template, attributes={"x": f"{n}{label}"})
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(f"/?attr.x=0{label}")
    if width < 992:
        page.locator(".drawer summary").nth(1).click()
    page.locator(".facet-more summary").click()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
