"""No English is left on the Russian and Kazakh pages."""

import re
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from auditlog.models import LogEntry
from django.test import Client
from django.utils.translation import override, trans_real

from catalog import services as catalog
from orders import services as orders
from orders.models import Order
from payments import services as payments
from payments.models import Payment, Refund
from tests.backoffice import filled_rows, staff_with
from tests.factories import (
    make_admin,
    make_category,
    make_order,
    make_product,
    make_template,
    make_user,
)
from tests.latin import latin, leftovers
from tests.orders import slips
from tests.orders.pages import fill, guest_order
from tests.payments.callbacks import SECRET, notice, paid_order, waiting_payment
from tests.payments.office import (
    PAYMENTS,
    REFUNDS,
    button,
    hidden,
    order_page,
    page_of,
    refund_url,
)

pytestmark = pytest.mark.django_db


MODELS = [
    "accounts/user",
    "auditlog/logentry",
    "auth/group",
    "catalog/category",
    "catalog/product",
    "catalog/spectemplate",
    "catalog/stockentry",
    "orders/deliverymethod",
    "orders/order",
    "payments/payment",
    "payments/refund",
]
ADDED = [
    "accounts/user",
    "catalog/category",
    "catalog/product",
    "catalog/spectemplate",
    "orders/deliverymethod",
]
EMPTY_INLINES = {"images-TOTAL_FORMS": 0, "images-INITIAL_FORMS": 0}


@pytest.fixture(params=["ru", "kk"])
def reader(request: pytest.FixtureRequest, settings: Any) -> Iterator[Client]:
    """A browser in this language; what has no translation comes out in English.

    Otherwise what lacks Kazakh would come out in Russian, and nobody would see it.
    Orders that a test makes by itself keep the names of this language too.
    """
    settings.LANGUAGE_CODE = "en"
    trans_real._translations.clear()
    with override(request.param):
        yield Client(headers={"accept-language": request.param})
    trans_real._translations.clear()


@pytest.fixture
def emulator(settings: Any) -> None:
    settings.PAYMENT_EMULATOR = True
    settings.PAYMENT_CALLBACK_SECRET = SECRET


def visit(client: Client, *addresses: str, status: int = 200) -> None:
    for address in addresses:
        response = client.get(address)
        assert response.status_code == status, address
        assert leftovers(response) == set(), address


def refused(client: Client, url: str, **data: Any) -> Any:
    """The page after a form that is not done yet says so without English too."""
    response = client.post(url, data)
    assert response.status_code in (200, 400, 409), url
    assert leftovers(response) == set(), url
    return response


def press(client: Client, url: str, **data: Any) -> str:
    """A button that leads on; answers where to."""
    response = client.post(url, data)
    assert response.status_code == 302, url
    return response["Location"]


def test_the_shelves(reader: Client) -> None:
    tea = make_product(categories=[make_category("Еда")])
    make_product(stock=0)
    make_product(stock=2)
    visit(reader, "/", tea.get_absolute_url(), "/category/eda/")
    visit(reader, "/?q=чай&min_price=1&max_price=5&in_stock=true")
    visit(reader, "/?min_price=x&ordering=x&page=99")
    visit(reader, "/nowhere/", status=404)


def test_the_way_to_an_order(reader: Client) -> None:
    tea = make_product()
    visit(reader, "/cart/")
    reader.post("/cart/add/", {"product_id": tea.pk, "qty": "x"}, follow=True)
    reader.post("/cart/add/", {"product_id": tea.pk, "qty": 2})
    visit(reader, "/cart/", "/checkout/", "/order/")
    refused(reader, "/checkout/", delivery_method="courier", email="x", phone="x")
    refused(reader, "/order/", lines="x:1\nSKU-1:x\n7", email="")
    reader.post("/checkout/", {"email": "a@example.com", "delivery_method": "pickup"})
    order = Order.objects.get()
    visit(reader, f"/orders/{order.pk}/")
    reader.post(f"/orders/{order.pk}/cancel/")
    visit(reader, f"/orders/{order.pk}/")


