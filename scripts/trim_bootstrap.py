"""Of Bootstrap's style sheet what the shop's pages use: a third of its bytes.

`make styles` writes it anew when a template uses a class of Bootstrap for the first
time; a test says so. Bootstrap's own file stays beside it as it came.
"""

import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "static" / "vendor" / "bootstrap-5.3.8"
SOURCE = FOLDER / "bootstrap.min.css"
TARGET = FOLDER / "bootstrap.used.css"
# Put together from parts where they are used (templates/includes/messages.html).
ALERTS = ("danger", "info", "secondary", "success", "warning")
TAG = re.compile(r"\{%.*?%\}|\{\{.*?\}\}|\{#.*?#\}", re.S)
CLASS_ATTRIBUTE = re.compile(r'\bclass="([^"]*)"')
NAME = re.compile(r"[A-Za-z][\w-]*")
VALUE = r'(?:[^;{}"]|"[^"]*")*(?:;|(?=}))'
DECLARATION = re.compile(rf"(?<![\w-])(--bs-[\w-]+):{VALUE}")
VARIABLE = re.compile(r"var\((--bs-[\w-]+)")


def used_classes() -> set[str]:
    """Every class that a template or a form gives to an element."""
    found = {f"alert-{kind}" for kind in ALERTS}
    for template in (ROOT / "templates").rglob("*.html"):
        plain = TAG.sub(" ", template.read_text(encoding="utf-8"))
        for value in CLASS_ATTRIBUTE.findall(plain):
            found.update(NAME.findall(value))
    tags = ROOT / "shop" / "templatetags" / "form_tags.py"
    found.update(NAME.findall(tags.read_text(encoding="utf-8")))
    return found


def blocks(css: str) -> Iterator[tuple[str, str]]:
    """(what stands before the braces, what stands in them), not looking deeper."""
    start = depth = 0
    prelude = ""
    for place in (match.start() for match in re.finditer(r"[{}]", css)):
        if css[place] == "{":
            if depth == 0:
                prelude, start = css[start:place], place + 1
            depth += 1
        else:
            depth -= 1
            if depth == 0:
                yield prelude, css[start:place]
                start = place + 1


def is_used(selector: str, classes: set[str]) -> bool:
    if "[data-bs-" in selector:
        # For its scripts and its own switch of themes, which the shop does without.
        return False
    plain = re.sub(r":not\([^)]*\)", "", selector)
    return set(re.findall(r"\.([A-Za-z][\w-]*)", plain)) <= classes


def trimmed(css: str, classes: set[str]) -> list[tuple[str, str]]:
    kept = []
    for prelude, body in blocks(css):
        if prelude.startswith("@media"):
            inner = trimmed(body, classes)
            if inner:
                kept.append((prelude, written(inner)))
        elif prelude.startswith("@"):
            kept.append((prelude, body))
        else:
            selectors = [one for one in _parts(prelude) if is_used(one, classes)]
            if selectors:
                kept.append((",".join(selectors), body))
    return kept


def written(rules: list[tuple[str, str]]) -> str:
    return "".join(f"{prelude}{{{body}}}" for prelude, body in rules)


def without_unused(css: str, others: str) -> str:
    """Without variables that nobody reads, and movements that nobody makes."""
    before = ""
    while css != before:
        # Each that goes may have been the only reader of another.
        before = css
        unread = set(DECLARATION.findall(css)) - set(VARIABLE.findall(css + others))
        for name in unread:
            css = re.sub(rf"(?<![\w-]){name}:{VALUE}", "", css)
    for prelude, body in list(blocks(css)):
        name = prelude.removeprefix("@keyframes ")
        if name != prelude and css.count(name) == 1:
            css = css.replace(f"{prelude}{{{body}}}", "")
    return re.sub(r";}", "}", css)


def used_styles() -> str:
    """What TARGET has to hold today."""
    source = SOURCE.read_text(encoding="utf-8")
    header, rest = source.removeprefix('@charset "UTF-8";').split("*/", 1)
    own = (ROOT / "static" / "css").glob("*.css")
    others = "".join(file.read_text(encoding="utf-8") for file in own)
    css = without_unused(written(trimmed(rest, used_classes())), others)
    header = header.replace(
        "/*!", "/*! Parts, made by scripts/trim_bootstrap.py, of", 1
    )
    return f'@charset "UTF-8";{header}*/\n{re.sub(r"[^{}]*{}", "", css)}\n'


def _parts(selectors: str) -> list[str]:
    """By the commas that stand in no brackets."""
    return re.split(r",(?![^(]*\))", selectors)


if __name__ == "__main__":
    TARGET.write_text(used_styles(), encoding="utf-8")
