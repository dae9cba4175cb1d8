"""What pages tell to search engines and to those who share them."""

import json
import re
from html import unescape
from typing import Any

import pytest
from django.contrib.staticfiles import finders
from django.test import Client

from catalog.models import Category, Product
from catalog.seo import is_gtin
from tests.factories import make_category, make_order, make_product, make_user
from tests.pages import html

pytestmark = pytest.mark.django_db
HOME = "http://testserver"
NOINDEX = '<meta name="robots" content="noindex'


@pytest.fixture
def client() -> Client:
    return Client(headers={"Accept-Language": "en"})


def metas(page: str) -> dict[str, str]:
    """Every meta element by its name or property."""
    found = re.findall(r'<meta (?:name|property)="([^"]+)" content="([^"]*)"', page)
    return {name: unescape(content) for name, content in found}


def links(page: str, rel: str) -> list[str]:
    return [unescape(a) for a in re.findall(rf'<link rel="{rel}" href="([^"]*)"', page)]


def languages(page: str) -> dict[str, str]:
    found = re.findall(r'rel="alternate" hreflang="([^"]+)" href="([^"]*)"', page)
    return {language: unescape(address) for language, address in found}


def data(page: str) -> list[dict[str, Any]]:
    blocks = re.findall(
        r'<script type="application/ld\+json">(.*?)</script>', page, re.S
    )
    return [json.loads(block) for block in blocks]


@pytest.fixture
def shelf() -> Category:
    """Thirty products, two pages, one of them with a picture."""
    category = make_category("Свет", parent=make_category("Дом"))
    for n in range(29):
        make_product(name=f"Лампа {n}", categories=[category])
    picture = "https://pictures.example/1.jpg?a=1&b=2"
    make_product(name="Люстра", categories=[category], images=[picture])
    return category


@pytest.mark.parametrize(
    ("query", "canonical", "prev", "next_"),
    [
        ("", "/", [], ["?page=2"]),
        ("page=2", "/?page=2", ["?page=1"], []),
        ("page=99", "/?page=2", ["?page=1"], []),
        ("page=x", "/", [], ["?page=2"]),
        ("utm_source=mail&page=2", "/?page=2", ["?utm_source=mail&page=1"], []),
        ("ordering=price", "/", [], ["?ordering=price&page=2"]),
        ("lang=ru", "/", [], ["?lang=ru&page=2"]),
        ("lang=kk", "/?lang=kk", [], ["?lang=kk&page=2"]),
        ("lang=kk&page=2", "/?page=2&lang=kk", ["?lang=kk&page=1"], []),
        ("lang=de", "/", [], ["?lang=de&page=2"]),
    ],
)
def test_a_list_has_one_address_for_each_page_and_language(
    client: Client,
    shelf: Category,
    query: str,
    canonical: str,
    prev: list[str],
    next_: list[str],
) -> None:
    page = html(client.get(f"/?{query}"))
    assert links(page, "canonical") == [HOME + canonical]
    assert (links(page, "prev"), links(page, "next")) == (prev, next_)
    assert NOINDEX not in page
    assert metas(page)["og:url"] == HOME + canonical
    part = "?page=2" if "page=2" in canonical else ""
    more = "&" if part else "?"
    assert languages(page) == {
        "ru": f"{HOME}/{part}",
        "kk": f"{HOME}/{part}{more}lang=kk",
        "en": f"{HOME}/{part}{more}lang=en",
        "x-default": f"{HOME}/{part}",
    }


@pytest.mark.parametrize(
    "query", ["q=lamp", "min_price=1", "in_stock=true", "attr.x=1", "category=nope"]
)
def test_a_narrowed_list_is_followed_and_not_found(
    client: Client, shelf: Category, query: str
) -> None:
    for path in ("/", "/catalog/", shelf.get_absolute_url()):
        if "category" in query and path == shelf.get_absolute_url():
            continue
        page = html(client.get(f"{path}?{query}&page=2"))
        assert metas(page)["robots"] == "noindex, follow"
        whole = "/" if path == "/catalog/" else path
        assert links(page, "canonical")[0].startswith(HOME + whole)
        assert query not in links(page, "canonical")[0]
        assert languages(page) == {}
        assert data(page) == []


def test_the_same_list_at_another_address_names_the_first(
    client: Client, shelf: Category
) -> None:
    address = shelf.get_absolute_url()
    for other in ("/?category=svet", "/catalog/?category=svet", f"{address}?gclid=1"):
        assert links(html(client.get(other)), "canonical") == [HOME + address]
    assert links(html(client.get("/catalog/")), "canonical") == [f"{HOME}/"]