def test_consent_and_saved_addresses(reader: Client, settings: Any) -> None:
    settings.SHOP_PRIVACY_URL = "https://example.com/privacy"
    user = make_user(full_name="Айгуль", phone="+77011234567")
    reader.force_login(user)
    there = "/account/addresses/"
    visit(reader, there, f"{there}add/")
    refused(reader, f"{there}add/", address="", phone="1")
    press(reader, f"{there}add/", title="Дом", address="Абая, 1")
    press(reader, f"{there}add/", address="Абая, 2")
    visit(reader, there)
    second = user.addresses.get(is_default=False)
    press(reader, f"{there}{second.pk}/default/")
    visit(reader, there, f"{there}{second.pk}/")
    fill(reader, make_product(price=1))
    courier = {"delivery_method": "courier", "consent_asked": "1"}
    visit(reader, "/checkout/")
    refused(reader, "/checkout/", **courier, address="Абая, 3", phone="1")
    refused(reader, "/checkout/", **courier, saved_address="x")
    press(reader, f"{there}{second.pk}/delete/")
    visit(reader, there)


@pytest.mark.usefixtures("emulator")
def test_paying(reader: Client, settings: Any) -> None:
    reader.force_login(make_user())
    order = guest_order(reader, payment_method="emulator")
    page = f"/orders/{order.pk}/"
    visit(reader, page, "/orders/")
    first = reader.get(f"/payment/{order.pk}/").url
    visit(reader, first)
    refused(reader, first, answer="x")
    settings.PAYMENT_EMULATOR = False
    visit(reader, first, page)
    press(reader, f"{page}pay/")
    visit(reader, page)
    settings.PAYMENT_EMULATOR = True
    press(reader, first, answer="failed")
    visit(reader, page, first, "/orders/")
    second = press(reader, f"{page}pay/")
    Order.objects.filter(pk=order.pk).update(total=1)
    visit(reader, second)
    Order.objects.filter(pk=order.pk).update(total=order.total)
    press(reader, second, answer="succeeded")
    visit(reader, page, second)
    press(reader, f"{page}pay/")
    visit(reader, page)
    # The declined money comes all the same.
    declined = Payment.objects.get(status="failed")
    payments.take_notice("emulator", notice(declined), "{}")
    visit(reader, page, first, "/orders/")
    refused(reader, first, answer="succeeded")


@pytest.mark.usefixtures("emulator")
def test_money_on_its_way_back(reader: Client) -> None:
    reader.force_login(make_user())
    kettle = make_product()
    fill(reader, kettle, 2)
    order = guest_order(reader, kettle, payment_method="emulator")
    page, where = f"/orders/{order.pk}/", reader.get(f"/payment/{order.pk}/").url
    press(reader, where, answer="succeeded")
    part = payments.refund_order(order.pk, {kettle.pk: 1}, stock="put_back")
    visit(reader, page, "/orders/", f"{page}slip/")
    payments.send_refund(part.pk)
    visit(reader, page)
    press(reader, f"{page}cancel/")
    visit(reader, page, where, "/orders/")
    rest = payments.refund_payment(Payment.objects.get().pk)
    visit(reader, page, where)
    payments.send_refund(rest.pk)
    visit(reader, page, where, "/orders/")


@pytest.mark.usefixtures("emulator")
def test_orders_that_wait_for_money(reader: Client, settings: Any) -> None:
    reader.force_login(make_user())
    order = guest_order(reader, payment_method="transfer")
    visit(reader, f"/orders/{order.pk}/")
    settings.SHOP_SELLER_NAME, settings.SHOP_SELLER_BIN = "ТОО «Дүкен»", "123456789012"
    settings.SHOP_BANK_DETAILS = "счёт 1"
    visit(reader, f"/orders/{order.pk}/")
    orders.set_status(order.pk, Order.Status.PAID)
    visit(reader, f"/orders/{order.pk}/")
    late = guest_order(reader, payment_method="emulator")
    where = reader.get(f"/payment/{late.pk}/").url
    began = late.created_at - timedelta(days=1)
    Order.objects.filter(pk=late.pk).update(created_at=began, reserved_at=None)
    visit(reader, f"/orders/{late.pk}/")
    assert payments.expire_orders() == 1
    visit(reader, f"/orders/{late.pk}/", where, "/orders/")


