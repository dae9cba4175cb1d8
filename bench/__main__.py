"""`python -m bench WHAT [--quick]`: see bench/README.md."""

import argparse
import os
import sys
from typing import Any

import django

from bench import servers

WHAT = ["checkout", "pages", "import", "relay", "stats"]


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument(
        "what", choices=["checkout", "pages", "import", "relay", "stats"]
    )
    parser.add_argument(
        "--quick",
        action="store_true",
        default=os.environ.get("QUICK", "") not in {"", "0"},
        help="less of it: a look, not a figure to quote (QUICK=1 is the same)",
    )
    asked = parser.parse_args(arguments)
    with servers.environment(broker=asked.what == "relay"):
        django.setup()
        if asked.what == "pages":
            from bench import pages

            pages.main(quick=asked.quick)
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


def _rooms(what: str) -> tuple[Any, Any]:
    """What measures, and what tells. Django is set up by now."""
    if what == "relay":
        from bench import relay

        return relay, relay
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
