"""What the list of products can be narrowed by."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from catalog.models import Category, Product


class StockFilter(admin.SimpleListFilter):
    title = _("stock")
    parameter_name = "stock"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        low = _("running low (%(n)s or fewer)") % {"n": settings.LOW_STOCK_THRESHOLD}
        return [("in", _("in stock")), ("low", low), ("out", _("sold out"))]

    def queryset(self, request: HttpRequest, queryset: Any) -> QuerySet[Product]:
        if self.value() == "in":
            return queryset.in_stock()
        if self.value() == "low":
            return queryset.low_in_stock()
        if self.value() == "out":
            return queryset.filter(stock=0)
        return queryset


class CategoryFilter(admin.SimpleListFilter):
    """Goes down the tree step by step: thousands of categories fit in no sidebar."""

    title = _("category")
    parameter_name = "category"

    def __init__(self, *args: Any) -> None:
        self.chosen: Category | None = None
        super().__init__(*args)

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        tree = Category.objects
        value = self.value()
        if not value:
            return [(str(node.pk), str(node)) for node in tree.get_root_nodes()]
        try:
            self.chosen = tree.get(pk=UUID(value))
        except (ValueError, Category.DoesNotExist):
            raise IncorrectLookupParameters from None
        way = [*tree.get_ancestors(self.chosen), self.chosen]
        shown = [*way, *tree.get_children(self.chosen)]
        return [
            (str(node.pk), "\N{EM DASH} " * (node.depth - 1) + str(node))
            for node in shown
        ]

    def queryset(self, request: HttpRequest, queryset: Any) -> QuerySet[Product]:
        return queryset.anywhere_in(self.chosen) if self.chosen else queryset
