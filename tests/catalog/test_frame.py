"""What stands around every page: header, languages, errors, and nothing inline."""

import re
from typing import Any

import pytest
from django.contrib.staticfiles import finders
from django.template.loader import render_to_string
from django.test import Client

from accounts.models import User
from cart.services import Cart
from shop.exceptions import Unavailable
from tests.factories import make_admin, make_cart, make_product, make_user
from tests.pages import html

pytestmark = pytest.mark.django_db


@pytest.fixture
def client() -> Client:
    return Client(headers={"Accept-Language": "en"})


def test_pages_bring_nothing_inline_and_nothing_from_outside(client: Client) -> None:
    product = make_product(name="Лампа", description="Свет")
    for address in ("/", product.get_absolute_url(), "/nowhere/", "/cart/"):
        response = client.get(address)
        page = html(response)
        assert " style=" not in page
        assert "<style" not in page
        assert not re.search(r"\son\w+=", page)
        for tag in re.findall(r"<script[^>]*>", page):
            assert "src=" in tag or "application/ld+json" in tag
        loaded = re.findall(r'<(?:script|img|use)[^>]+(?:src|href)="([^"]+)"', page)
        loaded += re.findall(r'<link rel="(?:icon|stylesheet)"[^>]+href="([^"]+)', page)
        assert loaded
        assert all(found.startswith("/static/") for found in loaded)
        assert "default-src 'self'" in response["Content-Security-Policy"]


def test_every_file_that_pages_name_is_there(client: Client) -> None:
    product = make_product()
    pages = html(client.get("/")) + html(client.get(product.get_absolute_url()))
    pages += render_to_string("500.html")
    named = set(re.findall(r'"/static/([^"#]+)', pages))
    assert {"css/tokens.css", "css/bare.css", "js/shop.js"} <= named
    assert [name for name in named if finders.find(name) is None] == []


def test_vendored_styles_name_no_source_map() -> None:
    path = finders.find("vendor/bootstrap-5.3.8/bootstrap.min.css")
    with open(path, encoding="utf-8") as file:  # noqa: PTH123 - a finder's string
        assert "sourceMappingURL" not in file.read()


def test_the_language_is_chosen_by_a_plain_form(client: Client) -> None:
    page = html(client.get("/?q=a&page=1"))
    assert '<html lang="en">' in page
    assert 'name="next" value="/?q=a&amp;page=1"' in page
    for code, own_name in (("ru", "Русский"), ("kk", "Қазақша"), ("en", "English")):
        assert re.search(rf'value="{code}" lang="{code}"[^>]*>{own_name}<', page)
    answer = client.post("/i18n/setlang/", {"language": "kk", "next": "/?q=a"})
    assert answer["Location"] == "/?q=a"
    assert '<html lang="kk">' in html(client.get("/"))


def test_the_header_knows_who_reads(client: Client) -> None:
    assert 'href="/login/"' in html(client.get("/"))
    buyer = make_user()
    client.force_login(buyer)
    page = html(client.get("/"))
    assert buyer.email in page
    assert '<form method="post" action="/logout/">' in page
    assert 'href="/admin/"' not in page
    for worker in (make_user(role=User.Role.STAFF), make_admin()):
        client.force_login(worker)
        assert 'href="/admin/"' in html(client.get("/"))


def test_the_header_counts_pieces(client: Client) -> None:
    assert '<span id="cart-count"></span>' in html(client.get("/"))
    buyer = make_user()
    make_cart(buyer, (make_product(), 3), (make_product(), 2))
    client.force_login(buyer)
    assert '<span id="cart-count">5</span>' in html(client.get("/"))


def test_a_cart_that_is_down_does_not_take_the_page_along(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def down(self: Cart) -> int:
        raise Unavailable

    monkeypatch.setattr(Cart, "count", down)
    assert client.get("/").status_code == 200


def test_error_pages_have_one_heading_and_a_way_on(client: Client) -> None:
    missing = client.get("/nowhere/")
    assert missing.status_code == 404
    strict = Client(enforce_csrf_checks=True, headers={"Accept-Language": "en"})
    refused = strict.post("/cart/add/", {})
    assert refused.status_code == 403
    assert "Please try again" in html(refused)
    for page in (html(missing), html(refused), render_to_string("500.html")):
        assert page.count("<h1") == 1
        assert 'href="/"' in page


def test_a_broken_page_is_a_plain_500(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*args: Any) -> Any:
        raise RuntimeError("a secret of the house")

    monkeypatch.setattr("catalog.views.Listing", broken)
    client = Client(raise_request_exception=False, headers={"Accept-Language": "en"})
    response = client.get("/")
    assert response.status_code == 500
    assert "Something broke on our side" in html(response)
    assert "secret" not in html(response)
