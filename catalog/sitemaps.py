"""Every page that a search engine should know, for `/sitemap.xml`.

One file while the goods fit into it, else an index of files:
`/sitemap-products.xml?p=2`. Each page stands there once, with its addresses in other
languages and, of a product, its first picture.
"""

from datetime import datetime
from functools import cached_property
from typing import Any
from urllib.parse import urljoin

from django.contrib.sitemaps import Sitemap, views
from django.core.files.storage import default_storage
from django.core.paginator import Paginator
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from catalog.head import language_addresses
from catalog.models import Category, Product, ProductImage
from catalog.paging import ProductPaginator
from shop.replica import from_replica

# A file may hold 50,000 addresses, but nobody should wait for so many.
IN_ONE_FILE = 5000


TEMPLATE = "catalog/sitemap.xml"


class PageSitemap(Sitemap):
    """Pages with what else their entries tell."""

    def _urls(self, page: int, protocol: str, domain: str) -> list[dict[str, Any]]:
        # The library's one place to say more of an entry.
        home = f"{protocol}://{domain}"
        urls = super()._urls(page, protocol, domain)  # type: ignore[misc]
        for url in urls:
            path = url["location"].removeprefix(home)
            url["alternates"] = [
                {"lang_code": code, "location": address}
                for code, address in language_addresses(home, path)
            ]
            url["picture"] = self.picture(url["item"], home)
        return urls

    def picture(self, item: Any, home: str) -> str:
        """The absolute address of the picture for which the page is opened, if any."""
        return ""


class StaticSitemap(PageSitemap):
    def items(self) -> list[str]:
        return ["catalog:product-list"]

    def location(self, item: str) -> str:
        return reverse(item)


class CategorySitemap(PageSitemap):
    limit = IN_ONE_FILE

    def items(self) -> QuerySet[Category]:
        return Category.objects.visible().only("slug", "path")


class ProductSitemap(PageSitemap):
    limit = IN_ONE_FILE

    def items(self) -> QuerySet[Product]:
        # The oldest first: a file that is full stays as it is.
        found = Product.objects.visible().order_by("created_at", "number")
        # With the page's own query: a file of pictures costs no more than one without.
        first = ProductImage.objects.filter(product=OuterRef("pk"))
        return found.only("slug", "updated_at", "number").annotate(
            picture_file=Subquery(first.values("file")[:1]),
            picture_url=Subquery(first.values("url")[:1]),
        )

    @cached_property
    def paginator(self) -> Paginator:
        return ProductPaginator(self.items(), self.limit)

    def lastmod(self, item: Product) -> datetime:
        return item.updated_at

    def picture(self, item: Any, home: str) -> str:
        if item.picture_file:
            return urljoin(home, default_storage.url(item.picture_file))
        return item.picture_url or ""

    def get_latest_lastmod(self) -> None:
        """Not told: it would read every product to find the latest change."""


SITEMAPS = {
    "static": StaticSitemap,
    "categories": CategorySitemap,
    "products": ProductSitemap,
}


@from_replica("catalog")
def sitemap(request: HttpRequest) -> HttpResponse:
    """All addresses, or where the files with them are."""
    parts: dict[str, Any] = {section: part() for section, part in SITEMAPS.items()}
    if all(part.paginator.num_pages == 1 for part in parts.values()):
        return views.sitemap(request, parts, template_name=TEMPLATE)
    return views.index(request, parts, sitemap_url_name="catalog:sitemap-part")
