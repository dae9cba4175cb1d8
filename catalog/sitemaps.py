"""Every page that a search engine should know, for `/sitemap.xml`."""

from datetime import datetime

from django.contrib.sitemaps import Sitemap
from django.db.models import QuerySet
from django.urls import reverse

from catalog.models import Category, Product


class StaticSitemap(Sitemap):
    def items(self) -> list[str]:
        return ["catalog:product-list"]

    def location(self, item: str) -> str:
        return reverse(item)


class CategorySitemap(Sitemap):
    def items(self) -> QuerySet[Category]:
        return Category.objects.only("slug", "path")


class ProductSitemap(Sitemap):
    def items(self) -> QuerySet[Product]:
        return Product.objects.visible().only("slug", "updated_at").order_by("number")

    def lastmod(self, item: Product) -> datetime:
        return item.updated_at


SITEMAPS = {
    "static": StaticSitemap,
    "categories": CategorySitemap,
    "products": ProductSitemap,
}
