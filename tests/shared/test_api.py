"""Answers of the API that everybody may read are made once."""

from decimal import Decimal
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from catalog import services
from catalog.models import Product
from shop import throttling
from tests.api import client_of
from tests.factories import make_admin, make_product, make_user
from tests.shared.visitors import Keeper

pytestmark = pytest.mark.django_db(transaction=True)
# Staff find what is off sale by it; to others it means nothing.
HIDDEN = "/api/products?is_active=false"


def get(address: str, client: Any = None, **headers: str) -> Any:
    return (client or Client()).get(
        address, headers={"Accept-Language": "en", **headers}
    )


def names(answer: Any) -> list[str]:
    return [product["name"] for product in answer.json()["results"]]


@pytest.fixture
def address(product: Product) -> str:
    return f"/api/products/{product.pk}"


def test_everybody_gets_the_same_bytes(
    product: Product, address: str, keeper: Keeper
) -> None:
    shopper = client_of(make_user())
    for one in ("/api/products", "/api/products?min_price=1", address):
        answers = [get(one), get(one), get(one, shopper)]
        assert {answer.status_code for answer in answers} == {200}
        assert len({answer.content for answer in answers}) == 1
        assert len({answer["ETag"] for answer in answers}) == 1
        assert {answer["Content-Type"] for answer in answers} == {"application/json"}
    assert keeper.count == 3


def test_what_is_kept_asks_nothing(product: Product, address: str) -> None:
    for one in ("/api/products", address):
        get(one)
        with CaptureQueriesContext(connection) as seen:
            assert get(one).status_code == 200
        assert len(seen) == 0


def test_the_first_page_is_known_to_other_hosts_and_in_other_shapes(
    product: Product, settings: Any
) -> None:
    """What is kept of an answer is for one host, and for JSON as it is."""
    settings.ALLOWED_HOSTS = ["testserver", "shop.example"]
    get("/api/products")
    others = {"Host": "shop.example"}, {"Accept": "application/json; indent=2"}
    for headers in others:
        with CaptureQueriesContext(connection) as seen:
            assert names(get("/api/products", **headers)) == ["Kettle"]
        assert len(seen) == 0


def test_what_is_kept_is_told_as_what_is_made(product: Product, address: str) -> None:
    """REST framework has a part in the first answer alone; nobody sees that."""
    made, kept = get(address), get(address)
    for answer in (made, kept):
        for own in ("X-Request-ID", "Content-Length"):
            answer.headers.pop(own, None)
    assert dict(made.items()) == dict(kept.items())
    assert made["Allow"] == "GET, PUT, PATCH, DELETE, HEAD, OPTIONS"
    assert {"Accept", "Cookie", "Accept-Language"} <= set(made["Vary"].split(", "))
    with transaction.atomic():
        alone = get(address)
    assert alone.json() == made.json()
    assert alone["Allow"] == made["Allow"]


@pytest.mark.parametrize("known", ["*", "{}", 'W/"other", {}', "strong"])
def test_who_has_it_already_is_told_so(
    product: Product, address: str, known: str
) -> None:
    etag = get(address)["ETag"]
    assert etag.startswith('W/"') and len(etag) == 36
    sent = etag.removeprefix("W/") if known == "strong" else known.format(etag)
    answer = get(address, **{"If-None-Match": sent})
    assert (answer.status_code, answer.content) == (304, b"")
    assert answer["ETag"] == etag
    assert "Content-Type" not in answer


@pytest.mark.parametrize("known", ['W/"other"', "", "junk", '"'])
def test_who_has_another_gets_this_one(
    product: Product, address: str, known: str
) -> None:
    for _ in range(2):
        answer = get(address, **{"If-None-Match": known})
        assert (answer.status_code, answer.json()["name"]) == (200, "Kettle")


def test_a_change_is_another_etag(product: Product, address: str) -> None:
    before = {one: get(one)["ETag"] for one in ("/api/products", address)}
    services.update_product(product.pk, price=Decimal("7.70"))
    for one, etag in before.items():
        answer = get(one, **{"If-None-Match": etag})
        assert (answer.status_code, answer["ETag"] != etag) == (200, True)
        assert b'"7.70"' in answer.content
    # Back again it is the same as it was, but for when.
    services.update_product(product.pk, price=Decimal("100.00"))
    assert get(address)["ETag"] != before[address]


def test_each_call_is_counted_once_whoever_answers(
    product: Product, address: str, settings: Any
) -> None:
    settings.API_RATE_ANON = "3/hour"
    for one in ("/api/products", address):
        throttling.cache.clear()
        assert [get(one).status_code for _ in range(5)] == [200, 200, 200, 429, 429]
    refused = get(address)
    assert 0 < int(refused["Retry-After"]) <= 3600
    # A user has a number of their own, whatever was counted for the address.
    assert get(address, client_of(make_user())).status_code == 200


