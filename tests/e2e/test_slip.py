"""The order slip in a browser: on any screen, and on paper."""

import re
from decimal import Decimal

import pytest
from playwright.sync_api import Page, expect

from orders import services
from orders.models import Order
from tests.factories import make_product

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]


@pytest.fixture
def order() -> Order:
    """Dear things with long names, for somebody with a long one."""
    things = [
        make_product(name="Ы" * 255, sku="X" * 64, price=Decimal("999999999.99")),
        make_product(name="Чайник", stock=9_999_999),
    ]
    placed = services.place_order(
        [services.Line(things[0].pk, 9), services.Line(things[1].pk, 1_234_567)],
        services.Checkout(
            email=f"{'e' * 60}@example.com",
            full_name="Ы" * 150,
            address="Ы" * 500,
            comment="Ы" * 500,
        ),
        owner="guest",
    )
    return placed.order


@pytest.mark.parametrize("width", [320, 390, 768, 1280])
def test_a_slip_never_scrolls_sideways(page: Page, order: Order, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(order.get_signed_url().replace("/?", "/slip/?"))
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    expect(page.locator(".slip td")).to_have_count(12)


def test_paper_gets_the_sheet_alone_black_on_white(page: Page, order: Order) -> None:
    page.emulate_media(color_scheme="dark")
    page.goto(order.get_signed_url().replace("/?", "/slip/?"))
    sheet, tools = page.locator(".slip"), page.locator(".slip-tools")
    expect(tools).to_be_visible()
    expect(page.locator(".slip-notice")).not_to_have_css("color", "rgb(0, 0, 0)")
    page.emulate_media(media="print", color_scheme="dark")
    expect(sheet).to_be_visible()
    for part in (tools, page.locator("body > header"), page.locator("body > footer")):
        expect(part).to_be_hidden()
    expect(page.locator(".slip-notice")).to_have_css("color", "rgb(0, 0, 0)")
    expect(sheet).to_have_css("background-color", "rgb(255, 255, 255)")
    expect(page.locator("body")).to_have_css("background-color", "rgb(255, 255, 255)")


def test_the_page_leads_to_its_pdf(page: Page, order: Order) -> None:
    page.goto(order.get_signed_url().replace("/?", "/slip/?"))
    link = page.locator(".slip-tools .btn")
    address = link.get_attribute("href") or ""
    assert re.fullmatch(rf"/orders/{order.pk}/slip\.pdf", address)
    # With the page's own cookies: a guest needs the signed link once.
    answer = page.request.get(page.url.split("/orders/")[0] + address)
    assert answer.status == 200
    assert answer.headers["content-type"] == "application/pdf"
