"""The lines at the end of the run: how many cases the API was asked, and as whom.

The figures travel in the reports, so that they arrive from pytest-xdist's workers too.
"""

from collections import Counter
from typing import Any

import pytest

PROPERTY = "cases"
_rows: list[dict[str, Any]] = []


def row(caller: str, statuses: Counter[int]) -> dict[str, Any]:
    by_class = Counter(f"{status // 100}xx" for status in statuses.elements())
    return {"caller": caller, "cases": statuses.total(), **by_class}


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    found: Any
    for name, found in report.user_properties:
        if (name, report.when) == (PROPERTY, "teardown"):
            _rows.append(found)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if not _rows:
        return
    terminalreporter.section("the API against its schema")
    for told in _rows:
        classes = ", ".join(
            f"{told[name]} × {name}" for name in sorted(told) if name[0].isdigit()
        )
        terminalreporter.line(f"{told['caller']:<10}{told['cases']:>8}  {classes}")
    total = sum(told["cases"] for told in _rows)
    terminalreporter.line(f"{'cases':<10}{total:>8}")
