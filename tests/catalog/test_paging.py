"""Far pages hold what they would hold if everything before them had been read."""

from decimal import Decimal
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from catalog import paging
from catalog.models import Product
from catalog.paging import ProductPaginator
from tests.api import client_of
from tests.factories import make_category, make_product
from tests.pages import html, queries
from tests.plans import selects

pytestmark = pytest.mark.django_db


@pytest.fixture
def shelf(monkeypatch: pytest.MonkeyPatch) -> list[Product]:
    """53 products with equal prices among them; every page but the first is far."""
    monkeypatch.setattr(paging, "NEAR", 1)
    return [make_product(price=Decimal(n % 5), stock=n % 3) for n in range(53)]


@pytest.mark.parametrize("fields", [("-created_at", "-number"), ("price", "number")])
@pytest.mark.parametrize("per_page", [1, 5, 7, 26, 53, 60])
def test_pages_together_are_the_whole_list(
    shelf: list[Product], fields: tuple[str, str], per_page: int
) -> None:
    ordered = Product.objects.filter(stock__gt=0).order_by(*fields)
    pages = ProductPaginator(ordered, per_page)
    found = [list(pages.page(number)) for number in pages.page_range]
    assert [product.pk for page in found for product in page] == [
        product.pk for product in ordered
    ]
    assert {len(page) for page in found[:-1]} <= {per_page}


@pytest.mark.parametrize(
    "ordering", ["", "price", "-price", "name", "-popularity", "-created_at"]
)
def test_the_api_turns_pages_in_every_order(
    shelf: list[Product], ordering: str
) -> None:
    api, found = client_of(), []
    address: Any = f"/api/products?page_size=10&ordering={ordering}"
    while address:
        answer = api.get(address).json()
        found += [row["number"] for row in answer["results"]]
        address = answer["next"]
    assert sorted(found) == [product.number for product in shelf]
    whole = api.get(f"/api/products?page_size=100&ordering={ordering}").json()
    assert found == [row["number"] for row in whole["results"]]


def test_equal_prices_keep_one_order(shelf: list[Product]) -> None:
    def numbers(ordering: str) -> list[int]:
        answer = client_of().get(f"/api/products?page_size=100&ordering={ordering}")
        return [row["number"] for row in answer.json()["results"]]

    assert numbers("price") == numbers("-price")[::-1]
    # One ordering at a time: what stands behind it is left out.
    assert numbers("price,name") == numbers("price")


NOWHERE = ["0", "-1", "4", "1000000000", "9" * 5000, "abc", "1.5", "%00", "%ff", "١٢"]


@pytest.mark.parametrize("page", [*NOWHERE, "%ED%A0%80", "1e3", "0x1", "nan", "-"])
def test_an_api_has_no_such_page(shelf: list[Product], page: str) -> None:
    answer = client_of().get(f"/api/products?page={page}")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


@pytest.mark.parametrize("page", NOWHERE)
def test_a_page_that_is_not_there_is_the_nearest(
    client: Client, shelf: list[Product], page: str
) -> None:
    response = client.get(f"/?page={page}")
    is_number = page.strip("-").isdecimal() and len(page) < 4000
    assert response.status_code == 200
    assert response.context["page"].number == (3 if is_number else 1)
    assert len(response.context["page"]) == (5 if is_number else 24)


def test_a_far_page_costs_one_query_more(client: Client, shelf: list[Product]) -> None:
    # The facets are counted once for all pages.
    client.get("/")
    near = queries(client, "/")
    assert [queries(client, f"/?page={n}") for n in (2, 3)] == [near + 1, near + 1]
    assert 'aria-current="page">3<' in html(client.get("/?page=3"))


ORDERS = ["", "price", "-price", "name", "-popularity", "-created_at"]


@pytest.mark.parametrize("language", ["ru", "kk", "en"])
def test_a_short_list_is_sorted_into_the_same_order(
    shelf: list[Product], monkeypatch: pytest.MonkeyPatch, language: str
) -> None:
    category, some = make_category("Полка"), shelf[::2]
    category.products.set(some)
    for n, product in enumerate(some):
        product.name_ru, product.sold = f"Чай {n % 7}", n % 4
        product.name_kk = f"Шай {n % 3}" if n % 2 else ""
        product.save()
    api = client_of(headers={"Accept-Language": language})

    def pages(
        address: str, short: int, long: int = 0, looked: int = 0
    ) -> list[list[int]]:
        monkeypatch.setattr(paging, "SHORT", short)
        monkeypatch.setattr(paging, "LONG", long)
        monkeypatch.setattr(paging, "LOOKED_AT", looked)
        monkeypatch.setattr(paging, "PART", 1)
        answers = [api.get(f"{address}&page_size=5&page={n}") for n in range(1, 7)]
        return [[row["number"] for row in one.json()["results"]] for one in answers]

    for ordering in ORDERS:
        for address in (
            f"/api/products?category={category.slug}&ordering={ordering}",
            f"/api/v1/products_with_category/{category.pk}?ordering={ordering}",
        ):
            walked = pages(address, len(some) - 1)
            numbers = sorted(number for page in walked for number in page)
            assert numbers == [product.number for product in some]
            assert pages(address, len(some)) == walked
            # Some pages are among the first products, some are not.
            assert pages(address, 5, len(some), 17) == walked


@pytest.mark.postgres
def test_what_is_sorted_is_rare_and_not_long(
    client: Client, shelf: list[Product], monkeypatch: pytest.MonkeyPatch
) -> None:
    category = make_category("Полка")
    category.products.set(shelf[:5])
    monkeypatch.setattr(paging, "SHORT", 5)

    def sorts() -> int:
        cache.clear()
        with selects() as statements:
            client.get(f"/category/{category.slug}/?ordering=price")
        return sum("GREATEST" in statement.sql for statement in statements)

    assert sorts() == 1
    monkeypatch.setattr(paging, "SHORT", 4)
    # 5 of 53: the whole page is among the first of the order, …
    assert sorts() == 1
    # … or it is not: then the list is sorted.
    monkeypatch.setattr(paging, "LOOKED_AT", 5)
    assert sorts() == 2
    monkeypatch.setattr(paging, "PART", 11)
    assert sorts() == 0
    monkeypatch.setattr(paging, "PART", 10)
    monkeypatch.setattr(paging, "LONG", 4)
    assert sorts() == 0
    # What the index of an order tells is not looked for elsewhere.
    with selects() as statements:
        client.get("/?in_stock=true&max_price=1&ordering=price")
    assert not any("GREATEST" in statement.sql for statement in statements)
