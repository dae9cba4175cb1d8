"""The order of siblings, which staff drag into place."""

import pytest

from catalog import services
from catalog.exceptions import CategoryCycle, CategoryExists
from catalog.models import Category
from tests.factories import make_category

pytestmark = pytest.mark.django_db


def tree() -> list[tuple[int, str]]:
    return [(node.level, node.name) for node in Category.objects.get_tree()]


def test_a_category_takes_its_place_before_a_sibling() -> None:
    a, _b, c = make_category("a"), make_category("b"), make_category("c")
    services.move_category_before(c, a)
    assert tree() == [(0, "c"), (0, "a"), (0, "b")]


def test_a_category_moves_to_another_parent_with_all_below_it() -> None:
    a, b = make_category("a"), make_category("b")
    make_category("a2", make_category("a1", a))
    b1 = make_category("b1", b)
    services.move_category_before(a, b1)
    assert tree() == [(0, "b"), (1, "a"), (2, "a1"), (3, "a2"), (1, "b1")]
    assert Category.objects.find_problems() == ([], [], [], [], [])


def test_before_itself_is_where_it_stands() -> None:
    a, _b = make_category("a"), make_category("b")
    services.move_category_before(a, a)
    assert tree() == [(0, "a"), (0, "b")]


def test_not_below_itself() -> None:
    a = make_category("a")
    a2 = make_category("a2", make_category("a1", a))
    with pytest.raises(CategoryCycle):
        services.move_category_before(a, a2)
    assert tree() == [(0, "a"), (1, "a1"), (2, "a2")]


def test_not_beside_one_of_the_same_name() -> None:
    a, b = make_category("a"), make_category("b")
    below = make_category("B", a)
    with pytest.raises(CategoryExists):
        services.move_category_before(below, b)
    assert tree() == [(0, "a"), (1, "B"), (0, "b")]
