"""One file of addresses, or an index of files where they are many."""

import re
from xml.etree import ElementTree

import pytest
from django.test import Client

from catalog.models import Product, ProductImage
from catalog.sitemaps import CategorySitemap, ProductSitemap
from tests.factories import make_category, make_product
from tests.pages import html, queries

pytestmark = pytest.mark.django_db
HOME = "http://testserver"
MAPS = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
IMAGE = "{http://www.google.com/schemas/sitemap-image/1.1}"
LINK = "{http://www.w3.org/1999/xhtml}link"


def listed(client: Client, address: str) -> list[str]:
    response = client.get(address)
    assert response.status_code == 200
    assert response["Content-Type"] == "application/xml"
    return re.findall(r"<loc>(.*?)</loc>", html(response))


@pytest.fixture
def many(monkeypatch: pytest.MonkeyPatch) -> list[Product]:
    """Seven products on sale where three fit into a file."""
    monkeypatch.setattr(ProductSitemap, "limit", 3)
    make_product(is_active=False)
    return [make_product() for _n in range(7)]


def test_an_index_names_files_that_hold_every_product_once(
    client: Client, many: list[Product]
) -> None:
    files = listed(client, "/sitemap.xml")
    assert "<sitemapindex" in html(client.get("/sitemap.xml"))
    assert files == [
        f"{HOME}/sitemap-static.xml",
        f"{HOME}/sitemap-categories.xml",
        f"{HOME}/sitemap-products.xml",
        f"{HOME}/sitemap-products.xml?p=2",
        f"{HOME}/sitemap-products.xml?p=3",
    ]
    pages = [listed(client, address) for address in files]
    assert pages[0] == [f"{HOME}/"]
    assert [len(page) for page in pages[2:]] == [3, 3, 1]
    # The oldest first: what is full stays as it is.
    addresses = [f"{HOME}{product.get_absolute_url()}" for product in many]
    assert [*pages[2], *pages[3], *pages[4]] == addresses
    make_product()
    assert listed(client, files[3]) == pages[3]


def test_what_fits_is_one_file(client: Client, many: list[Product]) -> None:
    Product.objects.filter(pk__in=[product.pk for product in many[3:]]).delete()
    assert len(listed(client, "/sitemap.xml")) == 4
    assert "<urlset" in html(client.get("/sitemap.xml"))


def test_many_categories_make_an_index_too(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(CategorySitemap, "limit", 2)
    categories = [make_category() for _n in range(3)]
    files = listed(client, "/sitemap.xml")
    assert files[1:3] == [
        f"{HOME}/sitemap-categories.xml",
        f"{HOME}/sitemap-categories.xml?p=2",
    ]
    found = [address for file in files[1:3] for address in listed(client, file)]
    assert found == [f"{HOME}{c.get_absolute_url()}" for c in categories]


@pytest.mark.parametrize(
    "address",
    [
        *(
            f"/sitemap-products.xml?p={page}"
            for page in ("0", "-1", "4", "1000000000", "9" * 5000, "x", "%00", "%ff")
        ),
        *(f"/sitemap-{part}.xml" for part in ("orders", "", "%00", "%ff", "a%2Fb")),
    ],
)
def test_no_other_files_exist(
    client: Client, many: list[Product], address: str
) -> None:
    assert client.get(address).status_code == 404


def test_files_cost_the_same_queries(client: Client, many: list[Product]) -> None:
    # The categories are counted once more where the index numbers their files.
    assert queries(client, "/sitemap.xml") == 3
    assert queries(client, "/sitemap-products.xml?p=2") == 2
    for _n in range(5):
        make_product()
    assert queries(client, "/sitemap.xml") == 3
    assert queries(client, "/sitemap-products.xml?p=2") == 2


def test_an_entry_tells_languages_and_the_first_picture(client: Client) -> None:
    pictures = ["https://pictures.example/1.jpg?a=1&b=2", "https://p.example/2.jpg"]
    product = make_product(images=pictures)
    product.images.get(position=1).delete()
    drawn_one = make_product()
    ProductImage.objects.create(product=drawn_one, file="products/1.webp")
    plain = make_product()
    answer = client.get("/sitemap.xml").content
    root = ElementTree.fromstring(answer)  # noqa: S314 - our own answer
    entries = {
        str(entry.findtext(f"{MAPS}loc")): entry for entry in root.iter(f"{MAPS}url")
    }
    address = HOME + product.get_absolute_url()
    entry = entries[address]
    assert entry.findtext(f"{IMAGE}image/{IMAGE}loc") == pictures[0]
    assert entry.findtext(f"{MAPS}lastmod") is not None
    links = {link.get("hreflang"): link.get("href") for link in entry.iter(LINK)}
    assert links == {
        "ru": address,
        "kk": f"{address}?lang=kk",
        "en": f"{address}?lang=en",
        "x-default": address,
    }
    uploaded = entries[HOME + drawn_one.get_absolute_url()]
    found = uploaded.findtext(f"{IMAGE}image/{IMAGE}loc")
    assert found == f"{HOME}/media/products/1.webp"
    bare = entries[HOME + plain.get_absolute_url()]
    assert bare.find(f"{IMAGE}image") is None
    assert len(list(entries[f"{HOME}/"].iter(LINK))) == 4
