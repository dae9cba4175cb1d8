"""Pages of products that cost about the same near the beginning and far from it."""

from collections.abc import Callable
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.utils.functional import cached_property

from catalog.models import Product
from shop.api import Pagination

# Rows that a page may skip the plain way.
NEAR = 1000


class ProductPaginator(Paginator):
    """Skips what lies before a far page in the index alone, and from the nearer end.

    The database reads and throws away every row before a page. Far from the beginning
    only the products' numbers are read like that, which lists' indexes hold; then come
    the products of the page. `counted` tells the length of the list to those who know
    it without asking.
    """

    def __init__(
        self, *args: Any, counted: Callable[[], int] | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self._counted = counted

    @cached_property
    def count(self) -> int:
        return self._counted() if self._counted else super().count

    def page(self, number: int | str) -> Page:
        number = self.validate_number(number)
        first = (number - 1) * self.per_page
        if first < NEAR or not isinstance(self.object_list, QuerySet):
            return super().page(number)
        last = min(first + self.per_page, self.count)
        return Page(self._far(self.object_list, first, last), number, self)

    def _far(self, listed: Any, first: int, last: int) -> list[Product]:
        if first < self.count // 2:
            numbers = list(listed.values_list("number", flat=True)[first:last])
        else:
            backwards = listed.reverse().values_list("number", flat=True)
            numbers = list(backwards[self.count - last : self.count - first])[::-1]
        # Narrowed as before, and read as before: only the order is already known.
        by_number = {
            product.number: product for product in listed.filter(number__in=numbers)
        }
        return [by_number[n] for n in numbers if n in by_number]


class ProductPagination(Pagination):
    django_paginator_class = ProductPaginator
