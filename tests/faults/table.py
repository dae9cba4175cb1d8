"""The table at the end of the run: which faults, how many, and what was lost.

The figures travel in the reports, so that they arrive from pytest-xdist's workers too.
"""

from typing import Any

import pytest

PROPERTY = "faults"
COLUMNS = ("injected", "orders", "requests", "answered", "retried", "lost")
_rows: list[dict[str, Any]] = []


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    row: Any
    for name, row in report.user_properties:
        if (name, report.when) == (PROPERTY, "teardown"):
            _rows.append(row)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if not _rows:
        return
    width = max(len(row["fault"]) for row in _rows)
    terminalreporter.section("the shop under faults")
    heads = "  ".join(f"{name:>8}" for name in COLUMNS)
    terminalreporter.line(f"{'fault':<{width}}  {heads}")
    for row in _rows:
        figures = "  ".join(f"{row[name]:>8}" for name in COLUMNS)
        terminalreporter.line(f"{row['fault']:<{width}}  {figures}")
