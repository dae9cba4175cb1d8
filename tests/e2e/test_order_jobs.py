"""Six of the ten commonest jobs of the back office, from its front page to the end.

The numbers are upper limits, and every test counts its own steps. What Shopify's admin
takes for the same job from its home page is named beside each, counted the same way:
see docs/BACKOFFICE.md for what is counted.
"""

from decimal import Decimal
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from pypdf import PdfReader

from accounts.models import User
from catalog.models import Product
from orders import services
from orders.models import Order
from tests.backoffice import staff_with
from tests.e2e.steps import Steps, sign_in
from tests.factories import make_order, make_product, make_user
from tests.orders.office import change

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

RIGHTS = [
    "orders.view_order", "orders.change_order", "accounts.view_user",
    "catalog.view_product", "payments.view_refund", "orders.view_ordernote",
]  # fmt: skip


@pytest.fixture
def tea() -> Product:
    return make_product(sku="TEA", name="Чай", price=Decimal(100), stock=50)


@pytest.fixture
def aigul() -> User:
    return make_user(
        email="aigul@example.com", full_name="Айгүл Серікова", phone="+77011234567"
    )


@pytest.fixture
def clerk(shopper: Page, base_url: str) -> Steps:
    """Somebody who handles orders, on the front page; with JavaScript and without."""
    sign_in(shopper, staff_with(*RIGHTS), base_url)
    shopper.goto("/admin/")
    return Steps(shopper)


def has_javascript(page: Page) -> bool:
    """Whether this page's own scripts run; the test's always do."""
    return page.evaluate("typeof htmx !== 'undefined'")


def order_of(user: User | None, *lines: tuple[Product, int]) -> Order:
    contact = {"full_name": user.full_name, "phone": user.phone} if user else {}
    return make_order(user, *lines, delivery_method="pickup", **contact)


def expect_order(page: Page, order: Order) -> None:
    expect(page).to_have_url(f"{page.url.split('/admin/')[0]}{change(order)}")
    expect(page.locator("#content > h2")).to_have_text(str(order))


# --- 1. Find an order -----------------------------------------------------------------
# Shopify: 3 (press the search, type, press the order).


@pytest.mark.parametrize(
    "typed", ["number", "8 (701) 123-45-67", "AIGUL@example.com", "серік"]
)
def test_an_order_is_found_in_two_steps(
    clerk: Steps, aigul: User, tea: Product, typed: str
) -> None:
    for _ in range(3):
        order_of(None, (tea, 1))
    order = order_of(None, (tea, 1))
    # A guest's: with an account, a part of a name finds two.
    Order.objects.filter(pk=order.pk).update(
        user=None, email=aigul.email, full_name=aigul.full_name, phone=aigul.phone
    )
    aigul.delete()
    clerk.find(str(order.number) if typed == "number" else typed)
    expect_order(clerk.page, order)
    assert clerk.taken <= 2


def test_one_of_several_orders_is_found_in_three_steps(
    clerk: Steps, aigul: User, tea: Product
) -> None:
    orders = [order_of(aigul, (tea, n)) for n in (1, 2, 3)]
    clerk.find("айгүл")
    clerk.link(str(orders[1]))
    expect_order(clerk.page, orders[1])
    assert clerk.taken <= 3


# --- 2. Mark many as shipped, or paid -------------------------------------------------
# Shopify, shipped: 5 (Orders, the tab of unfulfilled ones, all of them, Mark as
# fulfilled, confirm). Paid: 6 (Orders, the filter and its value, all of them, Mark as
# paid in the menu of more actions; each order that is not manual by itself).


@pytest.mark.parametrize(
    ("seen", "action", "status"),
    [
        ("processing", "Mark as shipped", "shipped"),
        ("pending", "Mark as paid", "paid"),
    ],
)
def test_many_orders_take_a_step_in_four(
    clerk: Steps, tea: Product, seen: str, action: str, status: str
) -> None:
    way = {"processing": ["processing"], "pending": []}
    orders = [order_of(None, (tea, 1)) for _ in range(4)]
    for order in orders[:3]:
        for step in way[seen]:
            services.set_status(order.pk, step)
    if seen == "pending":
        services.set_status(orders[3].pk, "canceled")
    page = clerk.page
    clerk.link("Orders")
    clerk.link(seen)
    boxes = page.locator("tr input.action-select")
    expect(boxes).to_have_count(3)
    if has_javascript(page):
        clerk.tick(page.locator("#action-toggle"))
        limit = 4
    else:
        for n in range(3):
            clerk.tick(boxes.nth(n))
        limit = 3 + 3
    clerk.button(action)
    expect(page.locator(".messagelist .success")).to_have_text(
        f"3 orders are now {status}."
    )
    assert Order.objects.filter(status=status).count() == 3
    assert clerk.taken <= limit