def test_the_slip_on_the_screen_and_on_paper(reader: Client, settings: Any) -> None:
    settings.SHOP_SELLER_NAME, settings.SHOP_SELLER_BIN = "ТОО «Дүкен»", "123456789012"
    settings.SHOP_SELLER_ADDRESS, settings.SHOP_VAT_RATE = "Абая, 1", Decimal(12)
    settings.SHOP_SELLER_PHONE = "+77011234567"
    order = guest_order(
        reader, full_name="Айгуль", phone="+77011234567", comment="Звоните"
    )
    Order.objects.filter(pk=order.pk).update(refunded=1)
    screen, paper = slips.addresses(order)
    visit(reader, screen)
    words = slips.pages(reader.get(paper).content)
    assert [latin(page) for page in words] == [set()]


def test_the_account(reader: Client) -> None:
    make_user(email="taken@example.com")
    visit(reader, "/login/", "/register/", "/password-reset/")
    visit(reader, "/password-reset/sent/")
    refused(reader, "/login/", username="taken@example.com", password="wrong")
    refused(reader, "/register/", email="x", password="123")
    refused(reader, "/register/", email="taken@example.com", password="taken")
    refused(reader, "/register/", email="taken@example.com", password="a good one 7")
    reader.force_login(make_user())
    visit(reader, "/account/", "/orders/")
    refused(reader, "/account/", full_name="x" * 999)
    refused(reader, "/account/password/", old_password="x", new_password="1")


def test_the_api_speaks_too(reader: Client) -> None:
    """Latin letters are left to names of fields and codes."""
    answers = [
        reader.get("/api/orders"),
        reader.get("/api/products?page=99"),
        reader.post("/api/cart/add", {"product_id": "x", "qty": 0}),
        reader.post("/auth/register", {"email": "x", "password": "1"}),
        reader.put("/api/products"),
        reader.post("/api/payments/pay", {"order_id": "x"}),
        reader.post("/api/payments/pay", {"order_id": make_user().pk}),
        reader.post("/api/payments/callback/emulator"),
        reader.get("/api/users/me", headers={"authorization": "Bearer x"}),
        reader.get("/api/users/me", headers={"authorization": "Bearer"}),
    ]
    names = {"email", "password", "UUID", "PUT", "Authorization"}
    for answer in answers:
        body = answer.json()
        body.pop("code", None)
        said = " ".join(str(value) for value in body.values())
        assert re.search("[а-я]", said), body
        words = set(re.findall(r"[A-Za-z]{2,}", said)) - names
        assert words == set(), body


def test_the_back_office(reader: Client) -> None:
    visit(reader, "/admin/login/")
    refused(reader, "/admin/login/", username="a@example.com", password="wrong")
    order, template = make_order(), make_template(name="Чай", schema={"вес": "number"})
    product = make_product(template=template, stock=0, slug="7")
    reader.force_login(make_admin())
    visit(reader, "/admin/", "/admin/stats/", "/admin/password_change/")
    for model in MODELS:
        visit(reader, f"/admin/{model}/", f"/admin/{model}/?q=чай")
    for model in ADDED:
        visit(reader, f"/admin/{model}/add/")
        refused(reader, f"/admin/{model}/add/", name="", **EMPTY_INLINES)
    catalog.update_product(product.pk, price=3, is_active=False, barcode="7")
    catalog.adjust_stock(product, 1, "receipt")
    entry = LogEntry.objects.filter(object_pk=str(product.pk)).first()
    assert entry is not None
    for path in (
        f"orders/order/{order.pk}/history/",
        f"catalog/product/{product.pk}/history/",
        f"auditlog/logentry/{entry.pk}/change/",
        f"catalog/product/{product.pk}/change/",
        f"catalog/product/{product.pk}/stock/",
        f"catalog/product/{product.pk}/delete/",
        f"catalog/spectemplate/{template.pk}/change/",
    ):
        visit(reader, f"/admin/{path}")


