"""Every row of the contract's §4, in both storages."""

from typing import Any
from unittest.mock import patch
from uuid import uuid4

import pytest
from redis.exceptions import ConnectionError as RedisConnectionError
from rest_framework.test import APIClient

from cart.services import Cart
from catalog.models import Product
from tests.api import client_of
from tests.factories import make_cart, make_product, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture(
    params=[pytest.param("redis", marks=pytest.mark.redis), "database"], autouse=True
)
def storage(request: pytest.FixtureRequest, settings: Any) -> Any:
    if request.param == "database":
        settings.REDIS_URL = ""
    return request.param


@pytest.fixture(params=["visitor", "user"])
def api(request: pytest.FixtureRequest) -> APIClient:
    return client_of(make_user() if request.param == "user" else None)


EMPTY = {
    "items": [],
    "total": "0.00",
    "total_display": "0,00\xa0₸",
    "total_items": 0,
    "notices": [],
}


def lines(answer: Any) -> dict[str, int]:
    assert answer.status_code == 200, answer.content
    return {item["product"]["sku"]: item["qty"] for item in answer.json()["items"]}


def test_an_empty_cart(api: APIClient) -> None:
    assert api.get("/api/cart").json() == EMPTY
    assert api.post("/api/cart/clear").json() == EMPTY
    assert "sessionid" not in api.cookies


def test_add_set_remove_clear(api: APIClient) -> None:
    first = make_product(sku="A", price="100.50", stock=5)
    second = make_product(sku="B", price="1.00", stock=5)
    assert lines(api.post("/api/cart/add", {"product_id": first.pk})) == {"A": 1}
    added = api.post("/api/cart/add/", {"product_id": first.pk, "qty": 2})
    assert lines(added) == {"A": 3}
    api.post("/api/cart/add", {"product_id": second.pk})
    body = api.get("/api/v1/cart/").json()
    assert (body["total"], body["total_display"]) == ("302.50", "302,50\xa0₸")
    assert body["total_items"] == 4
    item = next(item for item in body["items"] if item["qty"] == 3)
    assert (item["subtotal"], item["subtotal_display"]) == ("301.50", "301,50\xa0₸")
    assert item["product"]["id"] == str(first.pk)
    assert item["product"]["price"] == "100.50"
    set_to = api.post("/api/cart/set", {"product_id": first.pk, "qty": 5})
    assert lines(set_to) == {"A": 5, "B": 1}
    gone = api.post("/api/cart/set", {"product_id": first.pk, "qty": 0})
    assert lines(gone) == {"B": 1}
    assert lines(api.post("/api/cart/remove", {"product_id": second.pk})) == {}
    api.post("/api/cart/add", {"product_id": second.pk})
    assert api.post("/api/cart/clear").json() == EMPTY


def test_refusals_change_nothing(api: APIClient) -> None:
    product = make_product(sku="A", stock=3)
    off = make_product(sku="OFF", stock=3, is_active=False)
    none = make_product(sku="NONE", stock=0)
    api.post("/api/cart/add", {"product_id": product.pk, "qty": 2})

    def refusal(call: str, product_id: Any, qty: Any) -> tuple[int, str, Any]:
        answer = api.post(f"/api/cart/{call}", {"product_id": product_id, "qty": qty})
        body = answer.json()
        return answer.status_code, body["code"], body.get("available")

    for call in ("add", "set"):
        assert refusal(call, uuid4(), 1) == (404, "product_not_found", None)
        assert refusal(call, off.pk, 1) == (409, "not_available", None)
        assert refusal(call, none.pk, 1) == (409, "out_of_stock", 0)
        assert refusal(call, product.pk, 4) == (409, "out_of_stock", 3)
        assert refusal(call, product.pk, 10**20) == (409, "out_of_stock", 3)
    assert refusal("add", product.pk, 2) == (409, "out_of_stock", 3)
    assert lines(api.get("/api/cart")) == {"A": 2}


@pytest.mark.parametrize("qty", [0, -1, 1.5, 1.0, "x", "", "1.5", None, True, [1], {}])
def test_a_bad_quantity_is_400(api: APIClient, qty: Any) -> None:
    product = make_product(stock=3)
    for call in ("add", "set") if qty != 0 else ("add",):
        answer = api.post(f"/api/cart/{call}", {"product_id": product.pk, "qty": qty})
        assert (answer.status_code, list(answer.json())) == (400, ["qty"])
    assert api.get("/api/cart").json() == EMPTY


@pytest.mark.parametrize("call", ["add", "set", "remove"])
@pytest.mark.parametrize("body", [{}, {"product_id": "x"}, {"product_id": -5}, [], "x"])
def test_a_bad_product_is_400(api: APIClient, call: str, body: Any) -> None:
    assert api.post(f"/api/cart/{call}", body).status_code == 400


