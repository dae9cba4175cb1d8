"""What a visitor looked at, remembered in a cookie and shown on the next page."""

from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.test import Client

from catalog.models import Product
from catalog.services import delete_product, update_product
from tests.factories import make_admin, make_product
from tests.pages import html, queries, text

pytestmark = pytest.mark.django_db


@pytest.fixture
def client() -> Client:
    return Client(headers={"Accept-Language": "en"})


def look(client: Client, product: Product, **extra: Any) -> Any:
    return client.get(product.get_absolute_url(), **extra)


def seen(client: Client) -> list[int]:
    cookie = client.cookies.get("recently_viewed")
    return [int(part) for part in cookie.value.split(".")] if cookie else []


def shown(page: Any) -> list[str]:
    return [product.name for product in page.context["recent"]]


def test_the_latest_comes_first_and_the_present_one_not_at_all(client: Client) -> None:
    a, b, c = [make_product(name=name) for name in "abc"]
    first = look(client, a)
    assert shown(first) == []
    assert "Recently viewed" not in text(first)
    assert shown(look(client, b)) == ["a"]
    page = look(client, c)
    assert shown(page) == ["b", "a"]
    assert '<h2 id="recent-heading">Recently viewed</h2>' in html(page)
    assert shown(look(client, a)) == ["c", "b"]
    assert seen(client) == [a.number, c.number, b.number]


def test_no_more_than_eight_are_shown_and_twelve_kept(client: Client) -> None:
    products = [make_product(name=str(n)) for n in range(14)]
    for product in products:
        page = look(client, product)
    assert shown(page) == [str(n) for n in range(12, 4, -1)]
    assert seen(client) == [product.number for product in products[:1:-1]]


def test_the_cookie_is_the_visitors_alone(client: Client, settings: Any) -> None:
    product = make_product()
    settings.SESSION_COOKIE_SECURE = True
    response = look(client, product)
    cookie = response.cookies["recently_viewed"]
    assert cookie.value == str(product.number)
    assert cookie["httponly"] and cookie["secure"]
    assert (cookie["samesite"], cookie["max-age"], cookie["path"]) == (
        "Lax",
        2_592_000,
        "/",
    )
    # What the page shows depends on the cookie, and caches between us must know.
    assert "Cookie" in response["Vary"]
    assert not Session.objects.exists()
    assert "sessionid" not in response.cookies


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Purpose": "prefetch;prerender"},
        {"Purpose": "Prefetch"},
        {"X-Moz": "prefetch"},
    ],
)
def test_reading_ahead_is_not_looking(client: Client, headers: Any) -> None:
    response = look(client, make_product(), headers=headers)
    assert response.status_code == 200
    assert seen(client) == []


def test_neither_is_a_head_nor_what_is_not_there(client: Client) -> None:
    hidden = make_product(is_active=False)
    assert client.head(make_product().get_absolute_url()).status_code == 200
    assert look(client, hidden).status_code == 404
    assert client.get("/product/nowhere/").status_code == 404
    assert client.get(f"/product/{make_product().pk}/").status_code == 301
    assert seen(client) == []
    client.force_login(make_admin())
    assert look(client, hidden).status_code == 200
    assert seen(client) == []


def test_what_left_the_shop_is_not_shown(client: Client) -> None:
    gone, off, here, last = [make_product(name=name) for name in "abcd"]
    for product in (gone, off, here):
        look(client, product)
    delete_product(gone)
    update_product(off.pk, is_active=False)
    assert shown(look(client, last)) == ["c"]


@pytest.mark.parametrize(
    "junk",
    [
        "", ".", "..", "-1", "x", "1e3", "١٢", "9" * 19, "9" * 5000, "1,2", "%00",
        "\x00", "\ud800", "\xff\xfe", "a=b", "<script>", "0x1", " ", "1" * 900 + ".7",
        ".".join(["5"] * 3000), ".".join(map(str, range(10**6, 10**6 + 500))),
    ],
)  # fmt: skip
def test_junk_in_the_cookie_is_ignored(client: Client, junk: str) -> None:
    product = make_product()
    raw = f"recently_viewed={junk}".encode("utf-8", "surrogatepass")
    header = raw.decode("latin-1")
    response = look(client, product, HTTP_COOKIE=header)
    assert (response.status_code, shown(response)) == (200, [])
    assert response.cookies["recently_viewed"].value.startswith(f"{product.number}")
    assert len(response.cookies["recently_viewed"].value) < 250


def test_numbers_among_junk_still_count(client: Client) -> None:
    kept, product = make_product(name="kept"), make_product()
    cookie = f"recently_viewed=x.{kept.number}.999999999999999999.-3.{kept.number}"
    assert shown(look(client, product, HTTP_COOKIE=cookie)) == ["kept"]


def test_they_cost_two_queries_however_many_they_are(client: Client) -> None:
    products = [
        make_product(images=[f"https://pictures.example/{n}.jpg"]) for n in range(9)
    ]
    alone = queries(client, products[0].get_absolute_url())
    assert alone == 3
    assert queries(client, products[1].get_absolute_url()) == alone + 2
    for product in products[2:8]:
        look(client, product)
    assert queries(client, products[8].get_absolute_url()) == alone + 2
