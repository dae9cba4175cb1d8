"""From the search to the order, as people really go: back, twice, slowly, in two tabs.

Each `page` also holds that neither the console nor the Content-Security-Policy had
anything to say.
"""

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from accounts.models import User
from catalog import services as catalog
from catalog.models import Product
from catalog.services.stock import stock_errors
from orders.models import Order
from payments.models import Payment
from tests.factories import make_category, make_product, make_user

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PRICE = "244.500,53\N{NO-BREAK SPACE}₸"
ONLINE = "Online (a trial: no money moves)"


@pytest.fixture(params=[390, 1280])
def anybody(request: pytest.FixtureRequest, shopper: Page) -> Page:
    """With JavaScript and without it, on a phone and on a desk."""
    shopper.set_viewport_size({"width": request.param, "height": 844})
    return shopper


@pytest.fixture(autouse=True)
def laptop(settings: Any) -> Iterator[Product]:
    settings.PAYMENT_EMULATOR = True
    shelf = make_category("Ноутбуки")
    make_product(name="Lenovo Yoga", price=Decimal(900_000), categories=[shelf])
    make_product(name="Samsung Galaxy Book", categories=[shelf])
    yield make_product(
        name="Lenovo IdeaPad", price=Decimal("244500.53"), stock=7, categories=[shelf]
    )
    # Whatever happened, the books are right.
    assert stock_errors() == []


def buy_one(page: Page, product: Product) -> None:
    page.goto(product.get_absolute_url())
    page.locator("main").get_by_role("button", name="Add to cart").first.click()
    expect(page.locator("#cart-count")).to_have_text("1")


def order_online(page: Page) -> None:
    page.get_by_label("E-mail").fill("guest@example.com")
    page.get_by_role("radio", name=ONLINE).check()
    page.get_by_role("checkbox", name="I agree").check()
    page.get_by_role("button", name="Place the order").click()


def order_for_cash(page: Page) -> None:
    page.get_by_label("E-mail").fill("guest@example.com")
    page.get_by_role("checkbox", name="I agree").check()
    page.get_by_role("button", name="Place the order").click()


def heading(page: Page, text: str) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text(text)


def stock(product: Product) -> int:
    return Product.objects.get(pk=product.pk).stock


def test_found_paid_and_canceled(anybody: Page, laptop: Product) -> None:
    page = anybody
    page.goto("/")
    page.locator("#search").fill("lenovo")
    page.locator("#search").press("Enter")
    expect(page.locator("#results .product-card")).to_have_count(2)
    if not page.locator("#max-price").is_visible():
        page.locator(".drawer summary").last.click()
    page.locator("#max-price").fill("300000")
    page.locator("#max-price").press("Enter")
    expect(page.locator("#results .product-card")).to_have_count(1)
    page.locator("#results").get_by_role("link", name=laptop.name).click()
    heading(page, laptop.name)
    page.locator("main").get_by_role("button", name="Add to cart").first.click()
    expect(page.locator("#cart-count")).to_have_text("1")
    page.locator("header").get_by_role("link", name="Cart").click()
    expect(page.locator("#cart-total")).to_have_text(PRICE)
    page.get_by_role("link", name="Checkout").click()
    order_online(page)
    heading(page, "Trial payment")
    page.get_by_role("button", name=f"Pay {PRICE}").click()
    expect(page.get_by_text("Thank you! The payment has arrived.")).to_be_visible()
    order = Order.objects.get()
    heading(page, f"Order {order.number}")
    assert (order.status, stock(laptop)) == (Order.Status.PAID, 6)
    page.get_by_text("Cancel the order").click()
    page.get_by_role("button", name="Yes, cancel it").click()
    expect(page.get_by_text(f"Order {order.number} is canceled.")).to_be_visible()
    order.refresh_from_db()
    assert (order.status, stock(laptop)) == (Order.Status.CANCELED, 7)
    assert Payment.objects.get().status == Payment.Status.REFUND_DUE


def test_the_language_changes_in_the_middle(shopper: Page, laptop: Product) -> None:
    buy_one(shopper, laptop)
    shopper.goto("/checkout/")
    shopper.get_by_role("button", name="Қазақша").click()
    expect(shopper.locator("html")).to_have_attribute("lang", "kk")
    expect(shopper).to_have_url(re.compile("/checkout/$"))
    # The cart is the same, and the price is; the words are others.
    expect(shopper.locator("#cart-count")).to_have_text("1")
    expect(shopper.locator("#total")).to_have_text(PRICE)
    shopper.locator("#id_email").fill("guest@example.com")
    shopper.locator("#id_consent").check()
    shopper.locator("#summary button[type=submit]").first.click()
    expect(shopper.locator("#payment")).to_be_visible()
    order = Order.objects.get()
    assert shopper.url.endswith(f"/orders/{order.pk}/")
    expect(shopper.locator("html")).to_have_attribute("lang", "kk")
    assert order.total == Decimal("244500.53")