def test_what_is_gone_leaves_with_a_notice_told_once(api: APIClient) -> None:
    stays, off, deleted = (make_product(sku=sku, name=sku) for sku in "ABC")
    for product in (stays, off, deleted):
        api.post("/api/cart/add", {"product_id": product.pk})
    Product.objects.filter(pk=off.pk).update(is_active=False)
    deleted.delete()
    answer = api.get("/api/cart", headers={"accept-language": "en"})
    assert lines(answer) == {"A": 1}
    assert sorted(notice["message"] for notice in answer.json()["notices"]) == [
        "A product that is not on sale any more left your cart.",
        "B is not on sale any more and left your cart.",
    ]
    assert {notice["code"] for notice in answer.json()["notices"]} == {"removed"}
    assert api.get("/api/cart").json()["notices"] == []


def test_a_users_cart_is_on_every_device_and_nobody_elses() -> None:
    user, product = make_user(), make_product(sku="A")
    client_of(user).post("/api/cart/add", {"product_id": product.pk})
    assert lines(client_of(user).get("/api/cart")) == {"A": 1}
    assert lines(client_of(make_user()).get("/api/cart")) == {}
    assert lines(client_of().get("/api/cart")) == {}


def test_the_redis_hash_is_the_one_of_the_contract(storage: str) -> None:
    if storage == "database":
        return
    from django_redis import get_redis_connection

    user, product = make_user(), make_product()
    make_cart(user, (product, 2))
    redis = get_redis_connection("default")
    stored = redis.hgetall(f"cart:{user.pk}")
    assert stored == {str(product.pk).encode(): b"2"}
    api = client_of()
    api.post("/api/cart/add", {"product_id": str(product.pk)})
    session = api.cookies["sessionid"].value
    assert redis.hgetall(f"cart:anon:{session}") == {str(product.pk).encode(): b"1"}


@pytest.mark.parametrize("call", ["/auth/login", "/api/auth/token"])
def test_signing_in_brings_the_visitors_cart_once(call: str) -> None:
    user = make_user(password="quite-long-1")
    both, only, short = (make_product(sku=sku, stock=5) for sku in "ABC")
    make_cart(user, (both, 2), (short, 4))
    api = client_of()
    for product, qty in ((both, 1), (only, 3), (short, 3)):
        api.post("/api/cart/add", {"product_id": product.pk, "qty": qty})
    credentials = {"email": user.email, "password": "quite-long-1"}
    signed = api.post(call, credentials).json()
    api.credentials(HTTP_AUTHORIZATION=f"Bearer {signed['access_token']}")
    answer = api.get("/api/cart", headers={"accept-language": "en"})
    assert lines(answer) == {"A": 3, "B": 3, "C": 5}
    assert [notice["code"] for notice in answer.json()["notices"]] == [
        "merged",
        "capped",
    ]
    assert answer.json()["notices"][0]["message"].startswith("3 products")
    api.credentials()
    api.post(call, credentials)
    assert Cart.of_user(user).count() == 11
    assert client_of(user).get("/api/cart").json()["notices"] == []


def test_registering_brings_the_cart_too() -> None:
    product = make_product(sku="A")
    api = client_of()
    api.post("/api/cart/add", {"product_id": product.pk, "qty": 2})
    body = {"email": "new@example.com", "password": "quite-long-1"}
    token = api.post("/auth/register", body).json()["access_token"]
    api.credentials(HTTP_AUTHORIZATION=f"Bearer {token}")
    assert lines(api.get("/api/cart")) == {"A": 2}


def test_cookie_needs_csrf_and_a_visitor_does_not() -> None:
    user, product = make_user(password="quite-long-1"), make_product(sku="A")
    api = client_of()
    api.post("/auth/login", {"email": user.email, "password": "quite-long-1"})
    refused = api.post("/api/cart/add", {"product_id": product.pk})
    assert refused.status_code == 403
    assert lines(api.get("/api/cart")) == {}
    visitor = client_of().post("/api/cart/add", {"product_id": product.pk})
    assert visitor.status_code == 200


def test_redis_down_is_503(storage: str, api: APIClient) -> None:
    if storage == "database":
        return
    product = make_product()
    with patch("cart.storages.redis.get_redis_connection") as connection:
        connection.side_effect = RedisConnectionError
        for answer in (
            client_of(make_user()).get("/api/cart"),
            # Nothing was put in yet, and nothing could be.
            client_of().get("/api/cart"),
            client_of().post("/api/cart/clear"),
            api.post("/api/cart/add", {"product_id": product.pk}),
        ):
            assert answer.status_code == 503
            assert answer.json()["code"] == "unavailable"


@pytest.mark.parametrize("rows", [1, 20])
def test_queries_do_not_grow_with_rows(
    rows: int, storage: str, django_assert_num_queries: Any
) -> None:
    user = make_user()
    make_cart(user, *((make_product(), 1) for _ in range(rows)))
    api = client_of(user)
    # The user, the products, their pictures and categories; the cart and its notices.
    with django_assert_num_queries(4 if storage == "redis" else 6):
        api.get("/api/cart")
