"""With a replica a page asks the same statements, only not all of the primary."""

from collections.abc import Iterator

import pytest
from django.db import connection, connections, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from catalog.models import Product
from shop import replica
from tests.factories import make_category, make_product

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
ADDRESSES = ["/", "/api/products?min_price=1", "/api/products/facets?min_price=1"]


@pytest.fixture
def another(settings, monkeypatch) -> Iterator[None]:
    """A second connection to the same database passes for a replica in good health."""
    # Named "default" still: Django lets a test use no other.
    connections["replica"] = connections["default"].copy()
    monkeypatch.setitem(settings.DATABASES, "replica", settings.DATABASES["default"])
    settings.DATABASE_ROUTERS = ["shop.replica.ReplicaRouter"]
    monkeypatch.setattr(replica, "_look", lambda: True)
    monkeypatch.setattr(replica, "_health", replica._Health())
    yield
    connections["replica"].close()
    del connections["replica"]


def statements(address: str, *aliases: str) -> list[list[str]]:
    captured = [CaptureQueriesContext(connections[alias]) for alias in aliases]
    client = Client()
    for one in captured:
        one.__enter__()
    assert client.get(address).status_code == 200
    for one in captured:
        one.__exit__(None, None, None)
    return [[query["sql"] for query in one] for one in captured]


@pytest.fixture
def goods() -> None:
    category = make_category()
    for _ in range(3):
        make_product(categories=[category])


@pytest.mark.parametrize("address", ADDRESSES)
def test_pages_ask_as_much_as_without_a_replica(
    goods, request, address, settings, monkeypatch
):
    # What is to be kept comes from the primary until the replica surely has it.
    monkeypatch.setattr("shop.marks.behind_seconds", lambda: -1.0)
    settings.CACHES = {
        "default": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}
    }
    (alone,) = statements(address, "default")
    request.getfixturevalue("another")
    primary, second = statements(address, "default", "replica")
    assert sorted(primary + second) == sorted(alone)
    assert second


@pytest.mark.parametrize("address", ADDRESSES)
def test_what_a_stranger_reads_comes_from_there_alone(
    goods, another, address, monkeypatch
):
    """Once the replica surely has what the counts in the cache are made of."""
    monkeypatch.setattr("shop.marks.behind_seconds", lambda: -1.0)
    primary, second = statements(address, "default", "replica")
    assert primary == []
    assert second


def test_nothing_is_read_there_inside_a_transaction(another):
    asking = replica._asking.set(replica._Asking(True, frozenset({"catalog"})))
    try:
        assert Product.objects.all().db == "replica"
        with transaction.atomic():
            assert Product.objects.all().db == "default"
        assert Product.objects.all().db == "replica"
        with replica.from_primary():
            assert Product.objects.all().db == "default"
    finally:
        replica._asking.reset(asking)
    assert Product.objects.all().db == "default"


def test_what_was_read_there_is_written_to_the_primary(another):
    made = make_product(name="Old")
    found = Product.objects.using("replica").get(pk=made.pk)
    found.name = "New"
    with CaptureQueriesContext(connection) as written:
        found.save()
    assert any("UPDATE" in query["sql"] for query in written)
    assert Product.objects.get(pk=made.pk).name == "New"
