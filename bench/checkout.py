"""Checkouts per second: the service and the API beside the floor, in one run.

Every row buys for new buyers, is repeated in turn with the others, and is followed by
a proof that the shop's books are right.
"""

import os
import statistics
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.core.management import call_command
from django.db import connection
from django.test import Client
from tqdm import tqdm

from accounts.models import User
from bench import floor, goods, servers
from bench.about import postgresql_version
from bench.crew import Crew, Timing

# Lines of the carts whose checkouts must take equally many statements.
LINE_COUNTS = (1, 3, 20)
LINES = 3


@dataclass(frozen=True)
class Size:
    """How much is measured: purchases of each client, and repeats of each row."""

    clients: int = 8
    alone: int = 200
    together: int = 40
    # Many short ones: a busy moment of the machine spoils a few, not the median.
    repeats: int = 7


QUICK = Size(alone=60, together=15, repeats=3)


@dataclass
class Row:
    """One line of the table. Rates are checkouts per second, times milliseconds."""

    way: str
    clients: int
    hot: bool
    rates: list[float] = field(default_factory=list)
    p50: list[float] = field(default_factory=list)
    p99: list[float] = field(default_factory=list)
    # To the floor of the same goods and clients, in the same repeat.
    ratios: list[float] = field(default_factory=list)

    @property
    def name(self) -> str:
        return f"{self.way}, one product" if self.hot else self.way

    def add(self, timing: Timing, floor_rate: float | None) -> None:
        rate = len(timing.taken) / (timing.ended - timing.started)
        cuts = statistics.quantiles(timing.taken, n=100, method="inclusive")
        self.rates.append(rate)
        self.p50.append(cuts[49] * 1000)
        self.p99.append(cuts[98] * 1000)
        self.ratios.append(rate / (floor_rate or rate))


@dataclass(frozen=True)
class Result:
    rows: list[Row]
    # Statements of a checkout, by way and number of lines.
    statements: dict[str, dict[int, int]]
    about: dict[str, Any]


def run(size: Size) -> Result:
    """All rows, measured in turn. Raises goods.Wrong when a book is wrong."""
    call_command("migrate", verbosity=0)
    floor.start_numbers()
    products = goods.make_products()
    statements = _count_statements(products)
    scripts = {
        hot: floor.record(goods.purchases(products, 1, 1 if hot else LINES)[0])
        for hot in (False, True)
    }
    rows = [
        Row(way, clients, hot)
        for clients, hot in ((1, False), (size.clients, False), (size.clients, True))
        for way in ("floor", "service", "api")
    ]
    rows.insert(1, Row("floor, unprepared", 1, hot=False))
    # The server closes its own connections before the database is dropped.
    port = servers.start_shop()
    with Crew(size.clients) as crew:
        measure = _measure(crew, products, scripts, port)
        # Whatever is made at the first call is made before anything counts.
        for row in rows:
            measure(row, 10)
        turns = [row for _ in range(size.repeats) for row in rows]
        floors: dict[tuple[int, bool], float] = {}
        for row in tqdm(turns, unit="row", disable=None):
            each = size.alone if row.clients == 1 else size.together
            timing = measure(row, each)
            if row.way == "floor":
                row.add(timing, None)
                floors[row.clients, row.hot] = row.rates[-1]
            else:
                row.add(timing, floors[row.clients, row.hot])
    return Result(rows, statements, _about(size))


def _measure(
    crew: Crew, products: list[UUID], scripts: dict[bool, floor.Script], port: int
) -> Callable[[Row, int], Timing]:
    def measure(row: Row, each: int) -> Timing:
        buyers = row.clients * each
        hot = goods.make_hot_product(buyers) if row.hot else None
        lines = 1 if hot else LINES
        bought = goods.purchases([hot] if hot else products, buyers, lines)
        shares = [bought[i :: row.clients] for i in range(row.clients)]
        script = scripts[row.hot]
        args: dict[str, list[Any]] = {
            "floor": [script],
            "floor, unprepared": [script],
            "api": [port],
        }
        before = goods.state()
        with connection.cursor() as cursor:
            # Each row finds the table that the row before has changed tidy again.
            cursor.execute("VACUUM ANALYZE catalog_product")
        timing = crew.run(row.way, shares, *args.get(row.way, []))
        goods.prove(before, bought, hot)
        return timing

    return measure


def _count_statements(products: list[UUID]) -> dict[str, dict[int, int]]:
    """Statements for carts of each length; they do not grow with it, or Wrong."""
    counted: dict[str, dict[int, int]] = {"service": {}, "api": {}}
    for lines in LINE_COUNTS:
        first, second = goods.purchases(products, 2, lines)
        counted["service"][lines] = len(floor.record(first).statements)
        counted["api"][lines] = _statements_of_call(second)
    for way, numbers in counted.items():
        if len(set(numbers.values())) > 1:
            raise goods.Wrong(f"{way}: statements grow with the lines: {numbers}")
    return counted


def _statements_of_call(purchase: goods.Purchase) -> int:
    user = User.objects.get(pk=purchase.user_id)
    goods.fill_cart(user, purchase)
    client = Client(SERVER_NAME="127.0.0.1")
    sent: list[str] = []

    def keep(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        sent.append(sql)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(keep):
        answer = client.post(
            "/api/order/checkout",
            data={},
            content_type="application/json",
            headers={"Authorization": f"Bearer {purchase.token}"},
        )
    if answer.status_code != 201:
        raise goods.Wrong(f"checkout answered {answer.status_code}")
    return len(sent)


def _about(size: Size) -> dict[str, Any]:
    with connection.cursor() as cursor:
        durable = []
        for setting in ("fsync", "synchronous_commit"):
            cursor.execute(f"SHOW {setting}")
            durable.append(f"{setting}={cursor.fetchone()[0]}")
    return {
        "cores": os.cpu_count(),
        "python": sys.version.split()[0],
        "postgresql": f"{postgresql_version()} ({', '.join(durable)})",
        "carts": "redis" if os.environ.get("REDIS_URL") else "database",
        "server": f"gunicorn, {servers.WORKERS} workers of {servers.THREADS} threads",
        "size": vars(size),
    }
