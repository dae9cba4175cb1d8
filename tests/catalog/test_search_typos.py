"""Search on PostgreSQL: typos, plans that hold for many products, what is kept."""

import re
from typing import Any

import pytest
from django.core.cache import cache
from django.core.paginator import Paginator
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from catalog.caching import cached_by_content
from catalog.models import Product, SearchEntry, SearchWord
from catalog.search import postgresql, ranking
from catalog.search.index import index_products
from catalog.search.ranking import by_relevance
from catalog.search.understanding import understand
from catalog.services.searching import index_again
from shop.fields import next_numbers
from tests.factories import make_product
from tests.pages import text
from tests.plans import scans, selects, vacuum

pytestmark = [pytest.mark.django_db, pytest.mark.postgres]


@pytest.fixture
def shelf(django_capture_on_commit_callbacks: Any) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        make_product(
            sku="A", name="Принтер лазерный", name_kk="Лазерлік басып шығарғыш"
        )
        make_product(sku="B", name="Холодильник Samsung", name_en="Samsung fridge")
        make_product(sku="C", name="Стол")


def skus(query: str, **how: bool) -> list[str]:
    found = by_relevance(Product.objects.visible().matching(query, ranked=True, **how))
    return [product.sku for product in found[:100]]


# --- Typos ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "meant", "found"),
    [
        ("принтир", "принтер", ["A"]),
        ("принтре", "принтер", ["A"]),
        ("лазерный пинтер", "лазерный принтер", ["A"]),
        ("халодильник", "холодильник", ["B"]),
        ("samsang", "samsung", ["B"]),
        ("ШЫҒАРҒЫЖ", "шығарғыш", ["A"]),
    ],
)
def test_words_with_typos_are_mended_and_the_page_says_so(
    shelf: None, typed: str, meant: str, found: list[str]
) -> None:
    assert skus(typed) == found
    page = Client(headers={"Accept-Language": "en"}).get("/", {"q": typed})
    assert f"Showing results for «{meant}»" in text(page)


@pytest.mark.parametrize("query", ["стул", "принцесса", "12345", "xyz", "нет"])
def test_another_word_is_not_taken_for_a_typo(shelf: None, query: str) -> None:
    assert skus(query) == []
    assert "Nothing found" in text(
        Client(headers={"Accept-Language": "en"}).get("/", {"q": query})
    )


