"""The bench of speed asks for what is there, and tells it as it was measured."""

from itertools import count
from typing import Any

import pytest
from django.core.cache import cache
from django.http import HttpResponse
from django.test import RequestFactory

from bench import compare, rows, speed, wrk
from bench.errors import Wrong
from bench.urls import ColdMiddleware
from catalog.models import Product
from shop.memo import Memo
from tests.factories import make_category, make_product


def a_shop(**ratios: list[float]) -> speed.Shop:
    """Rows of one shop whose floor made 1,000 requests a second in each repeat."""
    by_name = {row.name: row for row in rows.ROWS}
    measured = []
    for name, values in ratios.items():
        one = speed.Measured(by_name[name], queries=2, size=1234)
        for ratio in values:
            one.add(wrk.Figures(ratio * 1000, 2.0, 9.0, 10), 1000)
        measured.append(one)
    return speed.Shop(10_000, measured, floors=[990, 1000, 1010], peaks=[101.0, 99.0])


def a_result(**ratios: list[float]) -> speed.Result:
    return speed.Result([a_shop(**ratios)], [(1.2, 0.4), (1.0, 0.4)], {"cores": 2})


def test_figures_are_medians_and_ratios_of_the_same_repeat() -> None:
    told = speed.as_json(a_result(list_warm=[0.5, 0.3, 0.4]))
    assert told["floor_rps"] == 1000
    assert told["rows"]["list_warm"] == {
        "rps": 400.0,
        "p50_ms": 2.0,
        "p99_ms": 9.0,
        "ratio": 0.4,
        "ratio_least": 0.3,
        "ratio_most": 0.5,
        "queries": 2,
        "bytes": 1234,
    }
    assert (told["worker_mb"], told["start_s"], told["bare_start_s"]) == (101, 1.1, 0.4)


def test_the_table_says_which_goals_are_missed() -> None:
    table = speed.table(a_result(list_warm=[0.4], list_cold=[0.1], home=[0.2]))
    by_name = {line.split(" | ")[0]: line for line in table.splitlines()}
    assert "| 0.35 |" in by_name["| list_warm"]
    assert "| 0.12 missed |" in by_name["| list_cold"]
    assert "missed" not in by_name["| home"]
    # 9 ms are more than four times 2 ms.
    assert "9.0 (above 4 × p50)" in by_name["| home"]
    assert "2.8 times as long (goal 3)" in table


def test_every_row_that_has_a_goal_is_measured() -> None:
    both = ("list", "product", "api_list", "api_product", "search")
    wanted = {f"{name}_{state}" for name in both for state in ("warm", "cold")}
    assert wanted | {"cart_add", "checkout"} <= {row.name for row in rows.ROWS}


def test_two_commits_are_compared_by_their_own_floors() -> None:
    old = {"rows": {"home": {"ratio": 0.1, "queries": 6, "bytes": 9000}, "gone": {}}}
    new = {"rows": {"home": {"ratio": 0.5, "queries": 0, "bytes": 8000}}}
    for one, floor in ((old, 900.0), (new, 1000.0)):
        one |= {"floor_rps": floor, "noise": 0.05}  # type: ignore[dict-item]
    table = compare.table("abc123", old, new)
    assert "| home | 0.100 | 0.500 | 5.00 | 6 → 0 | 9,000 → 8,000 |" in table
    assert "gone" not in table
    assert "floor 900 and 1,000 requests/s" in table


def test_a_commit_that_is_not_there_gives_no_figures() -> None:
    with pytest.raises(Wrong, match="there is no commit nowhere-at-all"):
        compare.main("nowhere-at-all", quick=True)


@pytest.fixture
def shelves(db: Any, monkeypatch: pytest.MonkeyPatch) -> rows.Goods:
    """A few goods instead of thousands."""
    monkeypatch.setattr("bench.goods.PRODUCTS", 12)
    monkeypatch.setattr(rows, "DIFFERENT", 3)
    # Two of the second level, of which the fuller one is looked at.
    top = make_category(name="Техника")
    for name, products in (("Чайники", 1), ("Лампы", 2)):
        category = make_category(name=name, parent=top)
        for n in range(products):
            make_product(name=f"{name} {n}", categories=[category], stock=5)
    return rows.Goods()


def test_whatever_is_asked_is_answered(shelves: rows.Goods) -> None:
    assert shelves.category.name == "Лампы"
    for row in rows.ROWS:
        if row.name == "login":
            # Takes as long as a password should.
            continue
        for ask in row.prepared(shelves, 1)[:5]:
            # Raises Wrong for an error.
            speed._answer(ask)


def test_what_is_looked_at_is_the_shops_own(shelves: rows.Goods) -> None:
    """And not what is there to be bought, although that was made last."""
    own = ["Лампы 1", "Лампы 0", "Чайники 0"]
    assert [product.name for product in Product.objects.all()[:3]] == own
    assert Product.objects.count() == 3 + len(shelves.plenty) == 15
    assert sorted(product.name for product in shelves.products) == sorted(own)


def test_no_buyer_checks_out_twice(shelves: rows.Goods) -> None:
    checkout = next(row for row in rows.ROWS if row.name == "checkout")
    tokens = [
        ask.headers["Authorization"]
        for row in (checkout, checkout)
        for ask in rows.Row("few", row.asks, a_second=4).prepared(shelves, 1)
    ]
    assert len({*tokens}) == 8


def test_a_cold_row_says_so_with_each_request(shelves: rows.Goods) -> None:
    by_name = {row.name: row for row in rows.ROWS}
    cold = by_name["api_list_cold"].prepared(shelves, 1)
    warm = by_name["api_list_warm"].prepared(shelves, 1)
    assert [ask.headers.get("Cold") for ask in cold + warm] == ["1", None]


def test_a_cold_request_finds_nothing_kept_and_nothing_remembered(
    rf: RequestFactory,
) -> None:
    memo: Memo[int] = Memo(10)
    numbers = count()
    cold = ColdMiddleware(lambda request: HttpResponse())

    def known() -> tuple[int, str]:
        return memo.get("key", lambda: next(numbers)), cache.get("key", "gone")

    assert known() == (0, "gone")
    cache.set("key", "kept")
    cold(rf.get("/"))
    assert known() == (0, "kept")
    cold(rf.get("/", headers={"Cold": "1"}))
    assert known() == (1, "gone")