def test_back_after_the_payment_does_not_pay_again(
    shopper: Page, laptop: Product
) -> None:
    buy_one(shopper, laptop)
    shopper.goto("/checkout/")
    order_online(shopper)
    heading(shopper, "Trial payment")
    shopper.get_by_role("button", name=f"Pay {PRICE}").click()
    expect(shopper.locator("#payment")).to_contain_text("Paid on")
    shopper.go_back()
    heading(shopper, "Trial payment")
    expect(shopper.get_by_text("This payment has arrived. Thank you!")).to_be_visible()
    expect(shopper.get_by_role("button")).to_have_count(0)
    shopper.get_by_role("link", name="Back to the order").click()
    expect(shopper.locator("#payment")).to_contain_text("Paid on")
    # And the checkout has nothing left to order.
    shopper.goto("/checkout/")
    expect(shopper.locator("main").get_by_text("The cart is empty.")).to_be_visible()
    assert Payment.objects.get().status == Payment.Status.SUCCEEDED
    assert (Order.objects.count(), stock(laptop)) == (1, 6)


def test_of_two_tabs_one_orders(shopper: Page, laptop: Product) -> None:
    buy_one(shopper, laptop)
    other = shopper.context.new_page()
    for page in (shopper, other):
        page.goto("/checkout/")
    order_for_cash(shopper)
    expect(shopper.get_by_text("Thank you!")).to_be_visible()
    order_for_cash(other)
    heading(other, "Cart")
    expect(other.locator("main").get_by_text("The cart is empty.")).to_be_visible()
    assert (Order.objects.count(), stock(laptop)) == (1, 6)


def test_the_other_tab_put_more_into_the_cart(shopper: Page, laptop: Product) -> None:
    buy_one(shopper, laptop)
    shopper.goto("/checkout/")
    other = shopper.context.new_page()
    other.goto(laptop.get_absolute_url())
    other.locator("main").get_by_role("button", name="Add to cart").first.click()
    expect(other.locator("#cart-count")).to_have_text("2")
    order_for_cash(shopper)
    told = f"The goods cost 489.001,06\N{NO-BREAK SPACE}₸ now, not {PRICE}."
    expect(shopper.get_by_text(told)).to_be_visible()
    expect(shopper.get_by_label("E-mail")).to_have_value("guest@example.com")
    assert not Order.objects.exists()
    # The choice is the shopper's: back to the cart, or so be it.
    expect(shopper.get_by_role("link", name="Change the cart")).to_be_visible()
    order_for_cash(shopper)
    expect(shopper.get_by_text("Thank you!")).to_be_visible()
    assert Order.objects.get().total == Decimal("489001.06")


def test_the_last_pieces_went_to_somebody_else(shopper: Page, laptop: Product) -> None:
    buy_one(shopper, laptop)
    shopper.goto("/cart/")
    shopper.get_by_role("button", name=f"One {laptop.name} more").click()
    expect(shopper.locator("#cart-count")).to_have_text("2")
    shopper.goto("/checkout/")
    catalog.adjust_stock(laptop, -6, "write_off")
    order_for_cash(shopper)
    expect(shopper.get_by_text(f"{laptop.name}: 2 wanted, 1 left")).to_be_visible()
    assert not Order.objects.exists()
    shopper.get_by_role("alert").get_by_role("link", name="Change the cart").click()
    expect(shopper.get_by_text("Only 1 piece is left.")).to_be_visible()
    shopper.get_by_role("button", name="Take 1").click()
    expect(shopper.locator("#cart-count")).to_have_text("1")
    shopper.get_by_role("link", name="Checkout").click()
    order_for_cash(shopper)
    expect(shopper.get_by_text("Thank you!")).to_be_visible()
    assert (Order.objects.get().total, stock(laptop)) == (Decimal("244500.53"), 0)


