"""The bench of imports measures what the shop does, and gives no figures otherwise."""

import re
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from openpyxl import load_workbook

from bench import alone, import_report, imports
from bench.goods import Wrong
from catalog.models import Product
from catalog.services.templates import create_template

STEPS = {step.name: step for step in imports.STEPS}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    imports.write_files(tmp_path, 60)
    return tmp_path


def a_result(*peaks: float) -> imports.Result:
    copy = imports.Row("COPY", [1000.0, 3000.0], [1.0, 1.0], [90.0, 90.0])
    new = imports.Row("all new", [100.0, 150.0], [0.1, 0.05], list(peaks))
    return imports.Result([copy, new], {"rows": 60})


def test_both_kinds_of_file_say_the_same(folder: Path) -> None:
    rows = list(load_workbook(folder / "first.xlsx").active.values)
    lines = (folder / "first.csv").read_text(encoding="utf-8").splitlines()
    assert list(rows[0]) == imports.HEADER
    assert len(rows) == len(lines) == 61
    assert lines[1].startswith(f"{rows[1][0]},{rows[1][1]},{rows[1][2]},")


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_each_step_does_what_it_is_called(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In this process: what is measured is measured by the bench itself."""
    calls: list[str] = []

    def measure(module: str, function: str, *args: Any) -> tuple[float, float]:
        calls.append(function)
        getattr(imports, function)(*args)
        return 2.0, 100.0

    monkeypatch.setattr(imports, "measure", measure)
    create_template(name=imports.TEMPLATE, schema=imports.SCHEMA)
    for name in ("COPY", "all new", "all unchanged", "all changed"):
        step = STEPS[name]
        assert imports._measure(step, folder / step.file) == (2.0, 100.0)
        imports._prove(step, 60)
    assert calls == ["copy", *["import_file"] * 3]
    imports._empty()
    assert not Product.objects.exists()
    step = STEPS["all new, XLSX"]
    imports._measure(step, folder / step.file)
    imports._prove(step, 60)
    product = Product.objects.get(sku="BENCH-0000007")
    assert product.attributes.keys() == imports.SCHEMA.keys()
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE bench_plain")


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_shop_that_differs_gives_no_figures(folder: Path) -> None:
    create_template(name=imports.TEMPLATE, schema=imports.SCHEMA)
    step = STEPS["all new"]
    imports.import_file(folder / step.file, "created")
    with pytest.raises(Wrong, match="unchanged 60"):
        imports.import_file(folder / step.file, "created")
    imports._prove(step, 60)
    Product.objects.filter(sku="BENCH-0000007").update(stock=0)
    with pytest.raises(Wrong, match="BENCH-0000007"):
        imports._prove(step, 60)
    Product.objects.filter(sku="BENCH-0000007").update(template=None)
    with pytest.raises(Wrong):
        imports._prove(step, 60)


def test_a_process_tells_its_own_time_and_memory() -> None:
    seconds, peak = alone.measure("operator", "index", 5)
    assert seconds >= 0
    assert 5 < peak < 1000
    with pytest.raises(alone.Failed, match="TypeError"):
        alone.measure("operator", "index", "x")


def test_the_table_has_medians_and_the_highest_peak() -> None:
    text = import_report.table(a_result(120.0, 299.4))
    (row,) = re.findall(r"^all new.*$", text, re.MULTILINE)
    assert row.split() == [
        "all", "new", "125", "(100-150)", "0.0750", "(0.0500-0.1000)", "299",
    ]  # fmt: skip
    assert "limit, 300 MB at the peak: kept (299)" in text
    assert ": missed (301)" in import_report.table(a_result(301.0))
