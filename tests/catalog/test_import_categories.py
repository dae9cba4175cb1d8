"""`import_categories`: thousands of paths in a handful of queries."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.translation import override

from catalog import services
from catalog.models import Category
from tests.catalog.imports import Run, importer, row_counts
from tests.factories import make_category

pytestmark = pytest.mark.django_db

SOUND: tuple[list[str], ...] = ([], [], [], [], [])


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    with override("en"):
        yield


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return partial(importer(tmp_path), command="import_categories")


def tree() -> list[tuple[int, str, int]]:
    nodes = Category.objects.get_tree()
    return [(node.level, node.name_ru, node.numchild) for node in nodes]


def test_paths_become_a_tree(run: Run) -> None:
    outcome = run("path\nA > B > C\nA\nD\nA > E\na > b > f\n")
    assert (outcome.out, outcome.error) == ("created 5, unchanged 0, failed 0\n", "")
    assert tree() == [
        (0, "A", 2), (1, "B", 2), (2, "C", 0), (2, "f", 0), (1, "E", 0), (0, "D", 0),
    ]  # fmt: skip
    assert Category.objects.find_problems() == SOUND


def test_a_second_time_changes_nothing(run: Run) -> None:
    text = "path\nA > B\nC\nA > b\n"
    assert run(text).out == "created 2, unchanged 1, failed 0\n"
    before = list(Category.objects.values())
    assert run(text).out == "created 0, unchanged 3, failed 0\n"
    assert list(Category.objects.values()) == before


def test_new_ones_stand_after_those_that_are_there(run: Run) -> None:
    a = make_category("A")
    gone = make_category("gone", a)
    make_category("B", a)
    services.delete_category(gone)
    run("path\nA > C\nA > B > D\nZ\n")
    assert tree() == [(0, "A", 2), (1, "B", 1), (2, "D", 0), (1, "C", 0), (0, "Z", 0)]
    assert Category.objects.find_problems() == SOUND
    services.create_category(name="E", parent=a)
    assert Category.objects.find_problems() == SOUND


def test_addresses_are_unique_and_texts_stand_in_both_columns(run: Run) -> None:
    make_category("Чехлы")
    with override("kk"):
        run("path\nA > Чехлы\nB > Чехлы\n☃\n☃ > ☃\n")
    rows = Category.objects.rewrite(False).order_by("path")
    assert list(rows.values_list("slug", "name", "name_ru", "name_kk")) == [
        ("chekhly", "Чехлы", "Чехлы", None),
        ("a", "A", "A", None),
        ("chekhly-2", "Чехлы", "Чехлы", None),
        ("b", "B", "B", None),
        ("chekhly-3", "Чехлы", "Чехлы", None),
        ("category", "☃", "☃", None),
        ("category-2", "☃", "☃", None),
    ]


def test_bars_belong_to_names_and_escapes_are_read(run: Run) -> None:
    run("path\nA|B > |C | D\n" r"E\>F" "\n")
    assert tree() == [(0, "A|B", 1), (1, "|C | D", 0), (0, "E>F", 0)]


def test_other_columns_are_passed_over(run: Run) -> None:
    assert run("id;Path\n1;A > B\n").out == "created 1, unchanged 0, failed 0\n"


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("A >  > B,x", "a name is missing in the path “A > > B”"),
        (",x", "a name is missing in the path “”"),
        ("x" * 256 + ",x", "at most 255 characters"),
        (">".join("x" * 256) + ",x", "categories cannot be nested deeper than this"),
        ("A,x,y", "3 cells, but the header has 2"),
    ],
)
def test_a_bad_row_refuses_everything(run: Run, row: str, reason: str) -> None:
    make_category("Old")
    before = row_counts()
    outcome = run(f"path,note\nOld,\nNew,\n{row}\n")
    assert outcome.err == f"line 4: {reason}\n"
    assert outcome.out == "created 0, unchanged 1, failed 1\n"
    assert outcome.error == "Nothing was changed: 1 row is bad."
    assert row_counts() == before


def test_a_file_without_paths(run: Run, tmp_path: Path) -> None:
    outcome = run("name\nA\n")
    assert outcome.error == f"{tmp_path / 'file.csv'}: The file has no column path."


def test_the_number_of_queries_does_not_depend_on_the_number_of_paths(run: Run) -> None:
    make_category("Old")

    def queries_of(name: str, count: int) -> int:
        paths = "".join(f"Old > {name} > {name}{n}\n{name}{n}\n" for n in range(count))
        with CaptureQueriesContext(connection) as queries:
            run(f"path\n{paths}")
        return len(queries)

    few, many = queries_of("a", 1), queries_of("b", 40)
    assert few == many <= 10
