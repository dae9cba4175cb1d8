"""No page of the catalog reads all products: what PostgreSQL plans to do says so.

The shop has thousands of products here, which is enough for its planner to prefer an
index wherever there is one that helps.
"""

import pytest
from django.core.cache import cache
from django.db.models import Max
from django.test import Client

from catalog.models import TEXT_LANGUAGES, Category, Product
from tests.backoffice import office
from tests.factories import make_category, make_product, make_template
from tests.plans import make_many, nodes, scans, selects, vacuum

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]

COUNT = 6000
LISTS = [
    "",
    "page=2",
    "page=120",
    "page=200",
    "page=1000000000",
    "page=0",
    "page=-1",
    "ordering=price",
    "ordering=-price",
    "ordering=-price&page=100",
    "ordering=name",
    "ordering=-popularity",
    "ordering=-popularity&page=100",
    "ordering=price,name",
    "in_stock=true",
    "in_stock=true&page=100",
    "in_stock=true&ordering=-price&page=100",
    "min_price=1000&in_stock=true&page=100",
    "max_price=50000&ordering=-popularity&page=100",
    "min_price=1000",
    "max_price=50000",
    "min_price=20000&max_price=20500",
    "min_price=1&max_price=9999999&in_stock=true&ordering=-popularity",
]
# In another language each product's own name or the default one counts, and where those
# stand no index alone can tell: a far page of them is sorted.
FAR_NAMES = ["ordering=name&page=100", "ordering=name&in_stock=true&page=20"]
ORDER_INDEXES = [
    "product_newest",
    "product_popular",
    "product_price",
    *(f"product_name_{language}" for language in TEXT_LANGUAGES),
]
# Narrowed by what no index of an order has.
ORDERS = ["", "price", "-price", "name", "-popularity", "-created_at"]
SPARSE = [
    *(f"category={{few}}&ordering={order}" for order in ORDERS),
    *(f"category={{leaf}}&ordering={order}" for order in ORDERS),
    *(f"category={{top}}&ordering={order}" for order in ORDERS),
    "category={few}&ordering=price&page=3",
    "category={leaf}&ordering=price&page=3",
    "category={top}&ordering=price&page=3",
    "category={leaf}&in_stock=true&min_price=2000&ordering=-popularity",
    "category={leaf}&attr.brand=Brand 3&ordering=price",
    "attr.brand=Brand 3&ordering=name",
    "attr.brand=Brand 3&attr.ram.min=8",
    "q=laptop",
    "q=laptop 77",
    "q=Brand 3&category={leaf}",
    "q=laptop&category={leaf}&ordering=price",
    "q=ноутбук&ordering=-popularity",
    "q=nothing such",
]
PAGES = [
    *(f"/?{query}" for query in LISTS),
    "/sitemap.xml",
    "/sitemap-products.xml?p=2",
]
CALLS = [f"/api/products?{query}" for query in [*LISTS, *FAR_NAMES]]


@pytest.fixture
def shop() -> list[Product]:
    """A branch of four categories, and a small one beside it."""
    top = make_category("Техника")
    leaves = [make_category(f"Полка {n}", parent=top) for n in range(4)]
    template = make_template(schema={"brand": "string", "ram": "integer"})
    # As long as real ones: a table of short rows is soon read from end to end.
    products = make_many(COUNT, leaves, template, description_en="For work. " * 120)
    make_many(20, [make_category("Редкое")], barcode="2000000000015")
    vacuum()
    return products


def scanned(client: Client, addresses: list[str]) -> dict[str, list[str]]:
    """The addresses that read a whole table of the catalog, and in which statement."""
    found = {}
    for address in addresses:
        cache.clear()
        with selects() as statements:
            answer = client.get(address)
        if answer.status_code == 404:
            # The API has no page zero, and need not look for it.
            assert address.startswith("/api/") and "page=" in address
        else:
            assert answer.status_code in {200, 301} and statements, address
        if bad := scans(statements, "catalog_product"):
            found[address] = bad
    return found


def test_nothing_reads_all_products(shop: list[Product]) -> None:
    client = Client()
    assert scanned(client, PAGES) == {}
    for language in ("kk", "en"):
        reader = Client(headers={"Accept-Language": language})
        assert scanned(reader, ["/?ordering=name", "/?ordering=name&page=2"]) == {}
    product = shop[COUNT // 2]
    client.cookies["recently_viewed"] = ".".join(str(p.number) for p in shop[:12])
    about = [
        product.get_absolute_url(),
        f"/product/{product.pk}/",
        f"/api/products/{product.pk}",
        f"/api/products/sku/{product.sku}",
    ]
    assert scanned(client, [*CALLS, *about]) == {}
    with selects() as statements:
        assert Product.objects.filter(barcode="2000000000015").count() == 20
    assert scans(statements, "catalog_product") == []
    listed = ["", "?p=60", "?o=-3", "?stock=low", "?is_active__exact=1"]
    addresses = [f"/admin/catalog/product/{query}" for query in listed]
    assert scanned(office(), addresses) == {}
    for query in ("", "ordering=price&", "ordering=-popularity&in_stock=true&"):
        in_an_index_alone(client, f"/api/products?{query}page=100")


def test_lists_of_a_category_read_no_other_products(shop: list[Product]) -> None:
    leaf = Category.objects.get(name="Полка 0")
    few, top = make_category("Немногое"), Category.objects.get(name="Техника")
    make_many(100, [few])
    vacuum()
    names = {"few": few.slug, "leaf": leaf.slug, "top": top.slug}
    asked = [query.format(**names) for query in SPARSE]
    client = Client()
    for kind in ("/?", "/api/products?", "/api/products/facets?"):
        assert scanned(client, [f"{kind}{query}" for query in asked]) == {}
    branch = f"/api/v1/products_with_category/{few.pk}?ordering=price"
    assert scanned(client, [branch]) == {}
    for order in ORDERS:
        pages = [f"/category/{few.slug}/?ordering={order}", f"{branch}&page=3"]
        for address in [*pages, f"/api/products?category={few.pk}&ordering={order}"]:
            assert not walks(client, address) & set(ORDER_INDEXES), address
    # The helper sees them where they are used.
    assert walks(client, "/?ordering=price") & set(ORDER_INDEXES) == {"product_price"}


def walks(client: Client, address: str) -> set[str]:
    """The indexes that the statements of the page read."""
    cache.clear()
    with selects() as statements:
        assert client.get(address).status_code == 200
    return {
        node["Index Name"]
        for statement in statements
        for node in nodes(statement.explain())
        if "Index Name" in node
    }


def in_an_index_alone(client: Client, address: str) -> None:
    """The list is counted so, and what stands before a far page is skipped so."""
    cache.clear()
    with selects() as statements:
        assert client.get(address).status_code == 200
    kinds = [
        {node["Node Type"] for node in nodes(statement.explain())}
        for statement in statements
        if "COUNT(*)" in statement.sql or "OFFSET" in statement.sql
    ]
    assert len(kinds) == 2
    for kind in kinds:
        assert "Index Only Scan" in kind
        assert not kind & {"Index Scan", "Sort", "Incremental Sort"}


def test_the_helper_sees_a_scan() -> None:
    make_product()
    with selects() as statements:
        Product.objects.aggregate(Max("updated_at"))
        Product.objects.filter(name_en__contains="x").exists()
        list(Product.objects.raw("WITH a AS (SELECT * FROM catalog_product) TABLE a"))
        make_product()
    assert len(scans(statements, "catalog_product")) == 3
