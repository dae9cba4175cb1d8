"""Every page of the storefront, in every state that looks different, ready to open."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from io import BytesIO
from typing import Any

from django.contrib.auth.tokens import default_token_generator
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode
from PIL import Image
from playwright.sync_api import Page

from accounts.models import Address, User
from catalog import services as catalog
from catalog.models import Category, Product
from orders import services as orders
from orders.models import Order
from telegram_bot.models import Chat
from tests.factories import (
    make_category,
    make_order,
    make_product,
    make_template,
    make_user,
)
from tests.orders.pages import fill, guest_order

Act = Callable[[Page], None]


@dataclass(frozen=True)
class Place:
    """A page, whose eyes it is seen with, and what they did there first."""

    name: str
    path: str
    who: Client
    act: Act | None = None
    status: int = 200

    def open(self, page: Page, base_url: str) -> None:
        page.context.clear_cookies(name="sessionid")
        cookie: Any = self.who.cookies.get("sessionid")
        if cookie:
            page.context.add_cookies(
                [{"name": "sessionid", "value": cookie.value, "url": base_url}]
            )
        answer = page.goto(self.path)
        assert answer, self.name
        assert answer.status == self.status, self.name
        if self.act:
            self.act(page)


def speak(page: Page, language: str, base_url: str) -> None:
    """As if the visitor had chosen this language before."""
    page.context.add_cookies(
        [{"name": "django_language", "value": language, "url": base_url}]
    )


def send_empty(form: str) -> Act:
    """The form goes out with nothing in it, past the browser's own checks."""

    def act(page: Page) -> None:
        # What is sent by hand is asked neither by the browser nor by htmx.
        send = """form => {
          for (const field of form.elements) {
            if (field.matches("input:not([type=hidden], [type=radio]), textarea"))
              field.value = "";
            if (field.type === "checkbox") field.checked = false;
          }
          HTMLFormElement.prototype.submit.call(form);
        }"""
        with page.expect_navigation():
            page.locator(form).evaluate(send)

    return act


def press(selector: str) -> Act:
    return lambda page: page.locator(selector).first.click()


def open_drawers(page: Page) -> None:
    page.evaluate(
        "for (const drawer of document.querySelectorAll('details.drawer'))"
        " drawer.open = true"
    )
    # The button that floats over the boxes on its way stands below them here.
    page.locator("#filters button").last.evaluate(
        "button => button.scrollIntoView({block: 'center'})"
    )


def suggest(page: Page) -> None:
    # At once, so that there is one question, and none is cut off when the page is left.
    page.locator("#search").fill("Leno")
    page.locator("#suggestions").wait_for()


def picture(color: str) -> SimpleUploadedFile:
    file = BytesIO()
    Image.new("RGB", (400, 300), color).save(file, "PNG")
    return SimpleUploadedFile("picture.png", file.getvalue(), "image/png")