def test_what_a_colleague_did_meanwhile_is_told_order_by_order(
    clerk: Steps, tea: Product
) -> None:
    orders = [order_of(None, (tea, 1)) for _ in range(8)]
    page = clerk.page
    page.goto("/admin/orders/order/?status__exact=pending")
    for order in orders[:6]:
        services.set_status(order.pk, "canceled")
    boxes = page.locator("tr input.action-select")
    for n in range(8):
        boxes.nth(n).check()
    page.get_by_role("button", name="Mark as paid").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("What was done")
    for order in orders[:6]:
        refusal = f"Order {order.number} is canceled and cannot become paid."
        expect(page.get_by_text(refusal)).to_be_visible()
    expect(page.get_by_text("2 orders are now: paid")).to_be_visible()
    assert Order.objects.filter(status="paid").count() == 2


# --- 3. Cancel with a reason ----------------------------------------------------------
# Shopify, one: 7 (find it in 3, More actions, Cancel order, the reason, confirm).
# Two: 7 (Orders, both, the menu, Cancel orders, the reason, confirm).


def test_an_order_is_canceled_with_its_reason_in_five_steps(
    clerk: Steps, tea: Product
) -> None:
    order = order_of(None, (tea, 2))
    page = clerk.page
    clerk.find(str(order.number))
    clerk.press(page.locator(".moves summary", has_text="Cancel"))
    clerk.choose(page.get_by_label("Reason"), "the customer asked for it")
    clerk.button("Cancel")
    expect(page.locator(".messagelist .success")).to_have_text(
        "1 order is now canceled."
    )
    shown = page.locator(".field-canceled_shown .readonly")
    expect(shown).to_have_text("the customer asked for it")
    tea.refresh_from_db()
    assert tea.stock == 50
    assert clerk.taken <= 5


def test_two_orders_are_canceled_with_their_reason_in_six_steps(
    clerk: Steps, tea: Product
) -> None:
    for _ in range(2):
        order_of(None, (tea, 1))
    page = clerk.page
    clerk.link("Orders")
    boxes = page.locator("tr input.action-select")
    for n in range(2):
        clerk.tick(boxes.nth(n))
    clerk.button("Cancel…")
    clerk.choose(page.get_by_label("Reason"), "the goods are not available")
    clerk.button("Cancel 2 orders")
    expect(page.locator(".messagelist .success")).to_have_text(
        "2 orders are now canceled."
    )
    reasons = {order.history.last().reason for order in Order.objects.all()}
    assert reasons == {"out_of_stock"}
    assert clerk.taken <= 6


# --- 4. Change a quantity -------------------------------------------------------------
# Shopify: 8 (find it in 3, Edit, Adjust quantity, the number, Done, Update order).


def test_a_quantity_is_changed_in_four_steps(clerk: Steps, tea: Product) -> None:
    order = order_of(None, (tea, 2), (make_product(), 1))
    page = clerk.page
    clerk.find(str(order.number))
    clerk.type(page.get_by_label("Quantity of Чай"), "5")
    clerk.button("Save the quantities")
    expect(page.locator(".messagelist .success")).to_contain_text(
        "The order now costs 600,00"
    )
    expect(page.get_by_label("Quantity of Чай")).to_have_value("5")
    tea.refresh_from_db()
    assert tea.stock == 45
    assert clerk.taken <= 4


def test_enter_saves_a_quantity_too(clerk: Steps, tea: Product) -> None:
    order = order_of(None, (tea, 2))
    clerk.find(str(order.number))
    clerk.type(clerk.page.get_by_label("Quantity of Чай"), "3")
    clerk.enter()
    expect(clerk.page.locator(".messagelist .success")).to_be_visible()
    assert order.items.get().quantity == 3
    assert clerk.taken <= 4


# --- 5. Print the slips of a day ------------------------------------------------------
# Shopify: 6 (Orders, the filter of unfulfilled ones, the date and its value, all of
# them, Print packing slips). Of two chosen orders: 5 (Orders, both, the menu, Print
# packing slips).


