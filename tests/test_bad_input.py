"""Whatever is typed into the storefront's forms is taken as a text or told beside it.

Each text goes into each field: what is taken is kept as it was typed, what is refused
is said in the field and leaves no trace.
"""

from html import unescape
from typing import Any

import pytest
from django.apps import apps
from django.test import Client
from django.utils.translation import override

from accounts.models import Address, User
from cart.services import Cart
from catalog import services as catalog
from catalog.models import Product
from orders.models import Order
from tests.factories import make_category, make_product, make_user
from tests.orders.pages import GUEST, fill
from tests.pages import html, text

pytestmark = pytest.mark.django_db

TEXTS = {
    "missing": "",
    "overlong": "я" * 20_001,
    "rtl": "\u202eשלום עולם\u202c",
    "emoji": "👩‍👩‍👧 🛒",
    "nul": "a\x00b",
    "script": "<script>x('1')</script>",
}
# Which of them each kind of field takes.
TAKES = {
    "text": {"missing", "rtl", "emoji", "script"},
    "needed text": {"rtl", "emoji", "script"},
    # At least eight signs.
    "password": {"rtl", "script"},
    "e-mail": set[str](),
    "phone": {"missing"},
    "choice": {"missing"},
    "needed": set[str](),
}
ENGLISH = {"accept-language": "en"}
NEW = "correct horse battery"
FORMS: dict[str, dict[str, tuple[str, str]]] = {
    # path: field: (its kind, a good value)
    "/register/": {
        "email": ("e-mail", "new@example.com"),
        "password": ("password", NEW),
        "full_name": ("text", ""),
    },
    "/password-reset/": {"email": ("e-mail", "a@example.com")},
    "/account/": {"full_name": ("text", ""), "phone": ("phone", "")},
    "/account/password/": {
        "old_password": ("needed", "pw"),
        "new_password": ("password", NEW),
    },
    "/account/addresses/add/": {
        "title": ("text", ""),
        "full_name": ("text", ""),
        "phone": ("phone", ""),
        "address": ("needed text", "Алматы"),
    },
    "/checkout/": {
        "email": ("e-mail", "a@example.com"),
        "full_name": ("text", ""),
        "phone": ("phone", ""),
        "delivery_method": ("choice", "courier"),
        "address": ("needed text", "Алматы"),
        "payment_method": ("choice", "cash"),
        "comment": ("text", ""),
        "goods_total": ("choice", "100.00"),
    },
    "/order/": {
        "items": ("needed", "SKU-A:1"),
        "email": ("e-mail", "a@example.com"),
        "full_name": ("text", ""),
        "phone": ("phone", ""),
        "delivery_method": ("choice", "courier"),
        "address": ("needed text", "Алматы"),
        "payment_method": ("choice", "cash"),
        "comment": ("text", ""),
    },
}
CASES = [
    (path, field, name)
    for path, fields in FORMS.items()
    for field in fields
    for name in TEXTS
]
HELD = ["accounts", "orders", "payments", "events", "notifications"]


def rows() -> dict[str, Any]:
    """All that the shop holds, in whichever language was read last."""
    with override("en"):
        return {
            model._meta.label: sorted(map(str, model._default_manager.values_list()))
            for app in HELD
            for model in apps.get_app_config(app).get_models()
        }


def errors(answer: Any) -> dict[str, list[str]]:
    """What the forms of this page found wrong."""
    found: dict[str, list[str]] = {}
    for name in ("form", "lines_form", "profile_form", "password_form"):
        form = answer.context.get(name)
        if form is not None and form.is_bound:
            found |= {key: [str(e) for e in told] for key, told in form.errors.items()}
    return found


@pytest.fixture
def visitor() -> Client:
    make_product(sku="SKU-A", price=100, stock=5)
    return Client(headers=ENGLISH)


@pytest.mark.parametrize(("path", "field", "name"), CASES)
def test_each_text_in_each_field(
    visitor: Client, path: str, field: str, name: str
) -> None:
    if path.startswith("/account/"):
        visitor.force_login(make_user(email="a@example.com"))
    if path == "/checkout/":
        fill(visitor, Product.objects.get())
    kind = FORMS[path][field][0]
    good = {key: value for key, (_kind, value) in FORMS[path].items()}
    before = rows()

    answer = visitor.post(path, {**good, field: TEXTS[name]})

    if name in TAKES[kind]:
        assert answer.status_code == 302
        assert rows() != before or TEXTS[name] == good[field]
        return
    assert answer.status_code == 200
    assert list(errors(answer)) == [field]
    assert all(
        told and told in unescape(text(answer)) for told in errors(answer)[field]
    )
    if field != "goods_total":
        assert f'id="id_{field}_error"' in html(answer)
    assert TEXTS["script"] not in html(answer)
    assert rows() == before


@pytest.mark.parametrize("name", TEXTS)
@pytest.mark.parametrize("field", ["email", "password"])
def test_nobody_signs_in_with_it(visitor: Client, field: str, name: str) -> None:
    make_user(email="a@example.com")
    good = {"email": "a@example.com", "password": "pw"}
    answer = visitor.post("/login/", {**good, field: TEXTS[name]})
    assert answer.status_code == 200
    assert answer.context["form"].errors
    assert TEXTS["script"] not in html(answer)
    assert "_auth_user_id" not in visitor.session


