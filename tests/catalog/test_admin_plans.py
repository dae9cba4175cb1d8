"""Back office lists of the catalog read no whole table, however large they are."""

from datetime import timedelta
from urllib.parse import quote
from uuid import uuid4

import pytest
from django.core.cache import cache
from django.db import connection
from django.utils import timezone

from catalog import services
from catalog.models import Category, Product, SpecTemplate, StockEntry
from catalog.search.index import index_products
from shop import admin_lists
from tests.backoffice import office, queries
from tests.factories import make_category, make_product, make_template
from tests.many import rows_read
from tests.pages import html
from tests.plans import make_many, scans, selects, vacuum

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]

COUNT = 6000
TABLES = ["catalog_product", "catalog_stockentry", "catalog_product_categories"]


@pytest.fixture
def shop() -> list[Product]:
    top = make_category("Техника")
    leaves = [make_category(f"Полка {n}", parent=top) for n in range(4)]
    template = make_template(name="Ноутбуки", schema={"brand": "string"})
    products = make_many(COUNT, leaves, template, description_en="For work. " * 120)
    few = make_category("Немногое")
    rare = make_template(name="Редкие", schema={"brand": "string"})
    make_many(20, [few], rare)
    index_products(products[:10])
    make_ledger(products)
    services.receive_goods(uuid4(), {product.pk: 1 for product in products[:30]})
    services.hide_category(few)
    vacuum()
    return products


def make_ledger(products: list[Product]) -> None:
    """Three sales of each product, over half a year."""
    now = timezone.now()
    entries = [
        StockEntry(product=product, delta=-1, reason=StockEntry.Reason.SALE)
        for _turn in range(3)
        for product in products
    ]
    StockEntry.objects.bulk_create(entries, batch_size=2000)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE catalog_stockentry SET created_at = %s - random() * interval"
            " '180 days'",
            [now],
        )


def whole_tables(addresses: list[str]) -> dict[str, list[str]]:
    """Which addresses read a whole table, and in which statement.

    A scan that ends as soon as it has counted enough is none.
    """
    client = office()
    found = {}
    for address in addresses:
        cache.clear()
        with selects() as statements:
            answer = client.get(address)
        assert answer.status_code == 200, (address, answer)
        for table in TABLES:
            bad = [
                one.sql
                for one in statements
                if scans([one], table) and rows_read(one)[table] > 2 * admin_lists.MOST
            ]
            if bad:
                found[f"{address}: {table}"] = bad
    return found


def test_no_list_reads_a_whole_table(shop: list[Product]) -> None:
    products = "/admin/catalog/product/"
    few, leaf = (Category.objects.get(name_ru=n) for n in ("Немногое", "Полка 0"))
    rare = SpecTemplate.objects.get(name="Редкие")
    narrowed = [
        "", "?p=2", "?p=60", "?stock=low", "?stock=out", "?stock=in", "?q=ноутбук 77",
        "?is_active__exact=1", "?is_active__exact=0", f"?category={few.pk}",
        f"?category={leaf.pk}", f"?template__id__exact={rare.pk}",
        f"?template__id__exact={rare.pk}&category={few.pk}&stock=in", "?q=nothing",
    ]  # fmt: skip
    # Number, SKU, stock and price, either way; what cannot be sorted by is not.
    narrowed += [f"?o={sign}{column}" for column in range(2, 10) for sign in ("", "-")]
    assert whole_tables([f"{products}{query}" for query in narrowed]) == {}


def test_the_ledger_is_read_where_it_is_looked_at(shop: list[Product]) -> None:
    midnight = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    today, week = (
        quote((midnight - timedelta(days=days)).isoformat(sep=" ")) for days in (0, 7)
    )
    ledger = "/admin/catalog/stockentry/"
    narrowed = [
        "", "?p=2", "?p=20", "?reason__exact=receipt", "?reason__exact=sale",
        "?reason__exact=write_off", f"?created_at__gte={week}",
        f"?created_at__gte={today}&reason__exact=receipt",
        f"?q={shop[7].sku}", "?q=nothing such", "?o=1", "?o=-1", "?o=3",
    ]  # fmt: skip
    receipt = Product.objects.get(pk=shop[0].pk).stock_entries.get(reason="receipt")
    address = f"/admin/catalog/goodsreceipt/{receipt.receipt_id}/change/"
    addresses = [f"{ledger}{query}" for query in narrowed]
    assert whole_tables([*addresses, address]) == {}
    page = office().get(f"{ledger}?q={shop[0].sku}")
    assert page.context["cl"].result_count == 4


def test_categories_and_templates_count_in_indexes(shop: list[Product]) -> None:
    categories = "/admin/catalog/category/"
    top = Category.objects.get(name_ru="Техника")
    addresses = [
        categories,
        f"{categories}children/{top.pk}/",
        f"{categories}?q=полка",
        f"{categories}?is_active__exact=0",
        "/admin/catalog/spectemplate/",
        "/admin/catalog/spectemplate/?q=редк",
        "/admin/catalog/importrun/",
        "/admin/catalog/goodsreceipt/",
        "/admin/catalog/pricechange/",
        f"/admin/catalog/product/{shop[5].pk}/change/",
        "/admin/catalog/product/prices/",
    ]
    found = whole_tables(addresses)
    # How many prices a change would be about is counted, once and in an index.
    assert found == {}


def test_what_is_not_counted_is_said(
    shop: list[Product], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(admin_lists, "MOST", 150)
    client, ledger = office(), "/admin/catalog/stockentry/"
    page = client.get(ledger)
    assert page.context["cl"].result_count == 150
    assert "The first 150: narrow the list to find the others." in html(page)
    page = client.get(f"{ledger}?reason__exact=receipt")
    assert page.context["cl"].result_count == 30
    assert "30 stock ledger" in html(page)


def test_lists_cost_the_same_for_1_and_30_rows() -> None:
    client = office()
    lists = [
        "/admin/catalog/goodsreceipt/",
        "/admin/catalog/stockentry/",
        "/admin/catalog/spectemplate/",
        "/admin/catalog/category/",
    ]

    def fill(count: int) -> None:
        for _ in range(count):
            product = make_product(template=make_template())
            make_category()
            services.receive_goods(uuid4(), {product.pk: 1})

    fill(1)
    before = [queries(client, address) for address in lists]
    fill(29)
    assert [queries(client, address) for address in lists] == before
    assert max(before) <= 12
