"""Nothing moves while a page is coming in, however late its pictures are."""

from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image
from playwright.sync_api import Page, Route

from catalog.models import Category, Product
from tests.factories import make_category, make_product

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]

# Google calls 0.1 good.
MOST = 0.02
WATCH = """
window.shifted = 0;
new PerformanceObserver((list) => {
  for (const shift of list.getEntries()) if (!shift.hadRecentInput) {
    window.shifted += shift.value;
  }
}).observe({ type: "layout-shift", buffered: true });
"""
# Two frames on, what the pictures have moved has been counted.
COUNTED = """() => new Promise((done) => {
  requestAnimationFrame(() => requestAnimationFrame(() => done(window.shifted)));
})"""


def picture(width: int, height: int) -> SimpleUploadedFile:
    file = BytesIO()
    Image.new("RGB", (width, height), "teal").save(file, "PNG")
    return SimpleUploadedFile("picture.png", file.getvalue(), "image/png")


@pytest.fixture
def shelf() -> Category:
    category = make_category("Свет")
    for n in range(6):
        pictures = [picture(400 + n * 60, 700 - n * 60), picture(300, 900)]
        make_product(categories=[category], images=pictures, description="Слово " * 80)
    return category


@pytest.fixture(params=[(390, 844), (1280, 900)], ids=["phone", "desktop"])
def watched(page: Page, request: pytest.FixtureRequest) -> Page:
    """A window whose pictures wait until all else stands."""
    width, height = request.param
    page.set_viewport_size({"width": width, "height": height})
    page.add_init_script(WATCH)
    return page


def shift_of(page: Page, address: str) -> float:
    held: list[Route] = []
    page.route("**/media/**", lambda route: held.append(route))
    page.goto(address, wait_until="domcontentloaded")
    page.evaluate(COUNTED)
    assert held
    # Playwright lets go of what is held.
    page.unroute("**/media/**")
    page.wait_for_load_state("networkidle")
    return float(page.evaluate(COUNTED))


def test_pages_hold_still(watched: Page, shelf: Category) -> None:
    product = Product.objects.first()
    assert product
    for address in ("/", shelf.get_absolute_url(), product.get_absolute_url()):
        assert shift_of(watched, address) < MOST, address


def test_what_is_to_be_measured_would_be(watched: Page, shelf: Category) -> None:
    """The twin: what comes late, and above all else, moves the page."""
    watched.goto("/")
    watched.evaluate(
        """() => {
          const bar = document.createElement("div");
          bar.append(...Array.from({ length: 9 }, () => document.createElement("hr")));
          document.body.prepend(bar);
        }"""
    )
    assert watched.evaluate(COUNTED) > MOST
