"""The papers name what the code has: neither less nor more."""

import importlib
import re
import runpy
from pathlib import Path
from types import SimpleNamespace

from orders.models import Order
from shop.celery import app as celery

ROOT = Path(__file__).resolve().parents[1]
environment = SimpleNamespace(**runpy.run_path(str(ROOT / "scripts/environment.py")))


def text(path: str) -> str:
    return (ROOT / path).read_text(encoding="utf-8")


def test_the_pages_of_variables_are_those_of_the_table():
    rows, known = environment.table(), environment.defaults()
    # If not, run scripts/environment.py: it writes both.
    now = text("docs/ENVIRONMENT.md")
    assert environment.page(rows, known, now) == now
    now = text(".env.example")
    assert environment.example(rows, known, now) == now


def test_the_table_has_every_variable_once_and_none_that_nobody_reads():
    named = [
        name
        for group in environment.table().values()
        for row in group
        for name in row["names"]
    ]
    assert sorted(named) == sorted(set(named))
    assert environment.defaults().keys() <= set(named)
    beside = set(named) - environment.defaults().keys()
    # What starts the shop reads some variables too.
    starting = [
        path.read_text(encoding="utf-8", errors="replace")
        for pattern in ("shop/**/*.py", "scripts/*", "Dockerfile", "*.yml", "Makefile")
        for path in ROOT.glob(pattern)
        if path.is_file() and path.name != "environment.py"
    ]
    unread = [n for n in beside if not any(re.search(rf"\b{n}\b", t) for t in starting)]
    assert unread == []


def test_a_default_is_written_down_once():
    """The table says in words what the settings do not say as a value."""
    known = environment.defaults()
    twice = [
        row["names"]
        for group in environment.table().values()
        for row in group
        if "default" in row and known.get(row["names"][0]) == row["default"].strip("`")
    ]
    assert twice == []


def test_a_row_that_was_written_into_the_page_is_adopted():
    """What somebody does after a merge, in which a new row came along."""
    row = "| `NEW_ONE`, `NEW_TWO` | `5` | what `a \\| b` means |\n"
    now = text("docs/ENVIRONMENT.md").replace("\n\n## Servers", f"\n{row}\n## Servers")
    rows = environment.adopt(environment.table(), environment.defaults(), now)
    assert list(rows) == list(environment.table())
    assert rows["Safety"][-1] == {
        "names": ["NEW_ONE", "NEW_TWO"],
        "default": "`5`",
        "meaning": "what `a \\| b` means",
    }
    assert environment.page(rows, environment.defaults(), now) == now
    assert environment.as_toml(rows).count("NEW_ONE") == 1


def test_what_changing_names_is_in_the_code():
    """`path` is there, and in `path: name` the name is in the file."""
    page = text("docs/CHANGING.md")
    named = re.findall(r"`([\w./]+/[\w./]*|[\w]+\.(?:py|md))(?:: ([^`]+))?`", page)
    assert len(named) > 60
    for path, name in named:
        if path.startswith("/"):
            continue  # an address
        # An app's own file of that name is meant where there is no folder.
        places = (
            [ROOT / path] if "/" in path else [*ROOT.glob(f"*/{path}"), ROOT / path]
        )
        found = [place for place in places if place.exists()]
        assert found, path
        assert not name or name in text(path), f"{path}: {name}"


def test_links_between_the_papers_lead_somewhere():
    for paper in [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]:
        for target in re.findall(r"\]\(([^)#:]+)\)", paper.read_text(encoding="utf-8")):
            assert (paper.parent / target).exists(), f"{paper.name}: {target}"


def test_links_to_a_heading_lead_to_one():
    def anchors(path: Path) -> set[str]:
        headings = re.findall(r"^#+ (.+)$", path.read_text("utf-8"), re.MULTILINE)
        # As the pages that show them make an address of a heading.
        return {re.sub(r"[^\w\- ]", "", h.lower()).replace(" ", "-") for h in headings}

    for paper in [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]:
        links = re.findall(r"\]\(([^)#:]*)#([^)]+)\)", paper.read_text("utf-8"))
        for target, anchor in links:
            place = paper.parent / target if target else paper
            assert anchor in anchors(place), f"{paper.name}: {target}#{anchor}"


def test_every_paper_is_read_on_to_from_the_readme():
    readme = text("README.md")
    papers = sorted(path.name for path in ROOT.glob("docs/*.md"))
    assert [name for name in papers if f"docs/{name}" not in readme] == []


def test_pictures_of_the_readme_are_there_and_small():
    named = re.findall(r'src="([^"]+)"', text("README.md"))
    assert sorted(named) == sorted(
        path.relative_to(ROOT).as_posix() for path in ROOT.glob("docs/images/*")
    )
    assert all((ROOT / name).stat().st_size < 150_000 for name in named)


def test_the_drawing_of_an_orders_life_is_its_life():
    page = (
        text("docs/ARCHITECTURE.md").partition("stateDiagram-v2")[2].partition("```")[0]
    )
    drawn = set(re.findall(r"^ +(\w+) --> (\w+)", page, re.MULTILINE))
    assert drawn == {
        (str(before), str(after))
        for before, steps in Order.NEXT.items()
        for after in steps
    }


def test_every_task_has_a_row_in_the_page_of_operations():
    for tasks in ROOT.glob("*/tasks.py"):
        importlib.import_module(f"{tasks.parent.name}.tasks")
    ours = {path.parent.name for path in ROOT.glob("*/tasks.py")}
    known = {name for name in celery.tasks if name.partition(".")[0] in ours}
    told = re.findall(r"^\| `(\w+\.tasks\.\w+)` \|", text("docs/OPERATIONS.md"), re.M)
    assert sorted(told) == sorted(known)
