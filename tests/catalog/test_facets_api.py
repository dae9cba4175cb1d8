"""GET /api/products/facets: its shape, its filters, and what nobody means."""

from decimal import Decimal
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext

from catalog.models import Category
from tests.api import client_of
from tests.factories import (
    make_admin,
    make_category,
    make_product,
    make_template,
    make_user,
)

pytestmark = pytest.mark.django_db

URL = "/api/products/facets"
SCHEMA = {
    "brand": {"type": "string", "label": "Марка", "label_en": "Brand",
              "filterable": True},
    "ram": {"type": "integer", "unit": "GB", "unit_ru": "ГБ", "filterable": True},
    "wifi": {"type": "boolean", "filterable": True},
}  # fmt: skip


@pytest.fixture
def shelf() -> Category:
    """Two laptops in Техника and one more thing."""
    top = make_category("Техника")
    template = make_template(name="Laptops", schema=SCHEMA)
    for brand, ram, price in (("Asus", 8, "244500.53"), ("Acer", 16, "1000")):
        make_product(
            template=template,
            categories=[top],
            price=Decimal(price),
            attributes={"brand": brand, "ram": ram, "wifi": True},
        )
    make_product(price=Decimal("5"))
    return top


def get(query: str = "", **headers: Any) -> Any:
    answer = client_of(HTTP_ACCEPT_LANGUAGE="en", **headers).get(f"{URL}?{query}")
    assert answer.status_code == 200, answer.content
    return answer.json()


def test_the_shape_is_the_contract(shelf: Category) -> None:
    assert get("category=tekhnika&attr.brand=Asus") == {
        "count": 1,
        "facets": [
            {
                "key": "brand", "label": "Brand", "type": "string", "unit": "",
                "values": [
                    {"value": "Acer", "label": "Acer", "count": 1, "selected": False},
                    {"value": "Asus", "label": "Asus", "count": 1, "selected": True},
                ],
                "min": None, "max": None,
            },
            {
                "key": "ram", "label": "Ram", "type": "integer", "unit": "GB",
                "values": [
                    {"value": 8, "label": "8\xa0GB", "count": 1, "selected": False},
                ],
                "min": 8, "max": 8,
            },
            {
                "key": "wifi", "label": "Wifi", "type": "boolean", "unit": "",
                "values": [
                    {"value": True, "label": "yes", "count": 1, "selected": False},
                ],
                "min": None, "max": None,
            },
        ],
        "categories": [
            {"id": str(shelf.pk), "name": "Техника", "slug": "tekhnika", "count": 1},
        ],
        "price": {
            "min": "244500.53", "max": "244500.53",
            "min_display": "244.500,53\xa0₸", "max_display": "244.500,53\xa0₸",
        },
    }  # fmt: skip


def test_texts_follow_the_reader_though_counts_are_cached(shelf: Category) -> None:
    get()
    russian = client_of(HTTP_ACCEPT_LANGUAGE="ru").get(URL).json()["facets"]
    assert [facet["label"] for facet in russian] == ["Марка", "Ram", "Wifi"]
    assert russian[1]["values"][0]["label"] == "8\xa0ГБ"
    assert russian[2]["values"][0] == {
        "value": True, "label": "да", "count": 2, "selected": False,
    }  # fmt: skip


def test_an_empty_shop_has_nothing_to_choose() -> None:
    nothing = dict.fromkeys(("min", "max", "min_display", "max_display"))
    assert get() == {"count": 0, "facets": [], "categories": [], "price": nothing}


@pytest.mark.parametrize("user", [None, "buyer", "admin"])
@pytest.mark.parametrize("path", [URL, f"{URL}/", "/api/v1/products/facets"])
def test_everybody_may_ask_with_a_slash_or_without(
    shelf: Category, path: str, user: str | None
) -> None:
    who = {"buyer": make_user, "admin": make_admin}.get(user or "", lambda: None)()
    answer = client_of(who).get(path)
    assert (answer.status_code, answer.json()["count"]) == (200, 3)
    assert client_of(who).post(path).status_code in {401, 403, 405}


