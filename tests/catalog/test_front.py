"""The front page: what stands above the whole list, for whom, and at what price."""

from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from catalog.models import Category, Product
from tests.factories import make_category, make_product
from tests.pages import html, queries, text

pytestmark = pytest.mark.django_db

PICTURE = "https://pictures.example/1.jpg"


@pytest.fixture
def client() -> Client:
    return Client(headers={"Accept-Language": "en"})


@pytest.fixture
def shelf() -> list[Category]:
    """Thirty products: №0 to №14 in «Дом», below it; №15 in «Сад»; one off sale."""
    home = make_category("Дом")
    light = make_category("Свет", parent=home)
    garden, empty = make_category("Сад"), make_category("Пусто")
    for n in range(30):
        place = [light] if n < 15 else [garden] if n == 15 else []
        make_product(
            name=f"Товар {n:02}", sku=f"N-{n}", categories=place, images=[PICTURE]
        )
    make_product(sku="SECRET", is_active=False, categories=[garden])
    return [home, garden, empty]


def sell(sku: str, pieces: int, **fields: Any) -> None:
    Product.objects.filter(sku=sku).update(sold=pieces, **fields)


def listed(response: Any) -> list[str]:
    return [product.name for product in response.context["page"]]


def popular(response: Any) -> list[str]:
    return [product.name for product in response.context["front"].popular]


def test_it_begins_with_categories_and_what_others_buy(
    client: Client, shelf: list[Category]
) -> None:
    sell("N-3", 5)
    sell("N-20", 7)
    sell("N-29", 9, stock=0)
    sell("SECRET", 100)
    response = client.get("/")
    assert popular(response) == ["Товар 20", "Товар 03"]
    tiles = response.context["front"].tiles
    # An empty category is no place to begin at.
    assert [tile.category for tile in tiles] == shelf[:2]
    # The best sold that can be bought is its picture, from however deep below it.
    assert [tile.product and tile.product.name for tile in tiles] == [
        "Товар 03",
        "Товар 15",
    ]
    shown = text(response)
    assert "Дом 15 products Сад 1 product" in shown
    assert "New in the shop 30 products" in shown
    assert html(response).count("<h1") == 1
    assert '<h2 id="results-heading">' in html(response)


def test_the_list_below_is_the_list_that_it_always_was(
    client: Client, shelf: list[Category]
) -> None:
    sell("N-3", 5)
    assert listed(client.get("/")) == [f"Товар {n:02}" for n in range(29, 5, -1)]
    assert listed(client.get("/catalog/")) == listed(client.get("/"))


@pytest.mark.parametrize(
    "address", ["/catalog/", "/?page=1", "/?q=товар", "/?ordering=price"]
)
def test_who_asks_for_something_gets_the_list_alone(
    client: Client, shelf: list[Category], address: str
) -> None:
    response = client.get(address)
    assert response.context["front"] is None
    assert '<h1 id="results-heading">' in html(response)
    assert "front.css" not in html(response)


def test_htmx_takes_it_away(client: Client, shelf: list[Category]) -> None:
    assert '<div id="front"><section' in html(client.get("/")).replace("\n", "")
    asked = {"HX-Request": "true", "HX-Target": "results"}
    part = html(client.get("/?page=2", headers=asked))
    assert '<div id="front" hx-swap-oob="true"></div>' in part


def test_a_shop_of_one_page_needs_none(client: Client) -> None:
    for _n in range(24):
        make_product(images=[PICTURE])
    assert client.get("/").context["front"] is None
    make_product()
    # The count is dropped after a commit, which a test does not have.
    cache.clear()
    # Nothing was sold, nothing stands in categories: there is the welcome alone.
    front = client.get("/").context["front"]
    assert (front.tiles, front.popular) == ([], [])


def test_it_costs_no_query(client: Client, shelf: list[Category]) -> None:
    for n in range(30):
        sell(f"N-{n}", n)
    client.get("/")
    # Products, pictures, categories.
    assert queries(client, "/") == queries(client, "/catalog/") == 3
    cache.clear()
    assert queries(client, "/") == 6
