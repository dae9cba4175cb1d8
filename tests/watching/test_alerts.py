"""The dashboard and the alerts are about figures that there are."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.core.cache import cache
from django.test import Client

from shop.watching import figures, metrics
from tests.watching.reading import samples

ROOT = Path(__file__).resolve().parents[2]
MONITORING = ROOT / "k8s" / "monitoring"
NAME = re.compile(r"\bshop_[a-z_]+")
# Of what this test's process does not have; the figures by themselves are registered.
ELSEWHERE = {"shop_db_pool"}


def rules() -> list[dict[str, Any]]:
    loaded = yaml.safe_load((MONITORING / "rules.yaml").read_text())
    return [rule for group in loaded["spec"]["groups"] for rule in group["rules"]]


def panels() -> list[dict[str, Any]]:
    return json.loads((MONITORING / "dashboard.json").read_text())["panels"]


def expressions() -> list[str]:
    shown = [target["expr"] for panel in panels() for target in panel["targets"]]
    return shown + [rule["expr"] for rule in rules()]


@pytest.mark.django_db
def test_every_figure_that_is_asked_for_is_told(client: Client, settings: Any) -> None:
    settings.METRICS_TOKEN = "a-token"
    cache.delete(figures.KEY)
    client.get("/")
    metrics.count_request("GET", "catalog:product-list", 500, 0.1)
    answer = client.get("/metrics", headers={"Authorization": "Bearer a-token"})
    told = {name for name, _ in samples(answer.content.decode())}
    told |= set(figures.FIGURES) | {one.name for one in figures.OWN} | ELSEWHERE
    asked = {name for text in expressions() for name in NAME.findall(text)}
    assert asked - told == set()
    # And nothing is told that nobody is shown.
    shown = {name for panel in panels() for name in NAME.findall(json.dumps(panel))}
    assert set(figures.FIGURES) - shown == set()


def test_expressions_are_whole() -> None:
    for text in expressions():
        for opening, closing in ("()", "[]", "{}"):
            assert text.count(opening) == text.count(closing), text


def test_every_alert_says_how_bad_it_is_and_what_to_do() -> None:
    names = [rule["alert"] for rule in rules()]
    assert len(names) == len(set(names)) >= 15
    for rule in rules():
        assert rule["labels"]["severity"] in {"critical", "warning"}
        assert rule["annotations"]["summary"] and rule["annotations"]["action"]
        assert re.fullmatch(r"\d+[mh]", rule["for"])
    table = (ROOT / "docs" / "OPERATIONS.md").read_text()
    assert [name for name in names if f"`{name}`" not in table] == []


def test_every_figure_is_in_the_papers() -> None:
    page = (ROOT / "docs" / "OPERATIONS.md").read_text()
    told = {*figures.FIGURES, *(one.name for one in figures.OWN), *ELSEWHERE}
    told |= set(re.findall(r'"(shop_\w+)"', Path(metrics.__file__).read_text()))
    assert sorted(name for name in told if f"`{name}`" not in page) == []


def test_panels_do_not_cover_each_other() -> None:
    taken: set[tuple[int, int]] = set()
    for panel in panels():
        at = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(at["x"], at["x"] + at["w"])
            for y in range(at["y"], at["y"] + at["h"])
        }
        assert at["x"] + at["w"] <= 24 and not cells & taken
        taken |= cells


def test_the_component_names_its_files() -> None:
    loaded = yaml.safe_load((MONITORING / "kustomization.yaml").read_text())
    named = [*loaded["resources"], *loaded["configMapGenerator"][0]["files"]]
    assert loaded["kind"] == "Component"
    there = {file.name for file in MONITORING.iterdir()} - {"kustomization.yaml"}
    assert set(named) == there
    for name in loaded["resources"]:
        one = yaml.safe_load((MONITORING / name).read_text())
        assert one["metadata"]["labels"]["app.kubernetes.io/name"] == "duken"
