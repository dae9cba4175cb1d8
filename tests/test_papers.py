"""The papers name what the code has: neither less nor more."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def text(path: str) -> str:
    return (ROOT / path).read_text(encoding="utf-8")


def variables_of_the_settings() -> set[str]:
    return set(re.findall(r'\benv\.\w+\(\s*"(\w+)"', text("shop/settings.py")))


def test_the_example_environment_has_every_variable_of_the_settings():
    named = re.findall(r"^#?([A-Z_]+)=", text(".env.example"), re.MULTILINE)
    assert sorted(named) == sorted(variables_of_the_settings())


def test_the_configuration_page_has_every_variable_of_the_settings():
    page = text("docs/ENVIRONMENT.md").split("## For the tests")[0]
    rows = re.findall(r"^\| (`[^|]+) \|", page, re.MULTILINE)
    named = [name for row in rows for name in re.findall(r"`(\w+)`", row)]
    assert sorted(named) == sorted(variables_of_the_settings())


def test_links_between_the_papers_lead_somewhere():
    for paper in [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]:
        for target in re.findall(r"\]\(([^)#:]+)\)", paper.read_text(encoding="utf-8")):
            assert (paper.parent / target).exists(), f"{paper.name}: {target}"
