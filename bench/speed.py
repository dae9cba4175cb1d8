"""What shoppers and clients wait for, as ratios to a bare answer of the same server.

Every row is asked by `wrk` right after the floor, and divided by it: a busy moment of
the machine hits both. All rows are repeated in turn.
"""

import io
import json
import os
import re
import statistics
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.test import Client
from tqdm import tqdm

from bench import goods, sales, servers, wrk
from bench.about import postgresql_version
from bench.rows import ROWS, Goods, Row
from orders.models import Order

FLOOR = [wrk.Ask(servers.FLOOR)]
LATEST = Path(__file__).parent / "results" / "latest.json"


@dataclass(frozen=True)
class Size:
    """Products of each shop, their orders; seconds of each row, and its repeats."""

    products: tuple[int, ...] = (10_000, 100_000)
    orders: int = 50_000
    seconds: int = 5
    floor_seconds: int = 2
    repeats: int = 3
    starts: int = 5


QUICK = Size(products=(10_000,), seconds=2, floor_seconds=1, starts=3)


@dataclass
class Measured:
    """One row's figures, a number for each repeat."""

    row: Row
    rps: list[float] = field(default_factory=list)
    p50: list[float] = field(default_factory=list)
    p99: list[float] = field(default_factory=list)
    ratios: list[float] = field(default_factory=list)
    queries: int = 0
    size: int = 0

    def add(self, figures: wrk.Figures, floor: float) -> None:
        self.rps.append(figures.rps)
        self.p50.append(figures.p50_ms)
        self.p99.append(figures.p99_ms)
        self.ratios.append(figures.rps / floor)


@dataclass
class Shop:
    """All figures of one shop."""

    products: int
    rows: list[Measured]
    floors: list[float] = field(default_factory=list)
    # MB at the peak of each worker.
    peaks: list[float] = field(default_factory=list)


@dataclass(frozen=True)
class Result:
    shops: list[Shop]
    # Seconds to the first answer: the shop, bare Django.
    starts: list[tuple[float, float]]
    about: dict[str, Any]


def run(size: Size) -> Result:
    """All shops, one after the other. Raises goods.Wrong when an answer was none."""
    if not wrk.found():
        raise goods.Wrong("wrk is not there (scripts/wrk.sh)")
    call_command("migrate", verbosity=0)
    shops = []
    for products in size.products:
        # A second shop is the first one with more in it.
        _fill(products, size)
        shops.append(_measure(products, size))
    return Result(shops, _starts(size.starts), _about(size))


