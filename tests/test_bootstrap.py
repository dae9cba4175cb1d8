"""Of Bootstrap the pages load what they use, and nothing of that is missing."""

import re
import runpy
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def test_bootstrap_is_there_as_far_as_pages_use_it() -> None:
    trim = runpy.run_path(str(ROOT / "scripts" / "trim_bootstrap.py"))
    in_styles = re.compile(r"\.([A-Za-z][\w-]*)")
    needed = set(in_styles.findall(trim["used_styles"]()))
    there = set(in_styles.findall(trim["TARGET"].read_text(encoding="utf-8")))
    assert needed - there == set(), "make styles takes them over"


def test_of_bootstrap_nothing_is_lost_on_the_way() -> None:
    trim = runpy.run_path(str(ROOT / "scripts" / "trim_bootstrap.py"))
    css = (
        ".a,.b:not(.x):hover{color:var(--bs-one)}.b{--bs-one:1;--bs-two:2}"
        "@media (min-width:1px){.a.b{top:0}.b{top:0}}@keyframes go{to{top:0}}"
        '[data-bs-theme=dark]{top:0}.a{--bs-url:url("data:x;y")}'
        ".a{background:var(--bs-url)}"
    )
    rules = trim["written"](trim["trimmed"](css, {"a"}))
    assert trim["without_unused"](rules, "") == (
        ".a{color:var(--bs-one)}"
        '.a{--bs-url:url("data:x;y")}.a{background:var(--bs-url)}'
    )
    both = trim["written"](trim["trimmed"](css, {"a", "b"}))
    assert trim["without_unused"](both, ".own{top:var(--bs-two)}") == (
        ".a,.b:not(.x):hover{color:var(--bs-one)}.b{--bs-one:1;--bs-two:2}"
        "@media (min-width:1px){.a.b{top:0}.b{top:0}}"
        '.a{--bs-url:url("data:x;y")}.a{background:var(--bs-url)}'
    )