def test_the_schema_of_a_template(reader: Client) -> None:
    template = make_template(name="Чай", schema={"вес": "number", "цвет": "string"})
    make_product(template=template, attributes={"вес": 5, "цвет": "синий"})
    page = f"/admin/catalog/spectemplate/{template.pk}/change/"
    reader.force_login(staff_with("catalog.view_spectemplate"))
    visit(reader, page)
    reader.force_login(make_admin())
    rows = filled_rows(reader.get(page))
    refused(reader, page, **rows | {"rows-0-min": "9", "rows-1-key": "вид"})
    refused(reader, page, **rows | {"rows-0-min": "9", "rows-0-max": "8"})
    refused(reader, page, **rows | {"rows-0-choices": "да", "rows-1-min": "0"})
    for view in ("_more", "_as_json"):
        refused(reader, page, **rows, **{view: "1"})
    catalog.update_template(template, schema={})
    refused(reader, page, **rows | {"rows-0-min": "9"})


@pytest.mark.usefixtures("emulator")
def test_money_in_the_back_office(reader: Client) -> None:
    reader.force_login(make_admin())
    kettle = make_product()
    order = paid_order(None, (kettle, 3))
    refund_page = refund_url(order)
    visit(reader, order_page(order), refund_page)
    refused(reader, refund_page, what="x", stock="", step="look")
    refused(reader, refund_page, what="lines", stock="none", step="look")
    pieces = reader.get(refund_page).context["form"].lines()
    name = next(field.html_name for _item, field in pieces)
    asked = {"what": "lines", "stock": "write_off", "note": "брак", name: "1"}
    refused(reader, refund_page, **{**asked, name: "9"}, step="look")
    plan = refused(reader, refund_page, **asked, step="look")
    press(reader, refund_page, **hidden(plan))
    visit(reader, order_page(order))
    refused(reader, refund_page, **hidden(plan))
    refund = Refund.objects.get()
    Refund.objects.update(status="failed", last_error="карта закрыта")
    visit(reader, page_of(refund), order_page(order), f"{REFUNDS}?attention=yes")
    press(reader, button(refund, "send"))
    visit(reader, page_of(refund), f"{REFUNDS}{refund.pk}/history/")
    press(reader, order_page(order).replace("change", "note"), text="позвонить")
    visit(reader, order_page(order), order_page(order).replace("change", "history"))
    visit(reader, "/admin/orders/order/?money=due", "/admin/")
    refused(reader, refund_page, what="rest", stock="none", step="look")


@pytest.mark.usefixtures("emulator")
def test_money_that_pays_for_nothing(reader: Client) -> None:
    reader.force_login(make_admin())
    late = waiting_payment()
    visit(reader, page_of(late))
    press(reader, button(late, "ask"))
    visit(reader, page_of(late))
    orders.cancel_order(late.order_id)
    payments.take_notice("emulator", notice(late), "{}")
    visit(reader, page_of(late), order_page(late.order), f"{PAYMENTS}?attention=yes")
    visit(reader, "/admin/orders/order/")
    press(reader, button(late, "refund"), note="поздно")
    visit(reader, page_of(late), f"{PAYMENTS}{late.pk}/history/")
    press(reader, button(late, "refund"))
    visit(reader, page_of(late))


def test_goods_taken_back_by_hand(reader: Client) -> None:
    reader.force_login(make_admin())
    transfer = make_order(payment_method="transfer")
    orders.set_status(transfer.pk, Order.Status.PAID)
    visit(reader, order_page(transfer), refund_url(transfer))
    visit(reader, page_of(Payment.objects.get()))
    cash = make_order()
    orders.set_status(cash.pk, Order.Status.PROCESSING)
    visit(reader, refund_url(cash))
    everything = {"what": "rest", "stock": "put_back"}
    plan = refused(reader, refund_url(cash), **everything, step="look")
    press(reader, refund_url(cash), **hidden(plan))
    visit(reader, order_page(cash))
    reader.get(refund_url(cash))
    visit(reader, order_page(cash))
