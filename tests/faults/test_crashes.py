"""The process dies at the worst moments of one checkout, and twins that do not hold."""

from typing import Any

import pytest

from tests.faults.audit import audit, failed_checks
from tests.faults.buyers import body_of, make_buyers, plan
from tests.faults.conftest import Shops, Tallies

pytestmark = [pytest.mark.postgres, pytest.mark.redis]


@pytest.mark.parametrize("moment", ["clearing", "answering"])
def test_a_repeated_key_after_a_crash_is_the_same_order(
    open_shop: Shops, tallies: Tallies, stock: dict[str, int], moment: str
) -> None:
    shop = open_shop(workers=2, FAULTS=f"die_before_{moment}")
    tally = tallies(f"death after the commit, before {moment}")
    tally.purchases = plan(stock, 2)
    first, second = tally.purchases
    for buyer in make_buyers(shop, tally, 1):
        buyer.check_out(first)
        assert buyer.cart() == {}
        buyer.check_out(second)
        assert buyer.cart() == {}
        buyer.close()
    tally.injected = int((shop.directory / "died").exists())
    assert audit(shop, tally, stock) == []
    assert failed_checks(shop) == []
    assert (tally.injected, tally.retried) == (1, 1)


def test_without_a_key_a_crash_still_makes_one_order(
    open_shop: Shops, tallies: Tallies, stock: dict[str, int]
) -> None:
    shop = open_shop(workers=2, FAULTS="die_before_clearing")
    tally = tallies("death before clearing, no key")
    [purchase] = plan(stock, 1)
    [buyer] = make_buyers(shop, tally, 1)
    buyer.fill_cart(purchase.wanted)
    answer = buyer.ask("POST", "/api/order/checkout", json=body_of(purchase))
    assert (answer.status_code, answer.json()["code"]) == (400, "cart_empty")
    assert (tally.retried, buyer.cart()) == (1, {})
    [(purchase.order,)] = shop.database.rows(
        "SELECT json_build_object('id', o.id, 'number', o.number, 'items', json_agg("
        " json_build_object('product_id', i.product_id, 'qty', i.quantity))) FROM"
        " orders_order o JOIN orders_orderitem i ON i.order_id = o.id GROUP BY o.id"
    )
    buyer.close()
    tally.injected, tally.purchases = 1, [purchase]
    assert audit(shop, tally, stock) == []
    assert failed_checks(shop) == []


@pytest.mark.parametrize(
    ("faults", "damage"),
    [
        ("without_claims,die_before_answering", "2 orders"),
        ("without_one_transaction", "left of"),
        ("without_outbox", "0 times order_created"),
    ],
)
def test_the_auditor_sees_what_a_shop_without_its_guard_does(
    open_shop: Shops, tallies: Any, stock: dict[str, int], faults: str, damage: str
) -> None:
    shop = open_shop(workers=2, FAULTS=faults)
    tally = tallies(f"twin {faults.partition(',')[0]}", listed=False)
    tally.purchases = plan(stock, 1)
    [buyer] = make_buyers(shop, tally, 1)
    buyer.order_lines(tally.purchases[0])
    buyer.close()
    assert any(damage in found for found in audit(shop, tally, stock))
