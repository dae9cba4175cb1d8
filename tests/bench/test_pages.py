"""The bench of pages compares the same pages, and says which became slower."""

import pytest
from django.db import connection
from django.test import Client

from bench import pages
from shop.demo import bulk
from tests.factories import make_category, make_product
from tests.pages import queries


def a_result(*ratios: float) -> pages.Result:
    row = pages.Row("list", cold=True, statements=4, statements_of_few=4, size=2048)
    row.few, row.many = [10.0 for _ in ratios], [10 * ratio for ratio in ratios]
    slow = pages.Row("facets", cold=False, statements=5, statements_of_few=4, scans=1)
    slow.few, slow.many = [10.0], [30.0]
    about = {"cores": 2, "size": {"few": 1000, "many": 100000}}
    return pages.Result([row, slow], about)


def test_the_table_has_ratios_of_the_same_repeat() -> None:
    text = pages.table(a_result(1.5, 2.0, 1.0))
    assert "p50 ms, 1,000 products | p50 ms, 100,000 |" in text
    assert "| list | cold | 10.0 | 15.0 | 1.50 (1.00 to 2.00) | 4 | 0 | 2 |" in text
    assert (
        "| facets | warm | 10.0 | 30.0 | 3.00 (3.00 to 3.00) | 5 (4) | 1 | 0 |" in text
    )
    assert text.endswith("goal, at most 2 times as long: missed by facets (warm)")


@pytest.mark.postgres
@pytest.mark.django_db
def test_a_page_is_looked_at_in_both_shops() -> None:
    make_product()
    row = pages.Row("list", cold=False)
    pages._look(row, "/", of_few=True)
    pages._look(row, "/", of_few=False)
    assert row.statements == row.statements_of_few == queries(Client(), "/")
    assert row.size > 5000
    assert pages._p50(["/"], cold=True, requests=2) > 0
    with pytest.raises(RuntimeError, match="/nothing/ answered 404"):
        pages._p50(["/nothing/"], cold=True, requests=1)


@pytest.mark.django_db
def test_addresses_are_of_what_the_shop_has() -> None:
    top = make_category("Техника")
    leaf = make_category("Лёгкие", parent=make_category("Ноутбуки", parent=top))
    products = [make_product(categories=[leaf]) for _n in range(3)]
    found = pages._addresses()
    assert found["category"] == ["/category/tekhnika/"]
    assert found["category by price"] == ["/category/legkie/?ordering=price"]
    assert found["product"] == [product.get_absolute_url() for product in products]
    assert found["list, the middle page"] == ["/?page=1"]


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_after_a_load_the_planner_knows_what_there_is() -> None:
    for _n in range(3):
        make_product()
    bulk.tidy()
    with connection.cursor() as cursor:
        cursor.execute("SELECT reltuples FROM pg_class WHERE relname='catalog_product'")
        assert cursor.fetchone() == (3,)
