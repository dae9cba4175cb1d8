"""Two commits side by side: `make bench BASE=<commit>`.

Each is measured by this bench on its own tree, one after the other; what is compared
are the ratios to each one's own floor.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from bench.errors import Wrong

ROOT = Path(__file__).resolve().parents[1]
# What measures is the same for both: of the older tree only the shop is taken.
OURS = ("bench", "tests/services")


def main(base: str, *, quick: bool) -> None:
    """Print both, and how many times as quick this tree is as `base`.

    Raises Wrong if there is no such commit, or either gives no figures.
    """
    with tempfile.TemporaryDirectory(prefix="duken-base-") as directory:
        tree = Path(directory, "tree")
        if _git("worktree", "add", "--detach", "--force", str(tree), base):
            raise Wrong(f"there is no commit {base}")
        try:
            for name in OURS:
                shutil.rmtree(tree / name, ignore_errors=True)
                shutil.copytree(ROOT / name, tree / name)
            before = _measured(tree, quick)
        finally:
            _git("worktree", "remove", "--force", str(tree))
    after = _measured(ROOT, quick)
    sys.stdout.write(f"{table(base, before, after)}\n")


def table(base: str, before: dict[str, Any], after: dict[str, Any]) -> str:
    """Ratios to the floor, statements and bytes of each row; rows that both have."""
    lines = [
        f"| row | of the floor, {base} | now | times as quick | SQL | bytes |",
        "|---|---|---|---|---|---|",
    ]
    for name, old in before["rows"].items():
        new = after["rows"].get(name)
        if new is None:
            continue
        lines.append(
            f"| {name} | {old['ratio']:.3f} | {new['ratio']:.3f}"
            f" | {new['ratio'] / old['ratio']:.2f}"
            f" | {old['queries']} → {new['queries']}"
            f" | {old['bytes']:,} → {new['bytes']:,} |"
        )
    floors = [f"{one['floor_rps']:,.0f}" for one in (before, after)]
    noise = [f"{one['noise']:.0%}" for one in (before, after)]
    lines += [
        "",
        f"floor {floors[0]} and {floors[1]} requests/s, half of its measurements within"
        f" {noise[0]} and {noise[1]}: a row that moved by less has not moved",
    ]
    return "\n".join(lines)


def _measured(tree: Path, quick: bool) -> dict[str, Any]:
    known = {**os.environ, "PYTHONPATH": str(tree), "BASE": ""}
    command = [sys.executable, "-m", "bench", "speed", *(["--quick"] if quick else [])]
    done = subprocess.run(command, cwd=tree, env=known, check=False)  # noqa: S603 - our own command
    if done.returncode:
        raise Wrong(f"no figures of {tree.name}")
    latest = tree / "bench" / "results" / "latest.json"
    return dict(json.loads(latest.read_text(encoding="utf-8")))


def _git(*arguments: str) -> int:
    command = ["git", "-C", str(ROOT), *arguments]
    return subprocess.run(command, check=False, capture_output=True).returncode  # noqa: S603