class Storefront:
    """A small shop in which something has happened to everybody."""

    def __init__(self, settings: Any) -> None:
        settings.PAYMENT_EMULATOR = True
        settings.TELEGRAM_BOT_TOKEN, settings.TELEGRAM_BOT_USERNAME = "1:x", "duken_bot"
        self.guest, self.buyer, self.customer = Client(), Client(), Client()
        self.shelves()
        self.people()

    def shelves(self) -> None:
        top = make_category("Техника")
        self.category: Category = make_category("Ноутбуки", parent=top)
        template = make_template(
            schema={"brand": {"type": "string", "filterable": True}, "ram": "number"}
        )
        self.laptop: Product = make_product(
            name="Lenovo IdeaPad Slim 5",
            price=Decimal("244500.53"),
            compare_at_price=Decimal(300_000),
            stock=3,
            categories=[self.category],
            images=[picture("teal"), picture("gold")],
            template=template,
            attributes={"brand": "Lenovo", "ram": 16},
            description="Лёгкий и тихий.\n\nРаботает весь день.",
        )
        self.sold_out = make_product(
            name="Lenovo Yoga", stock=0, categories=[self.category], template=template
        )
        for n in range(25):
            make_product(
                categories=[self.category],
                template=template,
                attributes={"brand": f"Марка {n % 4}", "ram": 8},
            )

    def people(self) -> None:
        self.user: User = make_user(
            email="aigul@example.com", full_name="Айгүл", phone="+77011234567"
        )
        for title in ("Дом", ""):
            Address.objects.create(
                user=self.user, title=title, address="Алматы, Абая 1", full_name="Айгүл"
            )
        Chat.objects.create(chat_id=7, user=self.user)
        self.customer.force_login(self.user)
        self.paid: Order = make_order(self.user, (self.laptop, 1))
        orders.set_status(self.paid.pk, Order.Status.PAID)
        self.canceled: Order = make_order(self.user)
        orders.cancel_order(self.canceled.pk)
        self.pending: Order = make_order(self.user, payment_method="emulator")
        make_order(self.user, payment_method="transfer")
        fill(self.customer, self.laptop)
        self.placed = guest_order(self.buyer, payment_method="emulator")
        paying = self.buyer.post(f"/orders/{self.placed.pk}/pay/")
        self.payment_path = paying["Location"]
        fill(self.buyer, self.laptop, 2)
        # More was sold meanwhile than was left for this cart.
        self.late = Client()
        short = make_product(name="Чайник", stock=4)
        gone = make_product(name="Кофеварка", stock=4)
        fill(self.late, short, 3)
        fill(self.late, gone, 3)
        catalog.adjust_stock(short, -2, "write_off")
        catalog.adjust_stock(gone, -4, "write_off")

    def reset_path(self) -> str:
        uid = urlsafe_base64_encode(force_bytes(self.user.pk))
        token = default_token_generator.make_token(self.user)
        return f"/password-reset/{uid}/{token}/"

    def places(self) -> Iterator[Place]:
        yield from self.shelf_places()
        yield from self.purchase_places()
        yield from self.account_places()

    def shelf_places(self) -> Iterator[Place]:
        guest = self.guest
        yield Place("home", "/", guest)
        yield Place("list", "/catalog/", guest)
        yield Place("second page", "/catalog/?page=2", guest)
        asked = "/catalog/?min_price=50&max_price=300000&in_stock=true&ordering=price"
        yield Place("filtered list", asked, guest)
        yield Place("filters", self.category.get_absolute_url(), guest, open_drawers)
        yield Place("search", "/?q=lenovo", guest)
        yield Place("search without result", "/?q=qwertyuiop", guest)
        yield Place("suggestions", "/catalog/?page=2", guest, suggest)
        yield Place("product", self.laptop.get_absolute_url(), guest)
        yield Place("sold-out product", self.sold_out.get_absolute_url(), guest)
        yield Place("not found", "/product/nothing-like-it/", guest, status=404)

    def purchase_places(self) -> Iterator[Place]:
        yield Place("empty cart", "/cart/", self.guest)
        yield Place("cart", "/cart/", self.buyer)
        yield Place("short cart", "/cart/", self.late)
        yield Place("checkout", "/checkout/", self.buyer)
        wrong = send_empty('main form[action="/checkout/"]')
        yield Place("checkout with errors", "/checkout/", self.buyer, wrong)
        yield Place("customer's checkout", "/checkout/", self.customer)
        yield Place("quick order", "/order/", self.guest)
        wrong = send_empty('main form[action="/order/"]')
        yield Place("quick order with errors", "/order/", self.guest, wrong)
        yield Place("guest's order", f"/orders/{self.placed.pk}/", self.buyer)
        yield Place("payment", self.payment_path, self.buyer)
        for name in ("paid", "canceled", "pending"):
            order: Order = getattr(self, name)
            yield Place(f"{name} order", f"/orders/{order.pk}/", self.customer)
        yield Place("slip", f"/orders/{self.paid.pk}/slip/", self.customer)

    def account_places(self) -> Iterator[Place]:
        guest, customer = self.guest, self.customer
        menu = press("details.menu summary")
        yield Place("orders", "/orders/", customer)
        yield Place("account, its menu open", "/account/", customer, menu)
        wrong = send_empty('main form[action="/account/password/"]')
        yield Place("account with errors", "/account/", customer, wrong)
        addresses = "/account/addresses/"
        yield Place("addresses", addresses, customer)
        yield Place("new address", f"{addresses}add/", customer)
        wrong = send_empty("main form")
        yield Place("address with errors", f"{addresses}add/", customer, wrong)
        yield Place("letters", "/account/letters/", customer)
        for path in ("/login/", "/register/", "/password-reset/"):
            yield Place(path.strip("/"), path, guest)
            yield Place(f"{path.strip('/')} with errors", path, guest, wrong)
        yield Place("reset link sent", "/password-reset/sent/", guest)
        yield Place("new password", self.reset_path(), guest)
        yield Place("new password, refused", self.reset_path(), guest, wrong)
        yield Place("password is new", "/password-reset/done/", guest)
        yield Place("old link", "/password-reset/x/y/", guest)
