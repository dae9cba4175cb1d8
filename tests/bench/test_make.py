"""`make` hears what bench/README.md says to it, before its name and after it."""

import os
import subprocess

import pytest

from tests.faults.processes import ROOT

# What the commands of the Makefile are told, without running one.
TELL = "told:\n\t@echo $(BENCH) $$BASE $(COVERAGE)"


def told(*arguments: str, **variables: str) -> list[str]:
    known = {
        name: value
        for name, value in os.environ.items()
        if name not in {"BENCH", "BASE", "COVERAGE", "MAKEFLAGS", "MAKELEVEL"}
    }
    return subprocess.run(  # noqa: S603 - our own command
        ["make", "--no-print-directory", "--eval", TELL, *arguments, "told"],  # noqa: S607
        cwd=ROOT,
        env={**known, **variables},
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()


def test_speed_is_measured_unless_it_is_told_otherwise() -> None:
    assert told() == ["speed"]


@pytest.mark.parametrize("way", ["before", "after"])
def test_it_may_be_told_otherwise(way: str) -> None:
    said = {"BENCH": "import", "BASE": "v1.0", "COVERAGE": "--cov"}
    if way == "before":
        heard = told(**said)
    else:
        heard = told(*(f"{name}={value}" for name, value in said.items()))
    assert heard == ["import", "v1.0", "--cov"]