def test_a_slow_network_and_an_impatient_shopper(page: Page, laptop: Product) -> None:
    network = page.context.new_cdp_session(page)
    slow = {"latency": 300, "downloadThroughput": 50_000, "uploadThroughput": 50_000}
    network.send("Network.emulateNetworkConditions", {"offline": False, **slow})
    page.goto(laptop.get_absolute_url())
    page.locator("main").get_by_role("button", name="Add to cart").first.click()
    expect(page.locator("#cart-count")).to_have_text("1")
    page.goto("/cart/")
    # While the first is on its way, the second is not sent.
    page.get_by_role("button", name=f"One {laptop.name} more").dblclick()
    expect(page.locator("#cart-count")).to_have_text("2")
    page.get_by_role("link", name="Checkout").click()
    page.get_by_label("E-mail").fill("guest@example.com")
    page.get_by_role("radio", name="Courier").check()
    page.get_by_label("Address").fill("Алматы, Абая 1")
    page.get_by_role("checkbox", name="I agree").check()
    page.get_by_role("button", name="Place the order").click(click_count=3)
    expect(page.get_by_text("Thank you!").first).to_be_visible()
    order = Order.objects.get()
    assert page.url.endswith(f"/orders/{order.pk}/")
    assert (order.delivery_code, stock(laptop)) == ("courier", 5)


def test_somebody_registers_with_a_full_cart(shopper: Page, laptop: Product) -> None:
    buy_one(shopper, laptop)
    shopper.goto("/checkout/")
    shopper.locator("main").get_by_role("link", name="Sign in").click()
    shopper.get_by_role("link", name="Create an account").click()
    shopper.get_by_label("E-mail").fill("aigul@example.com")
    shopper.get_by_label("Password").fill("correct horse battery")
    shopper.get_by_label("Full name").fill("Айгүл")
    shopper.locator("main").get_by_role("button").first.click()
    # Back to where the way began, with everything.
    heading(shopper, "Checkout")
    expect(shopper.locator("#cart-count")).to_have_text("1")
    expect(shopper.locator("#total")).to_have_text(PRICE)
    expect(shopper.get_by_label("E-mail")).to_have_value("aigul@example.com")
    shopper.get_by_role("checkbox", name="I agree").check()
    shopper.get_by_role("button", name="Place the order").click()
    expect(shopper.get_by_text("Thank you!")).to_be_visible()
    assert Order.objects.get().user == User.objects.get()


def test_the_session_ends_at_the_checkout(shopper: Page, laptop: Product) -> None:
    """What the shopper was, is gone; nothing is ordered, and the way on is told."""
    user = make_user()
    shopper.goto("/login/")
    shopper.get_by_label("E-mail").fill(user.email)
    shopper.get_by_label("Password").fill("pw")
    shopper.locator("main").get_by_role("button", name="Sign in").click()
    expect(shopper.get_by_role("heading", level=1)).to_be_visible()
    buy_one(shopper, laptop)
    shopper.goto("/checkout/")
    shopper.context.clear_cookies(name="sessionid")
    shopper.get_by_role("checkbox", name="I agree").check()
    shopper.get_by_role("button", name="Place the order").click()
    heading(shopper, "Cart")
    expect(shopper.locator("main").get_by_text("The cart is empty.")).to_be_visible()
    assert not Order.objects.exists()


def test_a_page_that_was_open_for_too_long_is_drawn_anew(
    page: Page, laptop: Product, browser_problems: list[str]
) -> None:
    page.goto(laptop.get_absolute_url())
    page.context.clear_cookies(name="csrftoken")
    add = page.locator("main").get_by_role("button", name="Add to cart").first
    add.click()
    told = "The page was open for too long. Now it is fresh: please try again."
    expect(page.get_by_text(told)).to_be_visible()
    expect(page.locator("#cart-count")).to_have_text("")
    # A refusal is for the console to mention.
    assert browser_problems
    assert all("403" in problem for problem in browser_problems)
    browser_problems.clear()
    add.click()
    expect(page.locator("#cart-count")).to_have_text("1")


def test_too_many_new_carts_are_told_of_beside_the_button(
    page: Page, laptop: Product, browser_problems: list[str], settings: Any
) -> None:
    settings.NEW_CART_RATE = "1/day"
    page.goto(laptop.get_absolute_url())
    add = page.locator("main").get_by_role("button", name="Add to cart").first
    add.click()
    expect(page.locator("#cart-count")).to_have_text("1")
    page.context.clear_cookies(name="sessionid")
    page.reload()
    add.click()
    expect(page.get_by_role("alert")).to_contain_text("This was sent too often.")
    expect(page.locator("#cart-count")).to_have_text("")
    # A refusal is for the console to mention.
    assert browser_problems
    assert all("429" in problem for problem in browser_problems)
    browser_problems.clear()