def test_an_answer_that_was_not_modified_counts_too(
    product: Product, address: str, settings: Any
) -> None:
    settings.API_RATE_ANON = "2/hour"
    etag = get(address)["ETag"]
    known = {"If-None-Match": etag}
    assert [get(address, **known).status_code for _ in range(2)] == [304, 429]


def test_staff_read_their_own(product: Product, address: str, keeper: Keeper) -> None:
    hidden = make_product(name="Secret", is_active=False)
    staff = client_of(make_admin())
    for _ in range(2):
        for one in ("/api/products", address, f"/api/products/{hidden.pk}"):
            answer = get(one, staff)
            assert answer.status_code == 200
            assert "ETag" not in answer
        assert "name_kk" in get(address, staff).json()
        assert names(get(HIDDEN, staff)) == ["Secret"]
        assert keeper.count == 0
    for _ in range(2):
        assert get(f"/api/products/{hidden.pk}").status_code == 404
        assert names(get(HIDDEN)) == names(get("/api/products")) == ["Kettle"]
        assert "name_kk" not in get(address).json()
    assert keeper.count == 3


def test_staff_who_sign_in_on_pages_read_their_own_too(product: Product) -> None:
    hidden = make_product(name="Secret", is_active=False)
    assert names(get(HIDDEN)) == ["Kettle"]
    client = Client()
    admin = make_admin(password="pw")
    client.post(
        "/auth/login", {"email": admin.email, "password": "pw"}, "application/json"
    )
    assert client.cookies
    assert get(f"/api/products/{hidden.pk}", client).status_code == 200
    assert names(get(HIDDEN, client)) == ["Secret"]
    assert names(get(HIDDEN)) == ["Kettle"]


def test_a_browser_gets_the_page_about_the_answer(
    product: Product, address: str, keeper: Keeper
) -> None:
    for accept in ("text/html", "text/html,application/xhtml+xml,*/*;q=0.8"):
        for _ in range(2):
            page = get(address, Accept=accept)
            assert page["Content-Type"] == "text/html; charset=utf-8"
            assert b"Kettle" in page.content and b"<!DOCTYPE html>" in page.content
            assert get(address)["Content-Type"] == "application/json"
    assert keeper.count == 1


@pytest.mark.parametrize("plain_first", [True, False])
def test_who_wants_it_indented_gets_it_so_and_nobody_else(
    product: Product, address: str, plain_first: bool
) -> None:
    asked = ["application/json", "application/json; INDENT=4"]
    for _ in range(2):
        for accept in asked if plain_first else asked[::-1]:
            answer = get(address, Accept=accept)
            assert answer.json()["name"] == "Kettle"
            assert (b'\n    "id"' in answer.content) == ("INDENT" in accept)


def test_what_is_not_there_is_not_kept(keeper: Keeper) -> None:
    gone = make_product()
    services.delete_product(gone)
    for one in (f"/api/products/{gone.pk}", "/api/products/x", "/api/products?page=9"):
        for _ in range(2):
            assert get(one).status_code == 404
    assert keeper.count == 0


def test_a_token_that_is_none_is_refused_even_if_the_answer_is_kept(
    product: Product, address: str
) -> None:
    get(address)
    answer = get(address, Authorization="Bearer nonsense")
    assert answer.status_code == 401


def test_each_language_and_host_has_its_own(keeper: Keeper) -> None:
    for n in range(30):
        make_product(name=f"Чайник {n}", name_en=f"Kettle {n}")
    for _ in range(2):
        for language, name in (("en", "Kettle"), ("ru", "Чайник")):
            for host in ("testserver", "localhost"):
                headers = {"Accept-Language": language, "Host": host}
                answer = Client().get("/api/products", headers=headers).json()
                assert answer["next"] == f"http://{host}/api/products?page=2"
                assert answer["results"][0]["name"].split()[0] == name
    assert keeper.count == 4


def test_a_head_is_answered_from_the_same(
    product: Product, address: str, keeper: Keeper
) -> None:
    answers = [Client().head(address), Client().get(address), Client().head(address)]
    assert [answer.status_code for answer in answers] == [200] * 3
    assert len({answer["ETag"] for answer in answers}) == keeper.count == 1
    assert answers[0].content == answers[2].content == b""


def test_inside_a_transaction_nothing_is_kept(
    product: Product, address: str, keeper: Keeper
) -> None:
    with transaction.atomic():
        services.update_product(product.pk, name_en="Dream")
        for one in ("/api/products?min_price=1", address):
            assert b"Dream" in get(one).content
        transaction.set_rollback(True)
    assert keeper.count == 0
    for one in ("/api/products?min_price=1", address):
        assert b"Kettle" in get(one).content
