"""No English is left on the Russian and Kazakh pages."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

import pytest
from django.test import Client
from django.utils.translation import trans_real

from orders.models import Order
from tests.factories import (
    make_admin,
    make_category,
    make_order,
    make_product,
    make_template,
    make_user,
)

pytestmark = pytest.mark.django_db


class Seen(HTMLParser):
    """The texts of a page that a person reads or hears."""

    HEARD = ("aria-label", "title", "placeholder", "alt")

    def __init__(self, page: str) -> None:
        super().__init__()
        self.texts: list[str] = []
        self._silent = 0
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._silent += tag in ("script", "style")
        named = dict(attrs)
        heard = [named.get(name) for name in self.HEARD]
        if tag == "meta" and named.get("name") == "description":
            heard.append(named.get("content"))
        if tag == "input" and named.get("type") in ("submit", "button"):
            heard.append(named.get("value"))
        self.texts += [text for text in heard if text]

    def handle_endtag(self, tag: str) -> None:
        self._silent -= tag in ("script", "style")

    def handle_data(self, data: str) -> None:
        if not self._silent and data.strip():
            self.texts.append(data.strip())


MODELS = [
    "accounts/user",
    "auth/group",
    "catalog/category",
    "catalog/product",
    "catalog/spectemplate",
    "catalog/stockentry",
    "orders/deliverymethod",
    "orders/order",
]
ADDED = [
    "accounts/user",
    "catalog/category",
    "catalog/product",
    "catalog/spectemplate",
    "orders/deliverymethod",
]
EMPTY_INLINES = {"images-TOTAL_FORMS": 0, "images-INITIAL_FORMS": 0}

SCHEMA_HELP = "brand string weight type number unit kg label required true filterable "
SCHEMA_HELP += "choices min max text integer boolean date choice url null"

# Names, and words that both languages write in Latin letters.
LATIN = {"Duken", "English", "JPEG", "PNG", "WebP", "AVIF", "JSON", "Axes"}
LATIN |= {"ru", "kk", "en"}
# Django's back office has these in its templates and widgets, outside of any catalogue.
LATIN |= {"Search", "True", "False"}
# Codes of delivery methods, and what the help about a template's schema quotes.
LATIN |= {"pickup", "courier", "post", "SSO", "LDAP"}
LATIN |= set(re.findall("[a-z]+", SCHEMA_HELP))


def leftovers(response: Any) -> set[str]:
    """Words in Latin letters that are neither names nor somebody's data."""
    found: set[str] = set()
    for text in Seen(response.content.decode()).texts:
        plain = re.sub(r"\S+@\S+|https?://\S+|SKU-\d+", " ", text)
        found.update(re.findall(r"[A-Za-z]{2,}", plain))
    return found - LATIN


@pytest.fixture(params=["ru", "kk"])
def reader(request: pytest.FixtureRequest, settings: Any) -> Iterator[Client]:
    """A browser in this language; what has no translation comes out in English.

    Otherwise what lacks Kazakh would come out in Russian, and nobody would see it.
    """
    settings.LANGUAGE_CODE = "en"
    trans_real._translations.clear()
    yield Client(headers={"accept-language": request.param})
    trans_real._translations.clear()


def visit(client: Client, *addresses: str, status: int = 200) -> None:
    for address in addresses:
        response = client.get(address)
        assert response.status_code == status, address
        assert leftovers(response) == set(), address


def refused(client: Client, address: str, **data: Any) -> None:
    """The page after a form that was refused says so without English too."""
    response = client.post(address, data)
    assert response.status_code in (200, 400, 409), address
    assert leftovers(response) == set(), address


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
    for path in (
        f"orders/order/{order.pk}/history/",
        f"catalog/product/{product.pk}/change/",
        f"catalog/product/{product.pk}/stock/",
        f"catalog/product/{product.pk}/delete/",
        f"catalog/spectemplate/{template.pk}/change/",
    ):
        visit(reader, f"/admin/{path}")
