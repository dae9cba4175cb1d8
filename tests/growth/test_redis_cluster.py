"""Carts and cache on a Redis Cluster, where two keys may be on two machines."""

from typing import Any
from uuid import UUID, uuid4

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from redis import Redis

from cart.services import Cart, merge_carts
from cart.storages import redis as storage
from catalog.caching import CountsCache, read_first_page, store_first_page
from catalog.services import update_product
from tests.conftest import on_cluster
from tests.factories import make_product, make_user
from tests.faults.shop import environment, manage
from tests.services.redis import start_cluster

pytestmark = [pytest.mark.redis, pytest.mark.django_db]
# Commands of a sign-in that change something: TAKE, GIVE, FORGET, the receipt's end.
STEPS = 4


class Died(BaseException):
    """The process is gone."""


class Dying:
    """A connection whose process dies as soon as so many changes were made."""

    def __init__(self, redis: Any, changes: int) -> None:
        self._redis, self._left = redis, changes

    def _then_die(self, answer: Any) -> Any:
        self._left -= 1
        if not self._left:
            raise Died
        return answer

    def eval(self, script: str, *args: Any) -> Any:
        answer = self._redis.eval(script, *args)
        return answer if script == storage.READ else self._then_die(answer)

    def expire(self, *args: Any) -> Any:
        return self._then_die(self._redis.expire(*args))


@pytest.fixture(params=["single", "cluster"])
def redis(request: pytest.FixtureRequest) -> str:
    if request.param == "cluster":
        request.getfixturevalue("redis_cluster")
    return request.param


def visitor() -> Cart:
    return Cart(f"anon:{uuid4().hex}")


def held(cart: Cart) -> dict[UUID, int]:
    return cart.stored().lines


def die_after(monkeypatch: pytest.MonkeyPatch, changes: int, *asked: Any) -> None:
    healthy = storage.get_redis_connection
    with monkeypatch.context() as patch:
        patch.setattr(
            storage,
            "get_redis_connection",
            lambda name: Dying(healthy(name), changes),
        )
        with pytest.raises(Died):
            merge_carts(*asked)


@pytest.mark.parametrize("changes", range(1, STEPS + 1))
def test_whoever_dies_while_a_cart_moves_loses_and_doubles_nothing(
    redis, changes, monkeypatch
):
    kept, capped = make_product(stock=10), make_product(stock=4)
    guest, user = visitor(), make_user()
    own = Cart.of_user(user)
    guest.add(kept.pk, 2)
    guest.add(capped.pk, 3)
    own.add(kept.pk, 1)
    own.add(capped.pk, 3)
    die_after(monkeypatch, changes, guest, user)
    merge_carts(guest, user)
    assert held(own) == {kept.pk: 3, capped.pk: 4}
    assert held(guest) == {}
    # Nor later, when what is put in is another cart.
    guest.add(kept.pk, 1)
    merge_carts(guest, user)
    assert held(own) == {kept.pk: 4, capped.pk: 4}


def test_without_the_receipt_it_would_be_doubled(redis, monkeypatch):
    product = make_product(stock=10)
    guest, user = visitor(), make_user()
    guest.add(product.pk, 2)
    careless = storage.GIVE.replace(
        "not redis.call('SET', KEYS[2], '1', 'NX')", "false"
    )
    assert careless != storage.GIVE
    monkeypatch.setattr(storage, "GIVE", careless)
    die_after(monkeypatch, 2, guest, user)
    merge_carts(guest, user)
    assert held(Cart.of_user(user)) == {product.pk: 4}


def test_a_cart_goes_to_whom_it_was_first_moved(redis, monkeypatch):
    product = make_product(stock=10)
    guest, first, second = visitor(), make_user(), make_user()
    guest.add(product.pk, 2)
    die_after(monkeypatch, 1, guest, first)
    merge_carts(guest, second)
    assert held(Cart.of_user(first)) == {product.pk: 2}
    assert held(Cart.of_user(second)) == {}


