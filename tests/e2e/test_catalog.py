"""The catalog in a real browser: found, narrowed, put into the cart.

The `page` fixture also holds that the console stays silent and nothing leaves home.
"""

import re
from decimal import Decimal
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image
from playwright.sync_api import Page, expect

from catalog.models import Product
from tests.factories import make_category, make_product

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]


def picture(color: str) -> SimpleUploadedFile:
    file = BytesIO()
    Image.new("RGB", (400, 200), color).save(file, "PNG")
    return SimpleUploadedFile("picture.png", file.getvalue(), "image/png")


@pytest.fixture
def shelf() -> list[Product]:
    """Thirty things, three of them from Lenovo, with pictures wider than high."""
    top = make_category("Техника")
    laptops = make_category("Ноутбуки", parent=top)
    things = [
        make_product(
            name=f"Lenovo {n}",
            price=Decimal(100_000 * n),
            categories=[laptops],
            images=[picture("teal"), picture("gold")],
        )
        for n in (1, 2, 3)
    ]
    return things + [make_product() for _n in range(27)]


def test_find_narrow_and_put_into_the_cart(page: Page, shelf: list[Product]) -> None:
    page.goto("/")
    expect(page.locator(".product-card")).to_have_count(24)
    page.locator("#search").fill("lenovo")
    page.locator("#search").press("Enter")
    expect(page.locator(".product-card")).to_have_count(3)

    # htmx asks for the results alone; the address says what they are.
    page.locator("#min-price").fill("150000")
    page.locator("#min-price").press("Enter")
    expect(page.locator(".product-card")).to_have_count(2)
    expect(page).to_have_url(re.compile(r"/\?q=lenovo&min_price=150000$"))
    page.locator("#ordering").select_option("price")
    expect(page.locator(".product-name").first).to_have_text("Lenovo 2")
    page.reload()
    expect(page.locator(".product-card")).to_have_count(2)

    page.locator(".product-card button").first.click()
    expect(page.locator("#cart-count")).to_have_text("1")
    expect(page.locator("#messages [role=status]")).to_be_visible()

    page.locator(".product-name a").first.click()
    expect(page.locator("h1")).to_have_text("Lenovo 2")
    page.locator("#qty").fill("2")
    page.locator(".add-to-cart button").click()
    expect(page.locator("#cart-count")).to_have_text("3")


def test_the_next_page_and_back(page: Page, shelf: list[Product]) -> None:
    page.goto("/")
    page.locator("a[rel=next]").click()
    expect(page.locator(".product-card")).to_have_count(6)
    expect(page).to_have_url(re.compile(r"/\?page=2$"))
    page.go_back()
    expect(page.locator(".product-card")).to_have_count(24)


def test_the_gallery_slides_without_moving_the_page(
    page: Page, shelf: list[Product]
) -> None:
    page.emulate_media(reduced_motion="reduce")
    page.goto(shelf[0].get_absolute_url())
    thumb = page.locator(".gallery-thumbs a").nth(1)
    thumb.scroll_into_view_if_needed()
    before = page.evaluate("scrollY")
    thumb.click()
    strip = page.locator(".gallery-strip")
    expect(strip).to_have_js_property(
        "scrollLeft", strip.evaluate("strip => strip.clientWidth")
    )
    assert page.evaluate("scrollY") == before
    # The whole picture, not a part of it.
    expect(strip.locator("img").first).to_have_css("object-fit", "contain")


def test_all_of_it_without_javascript(
    page_without_javascript: Page, shelf: list[Product]
) -> None:
    page = page_without_javascript
    page.goto("/")
    page.locator("#search").fill("lenovo")
    page.locator(".search button").click()
    expect(page.locator(".product-card")).to_have_count(3)
    page.locator("#max-price").fill("100000")
    page.locator("#filters button").click()
    expect(page.locator(".product-card")).to_have_count(1)
    page.locator(".product-card button").click()
    # Back where the shopper was, and told.
    expect(page).to_have_url(re.compile("q=lenovo"))
    expect(page.locator("#messages [role=status]")).to_be_visible()
    expect(page.locator("#cart-count")).to_have_text("1")
    page.goto(shelf[0].get_absolute_url())
    page.locator(".gallery-thumbs a").nth(1).click()
    expect(page.locator("#picture-2 img")).to_be_in_viewport()


@pytest.mark.parametrize("width", [320, 390, 768, 1280])
def test_no_page_scrolls_sideways(page: Page, shelf: list[Product], width: int) -> None:
    long = make_product(name="Сверхдлинноеназваниебезпробелов" * 6, sku="X" * 64)
    make_category("Категория с очень длинным именем, какое бывает у оптовиков")
    page.set_viewport_size({"width": width, "height": 800})
    for address in (
        "/",
        "/?q=lenovo&min_price=100000&max_price=9999999999&in_stock=true",
        "/category/tekhnika/",
        long.get_absolute_url(),
        shelf[0].get_absolute_url(),
    ):
        page.goto(address)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, address


def test_a_phone_opens_and_closes_the_filters(page: Page, shelf: list[Product]) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto("/")
    form = page.locator("#filters")
    expect(form).to_be_hidden()
    page.locator(".drawer summary").nth(1).click()
    expect(form).to_be_visible()
    form.locator("#min-price").fill("300000")
    form.locator("button").click()
    expect(form).to_be_hidden()
    expect(page.locator(".product-card")).to_have_count(1)
    # The link in the header opens the tree without any script of ours.
    page.locator('a[href$="#categories"]').click()
    expect(page.locator("#categories")).to_be_visible()
