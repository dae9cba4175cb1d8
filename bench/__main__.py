"""`python -m bench WHAT [--quick]`: see bench/README.md."""

import argparse
import os
import sys
from typing import Any

import django

from bench import servers

WHAT = ["speed", "checkout", "pages", "import", "relay", "stats", "costs"]


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("what", choices=WHAT)
    parser.add_argument(
        "--quick",
        action="store_true",
        default=os.environ.get("QUICK", "") not in {"", "0"},
        help="less of it: a look, not a figure to quote (QUICK=1 is the same)",
    )
    parser.add_argument(
        "--base",
        default=os.environ.get("BASE", ""),
        help="a commit to compare the speed with (BASE=commit is the same)",
    )
    asked = parser.parse_args(arguments)
    if asked.what == "speed" and asked.base:
        return _compare(asked.base, quick=asked.quick)
    with servers.environment(broker=asked.what == "relay"):
        django.setup()
        if asked.what == "pages":
            from bench import pages

            pages.main(quick=asked.quick)
            return 0
        if asked.what == "costs":
            from bench import costs

            costs.main(quick=asked.quick)
            return 0
        from bench.goods import Wrong

        bench, report = _rooms(asked.what)
        try:
            result = bench.run(bench.QUICK if asked.quick else bench.Size())
        except Wrong as wrong:
            sys.stderr.write(f"No figures: {wrong}\n")
            return 1
        report.save(result)
        sys.stdout.write(f"{report.table(result)}\n")
    return 0


def _compare(base: str, *, quick: bool) -> int:
    # In processes of their own, each with its own tree's shop.
    from bench import compare
    from bench.errors import Wrong

    try:
        compare.main(base, quick=quick)
    except Wrong as wrong:
        sys.stderr.write(f"No figures: {wrong}\n")
        return 1
    return 0


def _rooms(what: str) -> tuple[Any, Any]:
    """What measures, and what tells. Django is set up by now."""
    if what == "relay":
        from bench import relay

        return relay, relay
    if what == "speed":
        from bench import speed

        return speed, speed
    if what == "stats":
        from bench import stats

        return stats, stats
    if what == "import":
        from bench import import_report, imports

        return imports, import_report
    from bench import checkout, report

    return checkout, report


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