def test_the_filters_are_those_of_the_list(shelf: Category) -> None:
    api = client_of()
    for query in (
        "", "q=товар", "category=tekhnika", f"category={shelf.pk}", "category=nothing",
        "min_price=6", "max_price=1000", "in_stock=true", "template=Laptops",
        "template=nothing", "attr.ram.min=9", "attr.ram=8&attr.ram=16", "attr.nope=1",
        "attr.wifi=true&attr.brand=Acer", "attr.=x", "is_active=false",
    ):  # fmt: skip
        listed = api.get(f"/api/products?{query}").json()["count"]
        assert get(query)["count"] == listed, query


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("min_price=x", "min_price"),
        ("max_price=1.234", "max_price"),
        ("attr.ram.min=abc", "attr.ram.min"),
        ("attr.ram.max=1e400", "attr.ram.max"),
        ("q=%00", "q"),
        ("category=%00", "category"),
    ],
)
def test_a_bad_filter_is_400_as_in_the_list(
    shelf: Category, query: str, field: str
) -> None:
    answer = client_of().get(f"{URL}?{query}")
    assert answer.status_code == 400
    assert list(answer.json()) == [field]


HOSTILE = [
    "attr.%00=1", "attr.brand=%00", "attr.brand=%ff%fe", "attr.brand=%ED%A0%80",
    "attr.%ED%A0%80=1", "attr.brand=", "attr..min=1", "attr.brand.min=1",
    "attr.%25s=%25s", "attr.{place}={place}", "attr.brand={}", "attr.a'b=a'b",
    "q={0}&q=%25s", "template={x}", "page=0", "page=-1", "page=" + "9" * 9,
    "attr.ram=" + "9" * 250, "attr.ram=" + "9" * 5000, "attr.ram=1e308", "attr.ram=nan",
    "attr.ram=1_0", "%ff=%fe", "attr.brand=x&" * 30, "attr.ram.min=" + "9" * 15,
    "&".join(f"attr.brand={n}" for n in range(200)),
    "&".join(f"attr.k{n}=1" for n in range(200)),
]  # fmt: skip


@pytest.mark.parametrize("query", HOSTILE)
def test_no_query_breaks_it(shelf: Category, query: str) -> None:
    client = client_of()
    client.raise_request_exception = True
    for path in (URL, "/api/products", "/", f"/category/{shelf.slug}/"):
        answer = client.get(f"{path}?{query}")
        assert answer.status_code in {200, 400, 404}, path
        # A page that does not exist is the API's 404; pages show the nearest one.
        assert answer.status_code == 200 or path.startswith("/api/"), path


def test_an_unknown_key_finds_nothing(shelf: Category) -> None:
    found = get("attr.nope=1")
    assert (found["count"], found["facets"], found["categories"]) == (0, [], [])


def test_queries_are_few_and_constant(shelf: Category) -> None:
    def queries(query: str) -> int:
        with CaptureQueriesContext(connection) as seen:
            get(query)
        return len(seen)

    for _round in range(2):
        cache.clear()
        # Templates, counts, the tree, the names of categories.
        assert queries("attr.brand=Asus") == 4
        # From the cache: the names.
        assert queries("attr.brand=Asus") == 1
        for n in range(10):
            category = make_category(f"C{n}{_round}", shelf)
            make_product(categories=[category], attributes={"brand": f"B{n}"})


def test_the_list_is_counted_once(shelf: Category) -> None:
    api = client_of()
    with CaptureQueriesContext(connection) as first:
        assert api.get("/api/products?min_price=6").json()["count"] == 2
    with CaptureQueriesContext(connection) as second:
        assert api.get("/api/products?min_price=6&page=1").json()["count"] == 2
    assert len(first) - len(second) == 1


def test_it_is_described(client: Any) -> None:
    schema = client.get("/api/schema?format=json").json()
    described = schema["paths"]["/api/products/facets"]["get"]
    # Open to all; but a token that is sent is looked at.
    assert {} in described["security"]
    named = {parameter.get("name") for parameter in described["parameters"]}
    assert {"q", "category", "min_price", "attr.<key>", "in_stock"} <= named
    assert "page" not in named
    shape = schema["components"]["schemas"]["Facets"]["properties"]
    assert list(shape) == ["count", "facets", "categories", "price"]
