"""`python -m bench checkout|pages [--quick]`: see bench/README.md."""

import argparse
import os
import sys

import django

from bench import servers


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("what", choices=["checkout", "pages"])
    parser.add_argument(
        "--quick",
        action="store_true",
        default=os.environ.get("QUICK", "") not in {"", "0"},
        help="fewer purchases: a look, not a figure to quote (QUICK=1 is the same)",
    )
    asked = parser.parse_args(arguments)
    with servers.environment():
        django.setup()
        if asked.what == "pages":
            from bench import pages

            pages.main(quick=asked.quick)
            return 0
        from bench import checkout, goods, report

        try:
            result = checkout.run(checkout.QUICK if asked.quick else checkout.Size())
        except goods.Wrong as wrong:
            sys.stderr.write(f"No figures: {wrong}\n")
            return 1
        report.save(result)
        sys.stdout.write(f"{report.table(result)}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