def test_a_late_helper_gives_nothing_twice(redis):
    """It has read what moves, sleeps while others finish, and goes on."""
    product = make_product(stock=10)
    guest, user = visitor(), make_user()
    own = Cart.of_user(user)
    guest.add(product.pk, 2)
    with storage._available() as connected:
        keys = [make(guest.key) for make in (storage._cart, storage._token)]
        taken = connected.eval(
            storage.TAKE,
            3,
            *keys,
            storage._moving(guest.key),
            "a-move",
            own.key,
            f'{{"{product.pk}": 10}}',
        )
        merge_carts(guest, user)
        assert held(own) == {product.pk: 2}
        own.clear()
        guest.add(product.pk, 5)
        storage._finish(connected, guest.key, taken)
    assert held(own) == {}
    assert held(guest) == {product.pk: 5}


def test_all_keys_of_a_cart_are_on_one_node(redis_cluster):
    cart = visitor()
    with storage._available() as connected:
        slots = {
            connected.keyslot(make(cart.key))
            for make in (
                *(storage._cart, storage._token),
                *(storage._notices, storage._moving),
            )
        }
    assert len(slots) == 1
    assert storage._cart("x") == "cart:x"


def test_carts_are_spread_over_the_nodes(redis_cluster, redis_nodes):
    product = make_product(stock=100)
    carts = [visitor() for _ in range(60)]
    for cart in carts:
        cart.add(product.pk, 1)
    found = []
    for url in redis_nodes:
        with Redis.from_url(url) as node:
            found.append(len(list(node.scan_iter("cart:anon:*"))))
    assert sum(found) == 60
    assert all(found)


def test_a_cart_from_beginning_to_end(redis_cluster):
    product, other = make_product(stock=10), make_product(stock=10)
    cart = Cart.of_user(make_user())
    cart.add(product.pk, 2)
    cart.set_quantity(other.pk, 3)
    token = cart.stored().token
    assert token
    assert cart.count() == 5
    cart.settle(token, {product.pk: 2, other.pk: 1})
    cart.settle(token, {other.pk: 1})
    assert held(cart) == {other.pk: 2}
    assert cart.stored().token != token
    cart.storage.push_notice(cart.key, {"code": "capped", "name": "N", "limit": 1})
    assert len(cart.contents().notices) == 1
    assert cart.contents().notices == []
    assert cart.storage.filled([storage.today()]) == {storage.today(): 1}
    cart.remove(other.pk)
    assert cart.count() == 0


def test_what_is_cached_is_dropped_on_the_whole_cluster(
    redis_cluster, django_capture_on_commit_callbacks
):
    _page, version = read_first_page()
    store_first_page({"count": 0}, version)
    assert read_first_page() == ({"count": 0}, version)
    names = [["count", n] for n in range(20)]
    counts = CountsCache(names)
    counts.store([(name, name[1]) for name in names])
    kept = CountsCache(names)
    assert [kept.get(name) for name in names] == list(range(20))
    with django_capture_on_commit_callbacks(execute=True):
        update_product(make_product().pk, name="New")
    assert read_first_page()[0] is None
    assert CountsCache(names).get(names[0]) is None
    cache.set_many({"one": 1, "two": [2]})
    assert cache.get_many(["one", "two", "three"]) == {"one": 1, "two": [2]}
    assert cache.incr("one") == 2
    assert cache.delete_many(["one", "two", "three"]) == 2
    cache.clear()
    assert cache.get("two") is None


def test_a_cluster_that_is_down_says_so(settings, client: Client):
    nodes = start_cluster()
    # One that does not answer stands in the address too.
    on_cluster(settings, f"redis://127.0.0.1:1,{nodes[1]}")
    product = make_product(stock=5)
    adding = {"product_id": str(product.pk)}
    assert client.post("/api/cart/add", adding).status_code == 200
    for url in nodes:
        with Redis.from_url(url) as node:
            node.shutdown(nosave=True)
    said = client.get("/api/cart")
    assert (said.status_code, said.json()["code"]) == (503, "unavailable")
    assert client.get("/").status_code == 200
    health = client.get("/health")
    assert (health.status_code, health.json()["redis"]) == (200, False)
    assert connection.is_usable()


def test_the_environment_says_that_redis_is_a_cluster(redis_nodes):
    told = environment(REDIS_URL=redis_nodes[2], REDIS_CLUSTER="true")
    asked = "from django.core.cache import cache as c; c.set('k', 7); print(c.get('k'))"
    done = manage(told, "shell", "-v", "0", "-c", asked)
    assert done.stdout == "7\n", done.stderr