@pytest.mark.parametrize("name", TEXTS)
@pytest.mark.parametrize("path", ["/cart/add/", "/cart/set/", "/cart/remove/"])
def test_no_cart_takes_it_for_a_number(visitor: Client, path: str, name: str) -> None:
    product = Product.objects.get()
    fill(visitor, product, 2)
    fields = ["product_id"] if path == "/cart/remove/" else ["product_id", "qty"]
    for field in fields:
        asked = {"product_id": product.pk, "qty": 1, field: TEXTS[name]}
        answer = visitor.post(path, asked, follow=True)
        told = {
            "product_id": "There is no such product.",
            "qty": "A whole number of pieces is expected.",
        }
        assert answer.redirect_chain == [("/cart/", 302)]
        assert told[field] in html(answer)
        assert answer.context["contents"].total_items == 2


@pytest.mark.parametrize("name", TEXTS)
def test_what_is_searched_for_is_a_text(visitor: Client, name: str) -> None:
    for path in ("/", "/catalog/", "/search/suggest/"):
        answer = visitor.get(path, {"q": TEXTS[name]})
        assert answer.status_code == 200
        assert TEXTS["script"] not in html(answer)


def test_what_was_taken_is_shown_as_it_was_typed(visitor: Client) -> None:
    user = make_user(email="a@example.com")
    visitor.force_login(user)
    for name in TAKES["needed text"]:
        visitor.post("/account/addresses/add/", {"address": TEXTS[name]})
    kept = set(Address.objects.values_list("address", flat=True))
    assert kept == {TEXTS[name] for name in TAKES["needed text"]}
    page = html(visitor.get("/account/addresses/"))
    assert "<script>x" not in page
    assert "&lt;script&gt;x(&#x27;1&#x27;)&lt;/script&gt;" in page
    assert TEXTS["emoji"] in page


@pytest.mark.parametrize(
    "path",
    [
        "/login/",
        "/register/",
        "/password-reset/",
        "/cart/add/",
        "/checkout/",
        "/order/",
    ],
)
def test_a_form_that_was_open_for_too_long(path: str) -> None:
    visitor = Client(enforce_csrf_checks=True, headers=ENGLISH)
    visitor.get("/login/")
    before = rows()
    answer = visitor.post(path, {"csrfmiddlewaretoken": "x" * 64})
    assert answer.status_code == 403
    assert "Please try again" in text(answer)
    assert "Nothing was changed: go back, reload the page and send it again." in text(
        answer
    )
    assert rows() == before


def test_the_way_back_to_an_old_form() -> None:
    visitor = Client(enforce_csrf_checks=True, headers=ENGLISH)
    button = '<a class="btn btn-primary" href="{}">Open the page again</a>'
    for page in ("http://testserver/order/?a=1", "http://testserver/order/"):
        answer = visitor.post("/order/", headers={"referer": page})
        assert button.format(page) in html(answer)
    for page in ("https://elsewhere.example/", "javascript:x()", ""):
        answer = visitor.post("/order/", headers={"referer": page})
        assert answer.status_code == 403
        assert "Open the page again" not in html(answer)


def test_a_part_of_an_old_page_is_told_on_a_fresh_one() -> None:
    product = make_product()
    visitor = Client(enforce_csrf_checks=True, headers=ENGLISH)
    asked = {"product_id": product.pk}
    answer = visitor.post("/cart/add/", asked, headers={"HX-Request": "true"})
    assert (answer.status_code, answer["HX-Refresh"]) == (403, "true")
    told = "The page was open for too long. Now it is fresh: please try again."
    page = visitor.get("/cart/")
    assert told in html(page)
    assert page.context["contents"].total_items == 0
    assert told not in html(visitor.get("/cart/"))


def test_a_session_that_ended_at_the_checkout(visitor: Client) -> None:
    product = Product.objects.get()
    user = make_user()
    cart = Cart.of_user(user)
    cart.add(product.pk, 2)
    visitor.force_login(user)
    page = visitor.get("/checkout/")
    visitor.cookies.clear()
    key = page.context["form"]["idempotency_key"].value()
    answer = visitor.post("/checkout/", {**GUEST, "idempotency_key": key}, follow=True)
    assert answer.redirect_chain == [("/cart/", 302)]
    assert "The cart is empty." in text(answer)
    assert not Order.objects.exists()
    # Nothing is lost: it is there again after signing in.
    visitor.force_login(user)
    assert visitor.get("/checkout/").context["contents"].total_items == 2


def test_a_link_to_what_is_not_shown_leads_on(visitor: Client) -> None:
    product = Product.objects.get()
    shelf = make_category("Ножи")
    hidden = make_product(categories=[shelf])
    addresses = [hidden.get_absolute_url(), shelf.get_absolute_url()]
    addresses += [product.get_absolute_url(), f"/product/{product.pk}/"]
    catalog.hide_category(shelf)
    catalog.update_product(product.pk, is_active=False)
    for address in addresses:
        answer = visitor.get(address, follow=True)
        assert answer.status_code == 404
        assert "Page not found" in text(answer)
        assert "the product is no longer on sale" in text(answer)
        assert '<a class="btn btn-primary" href="/' in html(answer)
        assert product.name not in html(answer)


def test_an_account_is_opened_once(visitor: Client) -> None:
    asked = {"email": "a@example.com", "password": NEW}
    assert visitor.post("/register/", asked).status_code == 302
    answer = Client().post("/register/", asked)
    assert answer.status_code == 200
    assert list(errors(answer)) == ["email"]
    assert User.objects.count() == 1
