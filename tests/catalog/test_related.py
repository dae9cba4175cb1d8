"""Which products are shown beside another, and what that costs."""

from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from catalog import related
from catalog.models import Category, Product
from catalog.navigation import breadcrumbs_to, deepest_path
from catalog.related import likeness, related_ids
from tests.factories import make_category, make_product
from tests.pages import html, queries, text

pytestmark = pytest.mark.django_db


@pytest.fixture
def client() -> Client:
    return Client(headers={"Accept-Language": "en"})


@pytest.fixture
def shelf() -> Category:
    return make_category("Ноутбуки", parent=make_category("Техника"))


def names(product: Product) -> list[str]:
    """What is shown beside the product, in order."""
    deepest = Product.objects.filter(pk=product.pk).values_list(deepest_path())
    way = breadcrumbs_to(deepest.get()[0])
    found = Product.objects.in_bulk()
    return [found[pk].name for pk in related_ids(product, way)]


@pytest.mark.parametrize(
    ("one", "other", "points"),
    [
        ({}, {}, 0),
        ({"brand": "HP"}, {"brand": "HP"}, 1),
        ({"brand": "HP"}, {"brand": "Asus"}, 0),
        ({"brand": "HP"}, {"maker": "HP"}, 0),
        ({"ram": 16}, {"ram": 16.0}, 1),
        ({"ram": 16}, {"ram": 12}, 0.75),
        ({"ram": 0}, {"ram": 0}, 1),
        ({"ram": -5}, {"ram": 5}, 0),
        ({"ram": 10**15}, {"ram": -(10**15)}, 0),
        ({"ram": 16}, {"ram": "16"}, 0),
        ({"new": True}, {"new": 1}, 0),
        ({"new": False}, {"new": False}, 1),
        ({"ports": ["usb", 1]}, {"ports": ["usb", 1]}, 1),
        ({"ports": {"a": 1}}, {"ports": ["a"]}, 0),
        ({"x": None}, {"x": None}, 1),
        ({"a": 1, "b": "x", "c": 3}, {"a": 1, "b": "x", "d": 4}, 2),
    ],
)
def test_likeness_counts_what_is_shared(one: Any, other: Any, points: float) -> None:
    assert likeness(one, other) == points
    assert likeness(other, one) == points


def test_the_nearest_come_first(shelf: Category) -> None:
    def laptop(name: str, brand: str, ram: int, price: int, **fields: Any) -> Product:
        attributes = {"brand": brand, "ram": ram}
        return make_product(
            name=name, attributes=attributes, price=price, categories=[shelf], **fields
        )

    one = laptop("one", "HP", 16, 1000)
    laptop("dear twin", "HP", 16, 3000)
    laptop("twin", "HP", 16, 1100)
    laptop("sold twin", "HP", 16, 1000, stock=0)
    laptop("less memory", "HP", 8, 1000)
    laptop("other brand", "Asus", 16, 1000)
    laptop("far", "Asus", 2, 1000)
    laptop("hidden twin", "HP", 16, 1000, is_active=False)
    assert names(one) == [
        "twin", "dear twin", "less memory", "other brand", "far", "sold twin",
    ]  # fmt: skip


def test_of_equals_the_newest_come_first_whatever_sells(shelf: Category) -> None:
    one, *others = [
        make_product(name=name, categories=[shelf]) for name in ("one", "a", "b", "c")
    ]
    assert names(one) == ["c", "b", "a"]
    Product.objects.filter(pk=others[0].pk).update(sold=5)
    assert names(one) == ["c", "b", "a"]


def test_no_more_than_eight_and_a_thin_category_is_filled_from_above() -> None:
    top = make_category("Техника")
    thin, beside = make_category("А", parent=top), make_category("Б", parent=top)
    far = make_category("Дом")
    one = make_product(name="one", categories=[thin])
    for n in range(2):
        make_product(name=f"own {n}", categories=[thin, top])
    make_product(name="own, sold", categories=[thin], stock=0)
    for n in range(9):
        make_product(name=f"beside {n}", categories=[beside])
    make_product(name="far", categories=[far])
    assert names(one) == [
        "own 1", "own 0", "beside 8", "beside 7", "beside 6", "beside 5", "beside 4",
        "beside 3",
    ]  # fmt: skip


def test_the_deepest_category_counts_and_without_one_there_is_nothing(
    shelf: Category,
) -> None:
    other = make_category("Акции")
    one = make_product(name="one", categories=[other, shelf])
    make_product(name="same shelf", categories=[shelf])
    make_product(name="same sale", categories=[other])
    assert names(one) == ["same shelf"]
    assert names(make_product()) == []


def test_looks_at_no_more_than_so_many(
    shelf: Category, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(related, "LOOKED_AT", 3)
    one, *_ = [
        make_product(name=str(n), categories=[shelf], attributes={"n": 9 - n})
        for n in range(5)
    ]
    # Of the newest three, the likest; the last one made is the least like it.
    assert names(one)[:3] == ["2", "3", "4"]


# --- On the page ----------------------------------------------------------------------


def test_the_page_shows_them_as_cards(client: Client, shelf: Category) -> None:
    one = make_product(name="Один", categories=[shelf])
    make_product(name="Два", categories=[shelf], price=Decimal("99.90"))
    page = client.get(one.get_absolute_url())
    assert "Related products Два In stock 99,90 ₸ Add to cart" in text(page)
    assert '<h2 id="related-heading">Related products</h2>' in html(page)
    assert '<h3 class="product-name"><a href="/product/dva-' in html(page)
    assert html(page).count("<h1") == 1
    alone = client.get(make_product().get_absolute_url())
    assert "Related products" not in text(alone)


def test_they_cost_the_same_however_many_there_are(
    client: Client, shelf: Category
) -> None:
    one = make_product(categories=[shelf])
    for n in range(8):
        make_product(categories=[shelf], images=[f"https://pictures.example/{n}.jpg"])
    # Product, pictures, categories, the way; candidates; the chosen, their pictures.
    assert queries(client, one.get_absolute_url()) == 7
    for n in range(30):
        make_product(categories=[shelf], images=[f"https://pictures.example/{n}.jpg"])
    assert queries(client, one.get_absolute_url()) == 7
    # A thin category asks the one above it too.
    thin = make_product(categories=[make_category(parent=shelf)])
    assert queries(client, thin.get_absolute_url()) == 8
