"""The whole purchase in a browser, as a new shopper does it."""

from decimal import Decimal

import pytest
from playwright.sync_api import Page, expect

from accounts.models import User
from catalog.models import Product
from catalog.services.stock import stock_errors
from orders.models import Order
from tests.factories import make_product, make_user

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def laptop() -> Product:
    make_product(name="Samsung Galaxy Book")
    return make_product(
        name="Lenovo IdeaPad Slim 5", price=Decimal("244500.53"), stock=7
    )


def stock(product: Product) -> int:
    return Product.objects.get(pk=product.pk).stock


def money(amount: str) -> str:
    return f"{amount}\N{NO-BREAK SPACE}₸"


def put_two_into_the_cart(page: Page, product: Product) -> None:
    page.goto("/")
    page.locator("#search").fill("lenovo")
    page.get_by_role("search").get_by_role("button").click()
    expect(page.get_by_role("link", name="Samsung Galaxy Book")).to_have_count(0)
    page.get_by_role("link", name=product.name).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(product.name)
    page.get_by_label("Quantity").fill("1")
    page.locator("main").get_by_role("button", name="Add to cart").first.click()
    expect(page.get_by_text("Added to the cart.")).to_be_visible()
    expect(page.locator("#cart-count")).to_have_text("1")
    page.goto("/cart/")
    expect(page.locator("#cart-total")).to_have_text(money("244.500,53"))
    page.get_by_role("button", name=f"One {product.name} more").click()
    expect(page.locator("#cart-total")).to_have_text(money("489.001,06"))
    expect(page.locator("#cart-count")).to_have_text("2")


def agree_and_order(page: Page, clicks: int = 1) -> None:
    page.get_by_label("I agree that the shop uses my data").check()
    page.get_by_role("button", name="Place the order").click(click_count=clicks)


def cancel(page: Page, order: Order, product: Product) -> None:
    page.get_by_text("Cancel the order").click()
    page.get_by_role("button", name="Yes, cancel it").click()
    expect(page.get_by_text(f"Order {order.number} is canceled.")).to_be_visible()
    expect(page.get_by_text("Cancel the order")).to_have_count(0)
    order.refresh_from_db()
    assert order.status == Order.Status.CANCELED
    assert stock(product) == 7
    assert stock_errors() == []


def test_a_guest_picks_the_goods_up(shopper: Page, laptop: Product) -> None:
    put_two_into_the_cart(shopper, laptop)
    shopper.get_by_role("link", name="Checkout").click()
    shopper.get_by_label("E-mail").fill("guest@example.com")
    agree_and_order(shopper)
    expect(shopper.get_by_text("Thank you!")).to_be_visible()
    order = Order.objects.get()
    assert shopper.url.endswith(f"/orders/{order.pk}/")
    expect(shopper.get_by_role("heading", level=1)).to_have_text(
        f"Order {order.number}"
    )
    expect(shopper.locator("#total")).to_have_text(money("489.001,06"))
    assert (order.email, order.delivery_code) == ("guest@example.com", "pickup")
    assert stock(laptop) == 5
    cancel(shopper, order, laptop)


def test_the_courier_asks_for_an_address(shopper: Page, laptop: Product) -> None:
    put_two_into_the_cart(shopper, laptop)
    Product.objects.filter(pk=laptop.pk).update(price=Decimal("1000.00"))
    shopper.get_by_role("link", name="Checkout").click()
    shopper.get_by_label("E-mail").fill("guest@example.com")
    shopper.get_by_role("radio", name="Courier").check()
    update = shopper.get_by_role("button", name="Update the total")
    if update.count():
        update.click()
    # With JavaScript the total follows by itself.
    expect(shopper.locator("#total")).to_have_text(money("3.500,00"))
    agree_and_order(shopper)
    expect(shopper.get_by_text("This delivery needs an address.")).to_be_visible()
    assert not Order.objects.exists()
    expect(shopper.get_by_label("E-mail")).to_have_value("guest@example.com")
    shopper.get_by_label("Address").fill("Алматы, Абая 1")
    agree_and_order(shopper)
    expect(shopper.get_by_text("Thank you!")).to_be_visible()
    order = Order.objects.get()
    assert (order.delivery_code, order.total) == ("courier", Decimal("3500.00"))
    cancel(shopper, order, laptop)


def test_a_customer_orders_and_finds_the_order_again(
    shopper: Page, laptop: Product
) -> None:
    user: User = make_user(email="aigul@example.com", full_name="Айгүл")
    put_two_into_the_cart(shopper, laptop)
    shopper.goto("/login/")
    shopper.get_by_label("E-mail").fill(user.email)
    shopper.get_by_label("Password").fill("pw")
    shopper.locator("main").get_by_role("button", name="Sign in").click()
    shopper.goto("/checkout/")
    expect(shopper.get_by_label("E-mail")).to_have_value(user.email)
    expect(shopper.get_by_label("Full name")).to_have_value("Айгүл")
    agree_and_order(shopper)
    expect(shopper.get_by_text("Thank you!")).to_be_visible()
    order = Order.objects.get()
    assert order.user == user
    assert stock(laptop) == 5
    shopper.goto("/orders/")
    shopper.get_by_role("link", name=f"Order {order.number}").click()
    cancel(shopper, order, laptop)


def test_a_quick_order_is_checked_and_placed(shopper: Page, laptop: Product) -> None:
    shopper.goto("/order/")
    items = shopper.get_by_label("Products and quantities")
    items.fill(f"{laptop.sku}:2\nNOPE:1")
    shopper.get_by_role("button", name="Check the list").click()
    expect(shopper.get_by_text("There is no such product.")).to_be_visible()
    expect(shopper.locator("#total")).to_have_text(money("489.001,06"))
    items.fill(f"{laptop.sku}:2")
    shopper.get_by_label("E-mail").fill("guest@example.com")
    agree_and_order(shopper)
    expect(shopper.get_by_text("Thank you!")).to_be_visible()
    cancel(shopper, Order.objects.get(), laptop)


def test_a_double_click_is_one_order(page: Page, laptop: Product) -> None:
    put_two_into_the_cart(page, laptop)
    page.get_by_role("link", name="Checkout").click()
    page.get_by_label("E-mail").fill("guest@example.com")
    agree_and_order(page, clicks=2)
    expect(page.get_by_text("Thank you!").first).to_be_visible()
    order = Order.objects.get()
    assert page.url.endswith(f"/orders/{order.pk}/")
    assert stock(laptop) == 5


def test_a_quantity_is_typed_and_refused(page: Page, laptop: Product) -> None:
    put_two_into_the_cart(page, laptop)
    quantity = page.get_by_label(f"Quantity of {laptop.name}")
    quantity.fill("3")
    quantity.blur()
    expect(page.locator("#cart-total")).to_have_text(money("733.501,59"))
    quantity = page.get_by_label(f"Quantity of {laptop.name}")
    quantity.fill("8")
    quantity.press("Enter")
    expect(page.get_by_text("Only 7 pieces of Lenovo")).to_be_visible()
    expect(page.locator("#cart-total")).to_have_text(money("733.501,59"))
    expect(quantity).to_have_value("3")
    page.get_by_role("button", name=f"Remove {laptop.name}").click()
    expect(page.get_by_text("The cart is empty.")).to_be_visible()
