"""What a read replica answers, and what it never does.

A streaming standby that has stopped replaying is a replica that can be told from its
primary: it keeps the old name of a product.
"""

from collections.abc import Iterator

import httpx
import pytest

from tests.faults.processes import wait_until
from tests.faults.shop import OwnRedis
from tests.growth.conftest import NEW, OLD, PASSWORD, Pair
from tests.growth.shops import Shop, rows, shop

pytestmark = [pytest.mark.postgres, pytest.mark.redis]


@pytest.fixture
def held(pair: Pair) -> Iterator[Pair]:
    """The standby knows the old name only."""
    pair.rename(OLD)
    pair.hold()
    pair.rename(NEW)
    yield pair
    rows(pair.standby, "SELECT pg_wal_replay_resume()")


@pytest.fixture(scope="module")
def patient(pair: Pair) -> Iterator[Shop]:
    """A shop that lets its replica be an hour behind, and can keep things."""
    redis = OwnRedis()
    try:
        with shop(
            DATABASE_URL=pair.primary,
            DATABASE_REPLICA_URL=pair.replica_url(),
            DATABASE_REPLICA_MAX_LAG="3600",
            REDIS_URL=redis.url,
        ) as found:
            yield found
    finally:
        redis.stop()


def product(client: httpx.Client) -> dict[str, str]:
    return client.get("/api/products/sku/G-1").raise_for_status().json()


def name_on(client: httpx.Client, page: str) -> str:
    text = client.get(page, follow_redirects=True).raise_for_status().text
    assert (OLD in text) != (NEW in text), page
    return OLD if OLD in text else NEW


# Addresses as advertisers make them: nobody else asks for the same, nothing is kept.
@pytest.mark.parametrize(
    "address",
    [
        "/?utm=1",
        "/catalog/?q=G-1&utm=1",
        "/search/suggest/?q=G-1",
        "/product/{id}/?utm=1",
        "/api/products?q=G-1&utm=1",
        "/api/products/{id}?utm=1",
        "/api/products/sku/G-1",
    ],
)
def test_visitors_read_the_catalog_from_the_replica(held, patient, address):
    with patient.client() as client:
        where = address.format(id=product(client)["id"])
        assert name_on(client, where) == OLD, patient.web.said


@pytest.mark.parametrize(
    "address",
    ["/", "/catalog/?q=G-1", "/product/{id}/", "/api/products", "/api/products/{id}"],
)
def test_what_is_kept_for_all_comes_from_the_primary(held, patient, address):
    with patient.client() as client:
        where = address.format(id=product(client)["id"])
        assert name_on(client, where) == NEW, patient.web.said


def test_counts_come_from_the_primary_until_the_replica_surely_has_them(held, patient):
    change = "UPDATE catalog_product SET is_active = %s WHERE sku = 'G-2'"
    rows(held.primary, change, False)
    try:
        with patient.client() as client:
            counted = client.get("/api/products/facets?max_price=9999").json()
            assert counted["count"] == 1
    finally:
        rows(held.primary, change, True)


def test_whoever_writes_reads_it_and_others_do_not_yet(held, patient):
    with patient.client() as writer, patient.client() as other:
        sold = product(writer)
        assert sold["name"] == OLD
        added = writer.post("/api/cart/add", json={"product_id": sold["id"]})
        assert "wrote=1" in added.headers["set-cookie"]
        assert product(writer)["name"] == NEW
        assert product(other)["name"] == OLD


def test_reading_sets_no_mark(held, patient):
    with patient.client() as client:
        client.get("/")
        client.get("/cart/")
        assert "wrote" not in client.cookies


def test_programs_with_a_token_read_the_primary(held, patient):
    with patient.client() as client:
        login = {"email": "boss@example.com", "password": PASSWORD}
        token = client.post("/auth/login", json=login).json()["access_token"]
    with patient.client() as client:
        client.headers["Authorization"] = f"Bearer {token}"
        assert product(client)["name"] == NEW


def test_carts_and_orders_are_decided_by_the_primary(held, patient):
    price = "UPDATE catalog_product SET price = %s WHERE sku = 'G-2'"
    rows(held.primary, price, 777)
    with patient.client() as client:
        found = client.get("/api/products/sku/G-2").json()
        assert found["price"] == "200.00"
        client.post("/api/cart/add", json={"product_id": found["id"]})
        # As if it had been long ago.
        del client.cookies["wrote"]
        assert client.get("/api/cart").json()["total"] == "777.00"
        assert "777,00" in client.get("/cart/").text
        order = client.post("/api/order/checkout", json={"email": "g@example.com"})
        assert (order.status_code, order.json()["total"]) == (201, "777.00")
        del client.cookies["wrote"]
        assert client.get(f"/api/orders/{order.json()['id']}").status_code == 200


def test_figures_come_from_the_replica(held, patient):
    login = {"email": "boss@example.com", "password": PASSWORD}
    with patient.client() as client:
        client.post("/auth/login", json=login).raise_for_status()
        low = "products", "low_stock"
        stats = client.get("/api/admin/stats").json()
        assert [row["name"] for row in stats[low[0]][low[1]]] == [NEW]
        del client.cookies["wrote"]
        stats = client.get("/api/admin/stats").json()
        assert [row["name"] for row in stats[low[0]][low[1]]] == [OLD]
        assert name_on(client, "/admin/stats/") == OLD


def test_a_replica_that_dies_is_not_missed(held, patient):
    with patient.client() as client:
        assert product(client)["name"] == OLD
        taken, held.wire.at_most = held.wire.at_most, held.wire.connections
        held.wire.cut()
        # The very next answer, while the replica still counts as well.
        assert product(client)["name"] == NEW
        assert client.get("/health").json()["status"] == "ok"
        held.wire.at_most = taken
        wait_until(lambda: product(client)["name"] == OLD, "the replica is used again")


def test_a_replica_that_is_behind_is_left_alone(held):
    with (
        shop(
            DATABASE_URL=held.primary,
            DATABASE_REPLICA_URL=held.replica_url(),
            DATABASE_REPLICA_MAX_LAG="0",
        ) as strict,
        strict.client() as client,
    ):
        assert product(client)["name"] == NEW
        rows(held.standby, "SELECT pg_wal_replay_resume()")
        wait_until(
            lambda: product(client) and "is used" in strict.web.said,
            "the replica is level",
        )


def test_what_is_no_standby_is_left_alone(pair):
    """Such as a replica that was promoted: it has a life of its own."""
    rows(pair.apart, "UPDATE catalog_product SET name_ru = 'Чужое имя'")
    with (
        shop(
            DATABASE_URL=pair.primary,
            DATABASE_REPLICA_URL=pair.apart,
            DATABASE_REPLICA_MAX_LAG="3600",
        ) as found,
        found.client() as client,
    ):
        assert product(client)["name"] in {OLD, NEW}
