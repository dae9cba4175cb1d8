"""A product's page in a real browser: the sale, what is like it, what was seen."""

import re
from decimal import Decimal

import pytest
from playwright.sync_api import Page, expect

from catalog.models import Product
from tests.factories import make_category, make_product

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]


@pytest.fixture
def shelf() -> list[Product]:
    """Ten kettles of one category; the first is on sale."""
    kettles = make_category("Чайники", parent=make_category("Кухня"))
    return [
        make_product(
            name=f"Kettle {n}",
            price=Decimal(1_234_567 + n),
            compare_at_price=Decimal(1_999_999) if n == 0 else None,
            categories=[kettles],
            attributes={"litres": n},
        )
        for n in range(10)
    ]


def test_a_sale_is_read_and_seen(shopper: Page, shelf: list[Product]) -> None:
    shopper.goto(shelf[0].get_absolute_url())
    prices = shopper.locator(".product-offer .product-prices")
    # Words for those who do not see that a price is struck through.
    expect(prices).to_contain_text(
        re.compile(r"Price before:\s+1\.999\.999,00\s₸\s+−38\s%\s+Price now:\s+1\.234")
    )
    expect(prices.locator("s")).to_have_css("text-decoration-line", "line-through")
    expect(prices.locator(".sale-badge")).to_be_visible()
    shopper.goto("/")
    card = shopper.locator(".product-card", has_text="Kettle 0")
    expect(card.locator("s")).to_have_text(re.compile(r"1\.999\.999,00"))
    box, badge = card.bounding_box(), card.locator(".sale-badge").bounding_box()
    assert box and badge
    # On the picture, not among the prices.
    assert badge["y"] < box["y"] + box["width"] / 2


def test_what_is_like_it_and_what_was_seen_before(
    shopper: Page, shelf: list[Product]
) -> None:
    shopper.goto(shelf[0].get_absolute_url())
    related = shopper.get_by_role("region", name="Related products")
    expect(related.locator(".product-card")).to_have_count(8)
    expect(related.locator("h3").first).to_have_text("Kettle 1")
    expect(shopper.get_by_role("region", name="Recently viewed")).to_have_count(0)

    related.get_by_role("link", name="Kettle 1").click()
    expect(shopper.locator("h1")).to_have_text("Kettle 1")
    shopper.goto(shelf[5].get_absolute_url())
    recent = shopper.get_by_role("region", name="Recently viewed")
    expect(recent.locator("h3")).to_have_text(["Kettle 1", "Kettle 0"])

    recent.get_by_role("button", name="Add to cart: Kettle 1").click()
    expect(shopper.locator("#cart-count")).to_have_text("1")
    expect(shopper.locator("h1")).to_have_text("Kettle 5")


@pytest.mark.parametrize("width", [320, 390, 1280])
def test_the_strip_slides_and_the_page_does_not(
    page: Page, shelf: list[Product], width: int
) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(shelf[0].get_absolute_url())
    page.goto(shelf[1].get_absolute_url())
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    strip = page.locator("#related-heading + ul")
    assert strip.evaluate("ul => ul.scrollWidth > ul.clientWidth")
    strip.focus()
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    expect(strip).not_to_have_js_property("scrollLeft", 0)
    # A card that is out of sight comes into it when it is reached by the keyboard.
    strip.locator("a").last.focus()
    expect(strip.locator("a").last).to_be_in_viewport()
    assert page.evaluate("document.documentElement.scrollLeft") == 0