def test_pages_say_what_they_are_about(client: Client, shelf: Category) -> None:
    home = metas(html(client.get("/")))
    assert home["description"] == (
        "Duken: an online shop with honest stock and delivery across Kazakhstan."
    )
    second = html(client.get(f"{shelf.get_absolute_url()}?page=2"))
    assert "<title>Свет · page 2 · Duken</title>" in second
    assert metas(second)["description"] == (
        "Свет: prices, stock and delivery at Duken. (page 2)"
    )
    product = make_product(name="A", description="<b>One</b>,\n\ntwo " + "long " * 50)
    about = metas(html(client.get(product.get_absolute_url())))["description"]
    assert about.startswith("One, two long long")
    assert len(about) == 160
    plain = make_product(name='Lamp "B"', price=990)
    told = metas(html(client.get(plain.get_absolute_url())))
    assert told["description"] == 'Lamp "B", 990,00 ₸'


def test_what_is_shared_has_a_title_a_text_and_a_picture(
    client: Client, shelf: Category
) -> None:
    lamp = Product.objects.get(name_ru="Люстра")
    shared = metas(html(client.get(f"{lamp.get_absolute_url()}?lang=kk")))
    assert {name: value for name, value in shared.items() if ":" in name} == {
        "og:type": "product",
        "og:site_name": "Duken",
        "og:title": "Люстра",
        "og:description": "Люстра, 100,00 ₸",
        "og:url": f"{HOME}{lamp.get_absolute_url()}?lang=kk",
        "og:image": "https://pictures.example/1.jpg?a=1&b=2",
        "og:locale": "kk_KZ",
        "og:locale:alternate": "en_US",
        "product:price:amount": "100.00",
        "product:price:currency": "KZT",
        "twitter:card": "summary_large_image",
    }
    # Of a list the first picture there is, and the shop's own where there is none.
    shared = metas(html(client.get(shelf.get_absolute_url())))
    assert shared["og:image"] == "https://pictures.example/1.jpg?a=1&b=2"
    plain = make_product()
    shared = metas(html(client.get(plain.get_absolute_url())))
    assert shared["og:image"] == f"{HOME}/static/img/icons/share.png"
    assert shared["twitter:card"] == "summary"
    assert finders.find("img/icons/share.png")


def test_the_home_page_tells_whose_shop_it_is_and_how_to_search(
    client: Client, settings: Any
) -> None:
    settings.SHOP_SELLER_PHONE = "+77010000000"
    settings.SHOP_NAME = "Shop </script><b>"
    page = client.get("/")
    shop, site = data(html(page))
    assert shop == {
        "@context": "https://schema.org/",
        "@type": "Organization",
        "@id": f"{HOME}/#shop",
        "name": "Shop </script><b>",
        "url": f"{HOME}/",
        "logo": f"{HOME}/static/img/icons/icon-512.png",
        "telephone": "+77010000000",
    }
    assert finders.find("img/icons/icon-512.png")
    search = site["potentialAction"]["target"]["urlTemplate"]
    assert search == f"{HOME}/?q={{search_term_string}}"
    assert (site["@type"], site["inLanguage"]) == ("WebSite", ["ru", "kk", "en"])
    assert data(html(client.get("/?page=2"))) == data(html(page))


def test_a_category_tells_the_way_to_it(client: Client, shelf: Category) -> None:
    (way,) = data(html(client.get(shelf.get_absolute_url())))
    assert way["@type"] == "BreadcrumbList"
    steps = [(step["position"], step["name"]) for step in way["itemListElement"]]
    assert steps == [(1, "Дом"), (2, "Свет")]
    assert way["itemListElement"][1]["item"] == HOME + shelf.get_absolute_url()


def test_a_product_tells_its_number_and_no_picture_it_has_not(client: Client) -> None:
    book = make_product(barcode="9780306406157")
    (about,) = data(html(client.get(book.get_absolute_url())))
    assert about["gtin"] == "9780306406157"
    assert about["url"] == about["offers"]["url"] == HOME + book.get_absolute_url()
    assert about["offers"]["seller"] == {"@type": "Organization", "name": "Duken"}
    assert "image" not in about


@pytest.mark.parametrize(
    ("barcode", "is_one"),
    [
        *((good, True) for good in ("9780306406157", "036000291452", "96385074")),
        *((bad, False) for bad in ("9780306406158", "12345", "", "A" * 13)),
    ],
)
def test_a_barcode_is_told_if_it_is_a_worldwide_number(
    barcode: str, is_one: bool
) -> None:
    assert is_gtin(barcode) is is_one


def test_personal_pages_are_not_to_be_found(client: Client) -> None:
    buyer = make_user()
    order = make_order(buyer)
    for path in ("/cart/", "/login/", "/register/", "/order/", "/nowhere/"):
        assert html(client.get(path)).count(NOINDEX) == 1
    client.force_login(buyer)
    for path in ("/account/", "/orders/", order.get_absolute_url()):
        assert html(client.get(path)).count(NOINDEX) == 1
