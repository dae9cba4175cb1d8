"""Filters by attributes: the same products on both databases, whatever the key."""

from typing import Any
from urllib.parse import urlencode

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.api import client_of
from tests.factories import make_admin, make_product

pytestmark = pytest.mark.django_db


def found(**query: Any) -> list[str]:
    answer = client_of().get("/api/products?" + urlencode(query))
    assert answer.status_code == 200, answer.json()
    return sorted(product["sku"] for product in answer.json()["results"])


@pytest.mark.parametrize(
    "key", ["0", "-1", "12", "a.b", "a'b", "a[0]", "%s", "$", "#", "цвет", "1.0"]
)
def test_a_key_is_a_key_however_it_looks(key: str) -> None:
    make_product(sku="A", attributes={key: 5})
    make_product(sku="B", attributes={"x": 5})
    make_product(sku="C", attributes={"x": [5], key: [5]})
    assert found(**{f"attr.{key}": "5"}) == ["A"]
    assert found(**{f"attr.{key}": "6"}) == []
    assert found(**{f"attr.{key}.min": "5"}) == ["A"]
    assert found(**{f"attr.{key}.max": "4"}) == []


def test_only_numbers_lie_between_borders() -> None:
    values = ["XL", 42, True, [50], {"n": 50}, 39.5, "50", 0]
    for place, value in enumerate(values):
        make_product(sku=str(place), attributes={"size": value})
    assert found(**{"attr.size.min": "40"}) == ["1"]
    assert found(**{"attr.size.max": "41"}) == ["5", "7"]
    assert found(**{"attr.size.min": "0", "attr.size.max": "42"}) == ["1", "5", "7"]


def test_what_is_off_sale_is_listed_in_a_constant_number_of_queries() -> None:
    api = client_of(make_admin())
    counts = []
    for _round in range(2):
        for _product in range(5):
            make_product(is_active=False)
        make_product()
        cache.clear()
        with CaptureQueriesContext(connection) as captured:
            answer = api.get("/api/products?is_active=false")
        counts.append((answer.json()["count"], len(captured)))
    assert counts == [(5, counts[0][1]), (10, counts[0][1])]


def test_hundreds_of_values_at_once_are_all_asked_for(client: Client) -> None:
    make_product(sku="LAST", attributes={"color": "c-299"})
    make_product(sku="OTHER", attributes={"color": "c-300"})
    wanted = "&".join(f"attr.color=c-{n}" for n in range(300))
    answer = client.get(f"/api/products?{wanted}").json()
    assert [product["sku"] for product in answer["results"]] == ["LAST"]
    assert client.get(f"/?{wanted}").status_code == 200
    facets = client.get(f"/api/products/facets?{wanted}&attr.color=more")
    assert facets.status_code == 200


def test_what_cannot_be_asked_finds_nothing_and_not_everything() -> None:
    many = {f"k{n}": "1" for n in range(25)}
    make_product(sku="A", attributes=many)
    wanted = {f"attr.{key}": value for key, value in many.items()}
    assert found(**{key: wanted[key] for key in list(wanted)[:20]}) == ["A"]
    assert found(**wanted) == []
    # Fields of a form that were left empty ask for nothing, and count for nothing.
    empty = {f"attr.e{n}": "" for n in range(25)}
    assert found(**empty, **{"attr.k1": "1"}) == ["A"]
    assert found(**{"attr.k1": "\0"}) == []
