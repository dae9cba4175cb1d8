"""The figures as a table for people and as JSON for programs."""

import json
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from statistics import median

from bench.checkout import LINES, Result, Row

LATEST = Path(__file__).parent / "results" / "checkout.json"
GOAL = 0.5
HEAD = ("row", "clients", "checkouts/s", "p50 ms", "p99 ms", "SQL", "of the floor")


def table(result: Result) -> str:
    """Medians of the repeats, and in brackets the least and the most."""
    lines = [HEAD, *(_cells(row, result) for row in result.rows)]
    widths = [max(len(line[i]) for line in lines) for i in range(len(HEAD))]
    text = "\n".join(aligned(line, widths) for line in lines)
    about = ", ".join(f"{k} {v}" for k, v in result.about.items() if k != "size")
    counts = "; ".join(
        f"{way} {', '.join(f'{n} for {lines} lines' for lines, n in numbers.items())}"
        for way, numbers in result.statements.items()
    )
    return (
        f"{text}\n\n{about}\nstatements of a checkout: {counts}\n"
        "after every row: stock equals the ledger, every purchase is one order\n"
        f"{_verdict(result.rows)}"
    )


def save(result: Result, path: Path = LATEST) -> None:
    path.write_text(json.dumps(asdict(result), indent=1), encoding="utf-8")


def _cells(row: Row, result: Result) -> tuple[str, ...]:
    way = "api" if row.way == "api" else "service"
    return (
        row.name,
        str(row.clients),
        f"{median(row.rates):.0f} ({min(row.rates):.0f}-{max(row.rates):.0f})",
        f"{median(row.p50):.1f}",
        f"{median(row.p99):.1f}",
        str(result.statements[way][LINES]),
        "1"
        if row.way == "floor"
        else f"{median(row.ratios):.2f} ({min(row.ratios):.2f}-{max(row.ratios):.2f})",
    )


def aligned(cells: Iterable[str], widths: list[int]) -> str:
    name, *figures = zip(cells, widths, strict=True)
    padded = [name[0].ljust(name[1]), *(cell.rjust(width) for cell, width in figures)]
    return "  ".join(padded)


def _verdict(rows: list[Row]) -> str:
    alone = {row.way: row for row in rows if row.clients == 1}
    ratio = median(alone["service"].ratios)
    word = "reached" if ratio >= GOAL else "missed"
    pairs = zip(alone["service"].rates, alone["floor, unprepared"].rates, strict=True)
    unprepared = median(rate / floor for rate, floor in pairs)
    return (
        f"goal, {GOAL} of the floor for one service client: {word} ({ratio:.2f};"
        f" {unprepared:.2f} of the unprepared floor)"
    )
