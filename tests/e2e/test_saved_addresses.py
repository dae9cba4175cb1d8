"""A customer with saved addresses at the checkout, with JavaScript and without."""

from decimal import Decimal

import pytest
from playwright.sync_api import Page, expect

from accounts.models import Address, User
from accounts.services import add_address
from orders.models import Order
from tests.factories import make_cart, make_product, make_user

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def user() -> User:
    user = make_user(email="aigul@example.com", full_name="Айгүл")
    add_address(user, title="Home", phone="+77011234567", address="Алматы, Абая 1")
    add_address(user, title="Office", full_name="Тимур", address="Астана, Сарайшык 2")
    make_cart(user, (make_product(price=Decimal("1000.00"), stock=5), 2))
    return user


def to_the_checkout(page: Page, user: User) -> None:
    page.goto("/login/?next=/checkout/")
    page.get_by_label("E-mail").fill(user.email)
    page.get_by_label("Password").fill("pw")
    page.locator("main").get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Checkout")


def order(page: Page) -> Order:
    page.get_by_label("I agree that the shop uses my data").check()
    page.get_by_role("button", name="Place the order").click()
    expect(page.get_by_text("Thank you!")).to_be_visible()
    return Order.objects.get()


def test_another_saved_address_is_chosen(shopper: Page, user: User) -> None:
    to_the_checkout(shopper, user)
    expect(shopper.get_by_role("radio", name="Home")).to_be_checked()
    expect(shopper.get_by_label("Full name")).to_have_value("Айгүл")
    expect(shopper.get_by_label("Phone")).to_have_value("+7 701 123 4567")
    shopper.get_by_role("radio", name="Courier").check()
    shopper.get_by_role("radio", name="Office").check()
    update = shopper.get_by_role("button", name="Update the total")
    if update.count():
        update.click()
    # With JavaScript the fields follow by themselves.
    expect(shopper.get_by_label("Full name")).to_have_value("Тимур")
    expect(shopper.get_by_label("Address", exact=True)).to_have_value(
        "Астана, Сарайшык 2"
    )
    missing = "Add 48.000,00\N{NO-BREAK SPACE}₸ more and delivery is free."
    expect(shopper.get_by_text(missing)).to_be_visible()
    shopper.get_by_label("Phone").fill("8 702 000 00 00")
    placed = order(shopper)
    expect(shopper.get_by_text("+7 702 000 0000")).to_be_visible()
    told = (placed.full_name, placed.phone, placed.address, placed.total)
    assert told == (
        "Тимур",
        "+77020000000",
        "Астана, Сарайшык 2",
        Decimal("3500.00"),
    )
    assert placed.consent_at is not None


def test_a_new_address_is_written_and_kept(shopper: Page, user: User) -> None:
    to_the_checkout(shopper, user)
    shopper.get_by_role("radio", name="Post").check()
    shopper.get_by_role("radio", name="Another address").check()
    update = shopper.get_by_role("button", name="Update the total")
    if update.count():
        update.click()
    address = shopper.get_by_label("Address", exact=True)
    expect(address).to_have_value("")
    address.fill("Шымкент, Тәуке хан 3")
    shopper.get_by_label("Save this address for next time").check()
    placed = order(shopper)
    assert placed.address == "Шымкент, Тәуке хан 3"
    assert Address.objects.filter(user=user).count() == 3
    shopper.goto("/account/addresses/")
    card = shopper.get_by_role("listitem").filter(has_text="Шымкент, Тәуке хан 3")
    card.get_by_role("button", name="Make default").click()
    card = shopper.get_by_role("listitem").filter(has_text="Шымкент, Тәуке хан 3")
    expect(card.get_by_text("default", exact=True)).to_be_visible()
    card.get_by_role("button", name="Delete").click()
    expect(shopper.get_by_text("The address is deleted.")).to_be_visible()
    expect(shopper.get_by_text("Шымкент, Тәуке хан 3")).to_have_count(0)


def test_the_browser_asks_for_the_tick_first(shopper: Page, user: User) -> None:
    to_the_checkout(shopper, user)
    shopper.get_by_role("button", name="Place the order").click()
    box = shopper.get_by_label("I agree that the shop uses my data")
    expect(box).to_be_focused()
    assert box.evaluate("box => box.validity.valueMissing")
    assert not Order.objects.exists()
    order(shopper)


@pytest.mark.parametrize("width", [320, 1280])
def test_no_page_scrolls_sideways(page: Page, user: User, width: int) -> None:
    add_address(user, title="x" * 60, full_name="Ы" * 150, address="Щ" * 500)
    page.set_viewport_size({"width": width, "height": 800})
    to_the_checkout(page, user)
    for address in ("/checkout/", "/order/", "/account/", "/account/addresses/"):
        page.goto(address)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, address
