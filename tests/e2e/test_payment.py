"""Paying in a browser: the checkout, the provider's page, and the way back."""

from decimal import Decimal
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from catalog.models import Product
from orders import services as orders
from orders.models import Order
from payments.models import Payment, PaymentEvent
from tests.factories import make_product

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

ONLINE = "Online (a trial: no money moves)"


@pytest.fixture(autouse=True)
def _emulator(settings: Any) -> None:
    settings.PAYMENT_EMULATOR = True


@pytest.fixture(params=["over the network", "in the shop's own process"])
def _told(request: pytest.FixtureRequest, settings: Any, base_url: str) -> None:
    """How the emulator's message reaches the shop."""
    network = request.param == "over the network"
    settings.PAYMENT_EMULATOR_URL = base_url if network else ""


@pytest.fixture
def laptop() -> Product:
    return make_product(name="Lenovo IdeaPad", price=Decimal("244500.53"), stock=7)


PRICE = "244.500,53\N{NO-BREAK SPACE}₸"


def check_out(page: Page, product: Product) -> Order:
    """The shopper has ordered, and is asked for the money."""
    page.goto(product.get_absolute_url())
    page.locator("main").get_by_role("button", name="Add to cart").first.click()
    expect(page.locator("#cart-count")).to_have_text("1")
    page.goto("/checkout/")
    page.get_by_label("E-mail").fill("guest@example.com")
    page.get_by_role("radio", name=ONLINE).check()
    page.get_by_role("checkbox", name="I agree").check()
    page.get_by_role("button", name="Place the order").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Trial payment")
    expect(page.get_by_text("no money moves")).to_be_visible()
    expect(page.locator(".provider-amount")).to_have_text(PRICE)
    return Order.objects.get()


def status(order: Order) -> str:
    order.refresh_from_db()
    return order.status


@pytest.mark.usefixtures("_told")
def test_an_order_is_paid(shopper: Page, laptop: Product) -> None:
    order = check_out(shopper, laptop)
    shopper.get_by_role("button", name=f"Pay {PRICE}").click()
    expect(shopper.get_by_text("Thank you! The payment has arrived.")).to_be_visible()
    assert shopper.url.endswith(f"/orders/{order.pk}/")
    expect(shopper.locator("#payment")).to_contain_text("Paid on")
    expect(shopper.get_by_role("button", name="Pay")).to_have_count(0)
    assert status(order) == Order.Status.PAID


def test_a_declined_payment_is_tried_again(shopper: Page, laptop: Product) -> None:
    order = check_out(shopper, laptop)
    shopper.get_by_role("button", name="Decline").click()
    card = shopper.locator("#payment")
    expect(card).to_contain_text("The payment was declined. You can try again.")
    expect(card).to_contain_text("We keep the goods for you until")
    assert status(order) == Order.Status.PENDING
    card.get_by_role("button", name=f"Pay {PRICE}").click()
    shopper.get_by_role("button", name=f"Pay {PRICE}").click()
    expect(card).to_contain_text("Paid on")
    assert status(order) == Order.Status.PAID
    expect(shopper.get_by_text("Payment declined")).to_be_visible()
    found = Payment.objects.order_by("created_at").values_list("status", flat=True)
    assert list(found) == ["failed", "succeeded"]


def test_the_keyboard_is_enough(page: Page, laptop: Product) -> None:
    order = check_out(page, laptop)
    focused = page.locator(":focus")
    page.keyboard.press("Tab")
    expect(focused).to_have_text(f"Pay {PRICE}")
    page.keyboard.press("Tab")
    expect(focused).to_have_text("Decline")
    page.keyboard.press("Enter")
    card = page.locator("#payment")
    expect(card).to_contain_text("The payment was declined.")
    pay = card.get_by_role("button")
    for _ in range(40):
        page.keyboard.press("Tab")
        if pay.evaluate("button => button === document.activeElement"):
            break
    page.keyboard.press("Space")
    expect(page.get_by_role("heading", level=1)).to_have_text("Trial payment")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(card).to_contain_text("Paid on")
    assert status(order) == Order.Status.PAID


