"""A prepared database for the whole run, and a shop on a copy of it for each test."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import count
from typing import Any

import pytest

from tests.faults.database import Database, own_name
from tests.faults.shop import Shop, environment, manage
from tests.faults.table import PROPERTY
from tests.faults.tally import Tally

STOCK = 5000
GOODS = [
    "sku,name,price,stock\n",
    *(f"F-{n},Товар {n},{n}00,{STOCK}\n" for n in range(1, 7)),
]
_numbers = count(1)
Shops = Callable[..., Shop]
Tallies = Callable[..., Tally]


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """A database with the shop's tables and six products, to be copied."""
    goods = tmp_path_factory.mktemp("faults") / "goods.csv"
    goods.write_text("".join(GOODS), encoding="utf-8")
    database = Database(own_name("template"))
    try:
        database.create()
        known = environment(DATABASE_URL=database.url)
        for command in (["migrate", "-v", "0"], ["import_products", str(goods)]):
            done = manage(known, *command)
            assert done.returncode == 0, done.stderr
        yield database
    finally:
        database.drop()


@pytest.fixture(scope="session")
def stock(template: Database) -> dict[str, int]:
    """Product id → pieces before the first sale."""
    return dict(template.rows("SELECT id::text, stock FROM catalog_product"))


@pytest.fixture
def open_shop(template: Database) -> Iterator[Shops]:
    """Opens shops, each with a database and a Redis of its own, closed afterwards."""
    with ExitStack() as ends:

        def open_one(**asked: Any) -> Shop:
            shop = Shop(template, Database(own_name(f"shop{next(_numbers)}")), **asked)
            ends.callback(shop.close)
            return shop

        yield open_one


@pytest.fixture
def tallies(request: pytest.FixtureRequest) -> Iterator[Tallies]:
    """Counts a fault's figures, and puts them into the table at the end of the run."""
    kept: list[Tally] = []

    def start(fault: str, *, listed: bool = True) -> Tally:
        tally = Tally(fault)
        if listed:
            kept.append(tally)
        return tally

    yield start
    request.node.user_properties.extend((PROPERTY, tally.row()) for tally in kept)
