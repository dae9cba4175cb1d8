"""The page of the shop's variables, and .env.example, from one table.

    scripts/environment.py            write both
    scripts/environment.py --adopt    first make the table what the page says

The table is shop/environment.toml: for each section the variables with their meaning,
in the order of the page. A default is read from the settings themselves wherever it is
written there as a value; where it follows from something else, the table says it in
words. What stands on the page before the first section and from "For the tests" on is
written by hand. tests/test_papers.py compares, and names what is in the settings and
not in the table.

After a merge in which somebody has written into the page by hand: --adopt.
"""

import ast
import json
import re
import sys
import textwrap
import tomllib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
TABLE = ROOT / "shop" / "environment.toml"
PAGE = ROOT / "docs" / "ENVIRONMENT.md"
EXAMPLE = ROOT / ".env.example"
BY_HAND = "## For the tests"
HEADER = """\
# Every variable of the shop: scripts/environment.py writes docs/ENVIRONMENT.md and
# .env.example from it. `default` only where the settings do not name it as a value.
"""
Table = dict[str, list[dict[str, Any]]]
Defaults = dict[str, str | None]


def table() -> Table:
    return tomllib.loads(TABLE.read_text(encoding="utf-8"))


def defaults() -> Defaults:
    """Each variable that the shop's code reads; its default, None if it is no value."""
    found: Defaults = {}
    for path in sorted((ROOT / "shop").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if name := _variable(node):
                assert isinstance(node, ast.Call)  # noqa: S101 - for mypy  # nosec B101
                value = _default(node)
                # Of two readers the one that names a value counts.
                found[name] = value if value is not None else found.get(name)
    return found


def _variable(node: ast.AST) -> str:
    """The name in `env.str("NAME", …)` or `env("NAME")`, or nothing."""
    if not isinstance(node, ast.Call) or not node.args:
        return ""
    reader = node.func.value if isinstance(node.func, ast.Attribute) else node.func
    name = node.args[0]
    if not isinstance(reader, ast.Name) or reader.id != "env":
        return ""
    return str(name.value) if isinstance(name, ast.Constant) else ""


def _default(call: ast.Call) -> str | None:
    for keyword in call.keywords:
        if keyword.arg == "default":
            try:
                value = ast.literal_eval(keyword.value)
            except ValueError:
                return None
            if isinstance(value, bool):
                return str(value).lower()
            return ",".join(value) if isinstance(value, list) else str(value)
    return None


def page(rows: Table, known: Defaults, now: str) -> str:
    """docs/ENVIRONMENT.md as it should be; `now` is what it is."""
    head, tail = now.split("\n## ", 1)[0], now.partition(BY_HAND)[2]
    parts = [head]
    # In the page's order; a section that has no variables keeps what is said there.
    for section in dict.fromkeys([*_sections(now), *rows]):
        before, after = _prose(section, now)
        lines = ["| variable | default | meaning |", "|---|---|---|"]
        for row in rows.get(section, []):
            names = ", ".join(f"`{name}`" for name in row["names"])
            lines.append(f"| {names} | {_shown(row, known)} | {row['meaning']} |")
        listed = "\n".join(lines) if section in rows else ""
        written = "\n\n".join(part for part in (before, listed, after) if part)
        parts.append(f"\n## {section}\n\n{written}\n")
    return "".join(parts) + (f"\n{BY_HAND}{tail}" if tail else "")


def _sections(text: str) -> list[str]:
    return re.findall(r"^## (.+)$", text.partition(BY_HAND)[0], re.MULTILINE)


def _prose(section: str, now: str) -> tuple[str, str]:
    """What somebody has written before and after the table of a section."""
    text = now.partition(f"\n## {section}\n")[2].partition("\n## ")[0]
    lines = text.splitlines()
    rows = [place for place, line in enumerate(lines) if line.startswith("|")]
    if not rows:
        return text.strip(), ""
    after = [line for line in lines[rows[0] :] if not line.startswith("|")]
    return "\n".join(lines[: rows[0]]).strip(), "\n".join(after).strip()


def _shown(row: dict[str, Any], known: Defaults) -> str:
    if "default" in row:
        return str(row["default"])
    values = dict.fromkeys(known.get(name) or "" for name in row["names"])
    return ", ".join(f"`{value}`" if value else "none" for value in values)


def _value(row: dict[str, Any], place: int, known: Defaults) -> str:
    """The default of the row's variable at this place, if it is a value."""
    if "default" not in row:
        return known.get(row["names"][place]) or ""
    told = str(row["default"])
    values = re.findall(r"`([^`]*)`", told) if told.startswith("`") else [""]
    return str(values[place] if len(values) == len(row["names"]) else values[0])


def example(rows: Table, known: Defaults, now: str) -> str:
    """.env.example as it should be; `now` is what it is."""
    parts = [now.partition("# --- ")[0].rstrip("\n") + "\n"]
    names = {name for group in rows.values() for row in group for name in row["names"]}
    for section, variables in rows.items():
        parts.append(f"\n# --- {section} ---\n")
        for row in variables:
            text = re.sub(r"\[([^]]+)\]\([^)]+\)", r"\1", row["meaning"])
            parts += [
                f"# {line}\n" for line in textwrap.wrap(text.replace("`", ""), width=86)
            ]
            for place, name in enumerate(row["names"]):
                value = _value(row, place, known)
                # That of another variable is no value.
                value = "" if value in names else value
                # The key is the only one that has to be there.
                sign = "" if name == "SECRET_KEY" else "#"
                parts.append(f"{sign}{name}={value}\n")
    return "".join(parts)


def rows_of(text: str) -> list[tuple[str, dict[str, Any]]]:
    """The rows of a page's tables, each with its section."""
    found = []
    for part in text.partition(BY_HAND)[0].split("\n## ")[1:]:
        section = part.partition("\n")[0]
        for line in part.splitlines():
            if line.startswith("| `"):
                text = line.removeprefix("| ").rstrip(" |")
                cells = re.split(r"(?<!\\) \| ", text, maxsplit=2)
                names = re.findall(r"`(\w+)`", cells[0])
                row = {"names": names, "default": cells[1], "meaning": cells[2]}
                found.append((section, row))
    return found


def adopt(rows: Table, known: Defaults, now: str) -> Table:
    """The table as the page has it, and what only the table has."""
    result: Table = {}
    for section, row in rows_of(now):
        bare = {"names": row["names"]}
        if _shown(bare, known) == row["default"]:
            row = {**bare, "meaning": row["meaning"]}
        result.setdefault(section, []).append(row)
    named = {
        name for group in result.values() for row in group for name in row["names"]
    }
    for section, group in rows.items():
        left = [row for row in group if not named & set(row["names"])]
        if left:
            result.setdefault(section, []).extend(left)
    return result


def as_toml(rows: Table) -> str:
    """A string of JSON is one of TOML."""
    parts = [HEADER]
    for section, variables in rows.items():
        for row in variables:
            parts.append(f"\n[[{json.dumps(section)}]]\n")
            parts += [
                f"{key} = {json.dumps(value, ensure_ascii=False)}\n"
                for key, value in row.items()
            ]
    return "".join(parts)


def main() -> None:
    rows, known = table() if TABLE.exists() else {}, defaults()
    now = PAGE.read_text(encoding="utf-8")
    if sys.argv[1:] == ["--adopt"]:
        rows = adopt(rows, known, now)
        TABLE.write_text(as_toml(rows), encoding="utf-8")
    PAGE.write_text(page(rows, known, now), encoding="utf-8")
    written = EXAMPLE.read_text(encoding="utf-8")
    EXAMPLE.write_text(example(rows, known, written), encoding="utf-8")
    mine = {name for group in rows.values() for row in group for name in row["names"]}
    if missing := sorted(known.keys() - mine):
        sys.exit(f"Not in {TABLE.relative_to(ROOT)}: {', '.join(missing)}")


if __name__ == "__main__":
    main()
