"""How long the database takes for the shop's figures, by totals and without them.

A figure is the sum of the times of its statements, answers fetched; the median of
several, after one that nobody counts. Nothing else of a page is measured.
"""

import json
import os
import statistics
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from pathlib import Path
from time import perf_counter
from typing import Any

from django.core.management import call_command
from django.db import connection

from bench.goods import Wrong
from bench.sales import QUICK, Size, make_sales
from dashboard.models import ChangedOrder, ClosedDays
from dashboard.reports import sales, shop_stats
from dashboard.reports.figures import Period
from dashboard.services import check_totals, mark_changed, rebuild_totals

__all__ = ["QUICK", "Size", "run", "save", "table"]

LATEST = Path(__file__).parent / "results" / "stats.json"
GOAL = 300
PERIODS = (7, 30, 90, 365)
# Days of which orders change in the minute between two runs of `keep_totals`, about.
BUSY = 4
# What takes seconds is asked less often.
RAW_REPEATS = 2


@dataclass
class Row:
    """Milliseconds of database time, with totals and from the orders alone."""

    name: str
    statements: int = 0
    totals: list[float] = field(default_factory=list)
    # Of the server's processor, if it is this machine's and tells; see _processor.
    worked: list[float] = field(default_factory=list)
    raw: list[float] = field(default_factory=list)

    @property
    def ms(self) -> float:
        return statistics.median(self.totals)

    @property
    def times_faster(self) -> float:
        return statistics.median(self.raw) / self.ms


@dataclass(frozen=True)
class Result:
    rows: list[Row]
    about: dict[str, Any]


def run(size: Size) -> Result:
    """All figures, each with totals and without. Wrong when these are not the same."""
    call_command("migrate", verbosity=0)
    _say("orders")
    make_sales(size)
    _say("totals")
    started = perf_counter()
    rebuild_totals()
    built = perf_counter() - started
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    if wrong := check_totals():
        raise Wrong(f"{len(wrong)} totals are not what the orders say: {wrong[0]}")
    rows = [_measure(name, ask, size.repeats) for name, ask in _figures().items()]
    newest = sales.today() - timedelta(days=1)
    mark_changed(newest - timedelta(days=n) for n in range(BUSY))
    rows += [
        _measure(f"{name}, {BUSY} days changed", ask, size.repeats, compare=False)
        for name, ask in _figures().items()
    ]
    ChangedOrder.objects.all().delete()
    about = {
        "cores": os.cpu_count(),
        "seconds_to_build": round(built, 1),
        "size": asdict(size),
    }
    return Result(rows, about)


def table(result: Result) -> str:
    """As bench/README.md has it: medians, the least and the most."""
    lines = [
        "| figures | SQL | ms (least to most) | processor, ms"
        " | from the orders alone, ms | ratio |",
        "|---|---|---|---|---|---|",
    ]
    for row in result.rows:
        spread = f"{min(row.totals):.0f} to {max(row.totals):.0f}"
        raw, ratio = "", ""
        worked = f"{statistics.median(row.worked):.0f}" if row.worked else ""
        if row.raw:
            raw, ratio = f"{statistics.median(row.raw):.0f}", f"{row.times_faster:.0f}"
        lines.append(
            f"| {row.name} | {row.statements} | {row.ms:.0f} ({spread}) | {worked}"
            f" | {raw} | {ratio} |"
        )
    missed = ", ".join(row.name for row in result.rows if row.ms > GOAL)
    size = result.about["size"]
    kinds = ("orders", "products", "buyers")
    about = ", ".join(f"{size[kind]:,} {kind}" for kind in kinds)
    built = result.about["seconds_to_build"]
    lines += [
        "",
        f"{about}; the totals of two years were built in {built} s",
        f"goal, at most {GOAL} ms: {f'missed by {missed}' if missed else 'reached'}",
    ]
    return "\n".join(lines)


def save(result: Result, path: Path = LATEST) -> None:
    path.write_text(json.dumps(asdict(result), indent=1), encoding="utf-8")


def _figures() -> dict[str, Callable[[], Any]]:
    today = sales.today()

    def of(days: int) -> Callable[[], Any]:
        return lambda: sales.figures_of(Period.up_to(today, days))

    return {
        **{f"{days} days": of(days) for days in PERIODS},
        "the whole shop": shop_stats,
    }


def _measure(
    name: str, ask: Callable[[], Any], repeats: int, *, compare: bool = True
) -> Row:
    _say(name)
    row = Row(name)
    found = ask()
    for _ in range(repeats):
        before = _processor()
        with _timed() as times:
            ask()
        row.totals.append(sum(times) * 1000)
        if before:
            row.worked.append((_processor() - before) * 1000)
        row.statements = len(times)
    if compare:
        with _without_totals():
            for _ in range(RAW_REPEATS):
                with _timed() as times:
                    if ask() != found:
                        raise Wrong(f"{name}: totals and orders do not say the same")
                row.raw.append(sum(times) * 1000)
    return row


def _processor() -> float:
    """Seconds that the server has worked for this connection; 0: it does not tell.

    What else the machine does makes answers late, and this but little longer.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        pid = cursor.fetchone()[0]
    try:
        return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e9
    except OSError:
        return 0.0


@contextmanager
def _timed() -> Iterator[list[float]]:
    """Seconds of every statement inside. Answers come with `execute`, whole."""
    times: list[float] = []

    def clock(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        started = perf_counter()
        try:
            return execute(sql, params, many, context)
        finally:
            times.append(perf_counter() - started)

    with connection.execute_wrapper(clock):
        yield times


@contextmanager
def _without_totals() -> Iterator[None]:
    """Days of another time zone are none: everything is read from the orders."""
    known = ClosedDays.objects.get()
    ClosedDays.objects.update(zone="nowhere")
    try:
        yield
    finally:
        ClosedDays.objects.update(zone=known.zone)


def _say(what: str) -> None:
    sys.stderr.write(f"{what} …\n")
