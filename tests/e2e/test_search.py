"""The search field in a real browser: it offers while somebody types."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.factories import make_category, make_product

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]


@pytest.fixture
def shelf() -> None:
    make_category("Принтеры")
    make_product(name="Принтер лазерный")
    make_product(name="Принтер струйный")
    make_product(name="Стол")


def test_type_choose_and_go(page: Page, shelf: None) -> None:
    page.goto("/")
    field, options = page.locator("#search"), page.locator("#suggestions [role=option]")
    expect(field).to_have_attribute("aria-expanded", "false")
    field.press_sequentially("прин", delay=20)
    expect(options).to_have_count(4)
    expect(options).to_contain_text(
        ["Принтеры", "Принтер струйный", "Принтер лазерный", "прин"]
    )
    expect(field).to_have_attribute("aria-expanded", "true")
    field.press("ArrowDown")
    expect(field).to_have_attribute("aria-activedescendant", "suggestion-c1")
    field.press("ArrowDown")
    expect(options.nth(1)).to_have_attribute("aria-selected", "true")
    field.press("ArrowUp")
    field.press("ArrowUp")
    expect(field).not_to_have_attribute("aria-activedescendant", re.compile("."))
    field.press("ArrowDown")
    field.press("ArrowDown")
    field.press("Enter")
    expect(page.locator("h1")).to_have_text("Принтер струйный")


def test_escape_and_leaving_close_the_list_and_keep_the_words(
    page: Page, shelf: None
) -> None:
    page.goto("/")
    field, listed = page.locator("#search"), page.locator("#suggestions")
    field.press_sequentially("прин", delay=20)
    expect(listed).to_be_visible()
    field.press("Escape")
    expect(listed).to_be_hidden()
    expect(field).to_have_value("прин")
    field.press("ArrowDown")
    expect(listed).to_be_visible()
    field.press("Tab")
    expect(listed).to_be_hidden()
    field.fill("п")
    field.press("ArrowDown")
    expect(listed.locator("[role=option]")).to_have_count(0)
    # Enter without a choice searches, in whatever layout it was typed.
    field.fill("ghbynth")
    expect(listed.locator("[role=option]")).to_have_count(4)
    field.press("Enter")
    expect(page.locator("#corrected")).to_contain_text("принтер")
    expect(page.locator(".product-card")).to_have_count(2)
    page.locator("#ordering").select_option("-created_at")
    expect(page).to_have_url(re.compile("ordering=-created_at"))


@pytest.mark.parametrize("width", [320, 1280])
def test_a_click_follows_and_the_list_fits(page: Page, shelf: None, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    page.goto("/")
    page.locator("#search").press_sequentially("прин", delay=20)
    expect(page.locator("#suggestions")).to_be_visible()
    box = page.locator("#suggestions").bounding_box()
    assert box and box["x"] >= 0 and box["x"] + box["width"] <= width
    page.locator("#suggestions [role=option]").last.click()
    expect(page).to_have_url(re.compile(r"/\?q=%D0%BF%D1%80%D0%B8%D0%BD$"))
    expect(page.locator(".product-card")).to_have_count(2)
