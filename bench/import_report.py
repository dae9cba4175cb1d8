"""The figures of the import bench as a table for people and as JSON for programs."""

import json
from dataclasses import asdict
from pathlib import Path
from statistics import median

from bench.imports import Result, Row
from bench.report import aligned

LATEST = Path(__file__).parent / "results" / "import.json"
# MB that no import of a hundred thousand rows may pass.
LIMIT = 300
HEAD = ("step", "rows/s", "of COPY", "peak MB")


def table(result: Result) -> str:
    """Medians of the repeats, and in brackets the least and the most."""
    lines = [HEAD, *map(_cells, result.rows)]
    widths = [max(len(line[i]) for line in lines) for i in range(len(HEAD))]
    text = "\n".join(aligned(line, widths) for line in lines)
    about = ", ".join(f"{key} {value}" for key, value in result.about.items())
    highest = max(peak for row in result.rows for peak in row.peaks)
    word = "kept" if highest < LIMIT else "missed"
    return (
        f"{text}\n\n{about}\n"
        "after every step: as many products as rows, stock equals the ledger\n"
        f"limit, {LIMIT} MB at the peak: {word} ({highest:.0f})"
    )


def save(result: Result, path: Path = LATEST) -> None:
    path.write_text(json.dumps(asdict(result), indent=1), encoding="utf-8")


def _cells(row: Row) -> tuple[str, ...]:
    return (
        row.name,
        f"{median(row.rates):.0f} ({min(row.rates):.0f}-{max(row.rates):.0f})",
        f"{median(row.ratios):.4f} ({min(row.ratios):.4f}-{max(row.ratios):.4f})",
        f"{max(row.peaks):.0f}",
    )
