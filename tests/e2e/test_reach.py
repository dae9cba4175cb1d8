"""Every page on a small screen, at 200 %, and by keyboard."""

from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from catalog.models import Product
from orders.models import Order
from tests.e2e.storefront import Storefront, speak
from tests.e2e.test_accessibility import without_404
from tests.factories import make_product

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

# A desk of 1280 px at 200 % is one of 640.
WIDTHS = (320, 640)

# What is said about a field that is wrong, and whether the field knows of it.
UNTIED = """() => {
  const told = [...document.querySelectorAll(".invalid-feedback")];
  const fields = [...document.querySelectorAll("[aria-describedby]")];
  const named = fields.flatMap((f) => f.getAttribute("aria-describedby").split(" "));
  const marked = [...document.querySelectorAll(".is-invalid")];
  return [
    ...told.filter((note) => !named.includes(note.id)).map((note) => note.innerText),
    ...marked.filter((f) => f.ariaInvalid !== "true").map((f) => f.id),
  ];
}"""

# Of what has the focus: its name if the focus is not to be seen there, else nothing.
UNSEEN = """() => {
  const at = document.activeElement;
  if (!at || at === document.body) return "";
  // A card's link is drawn around the card.
  const looks = [getComputedStyle(at), getComputedStyle(at, "::after")];
  const lined = looks.some((look) => look.boxShadow !== "none"
    || (look.outlineStyle !== "none" && parseFloat(look.outlineWidth) >= 2));
  const box = at.getBoundingClientRect();
  const places = [[0.5, 0.5], [0.1, 0.2], [0.9, 0.2], [0.1, 0.8], [0.9, 0.8]];
  const clear = places.some(([x, y]) => {
    const on = document.elementFromPoint(
      box.left + box.width * x, box.top + box.height * y
    );
    return on && (at.contains(on) || on.contains(at) || at.labels?.[0]?.contains(on));
  });
  const name = at.outerHTML.slice(0, 120);
  return (lined ? "" : `no mark: ${name} `)
    + (clear ? "" : `covered: ${name}`);
}"""


def test_every_page_fits_a_narrow_screen_and_its_errors_are_tied(
    page: Page, settings: Any, base_url: str, browser_problems: list[str]
) -> None:
    shop = Storefront(settings)
    # Kazakh has the longest words of the three.
    speak(page, "kk", base_url)
    found = []
    for place in shop.places():
        place.open(page, base_url)
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 640})
            wide = page.evaluate("document.documentElement.scrollWidth")
            if wide > width:
                found.append(f"{place.name}: {wide} px on {width}")
        untied = page.evaluate(UNTIED)
        found += [f"{place.name}: {told}" for told in untied]
        if place.name.endswith("errors"):
            # It has been told at all, and the reader is taken there.
            on = "document.activeElement.ariaInvalid"
            if page.evaluate(on) != "true":
                found.append(f"{place.name}: the focus is elsewhere")
    without_404(browser_problems)
    assert found == []


class Keyboard:
    """Somebody who has no mouse, and looks where the focus is at every step."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.unseen: list[str] = []

    def to(self, what: Locator) -> None:
        for _ in range(120):
            self.page.keyboard.press("Tab")
            told = self.page.evaluate(UNSEEN)
            if told:
                self.unseen.append(f"{self.page.url}: {told}")
            if what.evaluate("what => what === document.activeElement"):
                return
        raise AssertionError(f"Tab never comes to {what}.")

    def press(self, what: Locator, key: str = "Enter") -> None:
        self.to(what)
        self.page.keyboard.press(key)


@pytest.mark.parametrize("width", [390, 1280])
def test_a_purchase_by_keyboard_alone(page: Page, width: int) -> None:
    laptop = make_product(name="Lenovo IdeaPad", stock=7)
    make_product(name="Samsung Galaxy Book")
    page.set_viewport_size({"width": width, "height": 640})
    # The page is where it is going at once.
    page.emulate_media(reduced_motion="reduce")
    hands = Keyboard(page)
    page.goto("/")
    search = page.locator("#search")
    hands.to(search)
    search.press_sequentially("lenovo")
    page.keyboard.press("Enter")
    expect(page.locator(".product-card")).to_have_count(1)
    hands.press(page.get_by_role("link", name=laptop.name))
    expect(page.get_by_role("heading", level=1)).to_have_text(laptop.name)
    hands.press(page.locator("main").get_by_role("button", name="Add to cart").first)
    expect(page.locator("#cart-count")).to_have_text("1")
    # Through the page to its end, with the toast lying over it.
    hands.to(page.locator("footer a").last)
    page.goto("/cart/")
    hands.press(page.get_by_role("button", name=f"One {laptop.name} more"))
    expect(page.locator("#cart-count")).to_have_text("2")
    hands.press(page.get_by_role("link", name="Checkout"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Checkout")
    hands.to(page.get_by_label("E-mail"))
    page.keyboard.type("guest@example.com")
    hands.press(page.get_by_role("checkbox", name="I agree"), "Space")
    hands.press(page.get_by_role("button", name="Place the order"))
    expect(page.get_by_text("Thank you!")).to_be_visible()
    hands.press(page.get_by_text("Cancel the order"))
    hands.press(page.get_by_role("button", name="Yes, cancel it"))
    expect(page.get_by_text("is canceled.")).to_be_visible()
    assert Order.objects.get().status == Order.Status.CANCELED
    assert Product.objects.get(pk=laptop.pk).stock == 7
    assert "\n".join(hands.unseen) == ""