def _fill(products: int, size: Size) -> None:
    # As many in all, beside the demo's own.
    call_command("seed", products=products, stdout=io.StringIO())
    missing = size.orders - Order.objects.count()
    if missing > 0:
        sold = sales.Size(orders=missing, products=products, buyers=missing // 3)
        sales.make_orders(sold)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def _measure(products: int, size: Size) -> Shop:
    shelves = Goods()
    chosen = os.environ.get("ROWS", "")
    rows = [row for row in ROWS if not chosen or re.fullmatch(chosen, row.name)]
    shop = Shop(products, [Measured(row) for row in rows])
    port = servers.start_shop()
    wrk.load(port, FLOOR, 1)
    turns = [row for _ in range(size.repeats) for row in shop.rows]
    for measured in tqdm(turns, unit="row", disable=None):
        row = measured.row
        asks = row.prepared(shelves, size.seconds)
        before = goods.state()
        if not row.a_second and not row.cold:
            # Whatever is made at the first call is made before anything counts.
            wrk.load(port, asks, 1)
        floor = wrk.load(port, FLOOR, size.floor_seconds)
        figures = wrk.load(port, asks, size.seconds, once=bool(row.a_second))
        shop.floors.append(floor.rps)
        measured.add(figures, floor.rps)
        if row.a_second:
            _prove(before, figures)
    for measured in shop.rows:
        measured.queries, measured.size = _look(measured.row, shelves)
    shop.peaks = [_peak(pid) for pid in servers.workers_of(port)]
    servers.stop(port)
    return shop


def _prove(before: dict[str, Any], figures: wrk.Figures) -> None:
    """As many orders as answers: those on their way when the time ended count too."""
    made = goods.state()["orders"] - before["orders"]
    if not 0 <= made - figures.requests <= servers.CLIENTS:
        raise goods.Wrong(f"{figures.requests} checkouts made {made} orders")


def _look(row: Row, shelves: Goods) -> tuple[int, int]:
    """(statements, bytes of the body) of the row's first request."""
    ask = row.prepared(shelves, 1)[0]
    statements: list[str] = []

    def keep(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        statements.append(sql)
        return execute(sql, params, many, context)

    if not row.a_second:
        _answer(ask)
    with connection.execute_wrapper(keep):
        answer = _answer(ask)
    return len(statements), len(answer.content)


def _answer(ask: wrk.Ask) -> Any:
    headers = dict(ask.headers)
    kind = headers.pop("Content-Type", "text/plain")
    answer = Client(SERVER_NAME="127.0.0.1").generic(
        ask.method, ask.path, ask.body, content_type=kind, headers=headers
    )
    if answer.status_code >= 400:
        raise goods.Wrong(f"{ask.path} answered {answer.status_code}")
    return answer


def _peak(pid: int) -> float:
    said = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    found = re.search(r"^VmHWM:\s*(\d+) kB", said, re.MULTILINE)
    return int(found[1]) / 1024 if found else 0.0


def _starts(times: int) -> list[tuple[float, float]]:
    return [
        (_start("shop.wsgi"), _start("bench.bare:application")) for _ in range(times)
    ]


def _start(application: str) -> float:
    """Seconds from the start of a server to its first answer."""
    began = time.perf_counter()
    port = servers.start_shop(application, servers.FLOOR)
    took = time.perf_counter() - began
    servers.stop(port)
    return took


def _about(size: Size) -> dict[str, Any]:
    return {
        "cores": os.cpu_count(),
        "python": sys.version.split()[0],
        "postgresql": postgresql_version(),
        "cache": "redis" if settings.REDIS_URL else "memory",
        "server": f"gunicorn, {servers.WORKERS} workers of {servers.THREADS} threads",
        "connections": servers.CLIENTS,
        "seconds": size.seconds,
        "repeats": size.repeats,
        "orders": size.orders,
    }


def as_json(result: Result) -> dict[str, Any]:
    """`rows` are of the first shop; those of larger ones are told by their size."""
    first, *others = result.shops
    shop, bare = zip(*result.starts, strict=True)
    return {
        "floor_rps": statistics.median(first.floors),
        "rows": _rows(first),
        "products": first.products,
        "others": {str(other.products): _rows(other) for other in others},
        "noise": _noise(first.floors),
        "worker_mb": max(max(one.peaks, default=0) for one in result.shops),
        "start_s": statistics.median(shop),
        "bare_start_s": statistics.median(bare),
        "about": result.about,
    }


def _rows(shop: Shop) -> dict[str, dict[str, float]]:
    middle = statistics.median
    return {
        one.row.name: {
            "rps": round(middle(one.rps), 1),
            "p50_ms": round(middle(one.p50), 2),
            "p99_ms": round(middle(one.p99), 2),
            "ratio": round(middle(one.ratios), 4),
            "ratio_least": round(min(one.ratios), 4),
            "ratio_most": round(max(one.ratios), 4),
            "queries": one.queries,
            "bytes": one.size,
        }
        for one in shop.rows
    }


def _noise(floors: list[float]) -> float:
    """How far apart the floors are: half of them lie within this part of the median."""
    low, middle, high = statistics.quantiles(floors, n=4)
    return round((high - low) / middle, 3)


def save(result: Result, path: Path = LATEST) -> None:
    path.write_text(json.dumps(as_json(result), indent=1), encoding="utf-8")


def table(result: Result) -> str:
    """As bench/README.md has it."""
    lines = []
    for shop in result.shops:
        lines += _table(shop)
    told = as_json(result)
    starts = told["start_s"] / told["bare_start_s"]
    lines += [
        f"first answer after {told['start_s']:.2f} s, of bare Django after"
        f" {told['bare_start_s']:.2f} s: {starts:.1f} times as long (goal 3)",
        ", ".join(f"{key} {value}" for key, value in result.about.items()),
    ]
    return "\n".join(lines)


def _table(shop: Shop) -> list[str]:
    rows = _rows(shop)
    goals = {one.row.name: one.row.goal for one in shop.rows}
    lines = [
        f"{shop.products:,} products",
        "",
        "| row | requests/s | p50 ms | p99 ms | of the floor (least to most) | goal"
        " | SQL | bytes |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for name, row in rows.items():
        goal = goals[name]
        verdict = "" if goal is None else f"{goal:.2f}"
        if goal is not None and row["ratio"] < goal:
            verdict += " missed"
        late = " (above 4 × p50)" if row["p99_ms"] > 4 * row["p50_ms"] else ""
        lines.append(
            f"| {name} | {row['rps']:,.0f} | {row['p50_ms']:.1f}"
            f" | {row['p99_ms']:.1f}{late}"
            f" | {row['ratio']:.3f} ({row['ratio_least']:.3f} to"
            f" {row['ratio_most']:.3f}) | {verdict} | {row['queries']:g}"
            f" | {row['bytes']:,.0f} |"
        )
    floor = statistics.median(shop.floors)
    lines += [
        "",
        f"floor {floor:,.0f} requests/s ({min(shop.floors):,.0f} to"
        f" {max(shop.floors):,.0f}; half within {_noise(shop.floors):.0%});"
        f" peaks of the workers {', '.join(f'{mb:.0f}' for mb in shop.peaks)} MB",
        "",
    ]
    return lines
