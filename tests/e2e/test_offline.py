"""What can be read without a network, and what never can."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from catalog.models import Product
from tests.factories import make_cart, make_product, make_user

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]

KEYS = """async () => {
  const found = [];
  for (const name of await caches.keys()) {
    for (const request of await (await caches.open(name)).keys()) {
      found.push(new URL(request.url).pathname);
    }
  }
  return found;
}"""
# The page's policy forbids Playwright's own way to wait for a condition.
KEPT = """async (path) => {
  while (!(await caches.match(path))) await new Promise(requestAnimationFrame);
}"""
TAKEN_OVER = """() => new Promise((done) => {
  navigator.serviceWorker.addEventListener("controllerchange", done);
  if (navigator.serviceWorker.controller) done();
}).then(() => true)"""
GONE = """async (name) => {
  while ((await caches.keys()).includes(name)) await new Promise(requestAnimationFrame);
}"""
TEXT_OF = "async (path) => (await caches.match(path)).text()"


@pytest.fixture
def reader(browser: Browser, browser_context_args: dict[str, Any]) -> Iterator[Page]:
    """Somebody whose browser may keep copies, and has the worker at work."""
    wanted = {**browser_context_args, "service_workers": "allow"}
    with browser.new_context(**wanted) as context:
        page = context.new_page()
        page.goto("/")
        page.evaluate(TAKEN_OVER)
        yield page


def read(page: Page, path: str) -> None:
    """Open a page and wait for its copy."""
    page.goto(path)
    page.evaluate(KEPT, path)


@pytest.fixture
def lamp() -> Product:
    return make_product(name="Lamp", slug="lamp", name_kk="Шам")


def test_a_page_that_was_read_is_there_without_a_network(
    reader: Page, lamp: Product
) -> None:
    read(reader, "/product/lamp/")
    expect(reader.locator("#kept")).to_be_hidden()
    reader.context.set_offline(True)
    reader.reload()
    expect(reader.locator("h1")).to_have_text("Lamp")
    expect(reader.locator("#kept")).to_be_visible()
    # What cannot be done is not offered.
    expect(reader.locator("form[action='/cart/add/'] button").first).to_be_disabled()
    # Once there is a network again, the copy asks for the page by itself; and again, if
    # the page had the network back before its worker had.
    reader.context.set_offline(False)
    expect(reader.locator("#kept")).to_be_hidden(timeout=30_000)
    expect(reader.locator("form[action='/cart/add/'] button").first).to_be_enabled()


def test_what_was_not_read_says_that_there_is_no_connection(
    reader: Page, lamp: Product
) -> None:
    reader.context.set_offline(True)
    for path in ("/product/lamp/", "/cart/", "/checkout/", "/?q=lamp", "/login/"):
        reader.goto(path)
        expect(reader).to_have_title("No connection")
        assert reader.locator("h1").evaluate("e => getComputedStyle(e).fontSize") == (
            "28px"
        )


def test_the_offline_page_speaks_the_readers_language(reader: Page) -> None:
    read(reader, "/?lang=kk")
    reader.context.set_offline(True)
    reader.goto("/cart/")
    assert reader.locator("html").get_attribute("lang") == "kk"


def test_nothing_of_a_person_is_kept(reader: Page, lamp: Product) -> None:
    buyer = make_user(email="secret@example.com", password="pw")
    make_cart(buyer, (lamp, 7))
    reader.goto("/login/")
    reader.locator("#id_email").fill("secret@example.com")
    reader.locator("#id_password").fill("pw")
    reader.locator("main button[type=submit]").click()
    expect(reader.locator("#cart-count")).to_have_text("7")
    for path in ("/cart/", "/checkout/", "/orders/", "/account/"):
        reader.goto(path)
    read(reader, "/product/lamp/")
    expect(reader.locator("#cart-count")).to_have_text("7")
    kept = reader.evaluate(TEXT_OF, "/product/lamp/")
    assert 'id="cart-count"></span>' in kept
    assert "secret@example.com" not in kept
    assert "Lamp" in kept
    personal = ("/cart", "/checkout", "/orders", "/account", "/login", "/admin", "/api")
    assert not [path for path in reader.evaluate(KEYS) if path.startswith(personal)]


def test_an_older_shops_copies_are_removed(reader: Page) -> None:
    reader.evaluate("caches.open('duken-pages-old').then(() => true)")
    reader.evaluate("caches.open('elsewhere').then(() => true)")
    reader.evaluate(
        "navigator.serviceWorker.getRegistration().then((one) => one.unregister())"
    )
    reader.goto("/cart/")
    reader.evaluate(GONE, "duken-pages-old")
    assert "elsewhere" in reader.evaluate("caches.keys()")
