"""What the storefront does in a browser beyond finding and buying."""

import re
from decimal import Decimal

import pytest
from playwright.sync_api import Page, expect

from catalog.models import Product
from tests.factories import make_category, make_product

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]

PHONE = {"width": 390, "height": 844}


@pytest.fixture
def shelf() -> list[Product]:
    """Thirty cups in a category; three of them were sold."""
    cups = make_category("Cups")
    things = [
        make_product(
            name=f"Cup {n}",
            price=Decimal(1000 + n),
            description="For tea. " * 400,
            categories=[cups],
        )
        for n in range(30)
    ]
    Product.objects.filter(pk__in=[cup.pk for cup in things[:3]]).update(sold=5)
    return things


# --- The front page -------------------------------------------------------------------


def test_the_front_page_leads_on(shopper: Page, shelf: list[Product]) -> None:
    shopper.goto("/")
    expect(shopper.locator("h1")).to_have_text("Shop with an easy mind")
    popular = shopper.get_by_role("region", name="What others buy")
    expect(popular.locator("h3")).to_have_text(["Cup 2", "Cup 1", "Cup 0"])
    shopper.locator(".tile").click()
    expect(shopper.locator("h1")).to_have_text("Cups")
    shopper.goto("/")
    shopper.get_by_role("link", name="See everything").click()
    expect(shopper).to_have_url(re.compile(r"/catalog/$"))
    expect(shopper.locator("h1")).to_have_text("Catalog")


def test_what_is_asked_takes_the_front_away(page: Page, shelf: list[Product]) -> None:
    page.goto("/")
    page.locator("#min-price").fill("1010")
    field = page.locator("#min-price")
    field.evaluate("e => e.scrollIntoView({block: 'start', behavior: 'instant'})")
    place = field.evaluate("e => e.getBoundingClientRect().top")
    field.press("Enter")
    expect(page.locator("h1")).to_have_text("Catalog")
    expect(page.locator("#front")).to_be_empty()
    # The field that the shopper is at has not moved.
    now = field.evaluate("e => e.getBoundingClientRect().top")
    assert abs(now - place) < 2
    page.go_back()
    expect(page.locator(".hero")).to_be_visible()


# --- The bar to buy by ----------------------------------------------------------------


def test_a_phone_has_the_button_in_reach(page: Page, shelf: list[Product]) -> None:
    page.set_viewport_size(PHONE)
    page.goto(shelf[0].get_absolute_url())
    button = page.locator(".add-to-cart button")
    button.scroll_into_view_if_needed()
    # Where the form itself is in sight, one button is enough.
    expect(page.locator("#buy-bar")).to_be_hidden()
    page.locator("#qty").fill("2")
    page.evaluate("scrollTo({top: 1000, behavior: 'instant'})")
    bar = page.locator("#buy-bar")
    expect(bar).to_be_in_viewport()
    bar.get_by_role("button").click()
    # It is the button of the form, with what is written there.
    expect(page.locator("#cart-count")).to_have_text("2")
    toast = page.locator("#messages .alert")
    expect(toast).to_be_visible()
    above, below = toast.bounding_box(), bar.bounding_box()
    assert above and below
    assert above["y"] + above["height"] <= below["y"]


def test_the_bar_works_without_javascript(
    page_without_javascript: Page, shelf: list[Product]
) -> None:
    page = page_without_javascript
    page.set_viewport_size(PHONE)
    page.goto(shelf[0].get_absolute_url())
    page.locator("#buy-bar button").click()
    expect(page.locator("#cart-count")).to_have_text("1")
    page.set_viewport_size({"width": 1280, "height": 800})
    expect(page.locator("#buy-bar")).to_be_hidden()


# --- Toasts ---------------------------------------------------------------------------


def test_a_toast_is_closed_by_its_button_and_by_escape(
    page: Page, shelf: list[Product]
) -> None:
    page.goto("/catalog/")
    add = page.locator(".product-card button").first
    add.click()
    close = page.get_by_role("button", name="Close")
    expect(page.locator("#messages [role=status]")).to_contain_text("Added")
    box = close.bounding_box()
    assert box and box["width"] >= 24 and box["height"] >= 24
    close.click()
    expect(page.locator("#messages")).to_be_empty()
    expect(page.locator("main")).to_be_focused()
    add.click()
    close.focus()
    page.keyboard.press("Escape")
    expect(page.locator("#messages")).to_be_empty()


def test_a_toast_does_not_lie_on_the_focus(page: Page, shelf: list[Product]) -> None:
    page.set_viewport_size(PHONE)
    page.goto("/catalog/")
    add = page.locator(".product-card button").nth(2)
    # At the lower edge of the window, where toasts come up.
    add.evaluate("button => button.scrollIntoView({block: 'end', behavior: 'instant'})")
    add.press("Enter")
    toast = page.locator("#messages .alert")
    expect(toast).to_be_visible()
    expect(page.locator("#messages")).to_have_class(re.compile("is-above"))
    ours, theirs = toast.bounding_box(), add.bounding_box()
    assert ours and theirs
    assert ours["y"] + ours["height"] <= theirs["y"]


# --- The header -----------------------------------------------------------------------


def test_menus_open_over_the_page(page: Page, shelf: list[Product]) -> None:
    page.goto("/catalog/")
    page.locator("#search").press_sequentially("cup")
    last = page.locator("#suggestion-all")
    expect(last).to_be_visible()
    # Whatever lies there can be pressed: it is on top.
    last.click()
    expect(page).to_have_url(re.compile(r"\?q=cup$"))
