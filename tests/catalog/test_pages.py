"""The catalog's lists: what they show, filters, categories, htmx, robots."""

import re
from decimal import Decimal
from typing import Any

import pytest
from django.core.cache import cache
from django.db import OperationalError
from django.test import Client

from catalog.models import Category
from tests.factories import make_category, make_product
from tests.pages import html, queries, text

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true", "HX-Target": "results"}


@pytest.fixture
def client() -> Client:
    return Client(headers={"Accept-Language": "en"})


def names(response: Any) -> list[str]:
    """The products of a list, in order."""
    return [product.name for product in response.context["page"]]


# --- The list -------------------------------------------------------------------------


@pytest.mark.parametrize("address", ["/", "/catalog/"])
def test_the_catalog_shows_what_is_on_sale(client: Client, address: str) -> None:
    make_product(name="Лампа", price=Decimal("1234567.89"), stock=9)
    make_product(name="Чайник", price=Decimal("999.90"), stock=2)
    make_product(name="Плед", price=Decimal("1000"), stock=0)
    make_product(name="Тайна", is_active=False)
    response = client.get(address)
    shown = text(response)
    assert names(response) == ["Плед", "Чайник", "Лампа"]
    assert "3 products" in shown
    assert "Лампа In stock 1.234.567,89 ₸ Add to cart" in shown
    assert "Чайник Only 2 left 999,90 ₸ Add to cart" in shown
    # Nothing to press where nothing can be bought.
    assert "Плед Out of stock 1.000,00 ₸ Чайник" in shown
    assert html(response).count("<h1") == 1
    assert '<link rel="canonical" href="http://testserver/">' in html(response)


def test_an_empty_shop_says_so(client: Client) -> None:
    response = client.get("/")
    assert "Nothing here yet The shelves are being filled." in text(response)
    assert response.status_code == 200


def test_a_picture_is_fitted_lazy_and_drawn_when_missing(client: Client) -> None:
    for n in range(6):
        make_product(images=[f"https://pictures.example/{n}.jpg"])
    page = html(client.get("/"))
    pictures = re.findall(r'<img src="https://pictures[^>]+>', page)
    assert [' loading="lazy"' in picture for picture in pictures] == [
        False, False, False, False, True, True,
    ]  # fmt: skip
    assert all('width="480" height="480"' in picture for picture in pictures)
    make_product()
    assert '<img src="/static/img/no-picture.svg"' in html(client.get("/"))


def test_lists_cost_the_same_queries_for_one_product_and_for_thirty(
    client: Client,
) -> None:
    root = make_category("Дом")
    leaf = make_category("Свет", parent=root)
    make_product(categories=[leaf], images=["https://pictures.example/1.jpg"])
    addresses = ["/", "/?q=товар&in_stock=true", f"/category/{root.slug}/"]
    few = [queries(client, address) for address in addresses]
    for n in range(30):
        make_product(categories=[leaf], images=[f"https://pictures.example/{n}.jpg"])
        make_category(parent=root)
    cache.clear()
    assert [queries(client, address) for address in addresses] == few
    # Templates, counts and the tree behind them; products, pictures, the categories to
    # go to; a category page reads its category and what is below it too, and shares
    # the templates and the counts of categories with the first page. A search finds out
    # what it means.
    assert few == [6, 7, 6]
    # With the counts cached: products, pictures, categories.
    assert [queries(client, address) for address in addresses] == [3, 4, 5]


def test_pages_hold_24_and_link_to_each_other(client: Client) -> None:
    for n in range(50):
        make_product(name=f"Товар №{n:02}", price=Decimal(n))
    first = client.get("/?ordering=price")
    assert names(first) == [f"Товар №{n:02}" for n in range(24)]
    assert 'rel="next" href="/?ordering=price&amp;page=2"' in html(first)
    assert 'rel="prev"' not in html(first)
    middle = html(client.get("/?ordering=price&page=2"))
    assert 'rel="prev" href="/?ordering=price&amp;page=1"' in middle
    assert 'rel="next" href="/?ordering=price&amp;page=3"' in middle
    assert '<link rel="canonical" href="http://testserver/?page=2">' in middle


