"""Workers and connections die in the middle of checkouts; no order does."""

from functools import partial

import pytest

from tests.faults.audit import audit, failed_checks
from tests.faults.buyers import Buyer, make_buyers, plan, share
from tests.faults.conftest import Shops, Tallies
from tests.faults.shop import Shop
from tests.faults.tally import Tally

pytestmark = [pytest.mark.postgres, pytest.mark.redis]


def check_out_everything(shop: Shop, tally: Tally) -> None:
    """All the purchases are made, and no cart has anything left in it."""
    buyers = make_buyers(shop, tally)
    share(buyers, tally, tally.purchases, Buyer.check_out)
    for buyer in buyers:
        if left := buyer.cart():
            tally.complain(f"a cart still holds {left}")
        buyer.close()


def test_killed_workers_lose_no_order(
    open_shop: Shops, tallies: Tallies, stock: dict[str, int]
) -> None:
    shop, tally = open_shop(), tallies("kill -9 of a web worker")
    tally.purchases = plan(stock, 300)
    tally.strike_every(20, shop.kill_worker)
    check_out_everything(shop, tally)
    assert audit(shop, tally, stock) == []
    assert failed_checks(shop) == []
    assert (tally.injected, tally.lost, tally.refilled) == (15, 0, 0)
    assert tally.requests == tally.answered + tally.retried


def test_cut_connections_lose_no_order(
    open_shop: Shops, tallies: Tallies, stock: dict[str, int]
) -> None:
    shop, tally = open_shop(), tallies("PostgreSQL connections cut")
    tally.purchases = plan(stock, 200)
    tally.strike_every(10, partial(shop.database.cut_connections, 2))
    check_out_everything(shop, tally)
    assert audit(shop, tally, stock) == []
    assert failed_checks(shop) == []
    assert (tally.injected, tally.lost, tally.refilled) == (40, 0, 0)
