"""The files that describe how the shop is run, as data."""

import ast
import json
import re
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
COMPOSE_SCHEMA = Path(__file__).parent / "compose-spec/compose-spec.json"
# Promised by the settings of logs; nothing breaks where they do not know them yet.
LOGS = {"LOG_DIR", "LOG_FORMAT"}


def text(path: str) -> str:
    return (ROOT / path).read_text(encoding="utf-8")


def compose() -> dict[str, Any]:
    found = yaml.safe_load(text("docker-compose.yml"))
    assert isinstance(found, dict)
    return found


def compose_schema() -> dict[str, Any]:
    found = json.loads(COMPOSE_SCHEMA.read_text(encoding="utf-8"))
    assert isinstance(found, dict)
    return found


def documented_variables() -> set[str]:
    """Those of docs/ENVIRONMENT.md, without the ones for tests."""
    page = text("docs/ENVIRONMENT.md").split("## For the tests")[0]
    rows = re.findall(r"^\| (`[^|]+) \|", page, re.MULTILINE)
    return {name for row in rows for name in re.findall(r"`(\w+)`", row)} | LOGS


def gunicorn_settings() -> dict[str, Any]:
    """What scripts/gunicorn.production.py says in plain values, without running it."""
    tree = ast.parse(text("scripts/gunicorn.production.py"))
    found: dict[str, Any] = {}
    for line in tree.body:
        if isinstance(line, ast.Assign) and isinstance(line.value, ast.Constant):
            found |= {ast.unparse(name): line.value.value for name in line.targets}
    return found


def stages(dockerfile: str) -> list[list[tuple[str, str]]]:
    """Each stage's instructions and their words, lines joined and comments left out."""
    lines = [
        line
        for line in dockerfile.splitlines()
        if line.strip() and not line.lstrip().startswith("#")
    ]
    joined = re.sub(r"\\\n\s*", "", "\n".join(lines))
    found: list[list[tuple[str, str]]] = []
    for line in joined.splitlines():
        instruction, _, words = line.partition(" ")
        if instruction == "FROM":
            found.append([])
        found[-1].append((instruction, words))
    return found


def let_through(path: str, rules: list[str]) -> bool:
    """Whether .dockerignore lets the path into the build: the last rule that fits."""
    through = True
    parts = path.split("/")
    above = ["/".join(parts[:n]) for n in range(1, len(parts) + 1)]
    for rule in rules:
        pattern = re.escape(rule.lstrip("!"))
        pattern = pattern.replace(r"\*\*/", "(?:.*/)?").replace(r"\*", "[^/]*")
        pattern = pattern.replace(r"\[cod\]", "[cod]")
        if any(re.fullmatch(pattern, one) for one in above):
            through = rule.startswith("!")
    return through


def ignore_rules() -> list[str]:
    lines = text(".dockerignore").splitlines()
    return [line for line in lines if line and not line.startswith("#")]