@pytest.mark.parametrize(
    ("asked", "number"),
    [("99", 2), ("-1", 2), ("0", 2), ("x", 1), ("", 1), ("1.5", 1), ("9" * 5000, 1)],
)
def test_a_page_that_is_not_there_is_the_nearest(
    client: Client, asked: str, number: int
) -> None:
    for _n in range(25):
        make_product()
    assert client.get("/", {"page": asked}).context["page"].number == number


# --- Filters --------------------------------------------------------------------------


@pytest.fixture
def shelf() -> Category:
    """Three products, two of them in Ноутбуки, which lies under Техника."""
    top = make_category("Техника")
    laptops = make_category("Ноутбуки", parent=top)
    make_product(
        name="Lenovo Ёж", sku="LEN-1", price=Decimal("300000"), categories=[laptops]
    )
    make_product(
        name="Asus Zen", price=Decimal("200000"), stock=0, categories=[laptops]
    )
    make_product(name="Стул", description="Для леново", price=Decimal("15000.50"))
    return top


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=LENOVO", ["Lenovo Ёж"]),
        ("q=леново", ["Стул"]),
        ("q=еж len-1", ["Lenovo Ёж"]),
        ("q=", ["Стул", "Asus Zen", "Lenovo Ёж"]),
        ("q=нет", []),
        ("min_price=200000", ["Asus Zen", "Lenovo Ёж"]),
        ("max_price=200000", ["Стул", "Asus Zen"]),
        ("min_price=15000.51&max_price=299999.99", ["Asus Zen"]),
        ("min_price=&max_price=", ["Стул", "Asus Zen", "Lenovo Ёж"]),
        ("in_stock=true", ["Стул", "Lenovo Ёж"]),
        ("ordering=price", ["Стул", "Asus Zen", "Lenovo Ёж"]),
        ("ordering=-price", ["Lenovo Ёж", "Asus Zen", "Стул"]),
        ("category=tekhnika", ["Asus Zen", "Lenovo Ёж"]),
        ("category=nowhere", []),
    ],
)
def test_filters(client: Client, shelf: Category, query: str, found: list[str]) -> None:
    response = client.get(f"/?{query}")
    assert names(response) == found
    if not found:
        assert "Nothing found" in text(response)


def test_a_filter_in_force_can_be_taken_away(client: Client, shelf: Category) -> None:
    page = client.get("/?q=asus&min_price=100000&in_stock=&page=1")
    chips = {chip.text: chip.without for chip in page.context["listing"].chips}
    assert chips == {
        "asus": "/?min_price=100000&in_stock=",
        "from 100.000,00\N{NO-BREAK SPACE}₸": "/?q=asus&in_stock=",
    }
    assert 'name="min_price" value="100000"' in html(page)
    # Search engines need not index every narrowing.
    assert '<meta name="robots" content="noindex, follow">' in html(page)


def test_a_value_that_makes_no_sense_is_told_and_the_rest_counts(
    client: Client, shelf: Category
) -> None:
    response = client.get("/?min_price=abc&q=asus&ordering=sideways")
    assert response.status_code == 200
    assert names(response) == ["Asus Zen"]
    assert "Price from, ₸: Enter a number." in text(response)
    assert "Select a valid choice" in text(response)
    assert 'name="min_price" value="abc"' in html(response)


HOSTILE = [
    "%00", "%ff%fe", "%F0%9F%98%80", "1e400", "-1e400", "9" * 5000, "NaN", "Infinity",
    "-1", "0.001", "'%22<script>", "%25_\\", "true", "..%2f..", "١٢", "%ED%A0%80",
]  # fmt: skip
FIELDS = [
    "q", "category", "min_price", "max_price", "in_stock", "ordering", "page",
    "template", "is_active", "attr.brand", "attr.ram.min", "attr.", "attr.%00",
]  # fmt: skip