def test_the_slips_of_today_are_printed_in_two_steps(
    clerk: Steps, tea: Product, tmp_path: Path
) -> None:
    orders = [order_of(None, (tea, 1)) for _ in range(3)]
    services.set_status(orders[1].pk, "canceled")
    page = clerk.page
    clerk.link("Orders")
    clerk.link("Today's slips to pack")
    expect(page.locator("article.slip")).to_have_count(2)
    assert clerk.taken <= 2
    page.emulate_media(media="print")
    expect(page.locator(".slip-tools")).to_be_hidden()
    expect(page.locator("article.slip").nth(1)).to_have_css("break-before", "page")
    # The PDF is as near: the browser of the tests keeps it instead of showing it.
    page.emulate_media(media="screen")
    page.goto("/admin/orders/order/")
    link = page.get_by_role("link", name="Today's slips, PDF")
    home = page.url.split("/admin/")[0]
    answer = page.request.get(f"{home}{link.get_attribute('href')}")
    paper = tmp_path / "slips.pdf"
    paper.write_bytes(answer.body())
    assert len(PdfReader(paper).pages) == 2


def test_the_slips_of_two_orders_are_printed_in_four_steps(
    clerk: Steps, tea: Product
) -> None:
    orders = [order_of(None, (tea, 1)) for _ in range(3)]
    services.set_status(orders[0].pk, "canceled")
    page = clerk.page
    clerk.link("Orders")
    for order in orders[:2]:
        row = page.locator("#result_list tbody tr", has_text=order.email)
        clerk.tick(row.locator("input.action-select"))
    clerk.button("Slips to print")
    for order in orders[:2]:
        title = f"Order slip № {order.number}"
        expect(page.get_by_role("heading", name=title)).to_be_visible()
    expect(page.locator("article.slip")).to_have_count(2)
    assert clerk.taken <= 4


# --- 6. See a customer's whole history ------------------------------------------------
# Shopify: 5 (Customers, the search, type, press the customer, View all orders).


@pytest.mark.parametrize("typed", ["aigul@example.com", "8 701 123 45 67"])
def test_a_customers_history_is_seen_in_two_steps(
    clerk: Steps, aigul: User, tea: Product, typed: str
) -> None:
    orders = [order_of(aigul, (tea, n)) for n in (1, 2, 3)]
    services.cancel_order(orders[0].pk)
    page = clerk.page
    clerk.find(typed)
    expect(page.get_by_role("heading", level=1)).to_have_text("Customer")
    for order in orders:
        expect(page.get_by_role("link", name=str(order), exact=True)).to_be_visible()
    figures = page.locator(".figures dd")
    shown = " ".join(figures.all_inner_texts()).replace("\N{NO-BREAK SPACE}", " ")
    assert shown.startswith("3 2 of them count 500,00 ₸ 250,00 ₸ ")
    assert clerk.taken <= 2


def test_from_an_order_it_is_one_step_away(
    clerk: Steps, aigul: User, tea: Product
) -> None:
    orders = [order_of(aigul, (tea, n)) for n in (1, 2)]
    clerk.page.goto(change(orders[0]))
    clerk.link("All orders of this customer")
    clerk.link(str(orders[1]))
    expect_order(clerk.page, orders[1])
    assert clerk.taken <= 2


# --- With the keyboard, and on any screen ---------------------------------------------


def test_suggestions_are_chosen_with_the_keyboard(
    page: Page, base_url: str, aigul: User, tea: Product
) -> None:
    orders = [order_of(aigul, (tea, n)) for n in (1, 2)]
    sign_in(page, staff_with(*RIGHTS), base_url)
    page.goto("/admin/")
    page.keyboard.press("/")
    expect(page.locator("#search")).to_be_focused()
    page.keyboard.type("айгүл")
    options = page.get_by_role("option")
    expect(options).to_have_count(3)
    page.keyboard.press("ArrowDown")
    expect(options.first).to_have_attribute("aria-selected", "true")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect_order(page, orders[0])


@pytest.mark.parametrize("width", [320, 390, 1280])
def test_no_page_scrolls_sideways(
    page: Page, base_url: str, tea: Product, width: int
) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    user = make_user(email=f"{'e' * 60}@example.com", full_name="Ы" * 150)
    orders = [order_of(user, (tea, 1)) for _ in range(2)]
    services.add_note(orders[0].pk, "W" * 1000, author=user)
    services.set_status(orders[0].pk, "canceled", reason="other", note="Ы" * 255)
    sign_in(page, staff_with(*RIGHTS), base_url)
    addresses = [
        "/admin/",
        "/admin/orders/order/",
        f"/admin/orders/order/?q={orders[0].number}",
        "/admin/find/?q=nobody",
        "/admin/find/?q=ыыы",
        "/admin/orders/order/slips/",
        *(change(order) for order in orders),
        f"/admin/accounts/user/{user.pk}/customer/",
    ]
    for address in addresses:
        page.goto(address)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, address
        assert page.locator("h1").count() == 1, address
