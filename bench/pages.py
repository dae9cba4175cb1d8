"""Pages of a shop with 100,000 products beside the same pages of one with 1,000.

Both shops are databases of one run, asked in turn, in this process by Django's test
client: what is measured is the shop's own work, not a server's.
"""

import io
import json
import os
import statistics
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from itertools import cycle
from pathlib import Path
from time import perf_counter
from typing import Any

from django.core.cache import cache
from django.core.management import call_command
from django.db import connection
from django.test import Client
from tqdm import tqdm

from bench import servers
from bench.about import postgresql_version
from catalog.models import Category, Product
from tests.plans import scans, selects

LATEST = Path(__file__).parent / "results" / "pages.json"
GOAL = 2.0
# Different products, so that the product page is not one page over and over.
DIFFERENT = 50


@dataclass(frozen=True)
class Size:
    """Products of the two shops; requests of each page in each repeat."""

    few: int = 1_000
    many: int = 100_000
    requests: int = 40
    repeats: int = 5


QUICK = Size(few=200, many=5_000, requests=8, repeats=2)


@dataclass
class Row:
    """One page with a cold or a warm cache. Times are p50 of a repeat, milliseconds."""

    page: str
    cold: bool
    few: list[float] = field(default_factory=list)
    many: list[float] = field(default_factory=list)
    # Of the large shop, as are the statements that read a whole table of products.
    statements: int = 0
    scans: int = 0
    size: int = 0
    # Statements of the small shop: they ought to be as many.
    statements_of_few: int = 0

    @property
    def ratios(self) -> list[float]:
        return [many / few for few, many in zip(self.few, self.many, strict=True)]


@dataclass(frozen=True)
class Result:
    rows: list[Row]
    about: dict[str, Any]


class Shop:
    """A database with so many products, and the addresses to ask for in it."""

    def __init__(self, database: str, products: int) -> None:
        self.database = database
        self.open()
        call_command("migrate", verbosity=0)
        call_command("seed", products=products, stdout=io.StringIO())
        self.addresses = {
            name: addresses
            for name, addresses in _addresses().items()
            if _client().get(addresses[0]).status_code == 200
        }

    def open(self) -> None:
        """All queries go to this database from here on; the cache knows no other."""
        _leave_database()
        connection.settings_dict["NAME"] = self.database
        cache.clear()


def run(size: Size) -> Result:
    own = connection.settings_dict["NAME"]
    with servers.one_more_database() as other:
        few, many = Shop(other, size.few), Shop(own, size.many)
        rows = [
            Row(page, cold)
            for page in many.addresses
            if page in few.addresses
            for cold in (True, False)
        ]
        for _ in tqdm(range(size.repeats), unit="repeat", disable=None):
            for shop in (few, many):
                shop.open()
                for row in rows:
                    taken = _p50(shop.addresses[row.page], row.cold, size.requests)
                    (row.few if shop is few else row.many).append(taken)
        for shop in (few, many):
            shop.open()
            for row in rows:
                _look(row, shop.addresses[row.page][0], of_few=shop is few)
        about = _about(size)
        # The other database is dropped before this one.
        _leave_database()
    return Result(rows, about)


def table(result: Result) -> str:
    """As bench/README.md has it: medians of the repeats, the least and the most."""
    size = result.about["size"]
    lines = [
        "| page | cache | p50 ms, {few:,} products | p50 ms, {many:,} | ratio"
        " (least to most) | SQL | scans | KB |".format(**size),
        "|---|---|---|---|---|---|---|---|",
    ]
    for row in result.rows:
        few, many = statistics.median(row.few), statistics.median(row.many)
        ratio = statistics.median(row.ratios)
        spread = f"{min(row.ratios):.2f} to {max(row.ratios):.2f}"
        counts = str(row.statements)
        if row.statements != row.statements_of_few:
            counts += f" ({row.statements_of_few})"
        lines.append(
            f"| {row.page} | {'cold' if row.cold else 'warm'} | {few:.1f} | {many:.1f}"
            f" | {ratio:.2f} ({spread}) | {counts} | {row.scans}"
            f" | {row.size / 1024:.0f} |"
        )
    above = [row for row in result.rows if statistics.median(row.ratios) > GOAL]
    missed = ", ".join(f"{row.page} ({_state(row)})" for row in above)
    about = ", ".join(f"{key} {v}" for key, v in result.about.items() if key != "size")
    verdict = f"missed by {missed}" if missed else "reached"
    lines += ["", about, f"goal, at most {GOAL:g} times as long: {verdict}"]
    return "\n".join(lines)


def main(*, quick: bool) -> None:
    result = run(QUICK if quick else Size())
    save(result)
    sys.stdout.write(f"{table(result)}\n")


def save(result: Result, path: Path = LATEST) -> None:
    path.write_text(json.dumps(asdict(result), indent=1), encoding="utf-8")


def _leave_database() -> None:
    connection.close()
    connection.close_pool()  # type: ignore[attr-defined] # PostgreSQL's has one


def _state(row: Row) -> str:
    return "cold" if row.cold else "warm"


def _addresses() -> dict[str, list[str]]:
    """What is asked for, by name; what this shop does not have is left out."""
    links = Product.categories.through.objects
    root = max(
        Category.objects.filter(depth=1),
        key=lambda node: links.filter(category__path__startswith=node.path).count(),
    )
    leaf = max(
        Category.objects.filter(depth=3),
        key=lambda node: links.filter(category=node).count(),
    )
    products = list(Product.objects.visible().order_by("number"))
    step = max(1, len(products) // DIFFERENT)
    middle = max(1, len(products) // 24 // 2)
    return {
        "list": ["/"],
        "list by name": ["/?ordering=name"],
        "list, the middle page": [f"/?page={middle}"],
        "category": [root.get_absolute_url()],
        "category by price": [f"{leaf.get_absolute_url()}?ordering=price"],
        "search": ["/?q=ноутбук"],
        "suggestions": ["/search/suggest/?q=ноут"],
        "facets": ["/api/products/facets"],
        "facets of a category": [f"/api/products/facets?category={root.slug}"],
        "product": [product.get_absolute_url() for product in products[::step]],
        "API list": ["/api/products"],
    }


def _client() -> Client:
    return Client(SERVER_NAME="127.0.0.1", headers={"Accept-Language": "ru"})


def _p50(addresses: list[str], cold: bool, requests: int) -> float:
    client = _client()
    turns: Iterator[str] = cycle(addresses)
    if not cold:
        for address in addresses:
            client.get(address)
    taken = []
    for _ in range(requests):
        address = next(turns)
        if cold:
            cache.clear()
        started = perf_counter()
        answer = client.get(address)
        taken.append(perf_counter() - started)
        if answer.status_code != 200:
            raise RuntimeError(f"{address} answered {answer.status_code}")
    return statistics.median(taken) * 1000


def _look(row: Row, address: str, *, of_few: bool) -> None:
    """How the page is made: its statements, and which of them read everything."""
    client = _client()
    client.get(address)
    if row.cold:
        cache.clear()
    with selects() as statements:
        answer = client.get(address)
    if of_few:
        row.statements_of_few = len(statements)
        return
    row.statements, row.size = len(statements), len(answer.content)
    row.scans = len(scans(statements, "catalog_product"))


def _about(size: Size) -> dict[str, Any]:
    return {
        "cores": os.cpu_count(),
        "python": sys.version.split()[0],
        "postgresql": postgresql_version(),
        "cache": "redis" if os.environ.get("REDIS_URL") else "memory",
        "size": asdict(size),
    }
