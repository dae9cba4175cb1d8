"""Redis goes away in the middle of checkouts, with every cart in it, and comes back."""

import pytest

from tests.faults.audit import audit, failed_checks
from tests.faults.buyers import Buyer, make_buyers, plan, share
from tests.faults.conftest import Shops, Tallies
from tests.faults.shop import Shop
from tests.faults.tally import Purchase, Tally

pytestmark = [pytest.mark.postgres, pytest.mark.redis]


def buy_without_carts(shop: Shop, tally: Tally, purchase: Purchase) -> None:
    """Carts say that they are not there; what needs none of them works."""
    calls = [
        ("GET", "/api/cart", None),
        ("POST", "/api/cart/add", {"product_id": next(iter(purchase.wanted))}),
        ("POST", "/api/order/checkout", {"email": "buyer@example.com"}),
    ]
    with shop.client() as client:
        for method, path, body in calls:
            answer = client.request(method, path, json=body)
            if (answer.status_code, answer.json()["code"]) != (503, "unavailable"):
                tally.complain(f"{path} without Redis: {answer.status_code}")
        for path in ("/", "/cart/", "/health", "/api/products"):
            answer = client.get(path)
            if answer.status_code != 200:
                tally.complain(f"{path} without Redis: {answer.status_code}")
    buyer = Buyer(shop, tally)
    buyer.order_lines(purchase)
    buyer.close()


def test_without_redis_carts_wait_and_orders_stay_whole(
    open_shop: Shops, tallies: Tallies, stock: dict[str, int]
) -> None:
    shop, tally = open_shop(), tallies("Redis killed and back, empty")
    meanwhile = plan(stock, 4)

    def outage() -> int:
        shop.redis.kill()
        buy_without_carts(shop, tally, meanwhile.pop())
        shop.redis.revive()
        return 1

    tally.purchases = plan(stock, 100)
    wanted = list(tally.purchases)
    tally.purchases += meanwhile
    tally.strike_every(25, outage)
    buyers = make_buyers(shop, tally)
    share(buyers, tally, wanted, Buyer.check_out)
    for buyer in buyers:
        if left := buyer.cart():
            tally.complain(f"a cart still holds {left}")
        buyer.close()
    assert audit(shop, tally, stock) == []
    assert failed_checks(shop) == []
    assert (tally.injected, tally.lost) == (4, 0)
    assert tally.retried > 0 < tally.refilled
