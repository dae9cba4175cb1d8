"""Callbacks that come twice, in the wrong order or too late, to a shop that dies."""

import random
from typing import Any

import pytest

from tests.faults.audit import audit, failed_checks
from tests.faults.buyers import close_all, plan, share
from tests.faults.conftest import Shops, Tallies
from tests.faults.payers import (
    Payer,
    Provider,
    ends_of,
    let_reservations_run_out,
    make_payers,
    make_providers,
)

pytestmark = [pytest.mark.postgres, pytest.mark.redis]
REPEATS = 20
EACH = 12
BETWEEN_KILLS = 40
PAID = "order_created order_paid payment_succeeded"
# What each kind of story leaves: order, payment, events kept, events announced.
ENDS: dict[str, tuple[Any, ...]] = {
    "succeeded": ("paid", "succeeded", 1, PAID),
    "succeeded failed": ("paid", "succeeded", 2, PAID),
    "failed succeeded": (
        "paid",
        "succeeded",
        2,
        "order_created order_paid payment_failed payment_succeeded",
    ),
    "late": (
        "canceled",
        "refund_due",
        1,
        "order_canceled order_created payment_succeeded",
    ),
}


def test_callbacks_count_once_whatever_happens(
    open_shop: Shops, tallies: Tallies, stock: dict[str, int]
) -> None:
    shop, tally = open_shop(), tallies("callbacks, workers killed")
    tally.purchases = plan(stock, EACH * len(ENDS))
    payers = make_payers(shop, tally)
    share(payers, tally, tally.purchases, Payer.start)
    kinds = {kind: tally.purchases[n :: len(ENDS)] for n, kind in enumerate(ENDS)}
    let_reservations_run_out(shop, kinds["late"])
    assert shop.manage("expire_orders").returncode == 0

    # Copies of one message stand side by side, so that they are sent at once.
    messages = [(each, ["succeeded"]) for each in kinds["succeeded"] * REPEATS]
    messages.sort(key=lambda message: message[0].key)
    stories = [
        *((each, ["succeeded", "failed"]) for each in kinds["succeeded failed"]),
        *((each, ["failed", "succeeded"]) for each in kinds["failed succeeded"]),
        *((each, ["succeeded"] * 2) for each in kinds["late"]),
    ]
    for story in stories:
        messages.insert(random.randrange(len(messages)), story)

    def tell(provider: Provider, message: tuple[Any, list[str]]) -> None:
        for said in message[1]:
            provider.tell(message[0], said)

    tally.strike_every(BETWEEN_KILLS, shop.kill_worker)
    providers = make_providers(shop, tally, REPEATS)
    share(providers, tally, messages, tell)
    close_all(payers, providers)

    ends = ends_of(shop)
    for kind, purchases in kinds.items():
        assert {ends[each.key] for each in purchases} == {ENDS[kind]}, kind
    assert audit(shop, tally, stock) == []
    assert failed_checks(shop) == []
    assert (tally.injected, tally.lost) == (len(messages) // BETWEEN_KILLS, 0)