@pytest.mark.parametrize("value", HOSTILE)
def test_no_value_of_a_filter_breaks_a_page(
    client: Client, shelf: Category, value: str
) -> None:
    for field in FIELDS:
        for path in ("/", f"/category/{shelf.slug}/"):
            page = client.get(f"{path}?{field}={value}")
            assert page.status_code == 200, (field, value)
            assert "<script>" not in html(page)


def test_other_methods_are_refused(client: Client) -> None:
    assert client.post("/").status_code == 405
    assert client.head("/").status_code == 200


# --- htmx -----------------------------------------------------------------------------


def test_htmx_gets_the_results_alone(client: Client, shelf: Category) -> None:
    response = client.get("/?q=asus", headers=HTMX)
    page = html(response)
    assert "<html" not in page
    assert '<section id="results"' in page
    assert "<title>Search: asus · Duken</title>" in page
    assert '<div hx-swap-oob="innerHTML:#results-status">1 product</div>' in page
    assert "<html" in html(client.get("/?q=asus"))
    back = {**HTMX, "HX-History-Restore-Request": "true"}
    assert "<html" in html(client.get("/?q=asus", headers=back))


# --- Categories -----------------------------------------------------------------------


def test_a_category_shows_all_below_it_and_the_way_to_it(
    client: Client, shelf: Category
) -> None:
    top = client.get("/category/tekhnika/")
    assert names(top) == ["Asus Zen", "Lenovo Ёж"]
    assert ">Ноутбуки</a>" in html(top)
    assert '<h1 id="results-heading">Техника</h1>' in html(top)
    leaf = client.get("/category/noutbuki/?q=lenovo")
    assert names(leaf) == ["Lenovo Ёж"]
    assert leaf.context["listing"].branch.ancestors == [shelf]
    assert 'href="/category/tekhnika/?q=lenovo"' in html(leaf)
    assert 'href="http://testserver/category/noutbuki/"' in html(leaf)
    assert html(leaf).count("<h1") == 1


def test_the_category_of_the_address_is_the_one_that_counts(
    client: Client, shelf: Category
) -> None:
    other = make_category("Другое")
    assert len(names(client.get(f"/category/tekhnika/?category={other.slug}"))) == 2
    by_id = client.get(f"/?category={shelf.pk}")
    assert len(names(by_id)) == 2
    assert 'href="http://testserver/category/tekhnika/"' in html(by_id)


def test_an_unknown_category_is_a_404_page_and_an_empty_one_is_not(
    client: Client,
) -> None:
    missing = client.get("/category/nowhere/")
    assert missing.status_code == 404
    assert "Page not found" in text(missing)
    empty = make_category()
    page = client.get(f"/category/{empty.slug}/")
    assert page.status_code == 200
    assert "There are no products in this category at the moment." in text(page)


# --- For machines, and when the database is away --------------------------------------


def test_the_sitemap_lists_what_everybody_may_see(client: Client) -> None:
    shown, hidden = make_product(), make_product(is_active=False)
    category = make_category()
    listed = re.findall(r"<loc>(.*?)</loc>", html(client.get("/sitemap.xml")))
    assert listed == [
        "http://testserver/",
        f"http://testserver{category.get_absolute_url()}",
        f"http://testserver{shown.get_absolute_url()}",
    ]
    assert hidden.slug not in " ".join(listed)


def test_robots_stay_out_of_personal_pages(client: Client) -> None:
    response = client.get("/robots.txt")
    rules = html(response).splitlines()
    assert response["Content-Type"].startswith("text/plain")
    for path in ("/cart/", "/account/", "/orders/", "/admin/", "/checkout/"):
        assert f"Disallow: {path}" in rules
    assert "Disallow: /" not in rules
    assert rules[-1] == "Sitemap: http://testserver/sitemap.xml"


def test_without_a_database_the_page_is_a_plain_503(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*args: Any) -> Any:
        raise OperationalError("no connection")

    monkeypatch.setattr("catalog.views.Listing", refuse)
    response = client.get("/")
    assert response.status_code == 503
    assert "no connection" not in html(response)