def test_the_words_come_after_the_commit_and_only_those_that_can_be_misspelt(
    django_capture_on_commit_callbacks: Any,
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        make_product(name="Ёлка для дома, 2000 мм, A515F", name_en="Tree")
        assert SearchWord.objects.count() == 0
    words = set(SearchWord.objects.values_list("word", flat=True))
    assert words == {"елка", "дома", "tree"}


# --- Many products --------------------------------------------------------------------


@pytest.fixture
def many() -> None:
    """Three thousand products, every third a kettle, every tenth by its text too."""
    numbers = next_numbers(Product, 3000)
    products = [
        Product(
            sku=f"S-{n}",
            name_ru=f"{'Чайник' if n % 3 == 0 else 'Ложка'} модель{n}",
            description_ru="Подходит чайник" if n % 10 == 0 else "Просто так",
            price=n,
            sold=n % 50,
            number=number,
            slug=f"s-{n}",
        )
        for n, number in enumerate(numbers)
    ]
    Product.objects.bulk_create(products)
    index_products(products)
    with connection.cursor() as cursor:
        # As autovacuum does after a while.
        for index in ("catalog_search_vector", "catalog_search_parts"):
            cursor.execute("SELECT gin_clean_pending_list(%s::regclass)", [index])
        cursor.execute("ANALYZE catalog_product, catalog_searchentry")


ALL_THERE_IS = re.compile(
    r'COUNT\(.*FROM "catalog_product" WHERE \([^ ]+ AND NOT [^ ]+$'
)
ADDRESSES = [
    "/?q=чайник", "/?q=модель7", "/?q=S-77", "/?q=xfqybr", "/?q=одель77",
    "/?q=чайнек", "/?q=нигде", "/?q=чайник модель3", "/?q=чайник&page=9",
    "/?q=чайник&min_price=2900", "/?q=чайник&ordering=price", "/?q=ложка для чая",
    "/search/suggest/?q=ча", "/search/suggest/?q=модель77",
    "/search/suggest/?q=xfq",
    "/api/products?q=чайник", "/api/products?q=чайник&page=3",
]  # fmt: skip


@pytest.mark.django_db(transaction=True)
def test_no_page_of_a_search_reads_a_whole_table(many: None) -> None:
    vacuum()
    for address in ADDRESSES:
        cache.clear()
        with selects() as statements:
            assert Client().get(address).status_code == 200
        assert any("catalog_searchentry" in one.sql for one in statements), address
        # How much the shop has is counted in an index where rows are long, as in
        # test_plans; of these short ones the table itself is as quick.
        statements = [one for one in statements if not ALL_THERE_IS.search(one.sql)]
        for table in ("catalog_product", "catalog_searchentry"):
            assert scans(statements, table) == [], address


def test_large_tiers_are_walked_and_small_ones_gathered_with_the_same_answer(
    many: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def pages() -> tuple[int, list[list[str]], list[str]]:
        found = by_relevance(Product.objects.visible().matching("чайник", ranked=True))
        pages = Paginator(found, 100)
        with CaptureQueriesContext(connection) as seen:
            lists = [[item.sku for item in page] for page in pages]
        return pages.count, lists, [query["sql"] for query in seen.captured_queries]

    gathered = pages()
    monkeypatch.setattr(postgresql, "MANY", 500)
    monkeypatch.setattr(ranking, "MANY", 500)
    walked = pages()
    assert walked[:2] == gathered[:2]
    assert walked[2][0] != gathered[2][0]
    # 1000 by name, and 200 more by their text.
    skus = [sku for page in walked[1] for sku in page]
    assert (walked[0], len(skus), len(set(skus))) == (1200, 1200, 1200)
    products = {item.sku: item for item in Product.objects.all()}
    order = [
        ("Чайник" not in products[sku].name, -products[sku].sold, -products[sku].number)
        for sku in skus
    ]
    assert order == sorted(order)
    # A page costs a statement, wherever it is.
    assert len(walked[2]) == len(walked[1])


def test_off_sale_entries_are_neither_counted_nor_found(many: None) -> None:
    for product in Product.objects.filter(sku__in=["S-0", "S-3", "S-10"]):
        product.is_active = False
        product.save()
    assert understand("чайник").total == 1197
    found = Product.objects.visible().matching("чайник", ranked=True)
    assert by_relevance(found).count() == found.count() == 1197
    assert understand("чайник", hidden=True).total == 1200


# --- What is kept ---------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_what_a_query_means_is_kept_until_the_catalog_changes() -> None:
    make_product(sku="A", name="Чайник")
    with CaptureQueriesContext(connection) as seen:
        assert understand("чайник") == understand("чайник")
    assert len(seen) == 1
    make_product(sku="B", name="Чайник")
    assert understand("чайник").total == 2
    # Staff and shoppers do not mean the same.
    assert understand("чайник", hidden=True).hidden


def test_nothing_is_kept_inside_a_transaction() -> None:
    numbers = iter([1, 2])
    assert cached_by_content("x", lambda: next(numbers)) == 1
    assert cached_by_content("x", lambda: next(numbers)) == 2


def test_an_edit_of_the_price_leaves_the_vector_as_it_is(many: None) -> None:
    def written() -> set[str]:
        with connection.cursor() as cursor:
            cursor.execute("SELECT DISTINCT cmin::text FROM catalog_searchentry")
            return {row[0] for row in cursor.fetchall()}

    before = written()
    product = Product.objects.get(sku="S-7")
    product.price = 1
    product.save()
    assert written() == before
    product.name_ru = "Сито"
    product.save()
    assert len(written()) == len(before) + 1


def test_entries_can_be_written_again(many: None) -> None:
    SearchEntry.objects.filter(product__sku="S-7").delete()
    SearchEntry.objects.filter(product__sku="S-8").update(vector=None)
    assert "S-7" not in skus("S-7") and "S-8" not in skus("S-8")
    assert index_again(Product.objects.all()) == 3000
    assert (skus("S-7")[0], skus("S-8")[0]) == ("S-7", "S-8")