def test_a_double_click_pays_once(page: Page, laptop: Product) -> None:
    order = check_out(page, laptop)
    page.get_by_role("button", name=f"Pay {PRICE}").dblclick()
    expect(
        page.get_by_text("Thank you! The payment has arrived.").first
    ).to_be_visible()
    expect(page.locator("#payment")).to_contain_text("Paid on")
    assert status(order) == Order.Status.PAID
    history = order.history.values_list("status", flat=True)
    assert list(history) == ["pending", "paid"]
    assert PaymentEvent.objects.count() == Payment.objects.count() == 1


def test_an_order_that_was_canceled_in_another_tab_is_not_paid(
    shopper: Page, laptop: Product
) -> None:
    order = check_out(shopper, laptop)
    tab = shopper.context.new_page()
    tab.goto(f"/orders/{order.pk}/")
    tab.get_by_text("Cancel the order").click()
    tab.get_by_role("button", name="Yes, cancel it").click()
    expect(tab.get_by_text(f"Order {order.number} is canceled.")).to_be_visible()
    shopper.get_by_role("button", name=f"Pay {PRICE}").click()
    sentence = "The order was canceled, so there is nothing to pay."
    expect(shopper.get_by_text(sentence)).to_be_visible()
    expect(shopper.get_by_role("button")).to_have_count(0)
    shopper.get_by_role("link", name="Back to the order").click()
    expect(shopper.locator("#payment")).to_contain_text("Nothing is to be paid.")
    assert status(order) == Order.Status.CANCELED
    assert Payment.objects.get().status == Payment.Status.CANCELED
    assert not PaymentEvent.objects.exists()


def test_cash_is_paid_online_instead(shopper: Page, laptop: Product) -> None:
    shopper.goto("/order/")
    shopper.get_by_label("Products and quantities").fill(f"{laptop.sku}:1")
    shopper.get_by_label("E-mail").fill("guest@example.com")
    shopper.get_by_role("checkbox", name="I agree").check()
    shopper.get_by_role("button", name="Place the order").click()
    card = shopper.locator("#payment")
    expect(card).to_contain_text("You pay when you get the goods.")
    card.get_by_role("button", name="Pay online instead").click()
    shopper.get_by_role("button", name=f"Pay {PRICE}").click()
    expect(card).to_contain_text("Paid on")
    order = Order.objects.get()
    assert (order.status, order.payment_method) == ("paid", "emulator")


def test_an_order_that_has_changed_is_paid_anew(page: Page, laptop: Product) -> None:
    order = check_out(page, laptop)
    orders.change_quantity(order.pk, laptop.pk, 2)
    page.get_by_role("button", name=f"Pay {PRICE}").click()
    expect(page.get_by_text("The order has changed, and so has")).to_be_visible()
    page.get_by_role("link", name="Back to the order").click()
    page.locator("#payment").get_by_role("button", name="Pay 489.001,06").click()
    page.get_by_role("button", name="Pay 489.001,06").click()
    expect(page.locator("#payment")).to_contain_text("Paid on")
    assert status(order) == Order.Status.PAID


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_pages_fit_a_narrow_screen(
    page: Page, laptop: Product, scheme: Any
) -> None:
    page.set_viewport_size({"width": 320, "height": 640})
    page.emulate_media(color_scheme=scheme)
    wide = "document.documentElement.scrollWidth > window.innerWidth"
    order = check_out(page, laptop)
    assert not page.evaluate(wide)
    page.get_by_role("button", name="Decline").click()
    expect(page.locator("#payment")).to_be_visible()
    assert not page.evaluate(wide)
    # What is to be paid comes before the goods.
    top = "part => part.getBoundingClientRect().top"
    card, goods = page.locator("#payment"), page.locator(".order-goods")
    assert card.evaluate(top) < goods.evaluate(top)
    assert status(order) == Order.Status.PENDING
