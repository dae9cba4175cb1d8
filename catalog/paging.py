"""Pages of products that cost about the same near the beginning and far from it."""

from collections.abc import Callable
from functools import partial
from typing import Any

from django.core.paginator import Page, Paginator
from django.db import connections
from django.db.models import F, QuerySet
from django.db.models.functions import Greatest
from django.utils.functional import cached_property

from catalog.models import Product
from shop.api import Pagination

# Rows that a page may skip the plain way.
NEAR = 1000
# Products of a list that are all looked at and sorted for one page of them.
GATHERED = 5000


class ProductPaginator(Paginator):
    """Skips what lies before a far page in the index alone, and from the nearer end.

    The database reads and throws away every row before a page. Far from the beginning
    only the products' numbers are read like that, which lists' indexes hold; then come
    the products of the page. `counted` tells the length of the list to those who know
    it without asking; a `sparse` list (see `gathered`) is sorted if it is short.
    """

    def __init__(
        self,
        *args: Any,
        counted: Callable[[], int] | None = None,
        sparse: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self._counted = counted
        self._sparse = sparse

    @cached_property
    def count(self) -> int:
        return self._counted() if self._counted else super().count

    def page(self, number: int | str) -> Page:
        number = self.validate_number(number)
        if self._sparse and self.count <= GATHERED:
            self.object_list = gathered(self.object_list)
            self._sparse = False
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


def gathered(listed: Any) -> Any:
    """The same in the same order, but sorted: of this order there is no index.

    Reading the index of an order, the planner expects to meet the products of a
    category soon, as if they were strewn over it evenly. They are not: the names of a
    kind begin alike, and its prices lie together.
    """
    if not isinstance(listed, QuerySet):
        return listed
    if connections[listed.db].vendor != "postgresql":
        # SQLite looks for a product's links, not for the products of a link.
        return listed
    first, *rest = listed.query.order_by or listed.model._meta.ordering
    falls = isinstance(first, str) and first.startswith("-")
    value = F(first.removeprefix("-")) if isinstance(first, str) else first
    alone = Greatest(value, value)
    return listed.order_by(alone.desc() if falls else alone.asc(), *rest)


class CategoryPagination(Pagination):
    """Pages of a category's products, whatever else was asked."""

    django_paginator_class: Any = partial(ProductPaginator, sparse=True)
