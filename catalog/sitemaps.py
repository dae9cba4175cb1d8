"""Every page that a search engine should know, for `/sitemap.xml`.

One file while the goods fit into it, else an index of files:
`/sitemap-products.xml?p=2`.
"""

from datetime import datetime
from functools import cached_property
from typing import Any

from django.contrib.sitemaps import Sitemap, views
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from catalog.models import Category, Product
from catalog.paging import ProductPaginator

# A file may hold 50,000 addresses, but nobody should wait for so many.
IN_ONE_FILE = 5000


class StaticSitemap(Sitemap):
    def items(self) -> list[str]:
        return ["catalog:product-list"]

    def location(self, item: str) -> str:
        return reverse(item)


class CategorySitemap(Sitemap):
    limit = IN_ONE_FILE

    def items(self) -> QuerySet[Category]:
        return Category.objects.visible().only("slug", "path")


class ProductSitemap(Sitemap):
    limit = IN_ONE_FILE

    def items(self) -> QuerySet[Product]:
        # The oldest first: a file that is full stays as it is.
        found = Product.objects.visible().order_by("created_at", "number")
        return found.only("slug", "updated_at", "number")

    @cached_property
    def paginator(self) -> Paginator:
        return ProductPaginator(self.items(), self.limit)

    def lastmod(self, item: Product) -> datetime:
        return item.updated_at

    def get_latest_lastmod(self) -> None:
        """Not told: it would read every product to find the latest change."""


SITEMAPS = {
    "static": StaticSitemap,
    "categories": CategorySitemap,
    "products": ProductSitemap,
}


def sitemap(request: HttpRequest) -> HttpResponse:
    """All addresses, or where the files with them are."""
    parts: dict[str, Any] = {section: part() for section, part in SITEMAPS.items()}
    if all(part.paginator.num_pages == 1 for part in parts.values()):
        return views.sitemap(request, parts)
    return views.index(request, parts, sitemap_url_name="catalog:sitemap-part")
